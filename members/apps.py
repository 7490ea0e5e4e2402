from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate, pre_migrate


def lift_guards(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    from members.guards import lift

    if plan:
        lift(using)


def install_guards(*, using: str, **kwargs: Any) -> None:
    from members.guards import install

    install(using)


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "Verein"

    def ready(self) -> None:
        from members.kept import forget_others

        user_logged_in.connect(forget_others)
        # SQLite rebuilds no table that a trigger elsewhere names, and drops its own triggers without a word:
        # migrations run without them, and every migrate puts them back.
        pre_migrate.connect(lift_guards, sender=self)
        post_migrate.connect(install_guards, sender=self)
