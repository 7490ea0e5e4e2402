"""Memberships: who is a member of the association from when to when."""

from django.db import models
from simple_history.models import HistoricalRecords

from members.common.checks import known, stored_types, within
from members.models.district import District
from members.models.organisation import Organisation
from members.models.person import Person
from members.models.tenure import Tenure, no_exit_reason_without_end, until_not_before_since


class Membership(Tenure):
    """A membership in the association: the City of Dortmund's, or that of a person delegated by a district.

    On any day a district has at most two delegates and the City one membership (``members.guards``).
    """

    class Kind(models.TextChoices):
        CITY = "city", "Stadt Dortmund"
        DELEGATE = "delegate", "von einem Stadtbezirk delegiert"

    PLACE = ("district", "kind")

    kind = models.CharField("Art", max_length=10, choices=Kind.choices, default=Kind.DELEGATE)
    district = models.ForeignKey(
        District,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name="Stadtbezirk",
        help_text="Nur bei Delegierten.",
    )
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name="Person",
        help_text="Nur bei Delegierten.",
    )
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name="Organisation",
        help_text="Nur bei der Mitgliedschaft der Stadt.",
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "Mitgliedschaft"
        verbose_name_plural = "Mitgliedschaften"
        ordering = ["kind", "district", "-since"]
        constraints = [
            until_not_before_since("membership"),
            within("membership_days_within", days="since until"),
            no_exit_reason_without_end("membership"),
            models.CheckConstraint(
                condition=models.Q(
                    kind="city", district__isnull=True, person__isnull=True, organisation__isnull=False
                )
                | models.Q(
                    kind="delegate", district__isnull=False, person__isnull=False, organisation__isnull=True
                ),
                name="membership_of_city_or_delegate",
                violation_error_message="Delegierte brauchen Stadtbezirk und Person und keine Organisation; "
                "die Mitgliedschaft der Stadt braucht nur die Organisation.",
            ),
            stored_types(
                "membership_types",
                integers="district person organisation",
                texts="entry_reason exit_reason kind",
                days="since until",
            ),
            known("membership_words_known", kind=["city", "delegate"]),
        ]

    def __str__(self) -> str:
        return f"{self.holder} ({self.district or self.get_kind_display()})"

    @property
    def holder(self) -> "Person | Organisation | None":
        return self.person or self.organisation
