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
    from projects import guards, triggers

    guards.install(using)
    triggers.install(using)


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Projekte"

    def ready(self) -> None:
        # SQLite renames no table that another table's trigger names, and drops a rebuilt table's own triggers:
        # every migration runs without them, and every migrate puts them back.
        pre_migrate.connect(lift_triggers, sender=self)
        post_migrate.connect(install_triggers, sender=self)
