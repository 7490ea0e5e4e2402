"""Saving a project with twenty rows of plan beside the bare inserts of the same rows in one transaction."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial

from members.models import Organisation
from projects import services
from projects.models import FinancingItem, Project
from projects.services import Plan
from tests.bench.measure import taking_turns
from tests.bench.parts import Context
from tests.bench.raw import Driver, recorded
from tests.bench.rows import Row
from tests.bench.world import World

TARGET = 4.0
ROWS = 10


def run(context: Context) -> Iterator[Row]:
    world = World()
    fields = {
        "year": world.year,
        "title": "Nachbarschaftsfest am Markt",
        "summary": "Ein Fest der Nachbarschaft mit Musik und Ständen.",
        "aims": "Nachbarn kommen ins Gespräch.",
        "value_creation": "Der Handel am Markt öffnet seine Türen.",
        "main_field_id": 1,
        "lead_district": world.district,
        "place": "Marktplatz",
        "starts_on": date(world.year, 6, 1),
        "ends_on": date(world.year, 6, 2),
        "organiser": Organisation.objects.all()[0],
    }
    plan = Plan(
        costs=[{"label": f"Posten {n}", "amount": Decimal("100.00")} for n in range(ROWS)],
        others=[
            {"kind": FinancingItem.Kind.OWN, "label": f"Quelle {n}", "amount": Decimal("100.00")}
            for n in range(ROWS)
        ],
    )

    def ours() -> Project:
        return services.create_project(actor=world.director, fields=fields, plan=plan)

    inserts = [(sql, values) for sql, values in recorded(ours) if sql.startswith("INSERT")]
    driver = Driver()

    times = taking_turns([ours, partial(driver.transaction, inserts)], context.repeats)
    yield Row(
        "saving", "Projekt mit 20 Planzeilen speichern", context.database, context.size, times[0] * 1000, "ms",
        floor=times[1] * 1000, target=TARGET, against="bare inserts", repeats=context.repeats,
    )  # fmt: skip

    driver.close()
