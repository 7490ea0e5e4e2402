"""Installs the triggers of projects after every migrate."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


def lift_guards(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    from projects.guards import lift

    if plan:
        lift(using)


def install_guards(*, using: str, **kwargs: Any) -> None:
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

        # Migrations run without triggers, in one transaction with lifting and installing (our ``migrate``).
        SETS.append(guards.GUARDS)
        pre_migrate.connect(lift_guards, sender=self)
        post_migrate.connect(install_guards, sender=self)
