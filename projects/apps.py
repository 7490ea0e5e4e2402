from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


def lift_triggers(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    from projects import guards, triggers

    if plan:
        guards.lift(using)
        triggers.lift(using)
        if triggers.may_leave_behind(plan):
            triggers.distrust(using)


def install_triggers(*, using: str, **kwargs: Any) -> None:
    from members.catalogue import agrees
    from projects import guards, triggers

    if agrees(using):
        triggers.index_trigrams(using)
    else:
        guards.install(using)
        triggers.install(using)


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Projekte"

    def ready(self) -> None:
        from members.triggers import SETS
        from projects import guards, triggers

        # Migrations run without triggers, in one transaction with lifting and installing (our ``migrate``).
        SETS.extend([guards.GUARDS, triggers.STORED])
        pre_migrate.connect(lift_triggers, sender=self)
        post_migrate.connect(install_triggers, sender=self)
