"""Ways past the database's guards, for tests of what is found then. All ends with the test's transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from funding import guards
from funding.closing import guards as closing_guards
from funding.letters import guards as letter_guards
from funding.payments import guards as payment_guards
from funding.proofs import guards as proof_guards
from members.common.triggers import SETS
from projects import guards as project_guards

#: Takes the links of bookings and decisions that were deleted, without which their tables keep them.
UNLINK = (
    "DELETE FROM funding_chainlink WHERE entry_id NOT IN (SELECT id FROM funding_ledgerentry) "
    "OR decision_id NOT IN (SELECT id FROM funding_decision)"
)


def lift_guards() -> None:
    """For the rest of the test, whose rows no service would write."""
    connection.check_constraints()
    guards.GUARDS.lift()
    project_guards.GUARDS.lift()
    letter_guards.GUARDS.lift()
    payment_guards.GUARDS.lift()
    proof_guards.GUARDS.lift()
    closing_guards.GUARDS.lift()


@contextmanager
def without_triggers() -> Iterator[None]:
    connection.check_constraints()  # PostgreSQL changes no table with checks pending
    for each in SETS:
        each.lift()
    yield
    connection.check_constraints()
    for each in SETS:
        each.install()


@contextmanager
def without_checks(table: str, *names: str) -> Iterator[None]:
    """SQLite is told to ignore all checks. PostgreSQL loses these; as rows may break them, they do not come back."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            try:
                yield
            finally:
                cursor.execute("PRAGMA ignore_check_constraints = OFF")
        else:
            connection.check_constraints()
            for name in names:
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            yield
