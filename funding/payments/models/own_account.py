"""The association's own accounts, and what is on them."""

from contextlib import suppress
from datetime import date
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from funding.payments.pain import LONGEST_NAME, Addresses
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.days import require_day
from members.common.iban import BICField, IBANField, checked_iban, masked
from members.common.money import MoneyField
from members.common.two_people import TwoPeople

#: So many payments a file has at most: the page of a batch shows and takes an answer of the bank for each.
MOST_PAYMENTS = 1000


class OwnAccountQuerySet(models.QuerySet["OwnAccount"]):
    def active_on(self, day: date) -> Self:
        """Return the accounts from which is paid on the local date."""
        return self.filter(Q(until__isnull=True) | Q(until__gte=day), since__lte=day)


def _chart(label: str, help_text: str = "") -> fields.CharField:
    """Return the field for a number of the bookkeeper's chart of accounts. Source: DATEV takes up to nine digits."""
    digits = RegexValidator(r"\A[0-9]{1,9}\Z", "Bitte die Nummer mit höchstens neun Ziffern eintragen.")
    return fields.CharField(
        label, max_length=9, blank=True, default="", validators=[digits], help_text=help_text
    )


class OwnAccount(models.Model):
    """An account of the association from which is paid, and what its bank wants of a payment file.

    The Vereinsverwaltung maintains it: who sends money off does not say from where.
    """

    class Addresses(models.TextChoices):
        """Which addresses of payees the bank wants in the file."""

        NONE = Addresses.NONE.value, "keine"
        STRUCTURED = Addresses.STRUCTURED.value, "strukturiert (Straße, Postleitzahl, Ort, Land)"
        HYBRID = Addresses.HYBRID.value, "hybrid (Straße als Zeile; Postleitzahl, Ort, Land einzeln)"

    name = fields.CharField("Bezeichnung", max_length=80, help_text="Zum Beispiel: Geschäftskonto.")
    holder = fields.CharField(
        "Konto lautet auf", max_length=LONGEST_NAME, help_text="So steht es in der Datei für die Bank."
    )
    iban = IBANField("IBAN")
    bic = BICField("BIC", blank=True)
    since = models.DateField("gilt ab", validators=[require_day])
    until = models.DateField("gilt bis", null=True, blank=True, validators=[require_day])
    one_sum = models.BooleanField(
        "als eine Summe buchen",
        default=True,
        help_text="Ein Zahlungslauf steht dann als ein Betrag auf dem Kontoauszug.",
    )
    addresses = models.CharField(
        "Anschriften in der Datei", max_length=10, choices=Addresses.choices, default=Addresses.NONE
    )
    most_payments = models.PositiveIntegerField(
        "höchstens so viele Zahlungen je Datei",
        default=MOST_PAYMENTS,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PAYMENTS)],
    )
    most_amount = MoneyField("höchstens so viel Geld je Datei", null=True, blank=True)
    book_account = _chart("Konto der Bank", help_text="Zum Beispiel 1800.")
    counter_city = _chart("Geld der Stadt")
    counter_special = _chart("Sondermittel")
    counter_grants = _chart("Zahlungen an Projekte", help_text="Auch Rückläufe und Rückzahlungen.")
    counter_overhead = _chart("Gemeinkosten")
    counter_open = _chart("noch nicht zugeordnet", help_text="Ein Konto für ungeklärte Posten.")

    objects = OwnAccountQuerySet.as_manager()

    class Meta:
        verbose_name = "Konto des Vereins"
        verbose_name_plural = "Konten des Vereins"
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["iban"],
                name="own_account_once",
                violation_error_message="Dieses Konto gibt es schon; sein Kontostand zählt nur einmal. Bitte ändern Sie das vorhandene.",
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(holder="") & ~Q(iban=""), name="own_account_is_told"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="own_account_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(most_payments__gte=1) & (Q(most_amount__isnull=True) | Q(most_amount__gt=0)),
                name="own_account_limits_positive",
            ),
            within("own_account_days_within", days="since until"),
            stored_types(
                "own_account_types",
                integers="most_payments most_amount",
                texts="name holder iban bic addresses "
                "book_account counter_city counter_special counter_grants counter_overhead counter_open",
                flags="one_sum",
                days="since until",
            ),
            known("own_account_words_known", addresses=["none", "structured", "hybrid"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} {masked(self.iban)}"

    def clean(self) -> None:
        """Find the BIC by the list of banks, where none was typed."""
        with suppress(ValidationError):  # said beside the IBAN
            self.bic = self.bic or checked_iban(self.iban).bic
        if self.since and self.until and self.until < self.since:
            raise ValidationError({"until": "Der letzte Tag liegt vor dem ersten."})

    def is_active_on(self, day: date) -> bool:
        """Return whether is paid from it on the local date."""
        return self.since <= day and (self.until is None or day <= self.until)


class BalanceQuerySet(models.QuerySet["Balance"]):
    def waiting(self) -> Self:
        """Return the balances that a second person has still to confirm or refuse."""
        return self.filter(state=Balance.State.REQUESTED)

    def latest(self) -> Self:  # type: ignore[override]
        """Return the confirmed balance of each account that is the last one: by its day, then by its entry."""
        confirmed = Q(state=Balance.State.CONFIRMED)
        later = Balance.objects.filter(confirmed, account=models.OuterRef("account")).filter(
            Q(day__gt=models.OuterRef("day")) | Q(day=models.OuterRef("day"), pk__gt=models.OuterRef("pk"))
        )
        return self.filter(confirmed, ~models.Exists(later))


class Balance(TwoPeople):
    """What was on an account at the end of a day (euro): one person reads it off, another confirms it.

    ``reason`` says where it was read: the number of a statement, online banking.
    """

    class State(models.TextChoices):
        """As in ``TwoPeople``, in words about a balance."""

        REQUESTED = "requested", "wartet auf zweite Person"
        CONFIRMED = "confirmed", "bestätigt"
        REFUSED = "refused", "nicht bestätigt"

    nothing_done = "Jetzt wurde nichts geändert."

    account = models.ForeignKey(OwnAccount, models.PROTECT, related_name="balances", verbose_name="Konto")
    amount = MoneyField("Kontostand")
    day = models.DateField("am Ende des Tages", validators=[require_day])
    reason = fields.CharField("Woher", max_length=200)
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.REQUESTED)

    objects = BalanceQuerySet.as_manager()

    class Meta(TwoPeople.Meta):
        verbose_name = "Kontostand"
        verbose_name_plural = "Kontostände"
        ordering = ["-pk"]
        constraints = [
            *TwoPeople.Meta.constraints,
            within("balance_days_within", days="day"),
            stored_types(
                "balance_types",
                integers="account amount requested_by decided_by",
                texts="reason state refusal",
                days="day requested_on decided_on",
            ),
            known("balance_words_known", state=["requested", "confirmed", "refused"]),
        ]

    def __str__(self) -> str:
        return f"Kontostand Nr. {self.pk}"

    @property
    def read_on(self) -> date:
        return self.requested_on

    def get_absolute_url(self) -> str:
        return reverse("payments:balance", args=[self.pk])
