"""Years that are closed: as no service would, for tests of what is refused then, and by two people."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.utils import timezone

from funding import services as core
from funding.closing.models import Snapshot, YearClosing
from funding.closing.services import snapshot_of
from funding.models import FiscalYear
from members.common.triggers import SETS
from tests import personas


def close(**years) -> None:
    """Close these years (all by default), whatever is still free or open in them."""
    with _past_triggers("funding_fiscalyear"):
        FiscalYear.objects.filter(**years).update(state=FiscalYear.State.CLOSED)


@contextmanager
def _past_triggers(table: str) -> Iterator[None]:
    """PostgreSQL switches triggers off for the transaction: to drop one would wait for every reader."""
    of_table = {
        name: sql for each in SETS for name, (held_by, sql) in each.triggers().items() if held_by == table
    }
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            yield
            cursor.execute("SET session_replication_role = origin")
            return
        for name in of_table:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for sql in of_table.values():
            cursor.execute(sql)


def permit(year: int, what: str = "close") -> YearClosing:
    """What two people agreed on, past the room's services: the core does it then."""
    found = FiscalYear.objects.get(year=year)
    closing = YearClosing.objects.create(
        year=found,
        what=what,
        reason="Abgerechnet.",
        requested_by=personas.wf2(),
        requested_on=timezone.localdate(),
    )
    closing.decide(YearClosing.State.CONFIRMED, actor=personas.wf1(), on=timezone.localdate())
    return closing


def close_by_two(year: int, **more) -> FiscalYear:
    """Close the year by the core with a snapshot, though something may stand against it in a room above."""
    with transaction.atomic():
        closing = permit(year)
        closed = core.close_year(year, actor=personas.wf1(), **more)
        content = snapshot_of(closing, [])
        Snapshot.objects.create(
            closing=closing, content=content, digest=hashlib.sha256(content.encode()).hexdigest()
        )
    return closed


def reopen_by_two(year: int) -> FiscalYear:
    with transaction.atomic():
        permit(year, "reopen")
        return core.reopen_year(year, actor=personas.wf1())
