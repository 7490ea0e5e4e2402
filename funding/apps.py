"""Installs the triggers of the money after every migrate."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


def lift_guards(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    """Remove the triggers before a migrate that has something to apply."""
    from funding.guards import lift

    if plan:
        lift(using)


def install_guards(*, using: str, **kwargs: Any) -> None:
    """Install the triggers after a migrate, unless the database has the right ones already."""
    from funding.guards import install
    from members.common.catalogue import agrees

    if not agrees(using):
        install(using)


class FundingConfig(AppConfig):
    name = "funding"
    verbose_name = "Förderung"

    def ready(self) -> None:
        from funding import guards
        from members.common.triggers import SETS

        # Migrations run without triggers.
        # Our ``migrate`` removes them, migrates and installs them in one transaction.
        SETS.append(guards.GUARDS)
        pre_migrate.connect(lift_guards, sender=self)
        post_migrate.connect(install_guards, sender=self)
