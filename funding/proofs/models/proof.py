"""The proof of use of one grant: its figures, its report, and each step on it."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from funding.models import Application, Decision, PlanRow
from funding.models.terms import ProofDepth
from funding.payments.turn import called_for
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.money import ZERO, MoneyField
from members.common.steps import TakenStep
from members.models import User
from members.roles.permissions import Roles
from projects.models import FinancingItem

#: More visitors, or hours, than any project of a district has: a slip.
MOST = 10_000_000


class ProofQuerySet(models.QuerySet["ProofOfUse"]):
    def visible_to(self, roles: Roles) -> Self:
        """Return the proofs that these roles may see: all, or those of the districts that call the money."""
        return self if roles.reads_all else self.filter(called_for(roles.district_ids, "application__"))

    def with_names(self) -> Self:
        """Read along what a line about a proof names."""
        return self.select_related(
            "application__project__lead_district", "application__project__organiser", "application__pot__district",
            "application__pot__year__model", "application__carried_to", "decision",
        )  # fmt: skip


class ProofOfUse(models.Model):
    """What the money of one grant was used for (Verwendungsnachweis). Euro, local dates, whole hours.

    It is begun when its district first opens it, and keeps the decision whose plan it proves.
    ``due_on`` is the last day, extensions included; None where the decision says none.
    ``late`` says that it was handed in after that day. ``handed_in_on`` is the first day of handing in.
    ``depth`` is what the decision asks for; a drawn one needs its vouchers, too (``SamplePick``).
    ``asked`` are the fields of the report that are open again while it is asked back, ``version`` counts the savings.
    ``result`` is what the recipient may keep of the grant in the end, ``overpaid`` what was paid beyond it.
    """

    class State(models.TextChoices):
        OPEN = "open", "in Arbeit"
        HANDED_IN = "handed_in", "eingereicht"
        ASKED_BACK = "asked_back", "Rückfrage"
        HEARING = "hearing", "Anhörung"
        NOTED = "noted", "zweite Unterschrift"
        ACCEPTED = "accepted", "anerkannt"

    #: The district writes.
    WRITABLE = (State.OPEN, State.ASKED_BACK)
    #: The Wirtschaftsförderung checks.
    IN_CHECK = (State.HANDED_IN, State.HEARING, State.NOTED)

    #: The fields that the district fills in beside the figures.
    REPORT = (
        "done", "visitors", "hours", "press", "publicity", "value_creation", "value_created", "procurement", "explanation",
        "originals_at", "confirmed",
    )  # fmt: skip

    #: Of these, what belongs to handing in: open whenever the district writes, whatever was asked.
    ALWAYS_OPEN = ("confirmed", "explanation", "procurement")

    application = models.OneToOneField(
        Application, models.PROTECT, related_name="proof", verbose_name="Bewilligung"
    )
    decision = models.ForeignKey(
        Decision, models.PROTECT, related_name="proofs", verbose_name="bewilligt durch"
    )
    depth = models.CharField("Umfang", max_length=6, choices=ProofDepth.choices)
    due_on = models.DateField("fällig am", null=True, blank=True)
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.OPEN)
    version = models.PositiveIntegerField(default=1, editable=False)

    done = fields.TextField("Was wurde gemacht?", max_length=6000, blank=True)
    visitors = models.PositiveIntegerField(
        "Besucherinnen und Besucher", null=True, blank=True, validators=[MaxValueValidator(MOST)]
    )
    hours = models.PositiveIntegerField(
        "ehrenamtliche Stunden", null=True, blank=True, validators=[MaxValueValidator(MOST)]
    )
    press = fields.TextField("Presse und Öffentlichkeit", max_length=3000, blank=True)
    publicity = fields.TextField("Wo stand „gefördert durch“?", max_length=3000, blank=True)
    value_creation = fields.TextField("Beitrag zur Wertschöpfung im Quartier", max_length=3000, blank=True)
    value_created = MoneyField("Wertschöpfung in Euro (geschätzt)", null=True, blank=True)
    procurement = fields.TextField("Wie wurden die Aufträge vergeben?", max_length=3000, blank=True)
    explanation = fields.TextField("Erläuterung der Zahlen", max_length=3000, blank=True)
    originals_at = fields.CharField("Wer verwahrt die Originalbelege?", max_length=200, blank=True)
    confirmed = models.BooleanField("Die Angaben sind vollständig und richtig.", default=False)

    asked = fields.CharField("Rückfrage zu", max_length=300, blank=True, editable=False)
    late = models.BooleanField("verspätet", default=False, editable=False)
    handed_in_on = models.DateField("eingereicht am", null=True, blank=True)
    hearing_until = models.DateField("Anhörung bis", null=True, blank=True)
    hearing_answer = fields.TextField("Antwort auf die Anhörung", max_length=6000, blank=True)
    result = MoneyField("steht zu", null=True, blank=True)
    overpaid = MoneyField("zu viel gezahlt", default=ZERO)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="begonnen von")
    opened_on = models.DateField("begonnen am")

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = "Verwendungsnachweis"
        verbose_name_plural = "Verwendungsnachweise"
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="accepted", result__isnull=False)
                | (~Q(state="accepted") & Q(result__isnull=True, overpaid=0)),
                name="proof_result_when_accepted",
            ),
            models.CheckConstraint(
                condition=Q(overpaid__gte=0)
                & (Q(result__isnull=True) | Q(result__gte=0))
                & (Q(value_created__isnull=True) | Q(value_created__gte=0)),
                name="proof_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(handed_in_on__isnull=False), name="proof_handed_in_on_a_day"
            ),
            models.CheckConstraint(
                condition=~Q(state="hearing") | Q(hearing_until__isnull=False), name="proof_hearing_has_a_day"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "asked_back"]) | Q(confirmed=True), name="proof_confirmed_when_in"
            ),
            within("proof_days_within", days="due_on handed_in_on hearing_until opened_on"),
            stored_types(
                "proof_types",
                integers=(
                    "application decision version visitors hours value_created result overpaid opened_by"
                ),
                texts=(
                    "depth state done press publicity value_creation procurement explanation originals_at asked "
                    "hearing_answer"
                ),
                flags="confirmed late",
                days="due_on handed_in_on hearing_until opened_on",
            ),
            known(
                "proof_words_known",
                depth=["simple", "list", "full"],
                state=["open", "handed_in", "asked_back", "hearing", "noted", "accepted"],
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["state", "due_on", "id"], name="proof_queue")]

    def __str__(self) -> str:
        return f"Verwendungsnachweis Nr. {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("proofs:proof", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Return whether it was not handed in yet."""
        return self.state == self.State.OPEN

    @property
    def is_writable(self) -> bool:
        return self.state in self.WRITABLE

    @property
    def is_handed_in(self) -> bool:
        return self.state == self.State.HANDED_IN

    @property
    def is_asked_back(self) -> bool:
        return self.state == self.State.ASKED_BACK

    @property
    def is_in_hearing(self) -> bool:
        return self.state == self.State.HEARING

    @property
    def is_noted(self) -> bool:
        """Return whether one of two people has signed the audit note."""
        return self.state == self.State.NOTED

    @property
    def is_accepted(self) -> bool:
        return self.state == self.State.ACCEPTED

    @property
    def is_in_check(self) -> bool:
        return self.state in self.IN_CHECK

    @property
    def asked_fields(self) -> frozenset[str]:
        """Return the names of the report's fields that are open again."""
        return frozenset(self.asked.split())

    def may_write(self, name: str) -> bool:
        """Return whether this field of the report is open now."""
        return self.is_open or name in self.ALWAYS_OPEN or name in self.asked_fields

    @property
    def period(self) -> tuple[date | None, date | None]:
        """Return from when to when the project is carried out, as decided. Either may be open."""
        return self.decision.carried_out_from, self.decision.carried_out_until

    def is_overdue(self, day: date) -> bool:
        """Return whether the district has to hand it in, and the last day for that is over on the local date."""
        return self.is_writable and self.due_on is not None and self.due_on < day


class ProofStep(TakenStep):
    """One step on a proof: who took it, for whom, when and why. Never changed."""

    class Step(models.TextChoices):
        """What can happen to a proof. ``transitions.TABLE`` says from which state."""

        OPEN = "open", "begonnen"
        HAND_IN = "hand_in", "eingereicht"
        ASK_BACK = "ask_back", "mit Rückfrage zurückgegeben"
        ANNOUNCE = "announce", "Kürzung angekündigt"
        ANSWER = "answer", "zur Kürzung geäußert"
        WITHDRAW = "withdraw", "Kürzung zurückgenommen"
        NOTE = "note", "Prüfvermerk unterschrieben"
        REFUSE = "refuse", "Prüfvermerk nicht mitgezeichnet"
        ACCEPT = "accept", "anerkannt"

    proof = models.ForeignKey(ProofOfUse, models.PROTECT, related_name="steps")
    step = models.CharField("Schritt", max_length=10, choices=Step.choices)

    class Meta:
        verbose_name = "Schritt eines Nachweises"
        verbose_name_plural = "Schritte der Nachweise"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(step__in=["ask_back", "announce", "answer", "withdraw", "refuse"]) | ~Q(reason=""),
                name="proof_step_has_reason",
            ),
            stored_types(
                "proof_step_types",
                integers="proof actor mandate in_stead_of",
                texts="step reason",
                days="on",
                moments="recorded_at",
            ),
            known(
                "proof_step_words_known",
                step=[
                    "open", "hand_in", "ask_back", "announce", "answer", "withdraw", "note", "refuse", "accept",
                ],
            ),
        ]  # fmt: skip

    @property
    def is_handed_in(self) -> bool:
        return self.step == self.Step.HAND_IN

    @property
    def is_question(self) -> bool:
        return self.step == self.Step.ASK_BACK

    @property
    def is_announcement(self) -> bool:
        return self.step == self.Step.ANNOUNCE

    @property
    def is_answer(self) -> bool:
        return self.step == self.Step.ANSWER

    @property
    def is_withdrawal(self) -> bool:
        return self.step == self.Step.WITHDRAW

    @property
    def is_note(self) -> bool:
        return self.step == self.Step.NOTE


class ProofRow(models.Model):
    """A row of a proof: planned and actual costs, or money that came in. Euro.

    ``plan_row`` is the one of the decision, ``is_grant`` the row of this grant itself: its actual is what was paid out.
    A row without a plan (``is_planned``) was added by the district.
    ``actual`` is None while nothing is entered. Where a row of costs has vouchers, they are its actual.
    ``cut`` is what of it is not accepted. ``asked`` says that it is open again while the proof is asked back.
    Volunteers' hours are no row: the proof has them.
    """

    Side = PlanRow.Side

    proof = models.ForeignKey(ProofOfUse, models.PROTECT, related_name="rows")
    position = models.PositiveSmallIntegerField()
    side = models.CharField("Seite", max_length=9, choices=Side.choices)
    kind = models.CharField("Art", max_length=12, choices=FinancingItem.Kind.choices, blank=True)
    label = fields.CharField("Bezeichnung", max_length=200)
    plan_row = models.ForeignKey(PlanRow, models.PROTECT, null=True, blank=True, related_name="+")
    is_planned = models.BooleanField("geplant", default=True)
    is_grant = models.BooleanField("diese Bewilligung", default=False)
    planned = MoneyField("geplant", default=ZERO)
    actual = MoneyField("tatsächlich", null=True, blank=True)
    cut = MoneyField("gekürzt um", default=ZERO)
    cut_reason = fields.TextField("Begründung der Kürzung", max_length=2000, blank=True)
    asked = models.BooleanField("Rückfrage", default=False)

    class Meta:
        verbose_name = "Zeile eines Nachweises"
        verbose_name_plural = "Zeilen der Nachweise"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["proof", "position"], name="proof_row_once_per_position"),
            models.CheckConstraint(
                condition=Q(planned__gte=0) & (Q(actual__isnull=True) | Q(actual__gte=0)),
                name="proof_row_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(cut=0, cut_reason="")
                | (Q(cut__gt=0, cut__lte=F("actual"), side="cost") & ~Q(cut_reason="")),
                name="proof_row_cut_within_actual",
            ),
            models.CheckConstraint(condition=~Q(label=""), name="proof_row_has_label"),
            models.CheckConstraint(
                condition=Q(is_planned=True) | Q(planned=0, plan_row__isnull=True, is_grant=False),
                name="proof_row_added_without_plan",
            ),
            models.CheckConstraint(
                condition=Q(side="cost", kind="", is_grant=False) | (Q(side="financing") & ~Q(kind="")),
                name="proof_row_of_one_side",
            ),
            stored_types(
                "proof_row_types",
                integers="proof position plan_row planned actual cut",
                texts="side kind label cut_reason",
                flags="is_planned is_grant asked",
            ),
            known("proof_row_words_known", side=["cost", "financing"], kind=["", *FinancingItem.Kind.values]),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_cost(self) -> bool:
        return self.side == self.Side.COST

    @property
    def came(self) -> Decimal | None:
        """Return the euro that were spent or came in, of the grant itself what was paid; None while nothing is entered."""
        return self.proof.application.paid if self.is_grant else self.actual

    @property
    def difference(self) -> Decimal | None:
        """Return the euro by which more was spent, or came in, than planned; None while nothing is entered."""
        return None if self.came is None else self.came - self.planned

    @property
    def accepted(self) -> Decimal:
        """Return the euro of the actual that count."""
        return (self.actual or ZERO) - self.cut
