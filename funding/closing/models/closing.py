"""The request of two people to close a year or to open it again, and what the year looked like then."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q, Sum
from django.urls import reverse

from funding.closing.models.rule import Place
from funding.models import FiscalYear, Pot
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.days import require_day
from members.common.money import ZERO, MoneyField
from members.common.two_people import TwoPeople
from members.models import Resolution, User


class YearClosing(TwoPeople):
    """A request to close a fiscal year, or to open it again: one person asks, another confirms.

    Nothing happens before that. The latest confirmed one of a year says whether it is closed.
    """

    nothing_done = "Jetzt wurde nichts geändert."

    class What(models.TextChoices):
        CLOSE = "close", "abschließen"
        REOPEN = "reopen", "wieder öffnen"

    year = models.ForeignKey(
        FiscalYear, models.PROTECT, related_name="closings", verbose_name="Haushaltsjahr"
    )
    what = models.CharField("Was", max_length=6, choices=What.choices)

    class Meta(TwoPeople.Meta):
        verbose_name = "Jahresabschluss"
        verbose_name_plural = "Jahresabschlüsse"
        ordering = ["-pk"]
        constraints = [
            *TwoPeople.Meta.constraints,
            models.UniqueConstraint(
                fields=["year"], condition=Q(state="requested"), name="one_waiting_closing_per_year"
            ),
            stored_types(
                "yearclosing_types",
                integers="year requested_by decided_by",
                texts="what reason state refusal",
                days="requested_on decided_on",
            ),
            known(
                "yearclosing_words_known",
                what=["close", "reopen"],
                state=["requested", "confirmed", "refused"],
            ),
        ]

    def __str__(self) -> str:
        return f"Haushaltsjahr {self.year} {self.get_what_display()}"

    def get_absolute_url(self) -> str:
        return reverse("closing:closing", args=[self.pk])

    @property
    def is_closing(self) -> bool:
        return self.what == self.What.CLOSE

    @property
    def said(self) -> str:
        """Return what became of it, in German."""
        if self.waits:
            return "wartet auf zweite Person"
        if self.is_refused:
            return "zurückgenommen" if self.was_taken_back else "abgelehnt"
        return "abgeschlossen" if self.is_closing else "wieder geöffnet"


class Carryover(models.Model):
    """What a request to close a year does with the free money of one pot, in euro. Never changed."""

    closing = models.ForeignKey(YearClosing, models.PROTECT, related_name="carryovers")
    pot = models.ForeignKey(Pot, models.PROTECT, related_name="carryovers", verbose_name="Topf")
    carried = MoneyField("ins nächste Jahr")
    lapsed = MoneyField("verfällt")
    place = fields.CharField("wohin", max_length=300)

    class Meta:
        verbose_name = "Rest"
        verbose_name_plural = "Reste"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["closing", "pot"], name="carryover_once_per_pot"),
            models.CheckConstraint(condition=Q(carried__gte=0, lapsed__gte=0), name="carryover_not_negative"),
            stored_types("carryover_types", integers="closing pot carried lapsed", texts="place"),
        ]

    def __str__(self) -> str:
        return f"Rest {self.pot}"

    @property
    def remainder(self) -> Decimal:
        """Return the euro that are free when the year is closed."""
        return self.carried + self.lapsed


class Snapshot(models.Model):
    """What a year looked like when it was closed: written once, never changed. ``content`` is JSON.

    It holds each pot's counters and remainders in euro, the ends of the chains of bookings and of decisions, and who closed
    it when. Those of decisions are missing in the first snapshots.
    ``digest`` is the hash of the content in UTF-8.
    """

    closing = models.OneToOneField(YearClosing, models.PROTECT, related_name="snapshot")
    content = models.TextField("Inhalt")
    digest = models.CharField("Prüfsumme", max_length=64)
    taken_at = models.DateTimeField("aufgenommen", auto_now_add=True)

    class Meta:
        verbose_name = "Stand beim Abschluss"
        verbose_name_plural = "Stände beim Abschluss"
        ordering = ["pk"]
        constraints = [
            stored_types("snapshot_types", integers="closing", texts="content digest", moments="taken_at"),
        ]

    def __str__(self) -> str:
        return f"Stand beim Abschluss, {self.closing}"


class Adoption(models.Model):
    """The general meeting adopts the accounts of a closed year, or discharges the board for it, by a resolution.

    It is about one closing: once the year was opened again and closed anew, the members decide anew.
    """

    class What(models.TextChoices):
        ACCOUNTS = "accounts", "Jahresabschluss festgestellt"
        DISCHARGE = "discharge", "Vorstand entlastet"

    closing = models.ForeignKey(
        YearClosing, models.PROTECT, related_name="adoptions", verbose_name="Jahresabschluss"
    )
    what = models.CharField("Was", max_length=9, choices=What.choices)
    resolution = models.OneToOneField(
        Resolution,
        models.PROTECT,
        related_name="adoption",
        verbose_name="Beschluss der Mitgliederversammlung",
    )
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="eingetragen von")
    on = models.DateField("eingetragen am", validators=[require_day])

    class Meta:
        verbose_name = "Feststellung"
        verbose_name_plural = "Feststellungen"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["closing", "what"], name="adoption_once_per_closing"),
            within("adoption_days_within", days="on"),
            known("adoption_words_known", what=["accounts", "discharge"]),
            stored_types("adoption_types", integers="closing resolution actor", texts="what", days="on"),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: Haushaltsjahr {self.closing.year}"


def latest_confirmed(year: FiscalYear) -> Any:
    """Return the latest confirmed closing or reopening of the year, or None."""
    return year.closings.filter(state=YearClosing.State.CONFIRMED).order_by("-pk").first()


def lapsed_to_city(year: FiscalYear) -> Decimal:
    """Return the euro that lapsed to the city when the year was closed; none while it is open. Two queries at most."""
    latest = latest_confirmed(year)
    if latest is None or not latest.is_closing:
        return ZERO
    lapsed = latest.carryovers.filter(place=Place.CITY.label).aggregate(total=Sum("lapsed"))["total"]
    return lapsed or ZERO
