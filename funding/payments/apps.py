"""The room of payments: who gets money, what is called, and what the bank has done."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "funding.payments"
    verbose_name = "Auszahlungen"

    def ready(self) -> None:
        from funding import hooks
        from funding.payments import guards, verify
        from funding.payments.services import papers
        from members.common import stored
        from members.common.triggers import SETS

        SETS.append(guards.GUARDS)
        hooks.verifiers += [verify.accounts, verify.calls]
        stored.OWNERS.append(papers.files)
