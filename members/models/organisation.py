"""Organisations: members of the association, and organisers of projects."""

from django.db import models
from simple_history.models import HistoricalRecords

from members.common import fields
from members.common.fields import FoldedField
from members.models.named import Named


class Organisation(Named):
    """A club, school, company or office. It may also organise projects."""

    name = fields.CharField("Name", max_length=160, unique=True)
    short_name = fields.CharField(
        "Kurzname",
        max_length=20,
        blank=True,
        help_text="Wie die Satzung sie nennt, z. B. IHK. Daran erkennt die Satzungsprüfung sie.",
    )
    place = fields.CharField("Ort", max_length=80, blank=True)
    website = fields.URLField("Webseite", blank=True)

    folded_more = FoldedField(of=["short_name", "place"])

    history = HistoricalRecords(excluded_fields=["folded_name", "folded_more"])

    class Meta:
        verbose_name = "Organisation"
        verbose_name_plural = "Organisationen"
        ordering = ["folded_name", "pk"]
        indexes = [models.Index(fields=["folded_name", "id"], name="organisation_by_name")]
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
