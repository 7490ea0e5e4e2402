from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate, pre_migrate


def lift_guards(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    from members.guards import lift
    from members.triggers import drop_former

    if plan:
        drop_former(using)
        lift(using)


def install_guards(*, using: str, **kwargs: Any) -> None:
    from members.catalogue import agrees
    from members.guards import install
    from members.triggers import drop_former

    if not agrees(using):
        drop_former(using)
        install(using)


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "Verein"

    def ready(self) -> None:
        from members import guards
        from members.kept import forget_others
        from members.triggers import SETS

        user_logged_in.connect(forget_others)
        # Migrations run without triggers, in one transaction with lifting and installing (our ``migrate``).
        SETS.append(guards.GUARDS)
        pre_migrate.connect(lift_guards, sender=self)
        post_migrate.connect(install_guards, sender=self)
