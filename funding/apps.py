"""Adds the triggers of the money to those that every migrate installs."""

from django.apps import AppConfig


class FundingConfig(AppConfig):
    name = "funding"
    verbose_name = "Förderung"

    def ready(self) -> None:
        from funding import guards
        from members.common.triggers import SETS

        SETS.append(guards.GUARDS)
