"""Totals of a set of projects, as ``/projekte/summen/`` and the overview of all years ask for them, beside the bare SQL."""

from collections.abc import Iterator

from django.db import connection

from projects.models.project import SEES_ALL
from projects.views.listing import Listed
from stadtbezirk.reports.figures import counted_by_year
from tests.bench.measure import taking_turns
from tests.bench.parts import Context
from tests.bench.rows import Row
from tests.bench.world import World

TARGET = 2.0
#: As the overview of all years asks for them.
YEARLY = (
    "SELECT year, COUNT(*), COUNT(*) FILTER (WHERE has_third_party), SUM(granted_total) FROM projects_project "
    "WHERE published_on IS NOT NULL GROUP BY year"
)
SQL = "SELECT COUNT(*), SUM(cost_total), SUM(granted_total) FROM projects_project"


def run(context: Context) -> Iterator[Row]:
    year = World().year
    sums = Listed(SEES_ALL, frozenset(), order=None).sums(None)
    for what, ours, sql, values in (
        ("Summe aller Projekte", lambda: sums(()), SQL, []),
        ("Summen eines Jahres", lambda: sums((), jahr=year), f"{SQL} WHERE year = %s", [year]),
        ("Zahlen aller Jahre", counted_by_year, YEARLY, []),
    ):  # fmt: skip

        def bare(sql: str = sql, values: list[int] = values) -> object:
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall()

        times = taking_turns([ours, bare], context.repeats)
        yield Row(
            "totals", what, context.database, context.size, times[0] * 1000, "ms", floor=times[1] * 1000,
            target=TARGET, against="bare SQL", repeats=context.repeats,
        )  # fmt: skip
