"""Mandates: who directs a district from when to when."""

from typing import ClassVar

from django.db import models
from simple_history.models import HistoricalRecords

from members.common.checks import known, stored_types, within
from members.models.district import District
from members.models.person import Person
from members.models.tenure import Tenure, no_exit_reason_without_end, until_not_before_since


class Mandate(Tenure):
    """What a person does for a district for a time. Rights in a district follow from mandates alone."""

    class Kind(models.TextChoices):
        MANAGING_DIRECTOR = "managing_director", "Geschäftsführung der Bezirksvertretung"
        DEPUTY = "deputy", "Vertretung der Geschäftsführung"
        DISTRICT_MAYOR = "district_mayor", "Bezirksbürgermeisterin/Bezirksbürgermeister"

    DIRECTING = (Kind.MANAGING_DIRECTOR, Kind.DEPUTY)
    PLACE = ("district", "kind")
    #: Words for the page's header.
    SHORT: ClassVar[dict[str, str]] = {
        Kind.MANAGING_DIRECTOR: "Geschäftsführung",
        Kind.DEPUTY: "Vertretung",
        Kind.DISTRICT_MAYOR: "Bezirksbürgermeisteramt",
    }

    person = models.ForeignKey(Person, models.PROTECT, related_name="mandates", verbose_name="Person")
    district = models.ForeignKey(
        District, models.PROTECT, related_name="mandates", verbose_name="Stadtbezirk"
    )
    kind = models.CharField("Art", max_length=20, choices=Kind.choices)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "Mandat"
        verbose_name_plural = "Mandate"
        ordering = ["district", "kind", "-since"]
        constraints = [
            until_not_before_since("mandate"),
            within("mandate_days_within", days="since until"),
            no_exit_reason_without_end("mandate"),
            stored_types(
                "mandate_types",
                integers="person district",
                texts="entry_reason exit_reason kind",
                days="since until",
            ),
            known("mandate_words_known", kind=["managing_director", "deputy", "district_mayor"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.district}: {self.person}"

    @property
    def short(self) -> str:
        """Return the task and the district in few words."""
        return f"{self.SHORT[self.kind]} {self.district}"
