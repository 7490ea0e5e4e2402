from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def install_guards(*, using: str, **kwargs: Any) -> None:
    from projects.guards import install

    install(using)


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Projekte"

    def ready(self) -> None:
        # A table rebuild drops SQLite's triggers without a word, so every migrate puts them back.
        post_migrate.connect(install_guards, sender=self)
