"""Totals of a set of projects beside the bare SQL."""

from collections.abc import Iterator

from django.db import connection

from projects.models import Project
from projects.views.listing import totals
from tests.bench.measure import taking_turns
from tests.bench.parts import Context
from tests.bench.rows import Row
from tests.bench.world import World

TARGET = 2.0
SQL = "SELECT COUNT(*), SUM(cost_total), SUM(granted_total) FROM projects_project"


def run(context: Context) -> Iterator[Row]:
    year = World().year
    for what, filters, where, values in (
        ("Summe aller Projekte", {}, "", []),
        ("Summen eines Jahres", {"year": year}, " WHERE year = %s", [year]),
    ):

        def ours(filters: dict[str, int] = filters) -> object:
            return totals(Project.objects.filter(**filters))

        def bare(sql: str = SQL + where, values: list[int] = values) -> object:
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchone()

        times = taking_turns([ours, bare], context.repeats)
        yield Row(
            "totals", what, context.database, context.size, times[0] * 1000, "ms", floor=times[1] * 1000,
            target=TARGET, against="bare SQL", repeats=context.repeats,
        )  # fmt: skip
