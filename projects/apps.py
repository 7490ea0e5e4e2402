"""Adds the triggers of projects to those that every migrate installs."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Projekte"

    def ready(self) -> None:
        from members.common.triggers import SETS
        from projects import guards

        SETS.append(guards.GUARDS)
