"""Loading the bank's statements. The same file, statement or entry twice is there once."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from funding.errors import TransitionNotAllowed
from funding.payments import batch_permissions as permissions
from funding.payments import camt
from funding.payments.models import BankStatement, OwnAccount, StatementEntry
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
    """What a file brought: new statements, how many entries, and how many statements were there already.

    ``known`` entries came with another statement; ``gaps`` are new statements before which one is missing.
    """

    new: list[BankStatement] = field(default_factory=list)
    entries: int = 0
    there: int = 0
    known: int = 0
    gaps: list[BankStatement] = field(default_factory=list)


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
        loaded = Loaded()
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
            entered, known = _enter(row, statement)
            loaded.entries += entered
            loaded.known += known
            before = BankStatement.objects.filter(account=row.account, closed_on__lte=row.closed_on)
            last = before.exclude(pk=row.pk).in_order().last()
            if last is not None and row.leaves_a_gap_after(last):
                loaded.gaps.append(row)
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
    """Write the booked entries that no statement brought before; return how many, and how many were there."""
    made = list(rows_of(row, statement))
    known = StatementEntry.objects.filter(fingerprint__in=[each.fingerprint for each in made])
    there = set(known.values_list("fingerprint", flat=True))
    new = [each for each in made if each.fingerprint not in there]
    StatementEntry.objects.bulk_create(new, batch_size=PORTION)
    return len(new), len(made) - len(new)


def rows_of(row: BankStatement, statement: camt.Statement) -> Iterator[StatementEntry]:
    """Yield the rows of the booked entries. Several transactions that came in as one sum are one row each."""
    seen: Counter[str] = Counter()
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
            # Bank's reference, else what it says. The same twice on one day: the second has the number 2.
            told = (
                (entry.bank_reference,)
                if entry.bank_reference
                else (detail.end_to_end, detail.iban, detail.name, detail.remittance)
            )
            words = (row.account.iban, entry.booked_on.isoformat(), str(detail.amount), str(part), *told)
            seen[repr(words)] += 1
            words = (*words, str(seen[repr(words)]))
            yield StatementEntry(
                statement=row,
                position=position,
                part=part,
                fingerprint=hashlib.sha256(repr(words).encode()).hexdigest(),
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
    for statement in BankStatement.objects.order_by("pk").iterator():
        yield statement.sha256, f"{statement} (Nr. {statement.pk}), Datei der Bank"
