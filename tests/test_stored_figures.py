"""The reports' figures are kept by the database: after any write they are what a count of all rows gives.

The count here is plain Python over all rows and shares nothing with the triggers.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funding import services as funding
from funding.models import Application, Pot
from members.models import District
from projects.models import FieldOfAction, Participation, Project
from stadtbezirk import apps
from stadtbezirk.models import ApplicationsByPot, ProjectsByDistrict, ProjectsByField
from stadtbezirk.reports import triggers
from tests import personas
from tests.tampering import lift_guards
from tests.test_infrastructure import installed_triggers, rebuild

pytestmark = pytest.mark.django_db

KEYS = {
    ProjectsByField: ("year", "field_id"),
    ProjectsByDistrict: ("year", "district_id"),
    ApplicationsByPot: ("pot_id", "field_id"),
}
Figures = dict[Any, dict[tuple[Any, ...], list[Any]]]


def without_nothing(figures: Figures) -> Figures:
    return {
        model: {key: values for key, values in of.items() if any(values)} for model, of in figures.items()
    }


def stored() -> Figures:
    found: Figures = {}
    for model, keys in KEYS.items():
        names = [f.attname for f in model._meta.concrete_fields if f.attname not in ("id", *keys)]
        sums: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda names=names: [0] * len(names))
        for row in model._default_manager.values_list(*keys, *names):
            key = row[: len(keys)]
            sums[key] = [a + b for a, b in zip(sums[key], row[len(keys) :], strict=True)]
        found[model] = sums
    return without_nothing(found)


def counted() -> Figures:
    found: Figures = {model: defaultdict(list) for model in KEYS}

    def add(model: Any, key: tuple[Any, ...], *values: Any) -> None:
        before = found[model][key] or [0] * len(values)
        found[model][key] = [a + b for a, b in zip(before, values, strict=True)]

    for p in Project.objects.filter(published_on__isnull=False):
        third, special = int(p.has_third_party), int(bool(p.special_importance))
        add(
            ProjectsByField, (p.year, p.main_field_id),
            1, third, int(p.is_cross_district), special, p.granted_total,
        )  # fmt: skip
        for district in (p.lead_district_id, *p.participations.values_list("district", flat=True)):
            add(ProjectsByDistrict, (p.year, district), 1, third)
    for a in Application.objects.select_related("project"):
        granted, waiting = (
            a.state in ("approved", "settled"),
            a.state in ("submitted", "returned", "reserved"),
        )
        cross, special = a.project.is_cross_district, bool(a.project.special_importance)
        add(
            ApplicationsByPot, (a.pot_id, a.project.main_field_id),
            1, int(granted), int(waiting), int(cross), int(cross and granted), int(special),
            int(special and granted), a.requested, a.granted if granted else 0,
        )  # fmt: skip
    return without_nothing(found)


def agree() -> None:
    assert stored() == counted()
    assert list(triggers.differences()) == []


def sql(statement: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params or None)


def rows(count: int, random: Random, **fields: Any) -> list[Project]:
    """So many unsaved projects with a number, most of them published."""
    gf, start = (
        personas.gf_aplerbeck(),
        Project.objects.order_by("-pk").values_list("pk", flat=True).first() or 0,
    )
    return [
        Project(
            title=f"P{n}", number=f"X-{start}-{n}-{random.randrange(10**6)}", state="approved", created_by=gf, changed_by=gf,
            **{**shape(random), **fields},
        )
        for n in range(count)
    ]  # fmt: skip


def shape(random: Random) -> dict[str, Any]:
    """What the figures look at."""
    return {
        "year": random.choice([2023, 2024, 2025]),
        "main_field_id": random.choice([None, *FieldOfAction.objects.values_list("pk", flat=True)]),
        "lead_district_id": random.choice(DISTRICTS()),
        "published_on": random.choice([None, date(2024, 5, 1), date(2024, 6, 1)]),
        "special_importance": random.choice(["", "Modellhaft.", "Wegweisend."]),
        "has_third_party": random.random() < 0.5,
        "is_cross_district": random.random() < 0.5,
        "granted_total": Decimal(random.randrange(100_000)).scaleb(-2),
    }


def DISTRICTS() -> list[int]:
    return list(District.objects.order_by("pk").values_list("pk", flat=True)[:3])


def asked(random: Random) -> dict[str, Any]:
    """What an application may be; the amount granted belongs to its state."""
    requested = Decimal(random.randrange(2, 100_000)).scaleb(-2)
    state = random.choice(
        ["submitted", "returned", "approved", "settled", "rejected", "withdrawn", "revoked"]
    )
    granted = {"approved": requested, "settled": Decimal("0.01"), "rejected": Decimal(0)}.get(state)
    return {
        "state": state,
        "requested": requested,
        "granted": granted,
    }


STATEMENTS = [
    "UPDATE projects_project SET year = 4048 - year WHERE id % 3 = 0",
    "UPDATE projects_project SET published_on = NULL WHERE id % 4 = 0",
    "UPDATE projects_project SET published_on = '2024-01-01' WHERE id % 4 = 0",
    "UPDATE projects_project SET main_field_id = (SELECT min(id) FROM projects_fieldofaction), "
    "granted_total = granted_total + 1 WHERE main_field_id IS NULL",
    "UPDATE projects_project SET special_importance = '' WHERE id % 2 = 0",
    "UPDATE projects_project SET special_importance = 'Modellhaft.' WHERE id % 3 = 0",
    "INSERT INTO projects_participation (project_id, district_id, decline_reason) "
    "SELECT p.id, d.id, '' FROM projects_project p JOIN members_district d ON d.code = 'HOE' "
    "WHERE NOT EXISTS (SELECT 1 FROM projects_participation x WHERE x.project_id = p.id AND x.district_id = d.id)",
    "DELETE FROM projects_participation WHERE project_id % 2 = 0",
    "UPDATE funding_application SET requested = requested + 7",
    "UPDATE funding_application SET state = 'settled' WHERE state = 'approved'",
    "UPDATE funding_application SET state = 'revoked' WHERE state IN ('settled', 'submitted') AND id % 2 = 0",
    "UPDATE funding_application SET granted = 1 WHERE granted IS NOT NULL",
    "UPDATE funding_application SET state = 'returned', granted = NULL WHERE state = 'settled'",
    "DELETE FROM funding_application WHERE id % 5 = 0",
]


class Writer:
    """Writes of every kind, by every door."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.year = personas.open_year(2025)
        self.pots = list(Pot.objects.order_by("pk")[:4])
        Project.objects.bulk_create(rows(6, self.random))
        lift_guards()

    def some(self, model: Any) -> Any:
        """A few rows of it."""
        keys = list(model.objects.order_by("pk").values_list("pk", flat=True))
        return model.objects.filter(
            pk__in=self.random.sample(keys, min(len(keys), self.random.randint(1, 4)))
        )

    def enter(self) -> None:
        Project.objects.bulk_create(rows(self.random.randint(1, 4), self.random))

    def save(self) -> None:
        for project in self.some(Project):
            for name, value in shape(self.random).items():
                setattr(project, name, value)
            project.save()

    def change(self, name: str) -> None:
        """That alone, of a half: to another value for most of them."""
        for half in range(2):
            half_of_them = Project.objects.annotate(rest=F("pk") % 2).filter(rest=half)
            Project.objects.filter(pk__in=half_of_them.values("pk")).update(
                **{name: shape(self.random)[name]}
            )

    def change_everything(self) -> None:
        self.some(Project).update(**shape(self.random))

    def change_each_differently(self) -> None:
        projects = list(self.some(Project))
        for project in projects:
            project.__dict__.update(shape(self.random))
        Project.objects.bulk_update(projects, list(shape(self.random)))

    def rename(self) -> None:
        self.some(Project).update(title="Neuer Titel", summary="Neu.")

    def delete_project(self) -> None:
        projects = self.some(Project)
        if Project.objects.count() < 8:
            return
        Application.objects.filter(project__in=projects).delete()
        projects.delete()

    def take_part(self) -> None:
        free = [
            Participation(project=p, district_id=d)
            for p in self.some(Project)
            for d in DISTRICTS()
            if not p.participations.filter(district_id=d).exists()
        ]
        Participation.objects.bulk_create(self.random.sample(free, min(len(free), 3)))

    def leave(self) -> None:
        self.some(Participation).delete()

    def move_participation(self) -> None:
        part = self.some(Participation).first()
        taken = part and part.project.participations.values_list("district", flat=True)
        free = [d for d in DISTRICTS() if part and d not in taken]
        if part and free:
            Participation.objects.filter(pk=part.pk).update(district_id=self.random.choice(free))

    def move_participation_to_another_project(self) -> None:
        part, project = self.some(Participation).first(), self.some(Project).first()
        if part and project and not project.participations.filter(district=part.district).exists():
            part.project = project
            part.save()

    def answer(self) -> None:
        self.some(Participation).update(confirmed_on=date(2024, 1, 1), confirmed_by=personas.gf_aplerbeck())

    def apply(self) -> None:
        gf = personas.gf_aplerbeck()
        Application.objects.bulk_create(
            Application(
                project=project, pot=self.random.choice(self.pots), submitted_on=date(2025, 1, 1),
                waiting_since=date(2025, 1, 1), submitted_by=gf, **{**asked(self.random), "state": "withdrawn", "granted": None},
            )
            for project in self.some(Project)
        )  # fmt: skip

    def decide(self) -> None:
        """Where another is live the database refuses it, and nothing may have been counted."""
        try:
            with transaction.atomic():
                self.some(Application).update(**asked(self.random))
        except IntegrityError:
            pass

    def move_application(self) -> None:
        moved = self.random.choice(
            [{"pot": self.random.choice(self.pots)}, {"project": self.some(Project)[0]}]
        )
        try:
            with transaction.atomic():
                self.some(Application).update(**moved)
        except IntegrityError:
            pass

    def withdraw_for_ever(self) -> None:
        self.some(Application).delete()

    def by_sql(self, statement: str) -> None:
        sql(statement)

    def think_better_of_it(self) -> None:
        with transaction.atomic():
            self.change_everything()
            self.take_part()
            self.by_sql(self.random.choice(STATEMENTS))
            transaction.set_rollback(True)

    def steps(self, number: int) -> Iterator[str]:
        """Each write at least once, on enough rows, then as many drawn."""
        plain = (
            self.enter, self.take_part, self.apply, self.decide, self.save, self.change_everything,
            self.change_each_differently, self.rename, self.leave, self.move_participation, self.answer,
            self.move_participation_to_another_project, self.move_application, self.withdraw_for_ever,
            self.delete_project, self.think_better_of_it,
        )  # fmt: skip
        writes: list[Any] = [
            *plain,
            *(partial(self.change, name) for name in shape(self.random)),
            *(partial(self.by_sql, statement) for statement in STATEMENTS),
        ]
        fill = [self.enter, self.take_part, self.apply, self.decide]
        for write in (*fill, *fill, *writes, *self.random.choices(writes, k=number)):
            write()
            yield str(write)


@pytest.mark.parametrize("seed", range(4))
def test_whoever_writes_the_figures_are_what_the_rows_count(seed: int) -> None:
    writer = Writer(seed)
    agree()
    for step in writer.steps(40):
        assert stored() == counted(), step
    agree()
    assert ProjectsByField.objects.exists()


def test_what_the_services_do_is_counted_as_they_do_it() -> None:
    gf = personas.gf_aplerbeck()
    joint = personas.approved(gf, shares={"APL": "1500", "BRA": "800"}, further=["BRA"])
    agree()
    pool = personas.approved(
        personas.gf_hoerde(), pillar_2="4000", others=[{"kind": "third_party", "amount": "9"}]
    )
    waiting = personas.application(personas.handed_in(personas.gf_hoerde(), pillar_2="500", further=["APL"]))
    agree()
    funding.reduce(personas.application(pool), to=Decimal(3000), reason="Weniger.", actor=personas.wf1())
    funding.return_to_applicant(waiting, reason="Bitte genauer.", actor=personas.wf1())
    funding.revoke(personas.application(joint, "S1-APL"), reason="Fällt aus.", actor=gf)
    agree()
    funding.withdraw(waiting, actor=personas.gf_hoerde(), reason="Anders gelöst.")
    personas.make_project(gf, pillar_2="10").delete()
    agree()
    pot = personas.pot("S2")
    (row,) = ApplicationsByPot.objects.filter(pot=pot)
    assert (row.asked, row.granted, row.waiting, row.granted_sum) == (2, 1, 0, Decimal(3000))


def test_a_write_that_changes_no_figure_writes_none() -> None:
    """A row of zeros stays, and a key that nothing is left for is on no page."""
    project = personas.approved(
        personas.gf_aplerbeck(), main_field=FieldOfAction.objects.create(name="Neues")
    )
    before = list(ProjectsByField.objects.values()), list(ApplicationsByPot.objects.values())
    Project.objects.update(title="Anders", version=F("version") + 1)
    Application.objects.update(decided_on=date(2020, 1, 1))
    assert (list(ProjectsByField.objects.values()), list(ApplicationsByPot.objects.values())) == before
    address = reverse("reports:year", args=[project.year])
    assert "Neues" in Client().get(address).content.decode()
    Project.objects.update(main_field=FieldOfAction.objects.get(name="Geschichte"))
    assert ProjectsByField.objects.filter(projects=0, granted=0).count() == 1
    FieldOfAction.objects.get(name="Neues").delete()
    for page in (address, reverse("reports:index")):
        response = Client().get(page)
        assert response.status_code == 200
        assert "Neues" not in response.content.decode()
    agree()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite knows INSERT OR REPLACE")
@pytest.mark.parametrize("model", [Project, Participation, Application])
def test_a_row_that_is_counted_is_not_replaced_past_the_triggers(model: Any) -> None:
    personas.approved(personas.gf_aplerbeck(), further=["BRA"])
    table = model._meta.db_table
    columns = [f.column for f in model._meta.concrete_fields]
    for unique in triggers.COUNTED[table]:
        chosen = ["id + 1000" if column == "id" != unique[0] else column for column in columns]
        with pytest.raises(IntegrityError, match="nicht ersetzt"), transaction.atomic():
            sql(
                f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) SELECT {', '.join(chosen)} FROM {table}"
            )
    agree()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
def test_emptying_a_table_counts_anew() -> None:
    personas.approved(personas.gf_aplerbeck(), further=["BRA"])
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("TRUNCATE projects_participation")
    agree()
    assert not ProjectsByDistrict.objects.filter(district=personas.district("BRA")).exists()


def test_triggers_are_there_and_come_back() -> None:
    assert triggers.names() <= installed_triggers()
    triggers.lift()
    assert not triggers.names() & installed_triggers()
    personas.approved(personas.gf_aplerbeck())
    assert not ProjectsByField.objects.exists()
    if connection.vendor == "postgresql":
        sql("SET CONSTRAINTS ALL IMMEDIATE")
    apps.install_triggers(using="default", plan=["a migration"])
    assert triggers.names() <= installed_triggers()
    agree()
    assert ProjectsByField.objects.get().projects == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite rebuilds tables")
def test_a_rebuilt_table_keeps_its_figures() -> None:
    personas.approved(personas.gf_aplerbeck())
    rebuild(Project)
    assert triggers.names() <= installed_triggers()
    Project.objects.update(published_on=None)
    agree()


def test_the_command_lists_what_differs_and_counts_anew(capsys: Any) -> None:
    personas.approved(personas.gf_aplerbeck(), year=2025)
    call_command("verify_figures")
    ProjectsByField.objects.update(projects=3, granted=Decimal("1.50"))
    ApplicationsByPot.objects.all().delete()
    with pytest.raises(CommandError, match="Abweichungen: 6"):
        call_command("verify_figures")
    printed = capsys.readouterr().out
    assert "(2025, Geschichte), Projekte: gespeichert 3, gezählt 1." in printed
    assert "bewilligt: gespeichert 1,50\u00a0€, gezählt 2.000,00\u00a0€." in printed
    assert (
        "Anträge je Topf (Säule 1 Aplerbeck 2025, Geschichte), Anträge: gespeichert 0, gezählt 1." in printed
    )
    call_command("verify_figures", recount=True)
    assert "In Ordnung: 3 gespeicherte Zahlen" in capsys.readouterr().out


def test_the_reports_read_no_table_that_grows_with_the_projects() -> None:
    personas.approved(personas.gf_aplerbeck(), pillar_2="500", further=["BRA"])
    for address in (reverse("reports:index"), reverse("reports:year", args=[personas.this_year()])):
        with CaptureQueriesContext(connection) as queries:
            assert Client().get(address).status_code == 200
        read = " ".join(query["sql"] for query in queries)
        assert "stadtbezirk_projectsbydistrict" in read
        for table in triggers.COUNTED:
            assert f'"{table}"' not in read, address


# Two writers at once


@pytest.fixture
def pair(transactional_db: None) -> Iterator[list[Any]]:
    """Two connections of their own, which wait for nobody longer than a moment."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    settings = connection.get_connection_params()
    settings = {
        n: v for n, v in settings.items() if n not in ("cursor_factory", "context", "prepare_threshold")
    }
    both = [psycopg.connect(**settings) for _ in range(2)]
    for each in both:
        each.execute("SET lock_timeout = '500ms'")
        each.commit()
    yield both
    for each in both:
        each.close()


def grant(writer: Any, project: Project, cents: int) -> None:
    writer.execute(
        "UPDATE projects_project SET granted_total = granted_total + %s WHERE id = %s", [cents, project.pk]
    )
    writer.execute(
        "UPDATE funding_application SET granted = granted - %s WHERE project_id = %s", [cents, project.pk]
    )


def figure() -> tuple[int, Decimal]:
    """Rows and sum of the only field."""
    amounts = list(ProjectsByField.objects.values_list("granted", flat=True))
    return len(amounts), sum(amounts, Decimal(0))


@pytest.mark.parametrize("second", ["commits", "rolls back"])
def test_two_open_transactions_of_one_key_do_not_wait(pair: list[Any], second: str) -> None:
    projects = [personas.approved(personas.gf_aplerbeck(), shares={"APL": "100"}) for _ in range(2)]
    assert figure() == (1, Decimal(200))
    for writer, project in zip(pair, projects, strict=True):
        grant(writer, project, 500)
    pair[0].commit()
    if second == "commits":
        pair[1].commit()
        assert figure() == (2, Decimal(210))
    else:
        pair[1].rollback()
        assert figure() == (1, Decimal(205))
    agree()
    rows = figure()[0]
    for writer, project in zip([*pair, *pair], [*projects, *projects[::-1]], strict=True):
        grant(writer, project, 500)
        writer.commit()
    assert figure()[0] == rows, "one after the other needs no further row"
    agree()


def test_negative_control_with_one_row_for_all_the_second_waits(pair: list[Any]) -> None:
    projects = [personas.approved(personas.gf_aplerbeck(), shares={"APL": "100"}) for _ in range(2)]
    name = "projects_project_projectsbyfield_update"
    function = triggers.STORED.triggers()[name][1].partition("; CREATE TRIGGER")[0]
    assert "SKIP LOCKED" in function
    sql(function.replace(" FOR UPDATE SKIP LOCKED", ""))
    try:
        grant(pair[0], projects[0], 500)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            grant(pair[1], projects[1], 500)
    finally:
        for writer in pair:
            writer.rollback()
        triggers.install()
    agree()
