"""The room of proofs of use: what the money was used for, what comes back, and what changes on the way."""

from django.apps import AppConfig


class ProofsConfig(AppConfig):
    name = "funding.proofs"
    verbose_name = "Verwendungsnachweise"

    def ready(self) -> None:
        from funding import hooks
        from funding.proofs import guards, owed, sources, turn, verify
        from funding.proofs.services import changes, claiming, files
        from members.common import stored
        from members.common.triggers import SETS

        SETS.append(guards.GUARDS)
        hooks.after_step += [claiming.claim, changes.note_decision]
        hooks.interest.append(owed.reckoned)
        hooks.turns.append(turn.turns_of)
        hooks.sources.append(sources.name_proofs)
        hooks.verifiers += verify.VERIFIERS
        stored.OWNERS.append(files.owned)
