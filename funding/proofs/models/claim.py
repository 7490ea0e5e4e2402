"""What has to come back of a grant, as it was claimed."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Least
from django.urls import reverse

from funding.models import Application, Decision, Step
from funding.payments.turn import called_for
from funding.proofs.interest import Rate
from members.common import fields
from members.common.checks import stored_types, within
from members.common.money import MoneyField
from members.common.percent import PercentField
from members.models import User
from members.roles.permissions import Roles
from projects.models import Project


class ClaimQuerySet(models.QuerySet["RepaymentClaim"]):
    def visible_to(self, roles: Roles) -> Self:
        """Return the claims that these roles may see: all, or those of the districts that call the money."""
        return self if roles.reads_all else self.filter(called_for(roles.district_ids, "application__"))

    def with_names(self) -> Self:
        """Read along what a line about a claim names."""
        return self.select_related(
            "application__project__lead_district", "application__project__organiser", "application__pot__district",
            "application__pot__year__model", "application__carried_to", "decision",
        )  # fmt: skip

    def with_left(self) -> Self:
        """Add ``left``, the euro that still have to come back, and ``was_waived``, whether something was waived since.

        What comes back, or is waived, makes the oldest claim of a grant less first.
        """
        same = RepaymentClaim.objects.filter(application=OuterRef("application")).order_by()
        later = same.filter(pk__gt=OuterRef("pk")).values("application").annotate(total=Sum("amount"))
        waived = Decision.objects.filter(
            application=OuterRef("application"), step=Step.WAIVE, pk__gt=OuterRef("decision")
        )
        money = MoneyField()
        behind = Coalesce(Subquery(later.values("total")), Value(0, output_field=money), output_field=money)
        return self.annotate(
            left=Least(
                F("amount"),
                Greatest(
                    F("application__reclaimed") - behind, Value(0, output_field=money), output_field=money
                ),
                output_field=money,
            ),
            was_waived=Exists(waived),
        )

    def with_reminder(self) -> Self:
        """Add ``reminded_on``, the local date of the last reminder that somebody sent, or None."""
        last = ClaimReminder.objects.filter(claim=OuterRef("pk")).order_by("-on")
        return self.annotate(reminded_on=Subquery(last.values("on")[:1]))

    def overdue(self, day: date) -> Self:
        """Return the claims of which something is open after their last day, by the local date."""
        return self.still_open().filter(due_on__lt=day)

    def still_open(self) -> Self:
        """Return the claims of which something still has to come back, with what ``with_left`` adds."""
        # Most claims are of grants that are done with: those need not be reckoned.
        return self.filter(application__reclaimed__gt=0).with_left().filter(left__gt=0)


def debtor_of(project: Project) -> str:
    """Return who owes what comes back of a grant, as letters name them: the organiser, or the district for an own measure."""
    if project.organiser and project.measure != Project.Measure.OWN:
        return str(project.organiser)
    return f"Geschäftsführung {project.lead_district}"


class RepaymentClaim(models.Model):
    """What one decision claims back of a grant (Rückforderung). Euro, local dates. Never changed.

    ``reference`` is unique, in basic Latin: whoever pays back names it, and the statement finds the claim by it.
    ``points`` above the base rate, or a fixed ``percent`` a year, are the interest by ``legal_basis``: as the rule of the day
    of the grant was when it was claimed. Without a basis there is no interest, and no rate.
    """

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="claims", verbose_name="Bewilligung"
    )
    decision = models.OneToOneField(
        Decision, models.PROTECT, related_name="claim", verbose_name="zurückgefordert durch"
    )
    amount = MoneyField("Betrag")
    due_on = models.DateField("fällig am")
    reference = models.CharField("Verwendungszweck", max_length=40, unique=True)
    points = PercentField("Prozentpunkte über dem Basiszinssatz", null=True, blank=True)
    percent = PercentField("fester Satz im Jahr (%)", null=True, blank=True)
    legal_basis = fields.CharField("Grundlage der Zinsen", max_length=200, blank=True)

    objects = ClaimQuerySet.as_manager()

    #: Set by ``with_left``.
    left: Decimal
    was_waived: bool
    #: Set by ``with_reminder``.
    reminded_on: date | None = None
    #: The euro of interest for which alone it is open (``owed.still_owed``); set by lists.
    interest_left: Decimal | None = None
    #: Whether its reader may know who owes it; set by lists.
    names_debtor = False

    class Meta:
        verbose_name = "Rückforderung"
        verbose_name_plural = "Rückforderungen"
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="claim_positive"),
            models.CheckConstraint(condition=Q(reference__startswith="RF-"), name="claim_reference_told"),
            models.CheckConstraint(
                condition=Q(legal_basis="", points__isnull=True, percent__isnull=True)
                | ~Q(legal_basis="")
                & (Q(points__gte=0, percent__isnull=True) | Q(points__isnull=True, percent__gte=0)),
                name="claim_rate_by_its_basis",
            ),
            within("claim_days_within", days="due_on"),
            stored_types(
                "claim_types",
                integers="application decision amount points percent",
                texts="reference legal_basis",
                days="due_on",
            ),
        ]

    def __str__(self) -> str:
        return f"Rückforderung {self.reference}"

    def get_absolute_url(self) -> str:
        return reverse("proofs:claim", args=[self.pk])

    @property
    def debtor(self) -> str:
        return debtor_of(self.application.project)

    @property
    def rate(self) -> Rate | None:
        """Return the rate of interest; None where there is no basis."""
        if self.points is not None:
            return Rate(self.points)
        return None if self.percent is None else Rate(self.percent, above_base=False)

    @property
    def is_open(self) -> bool:
        """Return whether something still has to come back; as all of these, after ``with_left``."""
        return self.left > 0

    @property
    def is_repaid_in_part(self) -> bool:
        return 0 < self.left < self.amount

    @property
    def is_waived(self) -> bool:
        """Return whether nothing has to come back any more, and something was waived."""
        return not self.left and self.was_waived

    def is_overdue(self, day: date) -> bool:
        return self.is_open and self.due_on < day


class ClaimReminder(models.Model):
    """Somebody reminded the recipient of what was open of an overdue claim, in euro; once a local date. Never changed.

    ``of_interest``: the claim itself had come back, and it is the interest that was open.
    """

    claim = models.ForeignKey(
        RepaymentClaim, models.PROTECT, related_name="reminders", verbose_name="Rückforderung"
    )
    amount = MoneyField("offen")
    of_interest = models.BooleanField("Zinsen", default=False)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="erinnert von")
    on = models.DateField("erinnert am")
    recorded_at = models.DateTimeField("erfasst", auto_now_add=True)

    class Meta:
        verbose_name = "Erinnerung an eine Rückforderung"
        verbose_name_plural = "Erinnerungen an Rückforderungen"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "on"], name="claim_reminder_once_a_day"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="claim_reminder_positive"),
            stored_types(
                "claim_reminder_types",
                integers="claim amount actor",
                flags="of_interest",
                days="on",
                moments="recorded_at",
            ),
        ]

    def __str__(self) -> str:
        return f"Erinnerung vom {self.on:%d.%m.%Y} an {self.claim}"
