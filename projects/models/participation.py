"""A further district that takes part in a project."""

from typing import Self

from django.db import models
from django.db.models import Q

from members.common import fields
from members.common.checks import stored_types
from members.models import District, User
from projects.models.project import Project


class ParticipationQuerySet(models.QuerySet["Participation"]):
    def asked(self) -> Self:
        """Return the participations that wait for an answer: ``Participation.is_asked`` for a whole list."""
        empty = Q(project__state=Project.State.DRAFT) & (
            Q(project__title="")
            | Q(project__summary="")
            | Q(project__cost_total=0, project__requested_total__gt=0)
        )
        return self.filter(confirmed_on=None, declined_on=None).exclude(
            empty | Q(project__state__in=Project.ENDED)
        )


class Participation(models.Model):
    """A further district that takes part; its own director answers, and anew when its share changes."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="participations")
    district = models.ForeignKey(
        District, models.PROTECT, related_name="participations", verbose_name="Stadtbezirk"
    )
    confirmed_on = models.DateField("bestätigt am", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="bestätigt von"
    )
    declined_on = models.DateField("abgesagt am", null=True, blank=True)
    declined_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="abgesagt von"
    )
    decline_reason = fields.TextField("Grund der Absage", max_length=1000, blank=True)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        verbose_name = "Beteiligung"
        verbose_name_plural = "Beteiligungen"
        ordering = ["district"]
        constraints = [
            models.UniqueConstraint(fields=["project", "district"], name="district_takes_part_once"),
            models.CheckConstraint(
                condition=Q(confirmed_on__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_on__isnull=False, confirmed_by__isnull=False),
                name="confirmation_has_day_and_person",
            ),
            models.CheckConstraint(
                condition=Q(declined_on__isnull=True, declined_by__isnull=True, decline_reason="")
                | (
                    Q(declined_on__isnull=False, declined_by__isnull=False, confirmed_on__isnull=True)
                    & ~Q(decline_reason="")
                ),
                name="declining_has_day_person_and_reason",
            ),
            stored_types(
                "participation_types",
                integers="project district confirmed_by declined_by",
                texts="decline_reason",
                days="confirmed_on declined_on",
            ),
        ]
        # For what waits for an answer and what was declined: few rows among all.
        indexes = [
            models.Index(
                fields=["district", "id"],
                condition=Q(confirmed_on__isnull=True, declined_on__isnull=True),
                name="participation_asked",
            ),
            models.Index(
                fields=["project"], condition=Q(declined_on__isnull=False), name="participation_declined"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.district} ({self.answer})"

    @property
    def answer(self) -> str:
        """Return the district's answer in German."""
        if self.confirmed_on:
            return "bestätigt"
        return "abgesagt" if self.declined_on else "noch nicht bestätigt"

    @property
    def is_asked(self) -> bool:
        """Return whether the district's answer is awaited."""
        return self.confirmed_on is None and self.declined_on is None and self.project.asks_partners
