from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


def lift_guards(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    from funding.guards import lift

    if plan:
        lift(using)


def install_guards(*, using: str, **kwargs: Any) -> None:
    from funding.guards import install

    install(using)


class FundingConfig(AppConfig):
    name = "funding"
    verbose_name = "Förderung"

    def ready(self) -> None:
        # SQLite rebuilds no table that a trigger elsewhere names, and drops its own triggers without a word:
        # migrations run without them, and every migrate puts them back.
        pre_migrate.connect(lift_guards, sender=self)
        post_migrate.connect(install_guards, sender=self)
