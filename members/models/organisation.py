"""Organisations: members of the association, and organisers of projects."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from members.common import fields
from members.common.checks import Guard, known, stored_types
from members.common.countries import COUNTRIES
from members.common.fields import FoldedField
from members.models.address import Addressed, address_whole
from members.models.named import Named

#: Of those who sign for an organisation: lines, and characters of one.
SIGNATORIES, SIGNATORY = 2, 80


def require_signatories(text: str) -> None:
    """Raise ValidationError for more than two lines, or for one that fits on no letter."""
    lines = [line for line in text.splitlines() if line]
    if len(lines) > SIGNATORIES:
        raise ValidationError("Bitte höchstens zwei Zeilen eintragen, eine je Person.")
    if any(len(line) > SIGNATORY for line in lines):
        raise ValidationError(f"Bitte jede Zeile auf höchstens {SIGNATORY} Zeichen kürzen.")


class Organisation(Named, Addressed):
    """A club, school, company or office. It may also organise projects and get money for them."""

    class LegalForm(models.TextChoices):
        ASSOCIATION = "association", "eingetragener Verein"
        NONPROFIT_COMPANY = "nonprofit_company", "gemeinnützige GmbH (gGmbH)"
        COMPANY = "company", "GmbH"
        FOUNDATION = "foundation", "Stiftung"
        COOPERATIVE = "cooperative", "Genossenschaft"
        PUBLIC = "public", "Körperschaft oder öffentliche Einrichtung"
        CHURCH = "church", "Kirchengemeinde"
        GROUP = "group", "nicht eingetragene Gruppe"
        SOLE_TRADER = "sole_trader", "Einzelunternehmen"
        OTHER = "other", "andere Rechtsform"

    name = fields.CharField("Name", max_length=160, unique=True)
    short_name = fields.CharField(
        "Kurzname",
        max_length=20,
        blank=True,
        help_text="Wie die Satzung sie nennt, z. B. IHK. Daran erkennt die Satzungsprüfung sie.",
    )
    place = fields.CharField("Ort", max_length=80, blank=True)
    website = fields.URLField("Webseite", blank=True)
    legal_form = models.CharField("Rechtsform", max_length=20, choices=LegalForm.choices, blank=True)
    register_court = fields.CharField(
        "Registergericht", max_length=80, blank=True, help_text="Zum Beispiel Amtsgericht Dortmund."
    )
    register_number = fields.CharField(
        "Registernummer", max_length=40, blank=True, help_text="Zum Beispiel VR 1234 oder HRB 1234."
    )
    signatories = fields.TextField(
        "Wer unterschreibt",
        max_length=200,
        blank=True,
        validators=[require_signatories],
        help_text="Name und Funktion, eine Zeile je Person, höchstens zwei: „Erika Beispiel, 1. Vorsitzende“.",
    )

    PERSONAL = (*Addressed.PERSONAL, "signatories")
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
            address_whole("organisation_address_whole"),
            Guard(
                condition=Q(register_court="", register_number="")
                | ~(Q(register_court="") | Q(register_number="")),
                name="organisation_register_whole",
            ),
            stored_types(
                "organisation_types",
                texts="folded_name name short_name place website folded_more legal_form register_court register_number signatories address_extra street postcode town country email phone",
            ),
            known(
                "organisation_words_known",
                legal_form=[
                    "association",
                    "nonprofit_company",
                    "company",
                    "foundation",
                    "cooperative",
                    "public",
                    "church",
                    "group",
                    "sole_trader",
                    "other",
                    "",
                ],
                country=list(COUNTRIES),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def mistakes(self) -> dict[str, str]:
        wrong = super().mistakes()
        if bool(self.register_court) != bool(self.register_number):
            missing = "register_number" if self.register_court else "register_court"
            wrong[missing] = "Registergericht und Registernummer gehören zusammen."
        return wrong

    @property
    def shortest_name(self) -> str:
        return self.short_name or self.name

    @property
    def signatory_lines(self) -> list[str]:
        """Return who signs for the organisation, one line each."""
        return [line for line in self.signatories.splitlines() if line]
