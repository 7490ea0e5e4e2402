"""The room of the year-end: what stands against closing a year, who closed it, and the accounts of it."""

from django.apps import AppConfig


class ClosingConfig(AppConfig):
    name = "funding.closing"
    verbose_name = "Jahresabschluss"

    def ready(self) -> None:
        from funding import hooks
        from funding.closing import guards, verify
        from members.common.triggers import SETS

        SETS.append(guards.GUARDS)
        hooks.verifiers.append(verify.closings)
