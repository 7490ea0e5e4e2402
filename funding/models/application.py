"""An application of a project to one pot, and who sees it."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import F, Prefetch, Q
from django.urls import reverse
from django.utils import timezone

from funding.models.pot import Pot
from members.common.checks import known, stored_types
from members.common.money import ZERO, MoneyField
from members.models import District, User
from members.roles.permissions import Roles
from projects.models import Participation, Project
from projects.models.project import concerning as project_concerns


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, roles: Roles) -> Self:
        """Return the applications that these roles may see.

        Staff, auditors and the advisory board see all.
        Directors see those on their districts' pots and those of projects with their districts.
        """
        return self if roles.reads_all else self.of_districts(roles.district_ids)

    def of_districts(self, districts: Collection[int]) -> Self:
        """Return the applications on these districts' pots, or of projects that they lead or take part in."""
        return self.filter(concerning(districts))

    def for_list(self) -> Self:
        further = Participation.objects.select_related("district")
        return self.select_related(
            "project__lead_district", "pot__district", "pot__year", "first_signer__person"
        ).prefetch_related(Prefetch("project__participations", further))


def concerning(districts: Collection[int]) -> Q:
    """Return the condition that an application is on the districts' pots, or of a project with them (keys)."""
    return Q(pot__district__in=districts) | project_concerns(districts, "project__")


class Application(models.Model):
    """A project's request for money from one pot. Amounts in euro.

    At most one is live for each project and pot.
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted", "beantragt"
        RETURNED = "returned", "Rückfrage"
        RESERVED = "reserved", "zweite Unterschrift"
        APPROVED = "approved", "bewilligt"
        REJECTED = "rejected", "abgelehnt"
        WITHDRAWN = "withdrawn", "zurückgezogen"
        SETTLED = "settled", "abgerechnet"
        REVOKED = "revoked", "widerrufen"

    #: Handed in and not decided, with or without a first signature.
    AWAITING = (State.SUBMITTED, State.RESERVED)
    PENDING = (State.SUBMITTED, State.RETURNED, State.RESERVED)
    LIVE = (*PENDING, State.APPROVED, State.SETTLED)
    GRANTED = (State.APPROVED, State.SETTLED)

    class Financing(models.TextChoices):
        FIXED = "fixed", "Festbetragsfinanzierung"
        SHARE = "share", "Anteilfinanzierung"
        GAP = "gap", "Fehlbedarfsfinanzierung"

    project = models.ForeignKey(Project, models.PROTECT, related_name="applications", verbose_name="Projekt")
    # Without an index of its own: indexes below begin with the pot.
    pot = models.ForeignKey(
        Pot, models.PROTECT, db_index=False, related_name="applications", verbose_name="Topf"
    )
    #: Where its bookings go since it was carried over to another year; empty: its pot.
    carried_to = models.ForeignKey(
        Pot,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="carried",
        verbose_name="übertragen in",
    )
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.SUBMITTED)
    requested = MoneyField("beantragt")
    reserved = MoneyField("vorgemerkt", default=ZERO)
    granted = MoneyField("bewilligt", null=True, blank=True)
    #: What is called and not paid yet: the open calls for money.
    called = MoneyField("abgerufen", default=ZERO)
    paid = MoneyField("ausgezahlt", default=ZERO)
    #: What of the paid euro must come back: the open claims.
    reclaimed = MoneyField("zurückgefordert", default=ZERO)
    financing = models.CharField("Finanzierungsart", max_length=6, choices=Financing.choices, blank=True)
    submitted_on = models.DateField("eingereicht am")
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="eingereicht von")
    waiting_since = models.DateField("wartet seit")
    first_signer = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="erste Unterschrift"
    )
    second_signer = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="zweite Unterschrift"
    )
    decided_on = models.DateField("entschieden am", null=True, blank=True)
    #: The end of the chain of its decisions (``ChainLink``): how many, and the digest of the last.
    chain_length = models.PositiveIntegerField("Entscheidungen in der Kette", default=0, editable=False)
    chain_end = models.CharField("Ende der Kette", max_length=64, default="", blank=True, editable=False)

    objects = ApplicationQuerySet.as_manager()

    #: Why the first signature no longer counts; set by who asks ``permissions.lapsed_signature``.
    #: In a list only whether it does not (``four_eyes.signature_lapsed``).
    lapsed: str | bool = ""
    #: What is next with its money (``hooks.Turn``); set by ``who_acts_next.read_turns``.
    turn: Any = None

    class Meta:
        verbose_name = "Antrag"
        verbose_name_plural = "Anträge"
        ordering = ["waiting_since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "pot"],
                condition=Q(state__in=["submitted", "returned", "reserved", "approved", "settled"]),
                name="one_live_application_per_pot",
            ),
            models.CheckConstraint(condition=Q(requested__gt=0), name="application_asks_for_something"),
            models.CheckConstraint(
                condition=Q(granted__isnull=True) | Q(granted__gte=0, granted__lte=F("requested")),
                name="application_granted_at_most_asked",
            ),
            models.CheckConstraint(
                condition=Q(paid=0, called=0)
                | Q(paid__gte=0, called__gte=0, granted__isnull=False, granted__gte=F("paid") + F("called")),
                name="application_paid_and_called_within_granted",
            ),
            models.CheckConstraint(
                condition=Q(called=0) | Q(state="approved"), name="application_called_only_while_approved"
            ),
            models.CheckConstraint(
                condition=Q(reclaimed__gte=0, reclaimed__lte=F("paid")),
                name="application_reclaimed_within_paid",
            ),
            models.CheckConstraint(
                condition=Q(second_signer__isnull=True)
                | (Q(first_signer__isnull=False) & ~Q(first_signer=F("second_signer"))),
                name="two_signers_are_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state="reserved", reserved__gt=0, first_signer__isnull=False)
                | (~Q(state="reserved") & Q(reserved=0)),
                name="reserved_only_between_signatures",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "settled"]) | Q(granted__gt=0),
                name="approval_grants_something",
            ),
            stored_types(
                "application_types",
                integers="project pot carried_to requested reserved granted called paid reclaimed submitted_by first_signer second_signer chain_length",
                texts="state financing chain_end",
                days="submitted_on waiting_since decided_on",
            ),
            known(
                "application_words_known",
                state=[
                    "submitted",
                    "returned",
                    "reserved",
                    "approved",
                    "rejected",
                    "withdrawn",
                    "settled",
                    "revoked",
                ],
                financing=["fixed", "share", "gap", ""],
            ),
        ]
        indexes = [
            # Holds also what a second signature asks first, so that other rows need not be read.
            models.Index(
                fields=["state", "waiting_since", "id", "first_signer", "pot"], name="application_queue"
            ),
            models.Index(fields=["pot", "state", "waiting_since", "id"], name="application_queue_of_pot"),
            models.Index(fields=["pot", "id"], name="application_latest_of_pot"),
            models.Index(
                fields=["carried_to", "id"], condition=Q(carried_to__isnull=False), name="application_carried"
            ),
            models.Index(fields=["submitted_on", "id"], name="application_latest"),
            models.Index(fields=["state", "submitted_on", "id"], name="application_latest_of_state"),
            models.Index(
                fields=["pot", "state", "requested"], condition=Q(state="submitted"), name="application_asked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} – {self.pot}"

    def get_absolute_url(self) -> str:
        return reverse("funding:application", args=[self.pk])

    @property
    def is_pillar_1(self) -> bool:
        return self.pot.is_pillar_1

    @property
    def booking_pot(self) -> Pot:
        """Return the pot that its bookings go to. Reads ``carried_to`` or ``pot``."""
        return self.carried_to or self.pot

    @property
    def booking_pot_id(self) -> int:
        return self.carried_to_id or self.pot_id

    @property
    def awaits_decision(self) -> bool:
        return self.state in self.AWAITING

    @property
    def is_returned(self) -> bool:
        return self.state == self.State.RETURNED

    @property
    def is_approved(self) -> bool:
        return self.state == self.State.APPROVED

    @property
    def is_settled(self) -> bool:
        return self.state == self.State.SETTLED

    @property
    def is_revoked(self) -> bool:
        return self.state == self.State.REVOKED

    @property
    def calling_district(self) -> District:
        """Return the district whose director calls the money: the pot's, or the project's lead. Reads both."""
        return self.pot.district or self.project.lead_district

    @property
    def calling_district_id(self) -> int:
        """Return the key of ``calling_district``. Reads pot and project only."""
        return self.pot.district_id or self.project.lead_district_id

    @property
    def days_waiting(self) -> int | None:
        """Return for how many days somebody has been awaited; None once it is decided."""
        if self.state not in self.PENDING:
            return None
        return (timezone.localdate() - self.waiting_since).days

    @property
    def has_unpaid(self) -> bool:
        """Return whether something of what is granted is not paid yet."""
        return self.granted is not None and self.paid < self.granted

    @property
    def callable(self) -> Decimal:
        """Return the euro of the grant that are neither paid nor called."""
        return (self.granted or ZERO) - self.paid - self.called

    @property
    def claimable(self) -> Decimal:
        """Return the euro of what is paid that are not claimed back."""
        return self.paid - self.reclaimed

    @property
    def owes_all(self) -> bool:
        """Return whether all that is paid must come back: revoked, and nothing of it waived. Reads its decisions."""
        if not (self.is_revoked and self.paid):
            return False
        return not any(decision.is_waiver for decision in self.decisions.all())

    @property
    def granted_by_two(self) -> bool:
        """Return whether two people signed the grant; then two people are needed to make it smaller."""
        return self.second_signer_id is not None

    @property
    def available(self) -> Decimal:
        """Return the euro that its pot can give it. What is reserved for it counts as free."""
        return self.booking_pot.available + self.reserved

    @property
    def is_signed(self) -> bool:
        """Return whether it has a first signature that counts; the next one is the second."""
        return self.state == self.State.RESERVED and not self.lapsed
