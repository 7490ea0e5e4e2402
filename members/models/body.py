"""The association's and the districts' bodies, and the seats in them."""

from datetime import date

from django.db import models
from django.urls import reverse
from simple_history.models import HistoricalRecords

from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.days import require_day
from members.models.district import District
from members.models.named import Named
from members.models.organisation import Organisation
from members.models.person import Person
from members.models.tenure import Dated, Tenure, no_exit_reason_without_end, until_not_before_since


class BodyKind(models.TextChoices):
    """The kinds of bodies, in the order of the pages."""

    STEERING = "lenkungsgremium", "Lenkungsgremium"
    MARKETING = "marketinggruppe", "Marketinggruppe"
    FORUM = "buergerforum", "Bürgerforum"
    PROJECT_GROUP = "projektgruppe", "Projektgruppe"
    GENERAL_MEETING = "mitgliederversammlung", "Mitgliederversammlung"
    BOARD = "vorstand", "Vorstand"
    CASH_AUDIT = "kassenpruefung", "Kassenprüfung"
    ADVISORY_BOARD = "beirat", "Beirat"
    JURY = "jury", "Jury"


OF_DISTRICT = (BodyKind.STEERING, BodyKind.MARKETING, BodyKind.FORUM, BodyKind.PROJECT_GROUP)
OF_ASSOCIATION = (
    BodyKind.GENERAL_MEETING,
    BodyKind.BOARD,
    BodyKind.CASH_AUDIT,
    BodyKind.ADVISORY_BOARD,
    BodyKind.JURY,
)


class Body(Named, Dated):
    """A Gremium of a district or of the association. A district has one Lenkungsgremium on any day."""

    Kind = BodyKind

    kind = models.CharField("Art", max_length=24, choices=Kind.choices)
    district = models.ForeignKey(
        District,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bodies",
        verbose_name="Stadtbezirk",
        help_text="Leer lassen bei Gremien des Vereins.",
    )
    name = fields.CharField("Name", max_length=120)
    since = models.DateField("besteht seit", default=date(2003, 1, 1), validators=[require_day])
    until = models.DateField("bestand bis", null=True, blank=True, validators=[require_day])

    history = HistoricalRecords(excluded_fields=["folded_name"])

    class Meta:
        verbose_name = "Gremium"
        verbose_name_plural = "Gremien"
        # Those of the association first, on both databases.
        ordering = [models.F("district__folded_name").asc(nulls_first=True), "kind", "folded_name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["district", "name"], name="body_name_once_per_district"),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(district__isnull=True),
                name="body_name_once_in_association",
                violation_error_message="Ein Gremium des Vereins mit diesem Namen gibt es schon.",
            ),
            models.UniqueConstraint(
                fields=["district"],
                condition=models.Q(kind="lenkungsgremium", until__isnull=True),
                name="one_steering_body_per_district",
                violation_error_message="Dieser Stadtbezirk hat schon ein Lenkungsgremium.",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=OF_DISTRICT, district__isnull=False)
                | models.Q(kind__in=OF_ASSOCIATION, district__isnull=True),
                name="body_has_district_or_is_of_association",
                violation_error_message="Ein Gremium eines Stadtbezirks braucht den Stadtbezirk, ein Gremium des "
                "Vereins hat keinen.",
            ),
            until_not_before_since("body"),
            within("body_days_within", days="since until"),
            stored_types(
                "body_types", integers="district", texts="kind name folded_name", days="since until"
            ),
            known("body_words_known", kind=BodyKind.values),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("bodies:detail", args=[self.pk])

    @property
    def is_general_meeting(self) -> bool:
        return self.kind == self.Kind.GENERAL_MEETING

    @property
    def is_cash_audit(self) -> bool:
        """Return whether a seat here gives the rights of an auditor."""
        return self.kind == self.Kind.CASH_AUDIT


class Seat(Tenure):
    """A seat in a body, from a first to a last day. Its holder is a person, or an organisation with a person.

    The person then represents the organisation. Neither sits twice in one body on one day
    (``members.guards``).
    An organisation may keep its seat without a person; the check of the statutes then says that it is not
    represented.
    """

    class Role(models.TextChoices):
        CHAIR = "chair", "Vorsitz"
        DEPUTY_CHAIR = "deputy_chair", "stellvertretender Vorsitz"
        SECRETARY = "secretary", "Schriftführung"
        MEMBER = "member", "Mitglied"

    PLACE = ("body", "role", "organisation")

    body = models.ForeignKey(Body, models.PROTECT, related_name="seats", verbose_name="Gremium")
    role = models.CharField("Aufgabe", max_length=12, choices=Role.choices, default=Role.MEMBER)
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="seats",
        verbose_name="Person",
        help_text="Wer den Sitz wahrnimmt; bei einer Organisation, wer sie vertritt.",
    )
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="seats",
        verbose_name="Organisation",
        help_text="Nur wenn der Sitz einer Organisation gehört.",
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "Sitz"
        verbose_name_plural = "Sitze"
        ordering = ["body", "-since"]
        constraints = [
            until_not_before_since("seat"),
            within("seat_days_within", days="since until"),
            no_exit_reason_without_end("seat"),
            models.CheckConstraint(
                condition=models.Q(person__isnull=False) | models.Q(organisation__isnull=False),
                name="seat_has_a_holder",
                violation_error_message="Bitte eine Person oder eine Organisation angeben.",
            ),
            stored_types(
                "seat_types",
                integers="body person organisation",
                texts="entry_reason exit_reason role",
                days="since until",
            ),
            known("seat_words_known", role=["chair", "deputy_chair", "secretary", "member"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.body}: {self.holder}"

    @property
    def holder(self) -> str:
        """Return the name of the person, or of the organisation and the person who represents it."""
        if self.organisation is None:
            return str(self.person)
        name = self.organisation.shortest_name
        return f"{name}, vertreten durch {self.person}" if self.person else name
