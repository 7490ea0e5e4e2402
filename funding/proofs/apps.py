"""The room of proofs of use: what the money was used for, what comes back, and what changes on the way."""

from django.apps import AppConfig


class ProofsConfig(AppConfig):
    name = "funding.proofs"
    verbose_name = "Verwendungsnachweise"
