"""What grants are tied to: settings with a first day, and the conditions that a decision can choose from."""

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from funding import hooks
from funding.models.application import Application
from funding.models.year import FundingModel
from funding.public_words import REFUSED, without_public_words
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.days import require_day
from members.common.money import ZERO, MoneyField
from members.models.tenure import Dated, until_not_before_since


class ProofDepth(models.TextChoices):
    """How a recipient proves what the money was used for."""

    SIMPLE = "simple", "einfacher Nachweis (Einnahmen, Ausgaben, Bericht)"
    LIST = "list", "Nachweis mit Belegliste"
    FULL = "full", "Nachweis mit allen Belegen"


class GrantTermsQuerySet(models.QuerySet["GrantTerms"]):
    def on(self, model: FundingModel, day: date) -> "GrantTerms | None":
        """Return the model's terms that apply on the local date, or None before their first day."""
        return self.filter(funding_model=model, since__lte=day).order_by("-since").first()


class GrantTerms(models.Model):
    """How decisions on a funding model's money are written from a first day on (Regeln für Zusagen).

    Before the first of them there are no letters.
    ``call_months``: money is called for payments due within so many months.
    A proof is a list of vouchers from ``list_from`` euro on, and full from ``full_from`` euro on.
    Source: the association makes no administrative act unless a law entrusts it (§ 44 (2) LHO NRW).
    """

    class LetterForm(models.TextChoices):
        PRIVATE = "private", "privatrechtlich (Zusage oder Vereinbarung)"
        PUBLIC = "public", "öffentlich-rechtlich (Bescheid)"

    class LetterStyle(models.TextChoices):
        PROMISE = "promise", "Förderzusage, die der Empfänger annimmt"
        AGREEMENT = "agreement", "Fördervereinbarung, die beide unterschreiben"

    funding_model = models.ForeignKey(
        FundingModel, models.CASCADE, related_name="grant_terms", verbose_name="Fördermodell"
    )
    since = models.DateField("gilt ab", validators=[require_day])
    letter_form = models.CharField(
        "Form der Schreiben", max_length=7, choices=LetterForm.choices, default=LetterForm.PRIVATE
    )
    letter_style = models.CharField(
        "Art der Zusage", max_length=9, choices=LetterStyle.choices, default=LetterStyle.PROMISE
    )
    entrustment = fields.CharField(
        "Beleihung",
        max_length=300,
        blank=True,
        help_text="Nur für die öffentlich-rechtliche Form: welches Gesetz oder welcher Akt den Verein betraut.",
    )
    call_months = models.PositiveSmallIntegerField(
        "Monate im Voraus abrufbar",
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(24)],
        help_text="Abgerufen wird Geld für Zahlungen, die innerhalb so vieler Monate fällig sind.",
    )
    list_from = MoneyField(
        "Belegliste ab",
        null=True,
        blank=True,
        default=Decimal("2500.00"),
        help_text="Ab dieser Zusage gehört zum Verwendungsnachweis eine Liste der Belege. Leer: nie.",
    )
    full_from = MoneyField(
        "alle Belege ab",
        null=True,
        blank=True,
        default=Decimal("10000.00"),
        help_text="Ab dieser Zusage gehören die Belege selbst zum Verwendungsnachweis. Leer: nie.",
    )
    interest = fields.CharField(
        "Zinsen",
        max_length=300,
        blank=True,
        help_text="Was über Zinsen auf zurückzuzahlendes Geld vereinbart wird. Leer: nichts.",
    )

    objects = GrantTermsQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "Regeln für Zusagen"
        verbose_name_plural = "Regeln für Zusagen"
        ordering = ["-since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["funding_model", "since"],
                name="grant_terms_once_per_day",
                violation_error_message="Für diesen Tag sind schon Regeln eingetragen.",
            ),
            models.CheckConstraint(
                condition=~Q(letter_form="public") | ~Q(entrustment=""),
                name="public_letters_name_their_entrustment",
                violation_error_message="Die öffentlich-rechtliche Form braucht eine benannte Beleihung.",
            ),
            models.CheckConstraint(
                condition=Q(letter_form="public") | without_public_words("interest"),
                name="interest_without_public_words",
                violation_error_message=REFUSED,
            ),
            within("grant_terms_days_within", days="since"),
            known(
                "grant_terms_words_known",
                letter_form=["private", "public"],
                letter_style=["promise", "agreement"],
            ),
            stored_types(
                "grant_terms_types",
                integers="funding_model call_months list_from full_from",
                texts="letter_form letter_style entrustment interest",
                days="since",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.funding_model}, Regeln ab {self.since:%d.%m.%Y}"

    def clean(self) -> None:
        """Raise ValidationError if all vouchers are asked for below the amount from which they are listed.

        The public form is refused while something stands against it, such as letters without a text.
        """
        if self.letter_form == self.LetterForm.PUBLIC:
            for against in hooks.public_letters:
                if sentence := against():
                    raise ValidationError({"letter_form": sentence})
        if self.list_from is not None and self.full_from is not None and self.full_from < self.list_from:
            raise ValidationError(
                {"full_from": "Alle Belege werden erst ab einem höheren Betrag verlangt als eine Belegliste."}
            )

    def proof_depth(self, amount: Decimal) -> ProofDepth:
        """Return how a grant of ``amount`` euro is proved."""
        if self.full_from is not None and amount >= self.full_from:
            return ProofDepth.FULL
        if self.list_from is not None and amount >= self.list_from:
            return ProofDepth.LIST
        return ProofDepth.SIMPLE


class GrantCondition(Dated):
    """A condition (Nebenbestimmung) that decisions can choose, from a first to a last day."""

    title = fields.CharField("Überschrift", max_length=120)
    text = fields.TextField("Wortlaut", max_length=2000)
    financing = models.CharField(
        "vorgeschlagen bei",
        max_length=6,
        choices=Application.Financing.choices,
        blank=True,
        help_text="Leer: bei jeder Finanzierungsart.",
    )
    from_amount = MoneyField("vorgeschlagen ab", default=ZERO)
    position = models.PositiveSmallIntegerField("Reihenfolge", default=100)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "Nebenbestimmung"
        verbose_name_plural = "Nebenbestimmungen"
        ordering = ["position", "pk"]
        constraints = [
            until_not_before_since("grant_condition"),
            models.CheckConstraint(
                condition=without_public_words("title", "text"),
                name="grant_condition_without_public_words",
                violation_error_message=REFUSED,
            ),
            within("grant_condition_days_within", days="since until"),
            known("grant_condition_words_known", financing=["fixed", "share", "gap", ""]),
            stored_types(
                "grant_condition_types",
                integers="from_amount position",
                texts="title text financing",
                days="since until",
            ),
        ]

    def __str__(self) -> str:
        return self.title
