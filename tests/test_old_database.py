"""A database of an earlier version comes along: migrated, sound, and every kind of page answers.

The dumps in ``tests/data`` hold the demonstration as commit 17b76c6 loaded it on ``DAY``, with the tables and
triggers of that time: invented people alone, no uploaded files.
"""

import gzip
import os
import subprocess
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from funding.models import Application, Pot
from members.models import Body, User
from projects.models import Project
from tests.databases import _administrate
from tests.test_backup import POSTGRES_BIN
from tests.test_funding_pages import act, told
from tests.test_project_pages import change, signed_in, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("before")]

DAY = date(2026, 11, 29)
DATA = Path(__file__).parent / "data"
PROJECT, WAITING = "2026-SCH-004", 77
ROWS = {
    "projects": "SELECT number, title, state, year, version FROM projects_project ORDER BY id",
    "parts": "SELECT project_id, district_id, confirmed_on FROM projects_participation ORDER BY id",
    "applications": "SELECT project_id, pot_id, state, requested, reserved, granted, paid FROM funding_application ORDER BY id",
    "entries": "SELECT pot_id, kind, amount, value_date, text FROM funding_ledgerentry ORDER BY id",
    "people": "SELECT given_name, family_name FROM members_person ORDER BY id",
    "mandates": "SELECT person_id, district_id, kind, since, until FROM members_mandate ORDER BY id",
}


def rows() -> dict[str, list[Any]]:
    found = {}
    with connection.cursor() as cursor:
        for name, sql in ROWS.items():
            cursor.execute(sql)
            found[name] = cursor.fetchall()
    return found


def unpacked(name: str) -> bytes:
    return gzip.decompress((DATA / name).read_bytes())


def load(folder: Path) -> str:
    """Load the dump into a new database beside that of the tests, and return its name."""
    if connection.vendor == "sqlite":
        file = folder / "old.sqlite3"
        file.write_bytes(unpacked("demo_sqlite.sqlite3.gz"))
        return str(file)
    name = f"{connection.settings_dict['NAME']}_old"
    _administrate(f'CREATE DATABASE "{name}"')
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    subprocess.run(
        [f"{POSTGRES_BIN}/psql", "-q", "-v", "ON_ERROR_STOP=1", address],
        input=unpacked("demo_postgresql.sql.gz"),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return name


@pytest.fixture(scope="module")
def before(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, list[Any]]]:
    """What the old database held. For this module it is the database, migrated."""
    tests_own = connection.settings_dict["NAME"]
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(timezone, "localdate", lambda *args: DAY)
        old = load(tmp_path_factory.mktemp("old"))
        connection.close()
        connection.settings_dict["NAME"] = old
        try:
            held = rows()
            call_command("migrate", verbosity=0)
            yield held
        finally:
            connection.close()
            connection.settings_dict["NAME"] = tests_own
            if connection.vendor == "postgresql":
                _administrate(f'DROP DATABASE "{old}" WITH (FORCE)')


def user(name: str) -> User:
    return User.objects.get(email=f"{name}@example.org")


def client_of(name: str) -> Client:
    return signed_in(user(name)) if name else Client()


def opens(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 200, address
    if response.streaming:
        list(response)  # a file read to its end is closed


def test_nothing_is_lost(before: dict[str, list[Any]]) -> None:
    assert all(before.values())
    assert rows() == before


def test_it_is_sound() -> None:
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    assert "In Ordnung" in out.getvalue()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    call_command("migrate", check_unapplied=True, stdout=out)


@pytest.mark.parametrize(
    "name",
    ["", "gf.aplerbeck", "vertretung.aplerbeck", "ehemals.hombruch", "wf1", "pruefung", "beirat", "verein", "admin"],
)  # fmt: skip
def test_pages_that_everybody_has(name: str) -> None:
    client = client_of(name)
    for page, *arguments in (
        ("home",),
        ("districts",),
        ("district", "aplerbeck"),
        ("bodies:list",),
        ("bodies:detail", Body.objects.order_by("pk")[0].pk),
        ("reports:index",),
        ("reports:year", 2016),
        ("reports:year", 2026),
        ("handbook",),
        ("projects:list",),
        ("projects:export", "csv"),
        ("projects:export", "xlsx"),
        ("projects:detail", "2016-APL-001"),
    ):
        address = reverse(page, args=arguments)
        opens(client, address)


def test_projects_and_applications_of_every_state_open() -> None:
    client = client_of("wf1")
    projects = Project.objects.exclude(state=Project.State.DRAFT)
    pages = {(p.state, p.kind): p.get_absolute_url() for p in projects}
    applications = Application.objects.select_related("pot", "project")
    pages |= {(a.state, a.pot.kind): a.get_absolute_url() for a in applications}
    assert len(pages) > 15
    for page in pages.values():
        opens(client, page)


@pytest.mark.parametrize("name", ["wf1", "gf.aplerbeck", "pruefung", "beirat"])
def test_pages_of_the_money(name: str) -> None:
    client = client_of(name)
    for page in ("applications", "pots", "overhead", "special", "transfers", "years"):
        opens(client, reverse(f"funding:{page}"))
    for pot in Pot.objects.filter(year__year__in=(2016, 2026), kind=Pot.Kind.PILLAR_1)[:30]:
        opens(client, reverse("funding:pot", args=[pot.pk]))
    for file_type in ("csv", "xlsx"):
        pot = Pot.objects.get(year__year=2026, kind=Pot.Kind.PILLAR_2)
        opens(client, reverse("funding:applications_export", args=[file_type]))
        opens(client, reverse("funding:pot_export", args=[pot.pk, file_type]))
    opens(client, reverse("funding:year", args=[2026]))


def test_pages_of_one_project_and_of_its_steps() -> None:
    draft = Project.objects.get(state=Project.State.DRAFT, title="Aplerbecker Kunstfrühling")
    client = client_of("gf.aplerbeck")
    for page in ("draft", "edit", "comments", "sheet", "history", "attachments"):
        opens(client, reverse(f"projects:{page}", args=[draft.pk]))
    opens(client, reverse("handing_in:hand_in", args=[draft.pk]))
    opens(client, reverse("funding:agenda", args=["aplerbeck"]))
    opens(client_of("wf1"), reverse("funding:decision_sheet", args=[WAITING]))


@pytest.mark.parametrize("name", ["verein", "admin"])
def test_lists_of_the_administration(name: str) -> None:
    client, opened = client_of(name), 0
    opens(client, reverse("admin:index"))
    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        status = client.get(address).status_code
        assert status in (200, 403), address
        opened += status == 200
    assert opened > 5


@pytest.mark.parametrize(
    ("typed", "found"),
    [("doppelbock", PROJECT), ("zeche gneis", PROJECT), (PROJECT, PROJECT), ("Dellwig", "2026-LUE-002")],
)
def test_the_search_finds_a_project(typed: str, found: str) -> None:
    page = text_of(client_of("wf1").get(reverse("projects:list"), {"suche": typed}))
    assert found in page
    assert "2026-APL-006" not in page


def test_a_project_is_saved_and_found_by_its_new_title() -> None:
    draft = Project.objects.get(state=Project.State.DRAFT, title="Aplerbecker Kunstfrühling")
    client = client_of("gf.aplerbeck")
    assert change(client, draft, title="Quittenfest", year=draft.year).status_code == 302
    draft.refresh_from_db()
    assert draft.title == "Quittenfest"
    assert "Quittenfest" in text_of(client.get(reverse("projects:list"), {"suche": "quitten"}))
    call_command("verify_ledger", verbosity=0, stdout=StringIO())


def test_an_application_is_approved() -> None:
    application = Application.objects.get(pk=WAITING)
    assert application.state == Application.State.SUBMITTED
    sent = act(user("wf1"), application, amount="400,00", reason="Mehr ist nicht frei.")
    assert "400,00" in told(sent)
    application.refresh_from_db()
    assert application.state in (Application.State.APPROVED, Application.State.RESERVED)
    call_command("verify_ledger", verbosity=0, stdout=StringIO())
