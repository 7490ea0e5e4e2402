"""What a recipient says has changed about a grant, and what became of it."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from funding.models import Application, Decision
from funding.payments.turn import called_for
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.money import ZERO, MoneyField
from members.common.steps import TakenStep
from members.models import User
from members.roles.permissions import Roles


class ChangeQuerySet(models.QuerySet["ChangeRequest"]):
    def visible_to(self, roles: Roles) -> Self:
        """Return the requests that these roles may see: all, or those of the districts that call the money."""
        return self if roles.reads_all else self.filter(called_for(roles.district_ids, "application__"))

    def waiting(self) -> Self:
        """Return the requests on which nothing is decided yet."""
        return self.filter(state__in=ChangeRequest.OPEN)

    def with_names(self) -> Self:
        """Read along what a line about a request names."""
        return self.select_related(
            "application__project__lead_district", "application__pot__district", "application__pot__year__model",
            "application__carried_to", "decision", "asked_by__person",
        )  # fmt: skip


class ChangeRequest(models.Model):
    """What has changed about an approved grant (Es hat sich etwas geändert). Euro and local dates. What is asked never changes.

    ``decision`` is the one whose plan and period it starts from. A request about the plan has the period that it asks
    for, new partners in words, and a ``ChangeRow`` for each row of costs that becomes another.
    One about money has the sum that is needed instead of what is ``granted``.
    ``outcome`` is the decision that it led to.
    """

    class About(models.TextChoices):
        PLAN = "plan", "Zeitraum, Partner oder Kosten"
        MORE = "more", "mehr Geld"
        LESS = "less", "weniger Geld"

    class State(models.TextChoices):
        ASKED = "asked", "beantragt"
        ASKED_BACK = "asked_back", "Rückfrage"
        NOTED = "noted", "vermerkt"
        CONSENTED = "consented", "zugestimmt"
        REFUSED = "refused", "abgelehnt"
        WITHDRAWN = "withdrawn", "zurückgenommen"
        LAPSED = "lapsed", "erledigt"

    OPEN = (State.ASKED, State.ASKED_BACK)

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="change_requests", verbose_name="Bewilligung"
    )
    about = models.CharField("worum es geht", max_length=4, choices=About.choices)
    decision = models.ForeignKey(
        Decision, models.PROTECT, related_name="+", verbose_name="bisher bewilligt durch"
    )
    state = models.CharField("Stand", max_length=10, choices=State.choices)
    reason = fields.TextField("Was hat sich geändert?", max_length=3000)
    carried_out_from = models.DateField("Durchführung von", null=True, blank=True)
    carried_out_until = models.DateField("Durchführung bis", null=True, blank=True)
    partners = fields.TextField("Partner", max_length=1500, blank=True)
    granted = MoneyField("bisher bewilligt")
    amount = MoneyField("gebraucht wird", null=True, blank=True)
    outcome = models.OneToOneField(
        Decision,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="change_request",
        verbose_name="Entscheidung",
    )
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="gemeldet von")
    asked_on = models.DateField("gemeldet am")
    recorded_at = models.DateTimeField("erfasst", auto_now_add=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "Änderung"
        verbose_name_plural = "Änderungen"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="change_has_reason"),
            models.CheckConstraint(
                condition=Q(about="plan", amount__isnull=True)
                | Q(about="more", amount__isnull=False, amount__gt=F("granted"))
                | Q(about="less", amount__isnull=False, amount__gte=0, amount__lt=F("granted")),
                name="change_goes_one_way",
            ),
            models.CheckConstraint(
                condition=Q(carried_out_from__isnull=True)
                | Q(carried_out_until__isnull=True)
                | Q(carried_out_until__gte=F("carried_out_from")),
                name="change_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(about="plan")
                | Q(carried_out_from__isnull=True, carried_out_until__isnull=True, partners=""),
                name="change_of_money_is_only_that",
            ),
            models.CheckConstraint(
                condition=Q(state="consented", outcome__isnull=False)
                | (~Q(state="consented") & Q(outcome__isnull=True)),
                name="change_outcome_when_consented",
            ),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state__in=["asked", "asked_back"]),
                name="one_open_change_per_grant",
            ),
            within("change_days_within", days="carried_out_from carried_out_until"),
            stored_types(
                "change_types",
                integers="application decision granted amount outcome asked_by",
                texts="about state reason partners",
                days="carried_out_from carried_out_until asked_on",
                moments="recorded_at",
            ),
            known(
                "change_words_known",
                about=["plan", "more", "less"],
                state=["asked", "asked_back", "noted", "consented", "refused", "withdrawn", "lapsed"],
            ),
        ]

    def __str__(self) -> str:
        return f"Änderung Nr. {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("proofs:change", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Return whether nothing is decided yet."""
        return self.state in self.OPEN

    @property
    def is_asked(self) -> bool:
        return self.state == self.State.ASKED

    @property
    def is_asked_back(self) -> bool:
        return self.state == self.State.ASKED_BACK

    @property
    def is_noted(self) -> bool:
        return self.state == self.State.NOTED

    @property
    def is_consented(self) -> bool:
        return self.state == self.State.CONSENTED

    @property
    def is_refused(self) -> bool:
        return self.state == self.State.REFUSED

    @property
    def is_about_plan(self) -> bool:
        return self.about == self.About.PLAN

    @property
    def is_more(self) -> bool:
        return self.about == self.About.MORE

    @property
    def is_less(self) -> bool:
        return self.about == self.About.LESS

    @property
    def ends_grant(self) -> bool:
        """Return whether nothing of the grant is needed any more."""
        return self.is_less and self.amount == ZERO

    @property
    def period(self) -> tuple[date | None, date | None]:
        """Return from when to when the project is to be carried out. Either may be open."""
        return self.carried_out_from, self.carried_out_until

    @property
    def period_before(self) -> tuple[date | None, date | None]:
        return self.decision.carried_out_from, self.decision.carried_out_until

    @property
    def moves_period(self) -> bool:
        return self.is_about_plan and self.period != self.period_before

    @property
    def difference(self) -> Decimal:
        """Return by how many euro the grant is to become more (or, below zero, less)."""
        return ZERO if self.amount is None else self.amount - self.granted


class ChangeRow(models.Model):
    """A row of costs of the plan in force that is to become another, or one that nobody planned. Euro. Never changed."""

    request = models.ForeignKey(ChangeRequest, models.PROTECT, related_name="rows")
    position = models.PositiveSmallIntegerField("Zeile")
    label = fields.CharField("Bezeichnung", max_length=200)
    before = MoneyField("bisher")
    after = MoneyField("neu")

    class Meta:
        verbose_name = "Zeile einer Änderung"
        verbose_name_plural = "Zeilen der Änderungen"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["request", "position"], name="change_row_once_per_position"),
            models.CheckConstraint(
                condition=Q(before__gte=0, after__gte=0) & ~Q(after=F("before")), name="change_row_changes"
            ),
            stored_types("change_row_types", integers="request position before after", texts="label"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


class ChangeStep(TakenStep):
    """One step on a request: who took it, for whom, when and why. Never changed."""

    class Step(models.TextChoices):
        """What can happen to a request. ``change_transitions.TABLE`` says from which state."""

        ASK = "ask", "beantragt"
        NOTE = "note", "gemeldet und vermerkt"
        ASK_BACK = "ask_back", "Rückfrage gestellt"
        ANSWER = "answer", "Rückfrage beantwortet"
        CONSENT = "consent", "zugestimmt"
        REFUSE = "refuse", "abgelehnt"
        WITHDRAW = "withdraw", "zurückgenommen"
        LAPSE = "lapse", "erledigt: Die Bewilligung ist beendet"

    request = models.ForeignKey(ChangeRequest, models.PROTECT, related_name="steps")
    step = models.CharField("Schritt", max_length=10, choices=Step.choices)

    class Meta:
        verbose_name = "Schritt einer Änderung"
        verbose_name_plural = "Schritte der Änderungen"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(step__in=["ask_back", "answer", "refuse"]) | ~Q(reason=""),
                name="change_step_has_reason",
            ),
            stored_types(
                "change_step_types",
                integers="request actor mandate in_stead_of",
                texts="step reason",
                days="on",
                moments="recorded_at",
            ),
            known(
                "change_step_words_known",
                step=["ask", "note", "ask_back", "answer", "consent", "refuse", "withdraw", "lapse"],
            ),
        ]
