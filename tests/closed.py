"""Sets years closed as no service would, for tests of what is refused in such a year."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from funding.models import FiscalYear
from members.common.triggers import SETS


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
