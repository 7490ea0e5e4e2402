"""The room of payments: who gets money, what is called, and what the bank has done."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "funding.payments"
    verbose_name = "Auszahlungen"

    def ready(self) -> None:
        from funding import hooks
        from funding.payments import batch_verify, guards, progress, sources, statement_verify, verify
        from funding.payments.services import calls, files, papers, statements
        from members.common import stored
        from members.common.triggers import SETS

        SETS.append(guards.GUARDS)
        hooks.verifiers += [
            verify.accounts,
            verify.calls,
            verify.expenses,
            *batch_verify.VERIFIERS,
            *statement_verify.VERIFIERS,
        ]
        hooks.holds.append(calls.hold)
        hooks.turns.append(progress.progress_of)
        hooks.sources.append(sources.name_sources)
        stored.OWNERS.extend((papers.files, files.owned, statements.owned))
