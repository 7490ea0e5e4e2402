"""Organisations: members of the association, and organisers of projects."""

from django.db import models
from simple_history.models import HistoricalRecords

from members.models.named import Named


class Organisation(Named):
    """A club, school, company or office. It may also organise projects."""

    name = models.CharField("Name", max_length=160, unique=True)
    short_name = models.CharField(
        "Kurzname",
        max_length=20,
        blank=True,
        help_text="Wie die Satzung sie nennt, z. B. IHK. Daran erkennt die Satzungsprüfung sie.",
    )
    place = models.CharField("Ort", max_length=80, blank=True)
    website = models.URLField("Webseite", blank=True)

    history = HistoricalRecords(excluded_fields=["folded_name"])

    class Meta:
        verbose_name = "Organisation"
        verbose_name_plural = "Organisationen"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["short_name"],
                condition=~models.Q(short_name=""),
                name="organisation_short_name_once",
                violation_error_message="Diesen Kurznamen hat schon eine andere Organisation.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shortest_name(self) -> str:
        return self.short_name or self.name
