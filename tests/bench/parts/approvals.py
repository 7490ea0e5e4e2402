"""Approving with eight processes at once, on one hot pot and on twelve, beside the same statements sent raw.

Four copies of the same applications: one is approved in order to record the statements, one by the services, one by the
services without the chains of bookings and decisions, one by the bare driver. They take turns.
"""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from decimal import Decimal
from multiprocessing.connection import Connection
from statistics import median
from typing import Any
from unittest.mock import patch

from django.db import connection, connections, transaction
from django.utils import timezone

from funding import chains, guards, services
from funding.models import Application, Decision, FiscalYear, LedgerEntry, Pot
from funding.services import case
from members.common.triggers import TriggerSet
from members.models import District, User
from projects.models import CostItem, FinancingItem, NumberSeries, Project
from tests.bench.parts import Context
from tests.bench.raw import Driver, KeyOf, Statement, recorded
from tests.bench.rows import Row
from tests.bench.world import World

#: Approvals beside raw statements, seconds that one may wait for SQLite's only writer, approvals beside those without chains.
TARGET, PATIENCE, CHAINED = 0.25, 4.0, 0.9
PROCESSES = 8
#: Approvals per process and turn.
EACH = 2
AMOUNT = Decimal("100.00")
#: The columns that name a row of the same approval.
OWN = {'"decision_id"': KeyOf(Decision._meta.db_table), '"entry_id"': KeyOf(LedgerEntry._meta.db_table)}
#: What holds the end of a chain to its links: without links it is lifted.
END_OF_CHAIN = TriggerSet(
    *(
        {name: made for name, made in triggers.items() if name.endswith("_chain_end")}
        for triggers in (guards.GUARDS.sqlite, guards.GUARDS.postgresql)
    )
)


def run(context: Context) -> Iterator[Row]:
    world = World()
    for pots in (1, 12):
        yield from _measure(context, world, pots)


def _measure(context: Context, world: World, pots: int) -> Iterator[Row]:
    turns = context.repeats + 1
    number = turns * PROCESSES * EACH
    staff = world.account("wf1")
    replayed = _applications(world, number, pots, staff, "R")
    approved = _applications(world, number, pots, staff, "A")
    unchained = _applications(world, number, pots, staff, "U")
    statements = [
        [_at_the_end(_with_own_keys(each)) for each in recorded(lambda pk=pk: _rolled_back(pk, staff))]
        for pk in replayed
    ]
    connections.close_all()
    workers = [_Worker() for _ in range(PROCESSES)]
    try:
        rates: tuple[list[float], ...] = ([], [], [])
        waits: tuple[list[float], ...] = ([], [], [])
        for turn in range(turns):
            share = slice(turn * PROCESSES * EACH, (turn + 1) * PROCESSES * EACH)
            ways = (
                ("approve", approved[share]),
                ("replay", statements[share]),
                ("unchained", unchained[share]),
            )
            for way, (kind, jobs) in enumerate(ways):
                if kind == "unchained":
                    END_OF_CHAIN.lift()
                rate, longest = _turn(workers, kind, jobs, staff.pk)
                if kind == "unchained":
                    guards.GUARDS.install()
                if turn:  # the first one opens connections
                    rates[way].append(rate)
                    waits[way].append(longest)
    finally:
        for worker in workers:
            worker.stop()
    hot = "einem Topf" if pots == 1 else f"{pots} Töpfen"
    common = {
        "part": "approvals",
        "database": context.database,
        "size": context.size,
        "repeats": context.repeats,
    }
    yield Row(
        **common, what=f"Bewilligen auf {hot}, 8 Prozesse", ours=median(rates[0]), unit="1/s",
        floor=median(rates[1]), target=TARGET, at_least=True, against="raw statements",
        note=f"{len(statements[0])} Anweisungen je Bewilligung",
    )  # fmt: skip
    yield Row(
        **common, what=f"Bewilligen auf {hot} mit Buchungsketten", ours=median(rates[0]), unit="1/s",
        floor=median(rates[2]), target=CHAINED, at_least=True, against="without chains",
    )  # fmt: skip
    yield Row(
        **common, what=f"Längstes Warten auf {hot}", ours=max(waits[0]), unit="s",
        target=PATIENCE if context.database == "sqlite" else None,
        note=f"dieselben Anweisungen, roh: {max(waits[1]):.2f} s".replace(".", ","),
    )  # fmt: skip


def _applications(world: World, number: int, pots: int, staff: User, mark: str) -> list[int]:
    """Submitted applications on special pots of the running year; what a district would have handed in."""
    year = FiscalYear.objects.select_related("model").get(year=world.year)
    district, director = world.district, world.director
    today = timezone.localdate()
    # A place of their own among the numbers.
    series, _ = NumberSeries.objects.get_or_create(year=year.year, district=district)
    keys = []
    with transaction.atomic():
        opened = [
            services.open_pot(
                year.year, code=f"{mark}{pots}-{n}", source="Messung", amount=AMOUNT * number, actor=staff
            )
            for n in range(pots)
        ]
        projects = Project.objects.bulk_create(
            [_project(year.year, district, director, series.last + n + 1) for n in range(number)]
        )
        series.last += number
        series.save()
        CostItem.objects.bulk_create(
            [CostItem(project=project, label="Material", amount=AMOUNT) for project in projects]
        )
        FinancingItem.objects.bulk_create(
            [
                FinancingItem(
                    project=project,
                    kind=FinancingItem.Kind.SPECIAL,
                    pot_code=opened[n % pots].code,
                    amount=AMOUNT,
                    locked=True,
                )
                for n, project in enumerate(projects)
            ]
        )
        made = Application.objects.bulk_create(
            [_application(project, opened[n % pots], director, today) for n, project in enumerate(projects)]
        )
        keys = [application.pk for application in made]
    return keys


def _project(year: int, district: District, director: User, number: int) -> Project:
    return Project(
        number=f"{year}-{district.code}-{number:03d}",
        year=year,
        state=Project.State.SUBMITTED,
        title="Gemessenes Projekt",
        measure=Project.Measure.GRANT,
        lead_district=district,
        cost_total=AMOUNT,
        financing_total=AMOUNT,
        requested_total=AMOUNT,
        created_by=director,
        changed_by=director,
    )


def _application(project: Project, pot: Pot, director: User, today: date) -> Application:
    return Application(
        project=project,
        pot=pot,
        requested=AMOUNT,
        submitted_on=today,
        submitted_by=director,
        waiting_since=today,
    )


class _Undo(Exception):
    pass


def _rolled_back(pk: int, staff: User) -> None:
    """Approve, and leave no trace: only the statements are wanted."""
    application = Application.objects.get(pk=pk)
    try:
        with transaction.atomic():
            services.approve(application, amount=AMOUNT, actor=staff)
            raise _Undo
    except _Undo:
        pass


def _with_own_keys(statement: Statement) -> Statement:
    """Bookings, terms and links name rows that were written before them: sent again, those written then."""
    sql, params = statement
    columns = _columns(sql)
    if not set(columns) & set(OWN):
        return statement
    named = (OWN.get(columns[n % len(columns)]) for n in range(len(params)))
    # PostgreSQL gets several rows as one list per column.
    return sql, tuple(
        param if key is None or param is None else [key] * len(param) if isinstance(param, list) else key
        for key, param in zip(named, params, strict=True)
    )


def _at_the_end(statement: Statement) -> Statement:
    """A booking goes behind the others on its pot: sent again, behind those that stand there then."""
    sql, params = statement
    mark = "?" if connection.vendor == "sqlite" else "%s"
    given, columns = list(params or ()), _columns(sql)
    if '"position"' in columns and '"entry_id"' in columns and given[columns.index('"pot_id"')]:
        place = columns.index('"position"')
        before, after = sql.split(mark)[: place + 1], sql.split(mark)[place + 1 :]
        given[place] = given[columns.index('"pot_id"')]
        behind = f"(SELECT chain_length + 1 FROM funding_pot WHERE id = {mark})"
        return f"{mark.join(before)}{behind}{mark.join(after)}", tuple(given)
    if sql.startswith('UPDATE "funding_pot"'):
        before, _, after = sql.partition(f'"chain_end" = {mark} AND')
        given[before.count(mark)] = ""
        return f'{before}"chain_end" <> {mark} AND{after}', tuple(given)
    return statement


def _columns(sql: str) -> list[str]:
    return sql.partition("(")[2].partition(")")[0].split(", ") if sql.startswith("INSERT INTO") else []


class _Worker:
    """A process that waits for work and answers how long each piece took."""

    def __init__(self) -> None:
        self.here, there = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("fork").Process(target=_serve, args=(there,), daemon=True)
        self.process.start()

    def stop(self) -> None:
        self.here.send(None)
        self.process.join(timeout=10)


@contextmanager
def _without_chains() -> Iterator[None]:
    with patch.object(case, "lengthen"), patch.object(chains, "lengthen"):
        yield


def _serve(pipe: Connection) -> None:
    driver = None
    while (order := pipe.recv()) is not None:
        kind, jobs, actor = order
        took = []
        if kind == "replay" and driver is None:
            driver = Driver()
        staff = User.objects.get(pk=actor)
        for job in jobs:
            begin = time.perf_counter()
            if kind == "replay":
                assert driver is not None
                driver.transaction(job)
            else:
                with _without_chains() if kind == "unchained" else nullcontext():
                    services.approve(Application.objects.get(pk=job), amount=AMOUNT, actor=staff)
            took.append(time.perf_counter() - begin)
        pipe.send(took)
    connection.close()


def _turn(workers: list[_Worker], kind: str, jobs: list[Any], actor: int) -> tuple[float, float]:
    """All processes at once: approvals per second, and the longest that one took."""
    begin = time.perf_counter()
    for number, worker in enumerate(workers):
        worker.here.send((kind, jobs[number::PROCESSES], actor))
    took = [seconds for worker in workers for seconds in worker.here.recv()]
    return len(jobs) / (time.perf_counter() - begin), max(took)
