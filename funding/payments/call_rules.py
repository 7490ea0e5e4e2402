"""The rules for a call: what it says, when it is due, how much other money has to be used first, what was called before.

A rule returns what it has checked, or raises TransitionNotAllowed with the field at fault.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone

from funding.errors import FundingError, TransitionNotAllowed
from funding.letters.acceptance import not_accepted
from funding.letters.models import Form, Letter
from funding.models import Application, FiscalYear, GrantChange, GrantTerms, PlanRow, Step
from funding.payments.models import CallPaper, Payee, PayeeAccount, PaymentCall
from funding.payments.models.plan import LEAD
from funding.rules import (
    can_wait,
    checked_amount,
    require_closed_gap,
    require_no_iban,
    require_no_waiting_change,
    require_nothing_reclaimed,
    require_open,
)
from funding.terms import in_force, later
from funding.transitions import check
from members.common.days import require_day
from members.common.folding import key_of
from members.common.money import CENT, MAXIMUM, ZERO, format_euro
from members.common.texts import normal
from members.roles.permissions import Roles
from projects.models import FinancingItem

Kind, Financing = PaymentCall.Kind, Application.Financing
#: Months in which a payment must be due where the grant is older than the model's terms. Source: usual conditions of grants (ANBest-P).
CALL_MONTHS = 2
#: Characters of an expense's voucher.
LONGEST_VOUCHER = 40
#: A day that lies longer ago, or for an expense longer ahead, is a slip.
FARTHEST = timedelta(days=366)
#: Money from outside the pots. In-kind contributions are no money.
OTHER_MONEY = (FinancingItem.Kind.OWN, FinancingItem.Kind.THIRD_PARTY)


@dataclass(frozen=True)
class Asked:
    """What a call asks for. Euro and local dates. ``again`` confirms that the same was called before."""

    payee: Payee
    amount: Decimal
    kind: str
    purpose: str
    due_on: date
    invoice_number: str = ""
    invoice_on: date | None = None
    without_invoice: str = ""
    others_used: Decimal | None = None
    override: str = ""
    again: bool = False

    @property
    def details(self) -> dict[str, Any]:
        """Return the fields of the call, without the other money."""
        return {
            "payee": self.payee, "amount": self.amount, "kind": self.kind, "purpose": self.purpose,
            "due_on": self.due_on, "invoice_number": self.invoice_number, "invoice_on": self.invoice_on,
            "without_invoice": self.without_invoice, "override": self.override,
        }  # fmt: skip


class CalledBefore(TransitionNotAllowed):
    """The same file, or the same invoice of this payee, stands in another call. ``calls`` are those."""

    def __init__(self, calls: list[PaymentCall]) -> None:
        self.calls = calls
        super().__init__(
            "Diese Rechnung wurde schon einmal abgerufen. Ist es trotzdem richtig, kreuzen Sie das bitte an.",
            field="again",
        )


def checked(application: Application, asked: Asked, roles: Roles) -> Asked:
    """Return what is asked as it is stored. The amount is left to the core."""
    asked = _texts(asked)
    require_account(asked.payee, roles)
    _require_organiser(application, asked)
    require_due(application, asked.due_on, roles.day)
    return asked


def _require_organiser(application: Application, asked: Asked) -> None:
    """Refuse a refund to somebody else than the organiser: others are paid directly."""
    organiser = application.project.organiser
    if asked.kind == Kind.REFUND and (organiser is None or asked.payee.organisation_id != organiser.pk):
        raise TransitionNotAllowed(
            f"Erstattet wird dem Veranstalter{f', {organiser}' if organiser else ''}. Geht das Geld an {asked.payee}, wählen "
            f"Sie bitte „{Kind.INVOICE.label}“; gibt es keine Rechnung, begründen Sie das unter „Ohne Rechnung, weil“.",
            field="kind",
        )


def checked_expense(asked: Asked, roles: Roles) -> Asked:
    """Return what is asked for an expense as it is stored. The amount is left to the core."""
    asked = _texts(asked)
    if len(asked.invoice_number) > LONGEST_VOUCHER:
        raise TransitionNotAllowed(
            f"Bitte auf höchstens {LONGEST_VOUCHER} Zeichen kürzen; es sind {len(asked.invoice_number)}.",
            field="invoice_number",
        )
    require_account(asked.payee, roles)
    require_open_day(asked.due_on)
    require_plausible_day(asked.due_on, roles.day)
    return asked


def _texts(asked: Asked) -> Asked:
    purpose, number = normal(asked.purpose), normal(asked.invoice_number)
    without, override = normal(asked.without_invoice), normal(asked.override, lines=True)
    if asked.kind not in Kind.values:
        raise TransitionNotAllowed("Bitte die Art der Zahlung wählen.", field="kind")
    for field, text, most in (
        ("purpose", purpose, 140),
        ("invoice_number", number, 60),
        ("without_invoice", without, 300),
    ):
        if len(text) > most:
            raise TransitionNotAllowed(
                f"Bitte auf höchstens {most} Zeichen kürzen; es sind {len(text)}.", field=field
            )
    for field, text in (("purpose", purpose), ("without_invoice", without), ("override", override)):
        require_no_iban(text, field=field)
    if not purpose:
        raise TransitionNotAllowed(
            "Bitte den Verwendungszweck eintragen; der Empfänger liest ihn.", field="purpose"
        )
    if not number and not without:
        raise TransitionNotAllowed(
            "Bitte die Rechnungsnummer eintragen. Gibt es keine Rechnung, begründen Sie das bitte.",
            field="invoice_number",
        )
    if number and without:
        raise TransitionNotAllowed(
            "Es gibt eine Rechnung: Bitte leeren Sie dieses Feld oder die Rechnungsnummer.",
            field="without_invoice",
        )
    if number and asked.invoice_on is None:
        raise TransitionNotAllowed("Bitte das Datum der Rechnung eintragen.", field="invoice_on")
    if asked.invoice_on is not None:
        _require_day("invoice_on", asked.invoice_on)
        if asked.invoice_on > timezone.localdate():
            raise TransitionNotAllowed(
                f"Der {asked.invoice_on:%d.%m.%Y} liegt in der Zukunft. Bitte das Datum prüfen, das auf der Rechnung steht.",
                field="invoice_on",
            )
    return replace(
        asked,
        purpose=purpose,
        invoice_number=number,
        invoice_on=asked.invoice_on if number else None,
        without_invoice=without,
        override=override,
    )


def _require_day(field: str, day: date) -> None:
    try:
        require_day(day)
    except ValidationError as error:
        raise TransitionNotAllowed(" ".join(error.messages), field=field) from None


def require_account(payee: Payee, roles: Roles) -> None:
    """Refuse a payee that these roles do not see, or that has no account. Up to two queries."""
    if not Payee.objects.visible_to(roles).filter(pk=payee.pk).exists():
        raise TransitionNotAllowed("Bitte einen der angebotenen Empfänger wählen.", field="payee")
    if not PayeeAccount.objects.newest().filter(payee=payee).exists():
        raise TransitionNotAllowed(
            f"Für {payee} ist keine Bankverbindung eingetragen. Bitte tragen Sie sie zuerst ein.",
            field="payee",
        )


def call_months(application: Application) -> int:
    """Return the months within which a payment must be due when its money is called, as the grant's letter says.

    They are those of the day of the grant; later settings change nothing. One query.
    """
    granted_on = application.decided_on
    terms = GrantTerms.objects.on(application.pot.year.model, granted_on) if granted_on else None
    return terms.call_months if terms else CALL_MONTHS


def require_open_day(day: date, *, field: str = "due_on") -> None:
    """Refuse a day in a closed year, or that is a slip. One query."""
    _require_day(field, day)
    if FiscalYear.objects.filter(year=day.year, state=FiscalYear.State.CLOSED).exists():
        raise TransitionNotAllowed(
            f"Das Haushaltsjahr {day.year} ist abgeschlossen. Bitte einen Tag eintragen, an dem noch gezahlt werden kann.",
            field=field,
        )


def require_due(application: Application, due_on: date, today: date) -> None:
    """Refuse a day that is too far away, too long ago or in a closed year. Two queries."""
    require_open_day(due_on)
    months = call_months(application)
    last = later(today, months)
    if due_on > last:
        raise TransitionNotAllowed(
            f"Abgerufen wird Geld für Zahlungen, die innerhalb von {months} Monaten fällig sind, heute also bis zum "
            f"{last:%d.%m.%Y}. Bitte rufen Sie später ab, oder tragen Sie einen Ratenplan ein.",
            field="due_on",
        )
    require_plausible_day(due_on, today)


def require_plausible_day(due_on: date, today: date) -> None:
    """Refuse a day that lies too long ago or too far ahead."""
    if abs(due_on - today) > FARTHEST:
        where = "zurück" if due_on < today else "in der Zukunft"
        raise TransitionNotAllowed(
            f"Dieser Tag liegt mehr als ein Jahr {where}. Bitte das Datum prüfen.", field="due_on"
        )


def require_accepted(application: Application) -> None:
    """Refuse a grant whose recipient has not accepted it yet. Up to three queries."""
    if sentence := not_accepted(application):
        raise TransitionNotAllowed(sentence)


def require_payable(calls: Collection[PaymentCall]) -> None:
    """Refuse calls whose payment could not be booked now: the bank would have the money before the books.

    The year has to be open, the financing closed, no change of the grant waiting, and the grant accepted also after a
    corrected letter. Two queries where nothing waits.
    """
    grants = {call.application_id: call.application for call in calls if call.application}
    waiting = Letter.objects.current().filter(decision__step=Step.APPROVE, decision__application__in=grants)
    waiting = waiting.exclude(answer=Letter.Answer.ACCEPTED).exclude(form=Form.INTERNAL)
    unaccepted = set(waiting.order_by().values_list("decision__application", flat=True))
    may_wait = [grant for grant in grants.values() if can_wait(grant)]
    changes = GrantChange.objects.filter(application__in=may_wait, state=GrantChange.State.REQUESTED)
    changing = set(changes.order_by().values_list("application", flat=True))
    for call in calls:
        try:
            require_open(call.pot.year)
            if grant := grants.pop(call.application_id, None):
                check(Step.PAY, grant)
                require_closed_gap(grant.project)
                if grant.pk in changing:
                    require_no_waiting_change(grant)
                if grant.pk in unaccepted:
                    require_accepted(grant)
        except FundingError as error:
            raise TransitionNotAllowed(
                f"{call}, {call.number}: {error} Bitte lassen Sie diese Zahlung so lange weg.", field="calls"
            ) from error


def require_papers(asked: Asked, count: int) -> None:
    """Refuse an invoice that nobody can look at."""
    if asked.invoice_number and not count:
        raise TransitionNotAllowed("Bitte die Rechnung als Datei anhängen.", field="papers")


# How much may be drawn


@dataclass(frozen=True)
class Draw:
    """What a grant allows to draw after the other money, in euro.

    ``planned`` is the other money of the plan, ``drawn`` what is paid and called.
    ``until`` is the last day on which money is called, if one was agreed.
    """

    financing: str
    granted: Decimal
    planned: Decimal
    drawn: Decimal
    until: date | None = None

    @property
    def last_instalment(self) -> date | None:
        """Return the last day on which an instalment of a plan can be due, if there is one."""
        return self.until + LEAD if self.until else None

    @property
    def is_gap(self) -> bool:
        return self.financing == Financing.GAP

    def is_over(self, day: date) -> bool:
        """Return whether the last day to call money was before this local date."""
        return self.until is not None and day > self.until

    def allowed(self, used: Decimal) -> Decimal:
        """Return the euro that may be drawn in all once ``used`` euro of the other money are used.

        A gap is closed when all other money is used. Share and fixed sum follow it pro rata.
        """
        if used >= self.planned:
            return self.granted
        if self.is_gap:
            return ZERO
        return (self.granted * used / self.planned).quantize(CENT, ROUND_HALF_UP)


def draw_of(application: Application, *, without: Decimal = ZERO) -> Draw:
    """Return the application's draw, ``without`` the euro of a call that is part of it already. Two queries.

    The other money is that of the plan as decided and last changed. Grants of the past kept no plan: theirs is today's.
    """
    decision = in_force(application)
    rows: QuerySet[Any] = FinancingItem.objects.filter(project=application.project_id)
    if decision is not None and decision.has_terms:
        rows = PlanRow.objects.filter(decision=decision, side=PlanRow.Side.FINANCING)
    other = rows.filter(kind__in=OTHER_MONEY).values_list("amount", flat=True)
    return Draw(
        application.financing,
        application.granted or ZERO,
        sum((amount or ZERO for amount in other), ZERO),
        application.paid + application.called - without,
        decision.callable_until if decision else None,
    )


def require_running(draw: Draw, today: date) -> None:
    """Refuse an instalment after the last day: only a call that gives a reason comes later."""
    if draw.is_over(today):
        raise TransitionNotAllowed(
            f"Abrufen ging bis zum {draw.until:%d.%m.%Y}. Bitte rufen Sie diesen Betrag einzeln ab und begründen Sie dort, "
            "warum er trotzdem noch gebraucht wird."
        )


def checked_draw(draw: Draw, asked: Asked, today: date) -> Decimal | None:
    """Return the other money that is used, in euro; None where none is planned.

    Refused where the call comes too early or too late and gives no reason.
    """
    if draw.is_over(today) and not asked.override:
        raise TransitionNotAllowed(
            f"Abrufen ging bis zum {draw.until:%d.%m.%Y}. Bitte begründen Sie, warum das Geld trotzdem noch gebraucht wird.",
            field="override",
        )
    if not draw.planned:
        return None
    used = asked.others_used
    if used is None:
        raise TransitionNotAllowed(
            f"Geplant sind {format_euro(draw.planned)} Eigenmittel und Drittmittel. Bitte eintragen, wie viel davon schon "
            "eingesetzt ist, auch eine 0.",
            field="others_used",
        )
    if not used.is_finite() or used < 0 or used > MAXIMUM or used != used.quantize(CENT):
        raise TransitionNotAllowed(
            "Bitte einen Betrag mit höchstens zwei Nachkommastellen eintragen, auch eine 0.",
            field="others_used",
        )
    allowed = draw.allowed(used)
    if draw.drawn + checked_amount(asked.amount) > allowed and not asked.override:
        left = max(allowed - draw.drawn, ZERO)
        rule = (
            "Ein Fehlbedarf wird abgerufen, wenn Eigenmittel und Drittmittel aufgebraucht sind"
            if draw.is_gap
            else "Abgerufen wird anteilig mit Eigenmitteln und Drittmitteln"
        )
        least = "rufen Sie weniger ab, oder " if left else ""
        raise TransitionNotAllowed(
            f"{rule}: Von {format_euro(draw.planned)} sind {format_euro(used)} eingesetzt, damit sind jetzt "
            f"{format_euro(left)} abrufbar. Bitte {least}begründen Sie, warum das Geld schon jetzt gebraucht wird.",
            field="override",
        )
    return used


def blocked(application: Application) -> str:
    """Return why nothing of the application can be called now, in German, or an empty text.

    The same rules as the core's ``earmark`` and ``require_accepted``, for the page. Up to four queries.
    """
    try:
        check(Step.EARMARK, application)
        require_open(application.pot.year)
        require_closed_gap(application.project)
        require_nothing_reclaimed(application, "wird nichts abgerufen")
        require_no_waiting_change(application)
        require_accepted(application)
    except FundingError as error:
        return str(error)
    return "" if application.callable else "Von dieser Bewilligung ist alles abgerufen oder bezahlt."


# What was called before


def same_as(
    payee: Payee, invoice_number: str, hashes: Collection[str], besides: int | None = None
) -> list[PaymentCall]:
    """Return the calls of any project with one of these files, or the same invoice of this payee, oldest first."""
    same = Q(pk__in=CallPaper.objects.filter(sha256__in=list(hashes)).values("call"))
    if invoice_number:
        same |= Q(payee=payee, folded_invoice=key_of(invoice_number))
    found = PaymentCall.objects.filter(same).exclude(state=PaymentCall.State.WITHDRAWN)
    if besides is not None:
        found = found.exclude(pk=besides)
    return list(found.with_names().order_by("pk"))


def twins_of(call: PaymentCall) -> list[PaymentCall]:
    """Return the other calls with the same file, or the same invoice of the same payee. Two queries."""
    hashes = [paper.sha256 for paper in call.papers.all()]
    return same_as(call.payee, call.invoice_number, hashes, call.pk)


def require_new(asked: Asked, hashes: Collection[str], besides: int | None = None) -> None:
    """Raise CalledBefore if the same was called before and nobody has confirmed that it is right."""
    if not asked.again and (found := same_as(asked.payee, asked.invoice_number, hashes, besides)):
        raise CalledBefore(found)
