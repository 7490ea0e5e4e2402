"""A plan of instalments: entered once, checked once, and then it gives its calls when they are due."""

from datetime import date, timedelta
from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from funding.models import Application
from funding.models.application import concerning
from funding.payments.models.payee import Payee
from funding.payments.models.payee_account import PayeeAccount
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.days import require_day
from members.common.money import MoneyField
from members.common.two_people import TwoPeople
from members.models import User
from members.roles.permissions import Roles

#: So long before its day an instalment becomes a call: time to check it and to pay it.
LEAD = timedelta(days=14)


class PlanQuerySet(models.QuerySet["InstalmentPlan"]):
    def visible_to(self, roles: Roles) -> Self:
        """Return the plans that these roles may see: as for calls."""
        if roles.reads_payees:
            return self
        return self.filter(application__in=Application.objects.filter(concerning(roles.district_ids)))

    def with_latest_stop(self) -> Self:
        """Add ``stopped``: how the plan was stopped last (``PlanStop.Kind``), empty if it never was."""
        latest = PlanStop.objects.filter(plan=OuterRef("pk")).order_by("-pk").values("kind")[:1]
        return self.annotate(stopped=Coalesce(Subquery(latest), models.Value("")))


class InstalmentPlan(TwoPeople):
    """Instalments of a grant to one payee: the director enters them, the Wirtschaftsförderung checks them once.

    ``account`` is the one that was looked at. Where the plan counts units (``unit``, in euro, times ``places``,
    each month), that says where its instalments come from; they are rows in any case.
    The row never changes after the decision; pause and end are rows of their own (``PlanStop``).
    """

    class State(models.TextChoices):
        """As in ``TwoPeople``, in words about a plan."""

        REQUESTED = "requested", "noch nicht geprüft"
        CONFIRMED = "confirmed", "geprüft"
        REFUSED = "refused", "abgelehnt"

    nothing_done = "Jetzt wurde nichts geändert."

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="instalment_plans", verbose_name="Bewilligung"
    )
    payee = models.ForeignKey(
        Payee, models.PROTECT, related_name="instalment_plans", verbose_name="Empfänger"
    )
    account = models.ForeignKey(
        PayeeAccount, models.PROTECT, related_name="instalment_plans", verbose_name="Bankverbindung"
    )
    purpose = fields.CharField("Verwendungszweck", max_length=140)
    unit = MoneyField("je Einheit", null=True, blank=True)
    places = models.PositiveIntegerField("Einheiten", null=True, blank=True)
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.REQUESTED)

    objects = PlanQuerySet.as_manager()

    class Meta(TwoPeople.Meta):
        verbose_name = "Ratenplan"
        verbose_name_plural = "Ratenpläne"
        ordering = ["pk"]
        constraints = [
            *TwoPeople.Meta.constraints,
            models.CheckConstraint(condition=~Q(purpose=""), name="instalment_plan_has_purpose"),
            models.CheckConstraint(
                condition=Q(unit__isnull=True, places__isnull=True) | Q(unit__gt=0, places__gt=0),
                name="instalment_plan_units_are_whole",
            ),
            stored_types(
                "instalment_plan_types",
                integers="application payee account unit places requested_by decided_by",
                texts="purpose reason state refusal",
                days="requested_on decided_on",
            ),
            known("instalment_plan_words_known", state=["requested", "confirmed", "refused"]),
        ]

    def __str__(self) -> str:
        return f"Ratenplan Nr. {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("payments:plan", args=[self.pk])


class InstalmentQuerySet(models.QuerySet["Instalment"]):
    def running(self) -> Self:
        """Return the instalments of plans that are checked, not paused and not ended."""
        stops = PlanStop.objects.filter(plan=OuterRef("plan")).order_by("-pk")
        held = Subquery(stops.values("kind")[:1])
        running = self.filter(plan__state=InstalmentPlan.State.CONFIRMED).annotate(held=held)
        return running.filter(Q(held=None) | Q(held=PlanStop.Kind.RESUME))

    def due_on(self, day: date) -> Self:
        """Return the instalments that are to be called by the local date and are not, oldest first."""
        return self.running().filter(due_on__lte=day + LEAD, call=None).order_by("due_on", "pk")


class Instalment(models.Model):
    """One instalment of a plan, in euro, due on a local date. ``refusal`` says why it could not be called."""

    plan = models.ForeignKey(InstalmentPlan, models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField("Nummer")
    amount = MoneyField("Betrag")
    due_on = models.DateField("fällig am", validators=[require_day])
    refusal = fields.TextField("nicht abgerufen, weil", blank=True)

    objects = InstalmentQuerySet.as_manager()

    class Meta:
        verbose_name = "Rate"
        verbose_name_plural = "Raten"
        ordering = ["number", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="instalment_once_per_plan"),
            models.CheckConstraint(condition=Q(amount__gt=0, number__gt=0), name="instalment_positive"),
            within("instalment_days_within", days="due_on"),
            stored_types("instalment_types", integers="plan number amount", texts="refusal", days="due_on"),
        ]
        indexes = [models.Index(fields=["due_on", "id"], name="instalment_due")]

    def __str__(self) -> str:
        return f"Rate {self.number}"


class PlanStop(models.Model):
    """A pause of a plan, its end, or that it goes on. The latest row counts; none is ever changed."""

    class Kind(models.TextChoices):
        PAUSE = "pause", "angehalten"
        RESUME = "resume", "fortgesetzt"
        END = "end", "beendet"

    plan = models.ForeignKey(InstalmentPlan, models.PROTECT, related_name="stops")
    kind = models.CharField("Was", max_length=6, choices=Kind.choices)
    reason = fields.CharField("Begründung", max_length=300)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="durch")
    on = models.DateField("am")
    recorded_at = models.DateTimeField("erfasst", auto_now_add=True)

    class Meta:
        verbose_name = "Pause eines Ratenplans"
        verbose_name_plural = "Pausen der Ratenpläne"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="plan_stop_has_reason"),
            stored_types(
                "plan_stop_types",
                integers="plan actor",
                texts="kind reason",
                days="on",
                moments="recorded_at",
            ),
            known("plan_stop_words_known", kind=["pause", "resume", "end"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} am {self.on:%d.%m.%Y}"
