"""People."""

from django.db import models
from simple_history.models import HistoricalRecords


class Person(models.Model):
    """A person with a task in the association or a district, with or without an account."""

    given_name = models.CharField("Vorname", max_length=80)
    family_name = models.CharField("Nachname", max_length=80)
    publish_name = models.BooleanField(
        "Name darf veröffentlicht werden",
        default=False,
        help_text="Nur mit Einwilligung ankreuzen. Ohne Einwilligung erscheint der Name auf keiner öffentlichen Seite.",
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "Person"
        verbose_name_plural = "Personen"
        ordering = ["family_name", "given_name"]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"
