"""The room of the year-end: what stands against closing a year, who closed it, and the accounts of it."""

from django.apps import AppConfig


class ClosingConfig(AppConfig):
    name = "funding.closing"
    verbose_name = "Jahresabschluss"

    def ready(self) -> None:
        from funding import hooks
        from funding.closing import guards, verify
        from funding.closing.models.closing import lapsed_to_city
        from funding.closing.models.retention import gone_on, gone_rows
        from funding.closing.retention import checks
        from members.common import stored
        from members.common.triggers import SETS

        SETS.append(guards.GUARDS)
        stored.GONE.append(gone_rows)
        stored.GONE_ON.append(gone_on)
        hooks.lapsed_to_city.append(lapsed_to_city)
        hooks.verifiers.extend(
            (verify.closings, verify.snapshots, verify.decisions, verify.paid_to_city, checks.deletions)
        )
