"""The room of letters: what a recipient reads of a decision, and whether it was accepted."""

from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "funding.letters"
    verbose_name = "Schreiben"

    def ready(self) -> None:
        from funding import hooks
        from funding.letters import guards, links, verify
        from funding.letters.models import LetterText
        from funding.letters.services import drawing
        from members.common import stored
        from members.common.triggers import SETS
        from members.models.outbox import MailedLink
        from members.post.links import OTHERS

        SETS.append(guards.GUARDS)
        hooks.after_step.append(drawing.note)
        hooks.verifiers.append(verify.findings)
        hooks.public_letters.append(LetterText.public_lacks)
        stored.OWNERS.append(drawing.files)
        OTHERS[MailedLink.LETTER] = links.MAILED
