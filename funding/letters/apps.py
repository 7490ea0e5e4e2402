"""The room of letters: what a recipient reads of a decision, and whether it was accepted."""

from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "funding.letters"
    verbose_name = "Schreiben"

    def ready(self) -> None:
        from funding.letters import guards
        from members.common.triggers import SETS

        SETS.append(guards.GUARDS)
