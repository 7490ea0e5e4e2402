"""Plans of instalments: entered by the district, checked once, called when they are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from funding.errors import FundingError, TransitionNotAllowed
from funding.models import Application
from funding.payments import call_notices as notices
from funding.payments import call_permissions as permissions
from funding.payments import call_rules as rules
from funding.payments.models import Instalment, InstalmentPlan, Payee, PayeeAccount, PlanStop
from funding.payments.services.calls import call_instalment
from funding.rules import checked_amount, require_first_person, require_no_iban, require_reason, value_date
from funding.terms import later
from members.common.counting import counted
from members.common.money import ZERO, format_euro
from members.common.texts import normal
from members.models import Mandate, User
from members.roles.permissions import Roles
from projects import services as project_services
from projects.models import Project

#: The most instalments of one plan: ten years of months.
MOST = 120


@dataclass(frozen=True)
class Units:
    """So many euro a month for each of so many places: ``unit`` x ``places``, ``months`` times from ``first`` on."""

    unit: Decimal
    places: int
    months: int
    first: date

    @property
    def instalments(self) -> list[tuple[date, Decimal]]:
        """Return the days and amounts, one each month."""
        return [(later(self.first, month), self.unit * self.places) for month in range(self.months)]


@transaction.atomic
def enter_plan(
    application: Application,
    *,
    payee: Payee,
    purpose: str,
    reason: str,
    actor: User,
    instalments: Sequence[tuple[date, Decimal]] = (),
    units: Units | None = None,
    on: date | None = None,
) -> InstalmentPlan:
    """Enter a plan: days and amounts in euro, or units. The Wirtschaftsförderung checks it once.

    Nothing is set aside yet: each instalment is called for itself when it is due.
    Raises TransitionNotAllowed or ConflictOfInterest.
    """
    day = value_date(on)
    project_services.lock(Project(pk=application.project_id))
    app = Application.objects.select_related("pot__year", "pot__district", "project__lead_district").get(
        pk=application.pk
    )
    roles = Roles(actor, day)
    if objection := permissions.objection_to_call(roles, app):
        raise objection
    if not app.is_approved:
        raise TransitionNotAllowed(
            "Ein Ratenplan gehört zu einer Bewilligung, deren Geld noch abgerufen werden kann."
        )
    rows = sorted(units.instalments if units else instalments, key=lambda row: row[0])
    _require_fitting(app, rows, day, by_units=units is not None)
    purpose = normal(purpose)
    if not purpose:
        raise TransitionNotAllowed(
            "Bitte den Verwendungszweck eintragen; der Empfänger liest ihn.", field="purpose"
        )
    require_no_iban(purpose, field="purpose")
    rules.require_account(payee, roles)
    plan = InstalmentPlan.objects.create(
        application=app,
        payee=payee,
        account=PayeeAccount.objects.newest().get(payee=payee),
        purpose=purpose,
        unit=units.unit if units else None,
        places=units.places if units else None,
        reason=require_reason(reason, "Bitte erklären Sie, worauf die Raten beruhen."),
        requested_by=actor,
        requested_on=day,
    )
    Instalment.objects.bulk_create(
        Instalment(plan=plan, number=number, due_on=due_on, amount=amount)
        for number, (due_on, amount) in enumerate(rows, 1)
    )
    app.project.editors.add(actor)
    notices.tell_of_plan(plan)
    return plan


def _require_fitting(
    app: Application, rows: Sequence[tuple[date, Decimal]], today: date, *, by_units: bool
) -> None:
    """Refuse instalments that are none, too many, too late, more than the grant's rest, or on a day that cannot be."""
    many, days = ("months", "first") if by_units else ("instalments", "instalments")
    if not rows:
        raise TransitionNotAllowed("Bitte mindestens eine Rate eintragen.", field=many)
    if len(rows) > MOST:
        raise TransitionNotAllowed(f"Ein Ratenplan hat höchstens {MOST} Raten.", field=many)
    for due_on, amount in rows:
        checked_amount(amount)
        if due_on < today:
            raise TransitionNotAllowed(
                f"Der {due_on:%d.%m.%Y} ist vorbei. Was schon fällig ist, rufen Sie bitte einzeln ab.",
                field=days,
            )
        rules.require_open_day(due_on, field=days)
    draw = rules.draw_of(app)
    rules.require_running(draw, today)
    last = draw.last_instalment
    if last and rows[-1][0] > last:
        in_time = counted(sum(due_on <= last for due_on, _ in rows), "Rate", "Raten")
        raise TransitionNotAllowed(
            f"Abrufen geht bis zum {draw.until:%d.%m.%Y}. Die letzte Rate kann deshalb spätestens am {last:%d.%m.%Y} fällig "
            f"sein; das sind hier {in_time}. Was danach gebraucht wird, rufen Sie bitte einzeln ab und begründen es dort.",
            field=many,
        )
    total = sum((amount for _, amount in rows), ZERO)
    planned = Instalment.objects.filter(plan__application=app, call=None).exclude(
        plan__state=InstalmentPlan.State.REFUSED
    )
    ended = PlanStop.objects.filter(kind=PlanStop.Kind.END).values("plan")
    waiting = sum(planned.exclude(plan__in=ended).values_list("amount", flat=True), ZERO)
    left = app.callable - waiting
    if total > left:
        also = f" In anderen Ratenplänen stehen davon schon {format_euro(waiting)}." if waiting else ""
        most = (
            f"Bitte planen Sie höchstens {format_euro(left)}."
            if left > 0
            else "Mehr kann nicht geplant werden."
        )
        raise TransitionNotAllowed(
            f"Die Raten sind zusammen {format_euro(total)}, abzurufen sind noch {format_euro(app.callable)}.{also} {most}",
            field=many,
        )


@transaction.atomic
def confirm_plan(plan: InstalmentPlan, *, actor: User, on: date | None = None) -> InstalmentPlan:
    """Enter that the plan was checked. Its calls need no further check while amount and account stay.

    Raises ConflictOfInterest for who entered it, and where that person may no longer call; TransitionNotAllowed.
    """
    current, day = _open(plan, on=on)
    if objection := permissions.objection_to_check_plan(Roles(actor, day), current):
        raise objection
    _require_waiting(current, day)
    require_first_person(
        current.requested_by,
        permissions.objection_to_call(Roles(current.requested_by, day), current.application),
        what="kein Geld mehr abrufen",
        instead="lehnen Sie diesen Ratenplan ab; dann kann er neu eingetragen werden.",
    )
    current.decide(InstalmentPlan.State.CONFIRMED, actor=actor, on=day)
    notices.tell_of_plan_decided(current)
    return current


@transaction.atomic
def refuse_plan(plan: InstalmentPlan, *, reason: str, actor: User, on: date | None = None) -> InstalmentPlan:
    """Refuse the plan; it gives no call. The district takes its own back this way.

    Raises TransitionNotAllowed.
    """
    current, day = _open(plan, on=on)
    if objection := permissions.objection_to_stop_plan(Roles(actor, day), current):
        raise objection
    _require_waiting(current, day)
    reason = require_reason(reason, "Bitte begründen Sie, warum es diese Raten nicht gibt.")
    current.decide(InstalmentPlan.State.REFUSED, actor=actor, on=day, refusal=reason)
    notices.tell_of_plan_decided(current)
    return current


@transaction.atomic
def stop_plan(
    plan: InstalmentPlan,
    *,
    kind: str,
    reason: str,
    actor: User,
    on: date | None = None,
) -> PlanStop:
    """Pause a checked plan, let it go on, or end it for good. Calls that it has given stay.

    Raises TransitionNotAllowed.
    """
    current, day = _open(plan, on=on)
    if objection := permissions.objection_to_stop_plan(Roles(actor, day), current):
        raise objection
    if not current.is_confirmed:
        raise TransitionNotAllowed("Dieser Ratenplan ist nicht geprüft; er gibt keine Abrufe.")
    if kind not in possible_stops(current):
        raise TransitionNotAllowed(
            "Dieser Ratenplan hat sich inzwischen geändert. Geändert wurde jetzt nichts."
        )
    reason = require_reason(reason, "Bitte einen Grund eintragen.")
    return PlanStop.objects.create(plan=current, kind=kind, reason=normal(reason), actor=actor, on=day)


def possible_stops(plan: InstalmentPlan) -> tuple[str, ...]:
    """Return what can be done with a checked plan now. One query."""
    latest = plan.stops.order_by("-pk").first()
    if latest is not None and latest.kind == PlanStop.Kind.END:
        return ()
    if latest is not None and latest.kind == PlanStop.Kind.PAUSE:
        return (PlanStop.Kind.RESUME, PlanStop.Kind.END)
    return (PlanStop.Kind.PAUSE, PlanStop.Kind.END)


def call_due(on: date | None = None) -> tuple[int, int]:
    """Call the instalments that are due on the local date (default: today); return how many were called and refused.

    Each in a transaction of its own. One that is refused keeps the sentence and is tried again.
    """
    day = on or timezone.localdate()
    called = refused = 0
    for key in list(Instalment.objects.due_on(day).values_list("pk", flat=True)):
        sentence = _call_one(key, day)
        refused += bool(sentence)
        called += not sentence
    return called, refused


def _call_one(key: int, day: date) -> str:
    """Call one instalment and return why not, in German; empty if it was called, now or by another process."""
    related = (
        "plan__application__pot__district", "plan__application__project__lead_district", "plan__requested_by__person",
        "plan__decided_by__person", "plan__account", "plan__payee__organisation", "plan__payee__person",
    )  # fmt: skip
    instalment = Instalment.objects.select_related(*related).get(pk=key)
    sentence = ""
    try:
        with transaction.atomic():
            project_services.lock(Project(pk=instalment.plan.application.project_id))
            # Asked again under the lock: another process may have called it, or somebody stopped the plan.
            if Instalment.objects.due_on(day).filter(pk=key).exists():
                call_instalment(instalment, actor=_in_whose_name(instalment.plan, day), on=day)
    except FundingError as error:
        sentence = str(error)
    if sentence != instalment.refusal:
        Instalment.objects.filter(pk=key).update(refusal=sentence)
    return sentence


def _in_whose_name(plan: InstalmentPlan, day: date) -> User:
    """Return who calls: who entered the plan, or who directs the district now. Raises TransitionNotAllowed."""
    if permissions.objection_to_call(Roles(plan.requested_by, day), plan.application) is None:
        return plan.requested_by
    district = plan.application.calling_district
    directing = Mandate.objects.active_on(day).filter(
        district=district, kind__in=Mandate.DIRECTING, person__user__is_active=True
    )
    mandate = directing.select_related("person__user").order_by("kind", "pk").first()
    if mandate is None:
        raise TransitionNotAllowed(
            f"Für {district} ist keine Geschäftsführung mit Konto eingetragen, in deren Namen abgerufen wird."
        )
    return User.objects.get(person=mandate.person_id)


def _require_waiting(plan: InstalmentPlan, day: date) -> None:
    if sentence := plan.objection_on(day):
        raise TransitionNotAllowed(sentence)


def _open(plan: InstalmentPlan, *, on: date | None) -> tuple[InstalmentPlan, date]:
    """Lock the project, then the plan."""
    day = value_date(on)
    project_services.lock(Project(pk=plan.application.project_id))
    current = (
        InstalmentPlan.objects.select_for_update(of=("self",))
        .select_related(
            "application__project__lead_district", "application__pot__district", "application__pot__year",
            "payee__organisation", "payee__person", "requested_by__person",
        )
        .get(pk=plan.pk)
    )  # fmt: skip
    return current, day
