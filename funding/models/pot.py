"""A pot of a fiscal year, with its counters."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Count, F, FilteredRelation, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from funding.models.year import FiscalYear
from members.common import fields
from members.common.checks import known, stored_types
from members.common.counting import counted
from members.common.money import ZERO, MoneyField, money
from members.models import District

#: The order of pots in lists.
ORDER = ["year", "kind", "district", "folded_source", "code"]


class PotQuerySet(models.QuerySet["Pot"]):
    def with_asked(self) -> Self:
        """Return the pots with ``asked`` and ``waiting``, in the order of their model.

        ``asked`` is the sum of what is handed in and not decided, in euro.
        ``waiting`` is the number of these applications.
        """
        submitted = FilteredRelation("applications", condition=Q(applications__state="submitted"))
        asked = self.annotate(
            submitted=submitted,
            asked=Coalesce(Sum("submitted__requested"), money(ZERO)),
            waiting=Count("submitted"),
        )
        # Django leaves the model's order out of a query that groups.
        return asked.order_by(*ORDER)


class Pot(models.Model):
    """One pot (Topf) of a fiscal year. Counters in euro.

    ``committed`` includes what is paid: available = allotted - reserved - committed.
    The database refuses to spend more than is allotted.
    """

    class Kind(models.TextChoices):
        PILLAR_1 = "pillar_1", "Säule 1"
        PILLAR_2 = "pillar_2", "Säule 2"
        OVERHEAD = "overhead", "Gemeinkosten"
        SPECIAL = "special", "Sondermittel"

    #: The Wirtschaftsförderung decides on these, with two signatures from the model's limit on.
    CENTRAL = (Kind.PILLAR_2, Kind.SPECIAL)
    #: The kinds that a project can ask for money, in the order of lists and reports.
    FOR_PROJECTS = (Kind.PILLAR_1, *CENTRAL)
    #: Kind -> the field of the funding model with the pot's allotment.
    #: A special pot has none: its money comes from a source of its own.
    ALLOTMENTS = {
        Kind.PILLAR_1: "district_allotment",
        Kind.PILLAR_2: "pool_allotment",
        Kind.OVERHEAD: "overhead_allotment",
    }
    #: Kind -> the code of a pot that a year has once, for all districts.
    CODES = {Kind.PILLAR_2: "S2", Kind.OVERHEAD: "GK"}

    year = models.ForeignKey(FiscalYear, models.PROTECT, related_name="pots", verbose_name="Haushaltsjahr")
    kind = models.CharField("Art", max_length=10, choices=Kind.choices)
    district = models.ForeignKey(
        District, models.PROTECT, null=True, blank=True, related_name="pots", verbose_name="Stadtbezirk"
    )
    code = fields.CharField("Kürzel", max_length=40)
    source = fields.CharField("Geldquelle", max_length=160, blank=True)
    folded_source = fields.FoldedField(of=["source"])
    allotted = MoneyField("Ansatz", default=ZERO)
    reserved = MoneyField("vorgemerkt", default=ZERO)
    committed = MoneyField("gebunden", default=ZERO)
    paid = MoneyField("bezahlt", default=ZERO)
    #: The end of the chain of its bookings (``ChainLink``): how many, and the digest of the last.
    chain_length = models.PositiveIntegerField("Buchungen in der Kette", default=0, editable=False)
    chain_end = models.CharField("Ende der Kette", max_length=64, default="", blank=True, editable=False)

    objects = PotQuerySet.as_manager()

    class Meta:
        verbose_name = "Topf"
        verbose_name_plural = "Töpfe"
        ordering = ORDER
        constraints = [
            models.CheckConstraint(
                condition=Q(allotted__gte=F("reserved") + F("committed")), name="pot_never_overspent"
            ),
            models.CheckConstraint(condition=Q(paid__lte=F("committed")), name="pot_paid_within_committed"),
            models.CheckConstraint(
                condition=Q(allotted__gte=0, reserved__gte=0, committed__gte=0, paid__gte=0),
                name="pot_counters_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(kind="pillar_1", district__isnull=False)
                | (~Q(kind="pillar_1") & Q(district__isnull=True)),
                name="pot_district_is_pillar_1",
            ),
            models.CheckConstraint(
                condition=~Q(kind="special") | ~Q(source=""),
                name="special_pot_names_its_source",
                violation_error_message="Ein Sondertopf braucht eine benannte Geldquelle.",
            ),
            models.UniqueConstraint(fields=["year", "code"], name="pot_code_once_per_year"),
            models.UniqueConstraint(
                fields=["year", "district"],
                condition=Q(kind="pillar_1"),
                name="one_pillar_1_pot_per_district",
            ),
            models.UniqueConstraint(
                fields=["year", "kind"],
                condition=Q(kind__in=["pillar_2", "overhead"]),
                name="one_pool_and_overhead",
            ),
            stored_types(
                "pot_types",
                integers="year district allotted reserved committed paid chain_length",
                texts="kind code source folded_source chain_end",
            ),
            known("pot_words_known", kind=["pillar_1", "pillar_2", "overhead", "special"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.year}"

    def get_absolute_url(self) -> str:
        return reverse("funding:pot", args=[self.pk])

    @property
    def is_pillar_1(self) -> bool:
        return self.kind == self.Kind.PILLAR_1

    @property
    def is_pillar_2(self) -> bool:
        return self.kind == self.Kind.PILLAR_2

    @property
    def is_overhead(self) -> bool:
        return self.kind == self.Kind.OVERHEAD

    @property
    def is_special(self) -> bool:
        return self.kind == self.Kind.SPECIAL

    @property
    def name(self) -> str:
        if self.is_pillar_1 and self.district:
            return f"Säule 1 {self.district.name}"
        if self.is_special:
            return f"Sondermittel {self.source}"
        return self.get_kind_display()

    @property
    def end_of_chain(self) -> str:
        """Return the end of the chain of its bookings as people compare it, in German; empty before the first one."""
        if not self.chain_length:
            return ""
        booked = counted(self.chain_length, "Buchung", "Buchungen")
        return f"Ende der Kette nach {booked}: {self.short_end}"

    @property
    def short_end(self) -> str:
        """Return as much of the end of the chain as people compare."""
        return self.chain_end[:16]

    @property
    def available(self) -> Decimal:
        """Return the free euro: neither reserved nor committed."""
        return self.allotted - self.reserved - self.committed

    @property
    def outstanding(self) -> Decimal:
        """Return the euro that are committed and not paid ("gebunden" on pages)."""
        return self.committed - self.paid
