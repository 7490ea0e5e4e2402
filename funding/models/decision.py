"""One step on an application."""

from typing import Self

from django.db import models
from django.db.models import Q

from funding.models.application import Application
from funding.models.pot import Pot
from funding.models.terms import GrantCondition, ProofDepth
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.money import MoneyField
from members.models import Mandate, Resolution, User
from projects.models import FinancingItem


class Step(models.TextChoices):
    """What can happen to an application. ``transitions.TABLE`` says from which state."""

    SUBMIT = "submit", "eingereicht"
    RESUBMIT = "resubmit", "erneut eingereicht"
    RETURN = "return", "mit Rückfrage zurückgegeben"
    SIGN = "sign", "erste Unterschrift"
    UNSIGN = "unsign", "erste Unterschrift aufgehoben"
    APPROVE = "approve", "bewilligt"
    REJECT = "reject", "abgelehnt"
    WITHDRAW = "withdraw", "zurückgezogen"
    REDUCE = "reduce", "Bewilligung verringert"
    REVOKE = "revoke", "Bewilligung widerrufen"
    EARMARK = "earmark", "abgerufen"
    RELEASE_CALL = "uncall", "Abruf aufgehoben"
    PAY = "pay", "ausgezahlt"
    BOUNCE = "bounce", "von der Bank zurückgekommen"
    REPAY = "repay", "zurückgezahlt"
    SETTLE = "settle", "abgerechnet"
    INCREASE = "increase", "Bewilligung erhöht"
    CARRY = "carry", "in ein anderes Haushaltsjahr übertragen"
    RECLAIM = "reclaim", "zurückgefordert"
    WAIVE = "waive", "auf eine Rückforderung verzichtet"
    INTEREST = "interest", "Zinsen eingegangen"
    FORGO = "forgo", "auf Zinsen verzichtet"
    CHANGE = "change", "Zeitraum oder Plan geändert"


#: The steps that a district reads as a decision on its money.
DECIDES = (Step.APPROVE, Step.REJECT, Step.REDUCE, Step.REVOKE, Step.INCREASE, Step.RECLAIM, Step.CHANGE)
#: The steps that say how much is granted.
GRANTS = (Step.APPROVE, Step.INCREASE)
#: The steps that say what a grant is tied to; the latest counts (``terms.in_force``).
TIES = (*GRANTS, Step.CHANGE)


#: Whoever takes one of these steps remarks something and argues nothing.
REMARKED = (Step.EARMARK, Step.RELEASE_CALL, Step.PAY, Step.BOUNCE, Step.REPAY, Step.SETTLE, Step.INTEREST)

#: What the program notes where a step follows from something else and nobody gave a reason.
LAPSED = "Sie gilt nicht mehr: "
OUT_OF_THE_PLAN = "Aus dem Finanzierungsplan genommen."
NO_MAJORITY = "Ohne Mehrheit: "


class DecisionQuerySet(models.QuerySet["Decision"]):
    def with_names(self) -> Self:
        """Read along whom and which resolution a line about a step names."""
        return self.select_related(
            "actor__person", "mandate__district", "in_stead_of__person", "resolution__body",
            "grant_change__requested_by__person",
        )  # fmt: skip


class Decision(models.Model):
    """One step on an application: who took it, for whom, when, how much and why.

    Never changed and never deleted. ``amount`` is in euro, ``on`` is the value date.
    ``into`` is the pot to which a step moves what is still to be paid.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="decisions")
    step = models.CharField("Schritt", max_length=10, choices=Step.choices)
    amount = MoneyField("Betrag", null=True, blank=True)
    reason = fields.TextField("Begründung", blank=True)
    financing = models.CharField(
        "Finanzierungsart", max_length=6, choices=Application.Financing.choices, blank=True
    )
    resolution = models.OneToOneField(
        Resolution, models.PROTECT, null=True, blank=True, related_name="decision", verbose_name="Beschluss"
    )
    into = models.ForeignKey(
        Pot,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="in den Topf",
    )
    # What a grant is tied to, for letters and proofs. Empty for other steps, and for grants of the past.
    eligible_costs = MoneyField("förderfähige Kosten", null=True, blank=True)
    carried_out_from = models.DateField("Durchführung von", null=True, blank=True)
    carried_out_until = models.DateField("Durchführung bis", null=True, blank=True)
    callable_until = models.DateField("abrufbar bis", null=True, blank=True)
    proof_due_on = models.DateField("Verwendungsnachweis bis", null=True, blank=True)
    proof_depth = models.CharField(
        "Umfang des Nachweises", max_length=6, choices=ProofDepth.choices, blank=True
    )
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="durch")
    mandate = models.ForeignKey(
        Mandate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="als"
    )
    in_stead_of = models.ForeignKey(
        Mandate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="in Vertretung für"
    )
    on = models.DateField("am")
    recorded_at = models.DateTimeField("erfasst", auto_now_add=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = "Entscheidungsschritt"
        verbose_name_plural = "Entscheidungsschritte"
        ordering = ["pk"]
        constraints = [
            within(
                "decision_days_within", days="carried_out_from carried_out_until callable_until proof_due_on"
            ),
            stored_types(
                "decision_types",
                integers="application amount into eligible_costs resolution actor mandate in_stead_of",
                texts="step reason financing proof_depth",
                days="carried_out_from carried_out_until callable_until proof_due_on on",
                moments="recorded_at",
            ),
            known(
                "decision_words_known",
                step=Step.values,
                financing=["fixed", "share", "gap", ""],
                proof_depth=["simple", "list", "full", ""],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_step_display()} am {self.on:%d.%m.%Y}"

    @property
    def is_positive(self) -> bool:
        """Return whether money was granted or its use was proved."""
        return self.step in (*TIES, Step.SETTLE)

    @property
    def is_negative(self) -> bool:
        return self.step in (Step.REJECT, Step.REVOKE)

    @property
    def has_terms(self) -> bool:
        """Return whether it keeps what the grant is tied to; decisions of the past do not."""
        return self.eligible_costs is not None

    @property
    def is_reduction(self) -> bool:
        return self.step == Step.REDUCE

    @property
    def is_increase(self) -> bool:
        return self.step == Step.INCREASE

    @property
    def is_change(self) -> bool:
        """Return whether it changes what a grant is tied to, and not how much is granted."""
        return self.step == Step.CHANGE

    @property
    def is_waiver(self) -> bool:
        return self.step == Step.WAIVE

    @property
    def forgoes_interest(self) -> bool:
        return self.step == Step.FORGO

    @property
    def is_reclaim(self) -> bool:
        return self.step == Step.RECLAIM

    @property
    def note(self) -> str:
        """Return what the program noted about the step, or an empty text."""
        return self.reason if self.reason.startswith((LAPSED, OUT_OF_THE_PLAN, NO_MAJORITY)) else ""

    @property
    def given_reason(self) -> str:
        """Return what the person said who took the step, or an empty text."""
        return "" if self.note else self.reason

    @property
    def reason_is(self) -> str:
        """Return what the given reason is called."""
        if self.is_return:
            return "Rückfrage"
        return "Bemerkung" if self.step in REMARKED else "Begründung"

    @property
    def is_return(self) -> bool:
        return self.step == Step.RETURN


class PlanRow(models.Model):
    """A row of the project's plan as it was when a decision granted. Never changed. Amount in euro.

    ``is_grant`` marks the row that the decision itself grants.
    """

    class Side(models.TextChoices):
        COST = "cost", "Kosten"
        FINANCING = "financing", "Finanzierung"

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="plan_rows")
    position = models.PositiveSmallIntegerField()
    side = models.CharField("Seite", max_length=9, choices=Side.choices)
    kind = models.CharField("Art", max_length=12, choices=FinancingItem.Kind.choices, blank=True)
    label = fields.CharField("Bezeichnung", max_length=200)
    amount = MoneyField("Betrag")
    is_grant = models.BooleanField("diese Bewilligung", default=False)

    class Meta:
        verbose_name = "Zeile des Plans"
        verbose_name_plural = "Zeilen des Plans"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "position"], name="plan_row_once_per_position"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="plan_row_not_negative"),
            known("plan_row_words_known", side=["cost", "financing"], kind=["", *FinancingItem.Kind.values]),
            stored_types(
                "plan_row_types",
                integers="decision position amount",
                texts="side kind label",
                flags="is_grant",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_cost(self) -> bool:
        return self.side == self.Side.COST


class ChosenCondition(models.Model):
    """A condition (Nebenbestimmung) of a grant, in the words that it had then. Never changed."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="chosen_conditions")
    position = models.PositiveSmallIntegerField()
    condition = models.ForeignKey(GrantCondition, models.PROTECT, related_name="+")
    title = fields.CharField("Überschrift", max_length=120)
    text = fields.TextField("Wortlaut")

    class Meta:
        verbose_name = "Nebenbestimmung der Bewilligung"
        verbose_name_plural = "Nebenbestimmungen der Bewilligung"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "position"], name="condition_once_per_position"),
            stored_types(
                "chosen_condition_types", integers="decision position condition", texts="title text"
            ),
        ]

    def __str__(self) -> str:
        return self.title
