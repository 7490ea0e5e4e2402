"""People."""

from django.db import models
from simple_history.models import HistoricalRecords

from members.common import fields
from members.common.fields import FoldedField
from members.models.named import Named


class Person(Named):
    """A person with a task in the association or a district, with or without an account."""

    given_name = fields.CharField("Vorname", max_length=80)
    family_name = fields.CharField("Nachname", max_length=80)
    publish_name = models.BooleanField(
        "Name darf veröffentlicht werden",
        default=False,
        help_text="Nur mit Einwilligung ankreuzen. Ohne Einwilligung erscheint der Name auf keiner öffentlichen Seite.",
    )

    folded_name = FoldedField(of=["family_name", "given_name"])

    history = HistoricalRecords(excluded_fields=["folded_name"])

    class Meta:
        verbose_name = "Person"
        verbose_name_plural = "Personen"
        ordering = ["folded_name", "pk"]
        indexes = [models.Index(fields=["folded_name", "id"], name="person_by_name")]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"
