"""Loading the bank's statements. The same file or statement twice is there once, the same entry counts once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from funding.errors import TransitionNotAllowed
from funding.payments import batch_permissions as permissions
from funding.payments import camt
from funding.payments.models import BankStatement, OwnAccount, StatementEntry
from funding.payments.models.statement import gaps
from funding.rules import value_date
from funding.services.once import spend
from members.common import stored
from members.common.days import require_day
from members.common.iban import masked
from members.models import User
from members.roles.permissions import Roles

#: Rows that are written at once.
PORTION = 500


@dataclass
class Loaded:
    """What a file brought: new statements, how many new entries, and how many statements were there already.

    ``again`` entries are on another statement too; between ``gaps`` a statement is missing, one of the two is new.
    ``left_out`` are the files of a ZIP that are no XML.
    """

    new: list[BankStatement] = field(default_factory=list)
    entries: int = 0
    there: int = 0
    again: int = 0
    gaps: list[tuple[BankStatement, BankStatement]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def load_statements(content: bytes, *, actor: User, key: str | None = None, on: date | None = None) -> Loaded:
    """Load the statements of a file, XML or ZIP: all of them, or none. Nothing is booked.

    Raises TransitionNotAllowed beside the field ``file``, ConflictOfInterest or AlreadyDone.
    """
    day = value_date(on)
    if objection := permissions.objection_to_handle(Roles(actor, day)):
        raise objection
    try:
        statements = camt.read(content)
    except camt.Unreadable as error:
        raise TransitionNotAllowed(str(error), field="file") from None
    accounts = _accounts(statements)
    for statement in statements:
        _require_past(statement, day)
    # Before the rows, outside the transaction. A file without rows goes with the next sweep.
    sha256 = "" if _all_there(statements, accounts) else stored.put(content)
    with transaction.atomic():
        if key is not None:
            spend(key, actor)
        loaded = Loaded(left_out=camt.left_out(content))
        keys = sorted(account.pk for account in accounts.values())
        list(OwnAccount.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
        for statement in statements:
            if _is_there(statement, accounts[statement.iban]):
                loaded.there += 1
                continue
            row = BankStatement.objects.create(
                account=accounts[statement.iban],
                bank_id=statement.bank_id,
                number=statement.number[:40],
                opening=statement.opening,
                opened_on=statement.opened_on,
                closing=statement.closing,
                closed_on=statement.closed_on,
                sha256=sha256,
                loaded_by=actor,
                loaded_on=day,
            )
            loaded.new.append(row)
            entered, again = _enter(row, statement)
            loaded.entries += entered
            loaded.again += again
        for account in {row.account for row in loaded.new}:
            there = gaps(account.statements.in_order())
            loaded.gaps += [pair for pair in there if not set(loaded.new).isdisjoint(pair)]
        return loaded


def _accounts(statements: Sequence[camt.Statement]) -> dict[str, OwnAccount]:
    """Return the association's accounts of the statements, by IBAN. Refuses those of somebody else."""
    ibans = {statement.iban for statement in statements}
    accounts = {
        account.iban: account for account in OwnAccount.objects.filter(iban__in=ibans).order_by("-since")
    }
    if other := sorted(ibans - accounts.keys()):
        raise TransitionNotAllowed(
            f"Der Auszug gehört zum Konto {masked(other[0])}; das ist keins des Vereins. Die Vereinsverwaltung führt die "
            "Konten des Vereins.",
            field="file",
        )
    return accounts


def _require_past(statement: camt.Statement, today: date) -> None:
    days = [statement.opened_on, statement.closed_on]
    days += [day for entry in statement.booked for day in (entry.booked_on, entry.valued_on)]
    try:
        for day in days:
            require_day(day)
    except ValidationError:
        raise TransitionNotAllowed(
            "Im Kontoauszug steht ein Tag, der nicht sein kann.", field="file"
        ) from None
    if statement.closed_on > today or any(entry.booked_on > today for entry in statement.booked):
        raise TransitionNotAllowed(
            f"Der Kontoauszug reicht bis zum {statement.closed_on:%d.%m.%Y}; dieser Tag ist noch nicht vorbei.",
            field="file",
        )
    if statement.closed_on < statement.opened_on:
        raise TransitionNotAllowed("Der Kontoauszug endet vor seinem Anfang.", field="file")


def _all_there(statements: Sequence[camt.Statement], accounts: dict[str, OwnAccount]) -> bool:
    there = [_is_there(statement, accounts[statement.iban]) for statement in statements]
    return all(there)


def _is_there(statement: camt.Statement, account: OwnAccount) -> bool:
    """Return whether the statement was loaded before. Raises TransitionNotAllowed where its balances were others."""
    row = BankStatement.objects.filter(account=account, bank_id=statement.bank_id).first()
    if row is None:
        return False
    if (row.opening, row.closing) != (statement.opening, statement.closing):
        raise TransitionNotAllowed(
            f"{row} ist schon da, aber mit anderen Salden. Geladen wurde nichts. Bitte klären Sie das mit der Bank.",
            field="file",
        )
    return True


def _enter(row: BankStatement, statement: camt.Statement) -> tuple[int, int]:
    """Write the booked entries; return how many are new, and how many another statement has too.

    An entry is on several statements only where these overlap. Several that look the same are as many as one of them has.
    """
    made = list(rows_of(row, statement))
    there = _elsewhere(row, made)
    again = 0
    for entry in made:
        if same := there[entry.looks]:
            entry.state, entry.same_as = StatementEntry.State.AGAIN, same.pop(0)
            again += 1
    StatementEntry.objects.bulk_create(made, batch_size=PORTION)
    return len(made) - again, again


def _elsewhere(row: BankStatement, made: Sequence[StatementEntry]) -> dict[Any, list[StatementEntry]]:
    """Return the entries of the account that can be on this statement too, by what they look like.

    One that is on a statement before or after this one cannot.
    """
    found: dict[Any, list[StatementEntry]] = defaultdict(list)
    if not made:
        return found
    days = sorted(entry.booked_on for entry in made)
    others = row.account.statements.exclude(pk=row.pk).filter(closed_on__gte=days[0], opened_on__lte=days[-1])
    apart = _apart(row, list(others))
    entries = StatementEntry.objects.filter(statement__in=others, booked_on__range=(days[0], days[-1]))
    again = entries.filter(statement__in=apart, state=StatementEntry.State.AGAIN).values("same_as")
    counted = entries.counted().exclude(statement__in=apart)
    for entry in counted.exclude(pk__in=again).order_by("pk"):
        found[entry.looks].append(entry)
    return found


def _apart(row: BankStatement, others: Sequence[BankStatement]) -> set[BankStatement]:
    """Return those of the statements that come before or after this one, balance upon balance."""
    apart: set[BankStatement] = set()
    for forward in (True, False):
        ends = [row]
        while ends:
            end = ends.pop()
            next_ones = {o for o in others if (o.follows(end) if forward else end.follows(o))} - apart
            apart |= next_ones
            ends += next_ones
    return apart


def rows_of(row: BankStatement, statement: camt.Statement) -> Iterator[StatementEntry]:
    """Yield the rows of the booked entries. Several transactions that came in as one sum are one row each."""
    for position, entry in enumerate(statement.booked, start=1):
        details = entry.details
        split = entry.amount > 0 and len(details) > 1
        if (
            not split
            or sum(each.amount for each in details) != entry.amount
            or not all(d.amount for d in details)
        ):
            details = (details[0] if len(details) == 1 else camt.Detail(entry.amount),)
        for part, detail in enumerate(details):
            if not detail.amount:
                continue
            yield StatementEntry(
                statement=row,
                position=position,
                part=part,
                amount=detail.amount,
                booked_on=entry.booked_on,
                valued_on=entry.valued_on,
                reversal=entry.reversal,
                fee=entry.is_fee,
                bank_reference=entry.bank_reference,
                message_id=detail.message_id or entry.message_id,
                payment_info_id=detail.payment_info_id or entry.payment_info_id,
                number=entry.number,
                end_to_end=detail.end_to_end,
                name=detail.name,
                iban=detail.iban,
                remittance=detail.remittance,
                return_reason=detail.return_reason,
                charges=detail.charges or entry.charges,
                code=entry.code.strip(),
                text=entry.text,
            )


def owned() -> Iterator[tuple[str, str]]:
    """Yield hash and name of the file of each statement."""
    for statement in stored.kept(BankStatement.objects.order_by("pk")).iterator():
        yield statement.sha256, f"{statement} (Nr. {statement.pk}), Datei der Bank"
