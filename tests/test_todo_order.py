"""The start page's list of what waits for a director, beside one that is made slowly and plainly of all rows."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from funding.models import Application, FiscalYear
from members.models import Mandate, User
from members.roles.permissions import Roles
from projects.early_start import LEFT_LYING, early_start
from projects.missing import missing
from projects.models import Participation, Project
from stadtbezirk.start import LIMIT, director_todos
from tests.load.command import Command as Load
from tests.tampering import lift_guards

pytestmark = pytest.mark.django_db

S = Project.State
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def much_of_everything_with_ties() -> None:
    call_command(Load(), projects=600, seed=3, years=range(2024, 2027), stdout=StringIO())
    today = timezone.localdate()
    lift_guards()
    FiscalYear.objects.filter(year=2025).update(state=FiscalYear.State.PLANNED)
    for rest in range(3):
        every_third = Project.objects.annotate(rest=F("pk") % 3).filter(rest=rest)
        every_third.update(changed_at=datetime(2026, 3, 1 + rest, tzinfo=UTC))
        waiting = Application.objects.annotate(rest=F("pk") % 3).filter(rest=rest)
        waiting.update(waiting_since=today - (rest // 2) * DAY)
    # What began last year and is over is not warned of: yesterday's still runs, also on New Year's Day.
    begins = {0: today + 30 * DAY, 1: today + 10 * DAY, 2: today - DAY, 3: today - 90 * DAY}
    for rest, day in begins.items():
        some = Project.objects.annotate(rest=F("pk") % 7).filter(rest=rest)
        some.update(year=day.year, starts_on=day, ends_on=day + DAY)
    asked = Participation.objects.filter(confirmed_on=None).values("pk")[::2]
    Participation.objects.filter(pk__in=[row["pk"] for row in asked]).update(
        declined_on=today, declined_by=User.objects.all()[0], decline_reason="Kein Geld."
    )


def what_waits(roles: Roles) -> list[tuple[str, str]]:
    """Label and address of each thing to do, judged row by row and sorted in Python. Each thing once."""
    rows: dict[str, str] = {}
    projects: set[str] = set()
    for label, url, project in all_that_waits(roles):
        said_before = project.get_absolute_url() in projects
        if url in rows or (said_before and label in ("Absage", "Beginn", "Lücke", "Entwurf")):
            continue
        rows[url] = label
        projects.add(project.get_absolute_url())
    return [(label, url) for url, label in rows.items()]


def all_that_waits(roles: Roles) -> Iterator[tuple[str, str, Project]]:
    own, today = roles.district_ids, timezone.localdate()
    pending = [
        a
        for a in Application.objects.select_related("project", "pot__year")
        if (a.state == "submitted" and a.pot.district_id in own and a.pot.year.state == "open")
        or (a.state == "returned" and a.project.lead_district_id in own)
    ]
    for a in sorted(pending, key=lambda a: (a.waiting_since, a.pk))[:LIMIT]:
        asked = a.state == "returned"
        label, row = ("Rückfrage", a.project) if asked else ("Beschluss", a)
        yield label, row.get_absolute_url(), a.project

    answers = [
        p
        for p in Participation.objects.select_related("project").order_by("pk")
        if (p.is_asked and p.district_id in own)
        or (p.declined_on and p.project.lead_district_id in own and p.project.state in (S.DRAFT, S.RETURNED))
    ]
    for p in answers[: 2 * LIMIT]:
        yield "Absage" if p.declined_on else "Bestätigung", p.project.get_absolute_url(), p.project

    def early(project: Project) -> bool:
        lying = project.state == S.DRAFT and project.starts_on and project.starts_on < today - LEFT_LYING
        return early_start(project, project.financing_items.all()) is not None and not lying

    projects = [
        p
        for p in Project.objects.all()
        if p.lead_district_id in own and (p.state in (S.FUNDING_OPEN, S.DRAFT) or early(p))
    ]
    projects.sort(key=lambda p: (early(p), p.state, p.changed_at, p.pk), reverse=True)
    for project in projects[: 2 * LIMIT]:
        rows = project.financing_items.all()
        url = project.get_absolute_url()
        if project.state == S.FUNDING_OPEN and not any(r.locked and r.granted is None for r in rows):
            yield "Lücke", url, project
        elif project.state == S.DRAFT:
            form = f"{reverse('projects:edit', args=[project.pk])}?pruefen=1"
            yield "Entwurf", form if missing(project) else url, project
        if early(project):
            yield "Beginn", url, project


def directing(*slugs: str) -> Roles:
    """The managing director of the first district, today also of the others."""
    held = Mandate.objects.filter(kind=Mandate.Kind.MANAGING_DIRECTOR)
    person = held.get(district__slug=slugs[0]).person
    held.filter(district__slug__in=slugs[1:]).update(person=person)
    return Roles(person.user)


def shown(roles: Roles) -> list[tuple[str, str]]:
    return [(todo.label, todo.url) for todo in director_todos(roles)[0]]


@pytest.mark.parametrize("slugs", [("scharnhorst",), ("eving", "luetgendortmund")])
def test_what_waits_is_what_a_slow_look_at_every_row_finds(slugs: Any):
    roles = directing(*slugs)
    assert len(roles.district_ids) == len(slugs)
    found = shown(roles)
    assert found == what_waits(roles)
    labels = {label for label, _ in found}
    assert labels >= {"Rückfrage", "Beschluss", "Bestätigung", "Beginn"}
    assert "Absage" in labels or "eving" not in slugs


def test_gaps_and_drafts_follow_where_nothing_begins_early():
    roles = directing("hoerde", "mengede", "aplerbeck")
    Project.objects.update(starts_on=None, ends_on=None)
    found = shown(roles)
    assert found == what_waits(roles)
    assert {"Lücke", "Entwurf"} & {label for label, _ in found}
