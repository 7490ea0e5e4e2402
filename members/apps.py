from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate, pre_migrate


def lift_guards(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    from members import account_guards, guards
    from members.triggers import drop_former

    if plan:
        drop_former(using)
        guards.lift(using)
        account_guards.GUARDS.lift(using)


def install_guards(*, using: str, **kwargs: Any) -> None:
    from members import account_guards, guards
    from members.catalogue import agrees
    from members.triggers import drop_former

    if not agrees(using):
        drop_former(using)
        guards.install(using)
        account_guards.GUARDS.install(using)


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "Verein"

    def ready(self) -> None:
        from members import account_guards, guards
        from members.kept import forget_others
        from members.triggers import SETS

        user_logged_in.connect(forget_others)
        # Migrations run without triggers, in one transaction with lifting and installing (our ``migrate``).
        SETS.extend([guards.GUARDS, account_guards.GUARDS])
        pre_migrate.connect(lift_guards, sender=self)
        post_migrate.connect(install_guards, sender=self)
