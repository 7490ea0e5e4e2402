from collections.abc import Collection
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from members.districts import too_many
from members.models import District, Mandate, Resolution, User
from members.permissions import Roles
from members.saving import PreparedModel
from projects.models import Involvement, Project
from projects.money import ZERO, MoneyField, money


class FundingModel(models.Model):
    """How a year's money is divided. The latest model whose first year has begun applies to a year.

    Amounts in euro per year. A model is frozen once a year was opened on it (trigger in ``guards``).
    """

    name = models.CharField("Name", max_length=120)
    council_decision_on = models.DateField("Ratsbeschluss vom", null=True, blank=True)
    reference = models.CharField("Fundstelle", max_length=200, blank=True)
    first_year = models.PositiveSmallIntegerField("gilt ab Haushaltsjahr", unique=True)
    district_allotment = MoneyField("Ansatz je Stadtbezirk (Säule 1)")
    pool_allotment = MoneyField("Ansatz Säule 2", default=ZERO)
    overhead_allotment = MoneyField("Ansatz Gemeinkosten", default=ZERO)
    second_signature_from = MoneyField(
        "zwei Unterschriften ab",
        null=True,
        blank=True,
        help_text="Summe aus Säule 2 und Sondermitteln je Projekt. Leer: eine Unterschrift genügt immer.",
    )
    deciding_body = models.CharField(
        "Über Säule 2 entscheidet", max_length=120, default="Wirtschaftsförderung Dortmund"
    )
    pillar_2_needs_resolution = models.BooleanField("Säule 2 braucht einen Jurybeschluss", default=False)
    proof_due_months = models.PositiveSmallIntegerField("Monate bis zum Verwendungsnachweis", default=6)
    transfer_pillar_1_to_2 = models.BooleanField("von Säule 1 nach Säule 2", default=False)
    transfer_pillar_2_to_1 = models.BooleanField("von Säule 2 nach Säule 1", default=False)
    transfer_overhead_to_pillar_2 = models.BooleanField("von Gemeinkosten nach Säule 2", default=False)
    transfer_pillar_2_to_overhead = models.BooleanField("von Säule 2 nach Gemeinkosten", default=False)
    assumptions = models.TextField("Annahmen", blank=True, help_text="Was daran noch nicht bestätigt ist.")

    class Meta:
        verbose_name = "Fördermodell"
        verbose_name_plural = "Fördermodelle"
        ordering = ["-first_year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(district_allotment__gte=0, pool_allotment__gte=0, overhead_allotment__gte=0),
                name="model_allotments_not_negative",
                violation_error_message="Ein Ansatz darf nicht negativ sein.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (ab {self.first_year})"


class FiscalYear(models.Model):
    class State(models.TextChoices):
        PLANNED = "planned", "geplant"
        OPEN = "open", "geöffnet"
        CLOSED = "closed", "abgeschlossen"

    year = models.PositiveSmallIntegerField("Haushaltsjahr", unique=True)
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.PLANNED)
    model = models.ForeignKey(FundingModel, models.PROTECT, related_name="years", verbose_name="Fördermodell")
    opened_on = models.DateField("geöffnet am", null=True, blank=True)
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "Haushaltsjahr"
        verbose_name_plural = "Haushaltsjahre"
        ordering = ["-year"]

    def __str__(self) -> str:
        return str(self.year)

    @property
    def is_overdue(self) -> bool:
        """The calendar year is over and bookings still count for it: it waits for its closing."""
        return self.state != self.State.CLOSED and self.year < timezone.localdate().year


class PotQuerySet(models.QuerySet["Pot"]):
    def to_show(self, own: Collection[int]) -> Self:
        """For a page that shows all: of too many districts those of ``own`` alone, and the pots of no district.

        Each says by ``one_of_many`` whether that is so.
        """
        return self.annotate(one_of_many=too_many()).filter(
            Q(one_of_many=False) | Q(district=None) | Q(district__in=own)
        )

    def with_asked(self) -> Self:
        """``asked``: euro asked for and not decided, and ``waiting``, of how many applications; no counters.

        Read from an index of what waits: a join would read every application that the pot ever had.
        """
        submitted = Application.objects.filter(pot=models.OuterRef("pk"), state=Application.State.SUBMITTED)
        waiting = submitted.order_by().values("pot")
        return self.annotate(
            asked=Coalesce(
                models.Subquery(waiting.annotate(sum=Sum("requested")).values("sum")), money(ZERO)
            ),
            waiting=Coalesce(models.Subquery(waiting.annotate(number=Count("*")).values("number")), 0),
        )


class Pot(models.Model):
    """One Topf of a year. Counters in euro; the database refuses to let them pass the allotment.

    ``committed`` includes what is paid; available = allotted - reserved - committed.
    """

    class Kind(models.TextChoices):
        PILLAR_1 = "pillar_1", "Säule 1"
        PILLAR_2 = "pillar_2", "Säule 2"
        OVERHEAD = "overhead", "Gemeinkosten"
        SPECIAL = "special", "Sondermittel"

    #: Decided on by the Wirtschaftsförderung, with a second signature above the model's amount.
    CENTRAL = (Kind.PILLAR_2, Kind.SPECIAL)

    year = models.ForeignKey(FiscalYear, models.PROTECT, related_name="pots", verbose_name="Haushaltsjahr")
    kind = models.CharField("Art", max_length=10, choices=Kind.choices)
    district = models.ForeignKey(
        District, models.PROTECT, null=True, blank=True, related_name="pots", verbose_name="Stadtbezirk"
    )
    code = models.CharField("Kürzel", max_length=40)
    source = models.CharField("Geldquelle", max_length=160, blank=True)
    allotted = MoneyField("Ansatz", default=ZERO)
    reserved = MoneyField("vorgemerkt", default=ZERO)
    committed = MoneyField("gebunden", default=ZERO)
    paid = MoneyField("bezahlt", default=ZERO)

    objects = PotQuerySet.as_manager()

    class Meta:
        verbose_name = "Topf"
        verbose_name_plural = "Töpfe"
        ordering = ["year", "kind", "district__name", "code"]
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
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.year}"

    def get_absolute_url(self) -> str:
        return reverse("funding:pot", args=[self.pk])

    @property
    def name(self) -> str:
        if self.kind == self.Kind.PILLAR_1 and self.district:
            return f"Säule 1 {self.district.name}"
        if self.kind == self.Kind.SPECIAL:
            return f"Sondermittel {self.source}"
        return self.get_kind_display()

    @property
    def available(self) -> Decimal:
        """Free euro: neither committed nor reserved."""
        return self.allotted - self.reserved - self.committed

    @property
    def outstanding(self) -> Decimal:
        """Committed but not yet paid ("gebunden" on pages)."""
        return self.committed - self.paid


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, roles: Roles) -> Self:
        """Staff, auditors and the advisory board see all; directors what their districts take part in."""
        if roles.reads_all:
            return self
        if not roles.district_ids:
            return self.none()
        return self.of_districts(roles.district_ids)

    def of_districts(self, own: Collection[int]) -> Self:
        """On these districts' pots, or for projects that they take part in."""
        # Their few pots are found once. With each row's pot joined to it, PostgreSQL would judge and sort them all.
        pots = Pot.objects.filter(district_id__in=own).order_by()
        return self.filter(Q(pot__in=pots) | _involving(own))

    def keys_to_count(self, roles: Roles) -> models.QuerySet["Application", Any]:
        """The keys of what is ``visible_to`` these roles, in no order: a district's own pots come first.

        Who counts up to a limit then rarely judges one by one what others asked for.
        """
        if roles.reads_all or not roles.district_ids:
            return self.visible_to(roles).order_by().values("pk")
        own = Pot.objects.filter(district_id__in=roles.district_ids).order_by()
        others = self.exclude(pot__in=own).filter(_involving(roles.district_ids))
        found = self.filter(pot__in=own).order_by().values("pk")
        return found.union(others.order_by().values("pk"), all=True)


def _involving(districts: Collection[int]) -> Q:
    """Applications for projects that one of these districts leads or takes part in."""
    involved = Involvement.objects.filter(project_id=models.OuterRef("project_id"), district_id__in=districts)
    # Not EXISTS, as with projects.
    return Q(project_id=models.Subquery(involved.values("project")[:1]))


class Application(PreparedModel):
    """A project's request for money from one pot. Amounts in euro. At most one is live per project and pot."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", "beantragt"
        RETURNED = "returned", "Rückfrage"
        RESERVED = "reserved", "zweite Unterschrift"
        APPROVED = "approved", "bewilligt"
        REJECTED = "rejected", "abgelehnt"
        WITHDRAWN = "withdrawn", "zurückgezogen"
        SETTLED = "settled", "abgerechnet"
        REVOKED = "revoked", "widerrufen"

    PENDING = (State.SUBMITTED, State.RETURNED, State.RESERVED)
    LIVE = (*PENDING, State.APPROVED, State.SETTLED)
    GRANTED = (State.APPROVED, State.SETTLED)

    class Financing(models.TextChoices):
        FIXED = "fixed", "Festbetragsfinanzierung"
        SHARE = "share", "Anteilfinanzierung"
        GAP = "gap", "Fehlbedarfsfinanzierung"

    project = models.ForeignKey(Project, models.PROTECT, related_name="applications", verbose_name="Projekt")
    # Found by the indexes below, which begin with it.
    pot = models.ForeignKey(
        Pot, models.PROTECT, db_index=False, related_name="applications", verbose_name="Topf"
    )
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.SUBMITTED)
    requested = MoneyField("beantragt")
    reserved = MoneyField("vorgemerkt", default=ZERO)
    granted = MoneyField("bewilligt", null=True, blank=True)
    paid = MoneyField("bezahlt", default=ZERO)
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

    objects = ApplicationQuerySet.as_manager()

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
                condition=Q(paid=0) | Q(paid__gt=0, granted__isnull=False, paid__lte=F("granted")),
                name="application_paid_within_granted",
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
        ]
        indexes = [
            models.Index(fields=["state", "waiting_since", "id"], name="application_queue"),
            models.Index(fields=["pot", "state", "waiting_since", "id"], name="application_queue_of_pot"),
            models.Index(fields=["pot", "id"], name="application_latest_of_pot"),
            models.Index(fields=["submitted_on", "id"], name="application_latest"),
            models.Index(fields=["state", "submitted_on", "id"], name="application_latest_of_state"),
            models.Index(
                fields=["pot", "state", "requested"], condition=Q(state="submitted"), name="application_asked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} – {self.pot.name}"

    def get_absolute_url(self) -> str:
        return reverse("funding:application", args=[self.pk])

    @property
    def is_pillar_1(self) -> bool:
        return self.pot.kind == Pot.Kind.PILLAR_1


class Step(models.TextChoices):
    """What can happen to an application; the transition table in ``transitions`` says from where."""

    SUBMIT = "submit", "eingereicht"
    RESUBMIT = "resubmit", "erneut eingereicht"
    RETURN = "return", "mit Rückfrage zurückgegeben"
    SIGN = "sign", "erste Unterschrift"
    APPROVE = "approve", "bewilligt"
    REJECT = "reject", "abgelehnt"
    WITHDRAW = "withdraw", "zurückgezogen"
    REDUCE = "reduce", "Bewilligung verringert"
    REVOKE = "revoke", "Bewilligung widerrufen"
    PAY = "pay", "ausgezahlt"
    REPAY = "repay", "zurückgezahlt"
    SETTLE = "settle", "abgerechnet"


#: What a district reads as a decision on its money.
DECIDES = (Step.APPROVE, Step.REJECT, Step.REDUCE, Step.REVOKE)


class Decision(PreparedModel):
    """One step on an application: who, in whose stead, when, how much, why. Never changed, never deleted."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="decisions")
    step = models.CharField("Schritt", max_length=10, choices=Step.choices)
    amount = MoneyField("Betrag", null=True, blank=True)
    reason = models.TextField("Begründung", blank=True)
    financing = models.CharField(
        "Finanzierungsart", max_length=6, choices=Application.Financing.choices, blank=True
    )
    resolution = models.OneToOneField(
        Resolution, models.PROTECT, null=True, blank=True, related_name="decision", verbose_name="Beschluss"
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

    class Meta:
        verbose_name = "Entscheidungsschritt"
        verbose_name_plural = "Entscheidungsschritte"
        ordering = ["pk"]
        indexes = [
            # Whether somebody acted for a district on a project; steps of the Wirtschaftsförderung are not in it.
            models.Index(
                fields=["actor", "application"],
                condition=Q(mandate__isnull=False),
                name="decision_under_mandate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_step_display()} am {self.on:%d.%m.%Y}"


class Expense(models.Model):
    """One overhead expense in euro, or the counter-booking that takes one back (``reverses``). Never changed.

    ``payee`` is internal; neither it nor the purpose stands in the ledger's text.
    """

    pot = models.ForeignKey(Pot, models.PROTECT, related_name="expenses", verbose_name="Topf")
    amount = MoneyField("Betrag")
    purpose = models.CharField("Wofür", max_length=200)
    payee = models.CharField("An wen", max_length=160)
    voucher = models.CharField("Belegnummer", max_length=40, blank=True)
    dated = models.DateField("Belegdatum")
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name="Storno zu"
    )
    reason = models.CharField("Grund des Stornos", max_length=300, blank=True)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="gebucht von")
    on = models.DateField("Wertstellung")
    recorded_at = models.DateTimeField("gebucht am", auto_now_add=True)

    class Meta:
        verbose_name = "Gemeinkostenausgabe"
        verbose_name_plural = "Gemeinkostenausgaben"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="expense_amount_positive"),
            models.CheckConstraint(condition=~Q(purpose="") & ~Q(payee=""), name="expense_says_what_for"),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, reason="") | (Q(reverses__isnull=False) & ~Q(reason="")),
                name="expense_reversal_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Storno zu Ausgabe Nr. {self.reverses_id}" if self.reverses_id else f"Ausgabe Nr. {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("funding:expense", args=[self.pk])

    @property
    def effect(self) -> Decimal:
        """What it adds to the spent euro; negative for a counter-booking."""
        return -self.amount if self.reverses_id else self.amount


class TransferQuerySet(models.QuerySet["Transfer"]):
    def visible_to(self, roles: Roles) -> Self:
        """Who reads all figures; directors what touches their own district's pot."""
        if roles.reads_all:
            return self
        own = roles.district_ids
        return self.filter(Q(from_pot__district_id__in=own) | Q(to_pot__district_id__in=own))


class Transfer(models.Model):
    """Money on its way between two pots of one year, in euro: asked for by one person, decided by another.

    While it waits, the amount is reserved in the pot it comes from. Once decided it is never changed.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", "wartet auf zweite Person"
        CONFIRMED = "confirmed", "gebucht"
        REFUSED = "refused", "nicht gebucht"

    from_pot = models.ForeignKey(Pot, models.PROTECT, related_name="transfers_out", verbose_name="aus")
    to_pot = models.ForeignKey(Pot, models.PROTECT, related_name="transfers_in", verbose_name="nach")
    amount = MoneyField("Betrag")
    reason = models.TextField("Begründung")
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.REQUESTED)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="beantragt von")
    requested_on = models.DateField("beantragt am")
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="entschieden von"
    )
    decided_on = models.DateField("entschieden am", null=True, blank=True)
    refusal = models.TextField("Grund der Ablehnung", blank=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = "Umbuchung"
        verbose_name_plural = "Umbuchungen"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(condition=~Q(reason=""), name="transfer_has_reason"),
            models.CheckConstraint(condition=~Q(from_pot=F("to_pot")), name="transfer_between_two_pots"),
            models.CheckConstraint(
                condition=Q(state="requested", decided_by__isnull=True, decided_on__isnull=True, refusal="")
                | (
                    Q(state="confirmed", decided_by__isnull=False, decided_on__isnull=False, refusal="")
                    & ~Q(decided_by=F("requested_by"))
                )
                | (Q(state="refused", decided_by__isnull=False, decided_on__isnull=False) & ~Q(refusal="")),
                name="transfer_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"Umbuchung Nr. {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("funding:transfer", args=[self.pk])


class LedgerEntry(PreparedModel):
    """One movement on a pot: positive euro, the kind gives the direction (table in ``ledger``). Immutable."""

    class Kind(models.TextChoices):
        ALLOT = "allot", "Ansatz"
        RESERVE = "reserve", "Vormerkung"
        UNRESERVE = "unreserve", "Vormerkung aufgehoben"
        COMMIT = "commit", "Mittelbindung"
        RELEASE = "release", "Mittelbindung aufgehoben"
        PAY = "pay", "Auszahlung"
        PAY_BACK = "pay_back", "Rückzahlung"
        TRANSFER_OUT = "transfer_out", "Umbuchung ab"
        TRANSFER_IN = "transfer_in", "Umbuchung zu"
        CARRY_OUT = "carry_out", "Übertrag ins Folgejahr"
        CARRY_IN = "carry_in", "Übertrag aus Vorjahr"
        LATE_REPAYMENT = "late_repayment", "Rückzahlung aus Vorjahren"

    # Its index is the one of the statement, which begins with it.
    pot = models.ForeignKey(Pot, models.PROTECT, db_index=False, related_name="entries", verbose_name="Topf")
    kind = models.CharField("Bewegung", max_length=15, choices=Kind.choices)
    amount = MoneyField("Betrag")
    application = models.ForeignKey(
        Application, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="Antrag"
    )
    expense = models.ForeignKey(
        Expense, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="Ausgabe"
    )
    transfer = models.ForeignKey(
        Transfer, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="Umbuchung"
    )
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="gebucht von")
    value_date = models.DateField("Wertstellung")
    recorded_at = models.DateTimeField("gebucht am", auto_now_add=True)
    text = models.CharField("Buchungstext", max_length=200, blank=True)

    class Meta:
        verbose_name = "Buchung"
        verbose_name_plural = "Buchungen"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="entry_amount_positive"),
            models.CheckConstraint(
                condition=Q(application__isnull=True, expense__isnull=True)
                | Q(application__isnull=True, transfer__isnull=True)
                | Q(expense__isnull=True, transfer__isnull=True),
                name="entry_has_one_cause",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "allot",
                        "reserve",
                        "unreserve",
                        "commit",
                        "release",
                        "pay",
                        "pay_back",
                        "transfer_out",
                        "transfer_in",
                        "carry_out",
                        "carry_in",
                        "late_repayment",
                    ]
                ),
                name="entry_kind_known",
            ),
        ]
        indexes = [
            # A pot's newest bookings, and the sum of those before or after one, without reading the rows.
            models.Index(fields=["pot", "id", "kind", "amount"], name="entry_statement"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} {self.pot}"


class SpentKey(models.Model):
    """The one-time key of a deciding form that was carried out; a second arrival books nothing."""

    key = models.CharField(max_length=64, primary_key=True)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    spent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "Verbrauchter Formularschlüssel"
        verbose_name_plural = "Verbrauchte Formularschlüssel"

    def __str__(self) -> str:
        return self.key
