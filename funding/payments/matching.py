"""What an entry of a statement probably is, and why. A proposal books nothing: somebody clicks it, or does otherwise."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Q

from funding.errors import TransitionNotAllowed
from funding.models import Application, Expense, FiscalYear, Pot
from funding.payments.batch_rules import fee_kept, objection_to_return
from funding.payments.models import Payment, PaymentBatch, StatementEntry
from funding.payments.models.statement import on_statements
from funding.rules import checked_repayment
from funding.transitions import STATE_IN_A_SENTENCE
from members.common.folding import key_of
from members.common.money import ZERO, format_euro
from projects.models import Project

Use = StatementEntry.Use
#: So many days after its execution day a batch is still on the statement without being named.
LATE = timedelta(days=10)
#: So far from its entry an expense was booked.
MONTH = timedelta(days=31)
#: How the city's instalments are recognised the first time. Later by their account.
CITY = ("stadt dortmund", "stadtkasse dortmund")
_REFERENCE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+){2,}")
_NUMBER = re.compile(r"\b\d{4}-[A-Z0-9]{2,4}-\d+\b")


@dataclass(frozen=True)
class Proposal:
    """What it probably is: the use, its row, and the reason in a German sentence. Without a row it is only a hint."""

    use: str
    why: str
    target: Any = None
    named: str = ""
    """What it is called where the use does not say all."""

    @property
    def label(self) -> str:
        return self.named or str(Use(self.use).label)

    @property
    def told(self) -> str:
        """Return the use and its row: a payment by its payee, a grant by its project. No word stands twice."""
        match self.target:
            case None:
                return self.label
            case Payment():
                row = f"{self.target.end_to_end}, {self.target.for_call.payee}"
            case Application():
                row = f"{self.target.project.number}, {self.target.pot}"
            case Expense():
                row = f"{self.target}, {self.target.purpose}"
            case _:
                row = str(self.target)
        return row if row.startswith(self.label) else f"{self.label}: {row}"

    @property
    def token(self) -> str:
        """Return what a form carries back, so that only what was seen is booked."""
        return (
            f"{self.use}.{self.target._meta.model_name}.{self.target.pk}" if self.target is not None else ""
        )


@dataclass
class Known:
    """What proposals are made of. Pure: ``gather`` reads it with a fixed number of queries."""

    batches: Sequence[Any] = ()
    """Released or executed batches without an entry, with ``total``."""
    payments: Sequence[Any] = ()
    """Payments with the amount or the reference of some entry, with whether it is on a statement that they went (``ticked``) and came ``back``."""
    grants: Sequence[Application] = ()
    """Grants of which something is paid, of the projects that some entry names, and those of ``claimed``."""
    claimed: dict[str, int] = field(default_factory=dict)
    """Reference of a claim -> the grant (key) of which it claims money back."""
    bearing: set[int] = field(default_factory=set)
    """The grants (keys) of these claims that bear interest."""
    pots: Sequence[Pot] = ()
    """Special pots of the years in which something was booked."""
    years: Sequence[FiscalYear] = ()
    expenses: Sequence[Expense] = ()
    """Expenses with the amount of some entry that are not reversed, with their ``call`` and ``statement_entry``."""
    before: dict[str, tuple[str, Any]] = field(default_factory=dict)
    """IBAN -> use and pot of the last money from there."""

    @cached_property
    def by_reference(self) -> dict[str, Any]:
        return {payment.end_to_end: payment for payment in self.payments if payment.end_to_end}


def gather(entries: Iterable[StatementEntry]) -> Known:
    """Return what is known about these entries. At most eight queries, whatever their number."""
    entries = [entry for entry in entries if entry.is_waiting]
    if not entries:
        return Known()
    amounts = {abs(entry.amount) for entry in entries}
    named = {word for entry in entries for word in _references_in(entry)}
    years = {entry.booked_on.year for entry in entries}
    years_in = {entry.booked_on.year for entry in entries if entry.comes_in}
    numbers = {number for entry in entries for number in numbers_in(entry)}
    ibans = {entry.iban for entry in entries if entry.iban and entry.comes_in}
    payments = (
        Payment.objects.for_work()
        .select_related("batch")
        .filter(
            Q(amount__in=amounts) | Q(end_to_end__in=named),
            batch__isnull=False,
        )
        .exclude(Q(batch__state=PaymentBatch.State.OPEN) | Q(state=Payment.State.DROPPED))
    )
    batches = PaymentBatch.objects.with_figures().filter(
        state__in=(PaymentBatch.State.RELEASED, PaymentBatch.State.EXECUTED), entry__isnull=True
    )
    # Each claim of a grant has a reference of its own; ``claims`` belongs to a room above.
    claims = {word for word in named if word.startswith("RF-")}
    claimed = list(
        Application.objects.filter(claims__reference__in=claims).values_list(
            "claims__reference", "pk", "claims__legal_basis"
        )
        if claims
        else ()
    )
    grants = Application.objects.select_related("project", "pot__district", "pot__year").filter(
        Q(paid__gt=0, project__number__in=numbers) | Q(pk__in=[pk for _, pk, _ in claimed])
    )
    spent = {abs(entry.amount) for entry in entries if entry.fee or not entry.comes_in}
    expenses = Expense.objects.filter(amount__in=spent, reverses__isnull=True, reversal__isnull=True)
    before = StatementEntry.objects.filter(iban__in=ibans, use__in=(Use.INSTALMENT, Use.SPECIAL))
    return Known(
        batches=list(batches.order_by("pk")) if any(not entry.comes_in for entry in entries) else [],
        payments=list(on_statements(payments)),
        grants=list(grants.order_by("pk")),
        claimed={reference: pk for reference, pk, _ in claimed},
        bearing={pk for _, pk, basis in claimed if basis},
        pots=list(
            Pot.objects.filter(kind=Pot.Kind.SPECIAL, year__year__in=years_in)
            .select_related("year", "district")
            .order_by("pk")
        ),
        expenses=list(expenses.select_related("pot__year", "call", "statement_entry").order_by("pk")),
        years=list(FiscalYear.objects.filter(year__in=years)),
        before={e.iban: (e.use, e.pot_id) for e in before.order_by("pk").only("iban", "use", "pot_id")},
    )


def propose(entry: StatementEntry, known: Known) -> Proposal | None:
    """Return the first rule's proposal for a waiting entry, or None."""
    if entry.reversal and not entry.comes_in:
        return None  # what the bank takes back is no payment
    rules = _IN if entry.comes_in else _OUT
    return next((found for rule in rules if (found := rule(entry, known))), None)


def proposals(entries: Sequence[StatementEntry]) -> dict[int, Proposal]:
    """Return the proposals for the waiting ones of these entries, by key."""
    known = gather(entries)
    found = ((entry.pk, propose(entry, known)) for entry in entries if entry.is_waiting)
    return {pk: proposal for pk, proposal in found if proposal is not None}


def _references_in(entry: StatementEntry) -> set[str]:
    """Return what may be a reference: in its own field, or in the words."""
    return {entry.end_to_end, *_REFERENCE.findall(entry.remittance.upper())} - {""}


def numbers_in(entry: StatementEntry) -> set[str]:
    """Return the numbers of projects that the entry names."""
    return set(_NUMBER.findall(f"{entry.remittance} {entry.end_to_end}".upper()))


# -- Money that went out -------------------------------------------------------------------------------


def _named_batch(entry: StatementEntry, known: Known) -> Proposal | None:
    ids = {entry.message_id, entry.payment_info_id} - {""}
    batch = next((each for each in known.batches if each.message_id in ids), None)
    if batch is None:
        return None
    if batch.total == -entry.amount:
        return Proposal(
            Use.BATCH, f"Die Bank nennt die Datei {batch.message_id}, und die Summe stimmt.", batch
        )
    return _named_payment(entry, known) or Proposal(
        Use.BATCH,
        f"Die Bank nennt die Datei {batch.message_id}; dieser Zahlungslauf hat aber die Summe {format_euro(batch.total or ZERO)}.",
    )


def _named_payment(entry: StatementEntry, known: Known) -> Proposal | None:
    payment = known.by_reference.get(entry.end_to_end)
    if payment is None or payment.amount != -entry.amount or payment.ticked:
        return None
    return Proposal(
        Use.PAYMENT, f"Die Bank nennt die Referenz {payment.end_to_end}, und der Betrag stimmt.", payment
    )


def _batch_by_sum(entry: StatementEntry, known: Known) -> Proposal | None:
    found = [
        batch
        for batch in known.batches
        if batch.total == -entry.amount
        and batch.execution_day <= entry.booked_on <= batch.execution_day + LATE
    ]
    if len(found) != 1 or entry.end_to_end in known.by_reference:
        return None
    [batch] = found
    return Proposal(Use.BATCH, f"Summe und Tag passen nur zum Zahlungslauf Nr. {batch.pk}.", batch)


def _payment_by_words(entry: StatementEntry, known: Known) -> Proposal | None:
    same = [
        payment
        for payment in known.payments
        if payment.amount == -entry.amount and not payment.ticked and _is_after(entry, payment)
    ]
    named = [payment for payment in same if payment.end_to_end in entry.remittance.upper()]
    numbers = numbers_in(entry)
    for found, why in (
        (named, "Die Referenz steht im Verwendungszweck, und der Betrag stimmt."),
        ([p for p in same if p.for_call.number in numbers], "Projektnummer und Betrag passen nur zu dieser Zahlung."),
        ([p for p in same if _is_named(entry, p)], "Name und Betrag passen nur zu dieser Zahlung."),
    ):  # fmt: skip
        if len(found) == 1:
            return Proposal(Use.PAYMENT, why, found[0])
    return None


def _is_after(entry: StatementEntry, payment: Payment) -> bool:
    return payment.of_batch.execution_day <= entry.booked_on


def _is_named(entry: StatementEntry, payment: Payment) -> bool:
    names = {key_of(str(payment.for_call.payee)), key_of(payment.account.holder if payment.account else "")}
    return bool(entry.name) and key_of(entry.name) in names


def _expense(entry: StatementEntry, known: Known) -> Proposal | None:
    found = [
        expense
        for expense in known.expenses
        if expense.amount == -entry.amount
        and abs(entry.booked_on - expense.on) <= MONTH
        and not (hasattr(expense, "call") or hasattr(expense, "statement_entry"))
    ]
    if len(found) != 1:
        return None
    return Proposal(
        Use.EXPENSE, "Der Betrag passt nur zu dieser Ausgabe, die schon in den Büchern steht.", found[0]
    )


def _fee(entry: StatementEntry, known: Known) -> Proposal | None:
    year = _year_of(entry, known)
    if not entry.fee or year is None:
        return None
    if not year.is_open:
        return Proposal(
            Use.EXPENSE,
            f"Die Bank sagt, dass es ihr Entgelt ist. Das Haushaltsjahr {year} ist aber {year.get_state_display()}; bitte "
            "wählen Sie bei „Gemeinkosten“ ein offenes.",
        )
    return Proposal(
        Use.EXPENSE, "Die Bank sagt, dass es ihr Entgelt ist. Es wird als Gemeinkosten gebucht.", year
    )


# -- Money that came in --------------------------------------------------------------------------------


def _return(entry: StatementEntry, known: Known) -> Proposal | None:
    """Return the payment that came back: by its reference, in its own field or in the words."""
    words = entry.remittance.upper()
    found = [
        payment
        for payment in known.payments
        if not payment.back and (payment.end_to_end == entry.end_to_end or payment.end_to_end in words)
    ]
    if len(found) != 1:
        return None
    [payment] = found
    named = f"Die Bank nennt die Referenz {payment.end_to_end}"
    if payment.state == Payment.State.PLANNED:
        return Proposal(
            Use.RETURN,
            f"{named}; diese Zahlung ist noch nicht als ausgeführt gebucht. Bitte zuerst den Abgang zuordnen.",
        )
    grant = payment.for_call.application
    if payment.state == Payment.State.EXECUTED and grant is not None and objection_to_return(grant):
        return _late_return(entry, grant, named)
    because = f" Grund der Bank: {entry.return_reason}." if entry.return_reason else ""
    if payment.amount == entry.amount:
        return Proposal(Use.RETURN, f"{named} einer Zahlung.{because}", payment)
    fee, paid = fee_kept(payment, entry.amount), f"{named}; bezahlt waren {format_euro(payment.amount)}."
    if fee is None or not (entry.return_reason or entry.reversal or entry.charges == fee):
        return Proposal(
            Use.RETURN,
            f"{paid} Hat die Bank ein Entgelt behalten, wählen Sie bitte „Rücklauf einer Zahlung“; zahlt jemand einen Teil zurück, "
            "„Rückzahlung einer Bewilligung“.",
        )
    year = _year_of(entry, known)
    if year is None or not year.is_open:
        return Proposal(
            Use.RETURN,
            f"{paid} Das Entgelt der Bank gehört in ein offenes Haushaltsjahr; bitte wählen Sie es bei „Rücklauf einer Zahlung“.",
        )
    return Proposal(
        Use.RETURN,
        f"{paid}{because} Die Zahlung wird ganz zurückgebucht, {format_euro(fee)} als Entgelt der Bank bei den Gemeinkosten.",
        payment,
    )


def _refund(entry: StatementEntry, known: Known) -> Proposal | None:
    """Return the last fee of this amount: the bank gives it back."""
    found = [
        expense
        for expense in known.expenses
        if expense.amount == entry.amount
        and hasattr(expense, "statement_entry")
        and expense.on <= entry.booked_on
    ]
    if not entry.fee or not found:
        return None
    if not found[-1].pot.year.is_open:
        return Proposal(
            Use.EXPENSE,
            f"Die Bank sagt, dass sie ihr Entgelt zurückgibt. Die {found[-1]} gehört aber zum Haushaltsjahr {found[-1].pot.year}, "
            "das nicht offen ist; bitte legen Sie die Buchung mit diesem Grund zur Seite.",
        )
    return Proposal(
        Use.EXPENSE,
        f"Die Bank sagt, dass sie ihr Entgelt zurückgibt. Die {found[-1]} wird storniert, das Geld ist im Topf wieder frei.",
        found[-1],
    )


def _late_return(entry: StatementEntry, grant: Application, named: str) -> Proposal:
    """Return the repayment of a grant that has ended: it is not paid again."""
    why = (
        f"{named} einer Zahlung. Ihre Bewilligung ist {STATE_IN_A_SENTENCE[grant.state]}; deshalb wird als Rückzahlung "
        "gebucht, was jetzt zurückkommt."
    )
    try:
        checked_repayment(grant, entry.amount)
    except TransitionNotAllowed as error:
        return Proposal(Use.REPAYMENT, f"{why} {error}")
    return Proposal(Use.REPAYMENT, why, grant)


def _claimed(entry: StatementEntry, known: Known) -> Proposal | None:
    """Return the grant whose claim the entry names by its reference."""
    found = {known.claimed[word]: word for word in _references_in(entry) if word in known.claimed}
    grants = [each for each in known.grants if each.pk in found]
    if len(grants) != 1 or entry.return_reason:
        return None
    [grant] = grants
    if entry.amount > grant.reclaimed and grant.pk in known.bearing:
        return _interest(entry, grant, found[grant.pk])
    why = f"Die Referenz {found[grant.pk]} ist die einer Rückforderung; offen sind {format_euro(grant.reclaimed)}."
    try:
        checked_repayment(grant, entry.amount)
    except TransitionNotAllowed as error:
        return Proposal(Use.REPAYMENT, f"{why} {error}")
    return Proposal(Use.REPAYMENT, why, grant)


def _interest(entry: StatementEntry, grant: Application, reference: str) -> Proposal:
    """Return the interest that is more than what is still claimed back; that is repaid first."""
    why, over = f"Die Referenz {reference} ist die einer Rückforderung", entry.amount - grant.reclaimed
    if not grant.reclaimed:
        return Proposal(Use.INTEREST, f"{why}, und deren Betrag ist nicht mehr offen.", grant)
    parts = (
        f"{format_euro(grant.reclaimed)} davon sind noch offen, {format_euro(over)} kommen als Zinsen dazu"
    )
    return Proposal(Use.INTEREST, f"{why}: {parts}.", grant, named="Rückzahlung mit Zinsen")


def _repayment(entry: StatementEntry, known: Known) -> Proposal | None:
    numbers = numbers_in(entry)
    found = [each for each in known.grants if each.project.number in numbers and each.paid >= entry.amount]
    if len(found) != 1 or entry.return_reason:
        return None
    [grant] = found
    return Proposal(
        Use.REPAYMENT,
        f"Im Verwendungszweck steht {grant.project.number}; ausgezahlt sind {format_euro(grant.paid)}.",
        grant,
    )


def _from_there_before(entry: StatementEntry, known: Known) -> Proposal | None:
    use, pot = known.before.get(entry.iban, ("", None))
    if use == Use.INSTALMENT:
        return _instalment(entry, known, "Von diesem Konto kam schon eine Rate der Stadt.")
    target = next((each for each in known.pots if each.pk == pot), None)
    if use == Use.SPECIAL and target is not None:
        return Proposal(Use.SPECIAL, "Von diesem Konto kam schon Geld für diesen Topf.", target)
    return None


def _special(entry: StatementEntry, known: Known) -> Proposal | None:
    words = key_of(entry.name, entry.remittance).split()
    found = [pot for pot in known.pots if key_of(pot.code).strip() in words]
    if len(found) != 1:
        return None
    return Proposal(Use.SPECIAL, f"Im Verwendungszweck steht {found[0].code}.", found[0])


def _city(entry: StatementEntry, known: Known) -> Proposal | None:
    if not entry.name.casefold().startswith(CITY):
        return None
    return _instalment(entry, known, "Das Geld kommt von der Stadt.")


def _instalment(entry: StatementEntry, known: Known, why: str) -> Proposal | None:
    year = _year_of(entry, known)
    return Proposal(Use.INSTALMENT, why, year) if year is not None else None


def _year_of(entry: StatementEntry, known: Known) -> FiscalYear | None:
    return next((each for each in known.years if each.year == entry.booked_on.year), None)


Rule = Callable[[StatementEntry, Known], Proposal | None]
_OUT: tuple[Rule, ...] = (_named_batch, _named_payment, _batch_by_sum, _payment_by_words, _expense, _fee)
_IN: tuple[Rule, ...] = (_return, _refund, _claimed, _repayment, _from_there_before, _special, _city)


def grants_of(text: str, amount: Decimal = ZERO) -> list[Application]:
    """Return the grants of the project number in the text of which so much is paid; a pot's code beside it narrows."""
    words = text.upper().split()
    project = Project.objects.filter(number__in=words).first()
    if project is None:
        return []
    found = project.applications.select_related("project", "pot__district", "pot__year").filter(
        paid__gte=amount, state__in=Application.GRANTED
    )
    named = [grant for grant in found if grant.pot.code.upper() in words]
    return named or list(found)
