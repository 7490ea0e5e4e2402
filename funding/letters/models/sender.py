"""Who writes: the letterhead of the association, and who signs for it."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from funding.public_words import REFUSED, without_public_words
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.countries import COUNTRIES
from members.common.days import require_day
from members.common.money import MoneyField
from members.models import Addressed, Person
from members.models.address import address_whole
from members.models.tenure import Dated, DatedQuerySet, until_not_before_since


class Letterhead(Addressed):
    """What stands at the head and the foot of each letter. One row, which a migration creates empty."""

    name = fields.CharField("Name des Vereins", max_length=120, blank=True)
    website = fields.URLField("Webseite", blank=True)
    register = fields.CharField(
        "Register", max_length=120, blank=True, help_text="Zum Beispiel: Amtsgericht Dortmund, VR 0000."
    )
    bank = fields.CharField(
        "Bankverbindung",
        max_length=160,
        blank=True,
        help_text="Steht am Fuß. Eine Rückforderung braucht sie: Darauf wird zurückgezahlt.",
    )
    two_sign = models.BooleanField("zwei Unterschriften", default=False, help_text="Auf jedem Schreiben.")

    history = HistoricalRecords(excluded_fields=["bank"])

    #: The fields without which no letter is drawn.
    NEEDED = ("name", "street", "email")

    class Meta:
        verbose_name = "Briefkopf"
        verbose_name_plural = "Briefkopf"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_letterhead"),
            models.CheckConstraint(
                condition=without_public_words("name", "register", "bank"),
                name="letterhead_without_public_words",
                violation_error_message=REFUSED,
            ),
            address_whole("letterhead_address_whole"),
            known("letterhead_words_known", country=list(COUNTRIES)),
            stored_types(
                "letterhead_types",
                texts="name address_extra street postcode town country email phone website register bank",
                flags="two_sign",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return "Briefkopf der Schreiben"

    @property
    def missing(self) -> list[str]:
        """Return the labels of the fields that a letter needs and that are empty."""
        needed = (field for field in self._meta.concrete_fields if field.name in self.NEEDED)
        return [str(field.verbose_name) for field in needed if not getattr(self, field.attname)]


class SignatoryQuerySet(DatedQuerySet):
    def who_may_sign(self, amount: Decimal, day: date) -> Self:
        """Return who may sign a letter over ``amount`` euro on the local date, in the order in which they sign."""
        return self.active_on(day).filter(Q(limit=None) | Q(limit__gte=amount)).select_related("person")


class Signatory(Dated):
    """A person who signs letters for the association, for a time, perhaps up to an amount.

    Source: § 26 BGB for the board; for others a power of attorney.
    """

    class Basis(models.TextChoices):
        BOARD = "board", "Vorstand (§ 26 BGB)"
        POWER = "power", "Vollmacht"

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="Person")
    function = fields.CharField("Funktion", max_length=80, help_text="So steht sie unter dem Namen.")
    basis = models.CharField("Grundlage", max_length=5, choices=Basis.choices, default=Basis.BOARD)
    power_of = models.DateField("Vollmacht vom", null=True, blank=True, validators=[require_day])
    limit = MoneyField("bis Betrag", null=True, blank=True, help_text="Leer: ohne Grenze.")
    position = models.PositiveSmallIntegerField(
        "Reihenfolge", default=1, help_text="Wer zuerst unterschreibt, hat 1."
    )

    objects = SignatoryQuerySet.as_manager()  # type: ignore[misc]
    history = HistoricalRecords()

    class Meta:
        verbose_name = "Zeichnungsberechtigung"
        verbose_name_plural = "Zeichnungsberechtigungen"
        ordering = ["position", "pk"]
        constraints = [
            until_not_before_since("signatory"),
            models.CheckConstraint(
                condition=without_public_words("function"),
                name="signatory_without_public_words",
                violation_error_message=REFUSED,
            ),
            models.CheckConstraint(
                condition=Q(basis="board", power_of__isnull=True) | Q(basis="power", power_of__isnull=False),
                name="signatory_names_the_day_of_the_power",
                violation_error_message="Eine Vollmacht braucht ihren Tag („Vollmacht vom“); der Vorstand hat keine.",
            ),
            models.CheckConstraint(
                condition=Q(limit__isnull=True) | Q(limit__gt=0),
                name="signatory_limit_positive",
                violation_error_message="Die Grenze muss größer als 0,00 € sein. Ohne Grenze bleibt das Feld leer.",
            ),
            within("signatory_within", days="since until power_of"),
            stored_types(
                "signatory_types",
                integers="person limit position",
                texts="function basis",
                days="since until power_of",
            ),
            known("signatory_words_known", basis=["board", "power"]),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.person}, {self.function}"
