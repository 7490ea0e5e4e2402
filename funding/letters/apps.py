"""The room of letters: what a recipient reads of a decision, and whether it was accepted."""

from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "funding.letters"
    verbose_name = "Schreiben"
