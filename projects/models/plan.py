"""The rows of a project's plan: costs and financing."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from members.common import fields
from members.common.checks import known, stored_types
from members.common.money import ZERO, MoneyField
from members.models import District
from projects.models.project import Project


class CostItem(models.Model):
    """One row of the costs, in euro. A draft may lack the amount."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="cost_items")
    position = models.PositiveSmallIntegerField(default=0)
    label = fields.CharField("Wofür", max_length=160, blank=True)
    amount = MoneyField("Betrag", null=True, blank=True)

    class Meta:
        verbose_name = "Kostenposition"
        verbose_name_plural = "Kostenplan"
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gt=0), name="cost_positive"),
            stored_types("cost_types", integers="project position amount", texts="label"),
        ]

    def __str__(self) -> str:
        return self.label


class FinancingItem(models.Model):
    """One row of the financing, in euro.

    Funding's services set ``locked`` and ``granted``.
    A row is locked while an application on its pot is under decision or granted.
    ``granted`` is what was decided (0.00 for a rejection); empty while undecided.
    """

    class Kind(models.TextChoices):
        OWN = "own", "Eigenmittel"
        THIRD_PARTY = "third_party", "Drittmittel"
        IN_KIND = "in_kind", "Eigenleistung"
        PILLAR_1 = "pillar_1", "Säule 1"
        PILLAR_2 = "pillar_2", "Säule 2"
        SPECIAL = "special", "Sondermittel"

    class ThirdParty(models.TextChoices):
        ASKED = "asked", "angefragt"
        PROMISED = "promised", "zugesagt"
        RECEIVED = "received", "eingegangen"

    FROM_POTS = (Kind.PILLAR_1, Kind.PILLAR_2, Kind.SPECIAL)
    #: Money from outside the pots, in the order of the form.
    FROM_OTHERS = (Kind.THIRD_PARTY, Kind.OWN, Kind.IN_KIND)
    #: Of these, the money of third parties. Such a row says who gives it, and how sure it is.
    FROM_THIRD_PARTIES = (Kind.THIRD_PARTY,)

    project = models.ForeignKey(Project, models.CASCADE, related_name="financing_items")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField("Art", max_length=12, choices=Kind.choices)
    label = fields.CharField("Von wem", max_length=160, blank=True)
    third_party_state = models.CharField("Stand", max_length=10, choices=ThirdParty.choices, blank=True)
    district = models.ForeignKey(
        District, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="Stadtbezirk"
    )
    pot_code = fields.CharField("Sondertopf", max_length=40, blank=True)
    amount = MoneyField("Betrag", null=True, blank=True)
    locked = models.BooleanField(default=False, editable=False)
    granted = MoneyField("bewilligt", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "Finanzierungsposition"
        verbose_name_plural = "Finanzierungsplan"
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0), name="financing_positive"
            ),
            models.CheckConstraint(
                condition=Q(granted__isnull=True) | Q(granted__gte=0, granted__lte=F("amount")),
                name="granted_at_most_asked",
            ),
            models.CheckConstraint(
                condition=Q(kind="pillar_1") | Q(district__isnull=True), name="financing_district_is_pillar_1"
            ),
            models.UniqueConstraint(
                fields=["project", "district"],
                condition=Q(kind="pillar_1"),
                name="pillar_1_once_per_district",
            ),
            models.UniqueConstraint(
                fields=["project"], condition=Q(kind="pillar_2"), name="pillar_2_once_per_project"
            ),
            models.UniqueConstraint(
                fields=["project", "pot_code"],
                condition=Q(kind="special"),
                name="special_pot_once_per_project",
            ),
            stored_types(
                "financing_types",
                integers="project position district amount granted",
                texts="kind label third_party_state pot_code",
                flags="locked",
            ),
            known(
                "financing_words_known",
                kind=["own", "third_party", "in_kind", "pillar_1", "pillar_2", "special"],
                third_party_state=["asked", "promised", "received", ""],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"

    @property
    def is_pillar_1(self) -> bool:
        return self.kind == self.Kind.PILLAR_1

    @property
    def is_pillar_2(self) -> bool:
        return self.kind == self.Kind.PILLAR_2

    @property
    def is_special(self) -> bool:
        return self.kind == self.Kind.SPECIAL

    @property
    def is_third_party(self) -> bool:
        return self.kind in self.FROM_THIRD_PARTIES

    @property
    def from_pot(self) -> bool:
        return self.kind in self.FROM_POTS

    @property
    def source(self) -> str:
        """Return where the money comes from: the pot with its year, or the kind of other money."""
        if not self.from_pot:
            return self.get_kind_display()
        place = self.district.name if self.district else self.pot_code
        return " ".join(filter(None, (self.get_kind_display(), place, str(self.project.year))))

    @property
    def counts(self) -> Decimal:
        """Return the euro that count in the plan: what was granted, or what is planned while undecided."""
        if self.granted is not None:
            return self.granted
        return self.amount if self.amount is not None else ZERO
