from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate


def install_guards(*, using: str, **kwargs: Any) -> None:
    from members.guards import install

    install(using)


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "Verein"

    def ready(self) -> None:
        from members.kept import forget_others

        user_logged_in.connect(forget_others)
        # A table rebuild drops SQLite's triggers without a word, so every migrate puts them back.
        post_migrate.connect(install_guards, sender=self)
