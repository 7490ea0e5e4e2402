"""Installs the triggers of projects after every migrate."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


def lift_guards(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    """Remove the triggers before a migrate that has something to apply."""
    from projects.guards import lift

    if plan:
        lift(using)


def install_guards(*, using: str, **kwargs: Any) -> None:
    """Install the triggers after a migrate, unless the database has the right ones already."""
    from members.common.catalogue import agrees
    from projects.guards import install

    if not agrees(using):
        install(using)


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Projekte"

    def ready(self) -> None:
        from members.common.triggers import SETS
        from projects import guards

        # Migrations run without triggers.
        # Our ``migrate`` removes them, migrates and installs them in one transaction.
        SETS.append(guards.GUARDS)
        pre_migrate.connect(lift_guards, sender=self)
        post_migrate.connect(install_guards, sender=self)
