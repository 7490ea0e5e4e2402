"""What each role's start page shows. Every function costs a fixed number of queries at any data size."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    ExpressionWrapper,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    When,
)  # fmt: skip
from django.urls import reverse
from django.utils import timezone

from funding.models import DECIDES, Application, Decision, FiscalYear, FundingModel, Pot
from funding.queue import waiting_for_director, waits_for_signature_of, waits_for_staff
from members import statutes
from members.models import District
from members.paging import among_the_first
from members.permissions import Roles
from projects.comments import unread
from projects.completeness import missing
from projects.early_start import early_start, starting_early
from projects.models import Participation, Project
from projects.money import format_euro
from projects.templatetags.money import whole_euro
from projects.views.listing import UNSEEN

LIMIT = 8
#: Decisions that a director's start page shows.
DECIDED = 5


@dataclass(frozen=True)
class Tile:
    """A district in the tile map; ``figure`` is a ready sentence part such as "4.550 €"."""

    pk: int
    name: str
    slug: str
    column: int
    row: int
    url: str
    figure: str = ""
    own: bool = False


@dataclass(frozen=True)
class Todo:
    """One thing that waits for this user: badge, link and since when."""

    kind: str
    label: str
    text: str
    url: str
    since: date | None = None


def pots_to_show() -> list[Any]:
    """The pots of the running year where it exists, else of the latest open one, else of the latest. One query."""
    running = Case(
        When(year=timezone.localdate().year, then=0), When(state=FiscalYear.State.OPEN, then=1), default=2
    )
    shown = FiscalYear.objects.order_by(running, "-year").values("pk")[:1]
    pots = Pot.objects.with_asked().filter(year=Subquery(shown)).select_related("year", "district")
    return list(pots.order_by("kind", "district__name", "code"))


def year_of(pots: list[Any]) -> FiscalYear | None:
    return pots[0].year if pots else None


def tiles(pots: list[Any] | None = None, own: frozenset[int] = frozenset()) -> list[Tile]:
    """The twelve districts; with a year's pots (no query then), each says what is free."""
    free = {p.district: p.available for p in pots or [] if p.kind == Pot.Kind.PILLAR_1}
    return [
        Tile(
            d.pk,
            d.name,
            d.slug,
            d.column,
            d.row,
            d.get_absolute_url(),
            whole_euro(free[d]) if d in free else "",
            d.pk in own,
        )
        for d in free or District.objects.all()
    ]


def visitor() -> dict[str, Any]:
    year = timezone.localdate().year
    published = Project.objects.filter(year=year, published_on__isnull=False)
    counts = dict(published.values_list("lead_district").annotate(n=Count("pk")).order_by())
    return {
        "year": year,
        "tiles": [
            replace(t, figure="1 Projekt" if n == 1 else f"{n} Projekte") if n else t
            for t, n in ((t, counts.get(t.pk, 0)) for t in tiles())
        ],
        "model": FundingModel.objects.filter(first_year__lte=year).first(),
        "published": Project.objects.filter(published_on__isnull=False)
        .select_related("lead_district", "main_field")
        .order_by("-published_on", "-pk")[:LIMIT],
    }


def director(roles: Roles) -> dict[str, Any]:
    pots = pots_to_show()
    year = year_of(pots)
    own = [p for p in pots if p.kind == Pot.Kind.PILLAR_1 and p.district_id in roles.district_ids]
    projects = Project.objects.filter(lead_district_id__in=roles.district_ids)
    if year:
        projects = projects.filter(year=year.year)
    counts = dict(projects.values_list("state").annotate(n=Count("pk")).order_by())
    return {
        "year": year,
        "own_pots": own,
        "pool": next((p for p in pots if p.kind == Pot.Kind.PILLAR_2), None),
        "tiles": tiles(pots, roles.district_ids),
        "todos": director_todos(roles),
        "decided": lately_decided(roles),
        "states": [(s.value, s.label, counts[s.value]) for s in Project.State if s.value in counts],
        "projects": projects.select_related("lead_district").defer(*UNSEEN).order_by("-changed_at")[:LIMIT],
        "district": roles.districts[0],
    }


def lately_decided(roles: Roles) -> "QuerySet[Decision]":
    """The latest decisions on applications of one's own projects, with their reasons; newest first.

    They are decisions on the projects that were decided on last, found by an index: looking for them from the newest
    decision of all backwards would pass those of every other district.
    """
    own = Project.objects.filter(lead_district_id__in=roles.district_ids, latest_decision__isnull=False)
    return (
        Decision.objects.filter(
            step__in=DECIDES,
            application__project__in=own.order_by("-latest_decision").values("pk")[:DECIDED],
        )
        .select_related("application__project", "application__pot__district")
        .only(
            "step", "amount", "on", "reason", "application__project__number", "application__project__title",
            "application__pot__kind", "application__pot__source", "application__pot__district__name",
        )
        .order_by("-pk")[:DECIDED]
    )  # fmt: skip


def director_todos(roles: Roles) -> list[Todo]:
    """What waits for this director: questions, resolutions to record, confirmations, gaps, drafts."""
    own = roles.district_ids
    todos: list[Todo] = []
    applications = (
        waiting_for_director(roles, LIMIT)
        .select_related("project")
        .only("state", "waiting_since", "project__number", "project__title")
    )
    for a in applications:
        returned = a.state == Application.State.RETURNED
        todos.append(
            Todo(
                "wait",
                "Rückfrage" if returned else "Beschluss",
                f"{a.project} – {'bitte überarbeiten' if returned else 'Beschluss erfassen'}",
                a.project.get_absolute_url() if returned else a.get_absolute_url(),
                a.waiting_since,
            )
        )
    for p in answers(own, 2 * LIMIT):
        url = p.project.get_absolute_url()
        if p.declined_on:
            text = f"{p.project.display_title} – {p.district} macht nicht mit, bitte Plan anpassen"
            todos.append(Todo("bad", "Absage", text, url, p.declined_on))
        else:
            text = (
                f"{p.project.display_title} ({p.project.lead_district}) – Beteiligung bestätigen oder absagen"
            )
            todos.append(Todo("wait", "Bestätigung", text, url))
    todos += comment_todos(roles)
    for project in unfinished(own, 2 * LIMIT):
        if project.begins_early and (warning := early_start(project)):
            kind = "bad" if warning.begun else "wait"
            text = f"{project} – {warning.short}"
            begun = warning.starts_on if warning.begun else None
            todos.append(Todo(kind, "Beginn", text, project.get_absolute_url(), begun))
        since = timezone.localdate(project.changed_at)
        if project.state == Project.State.FUNDING_OPEN:
            if any(row.locked and row.granted is None for row in project.financing_items.all()):
                continue  # others decide first
            text = f"{project} – Finanzierung schließen"
            if project.plan_difference > 0:
                text = f"{project} – es fehlen noch {format_euro(project.plan_difference)}"
            todos.append(Todo("bad", "Lücke", text, project.get_absolute_url(), since))
        elif project.state == Project.State.DRAFT:
            lacking = len(missing(project))
            rest = (
                f"noch {lacking} Angabe{'n' if lacking != 1 else ''}" if lacking else "bereit zum Einreichen"
            )
            # The form then says at each field what it lacks.
            checked = f"{reverse('projects:edit', args=[project.pk])}?pruefen=1"
            url = checked if lacking else project.get_absolute_url()
            todos.append(Todo("plain", "Entwurf", f"{project.display_title} – {rest}", url, since))
    return todos


def answers(own: Collection[int], first: int) -> "QuerySet[Participation]":
    """What others ask of these districts, and who does not take part in their projects; the oldest first."""
    declined = Participation.objects.filter(
        declined_on__isnull=False,
        project__lead_district_id__in=own,
        project__state__in=(Project.State.DRAFT, Project.State.RETURNED),
    )
    asked = [
        Participation.objects.asked().filter(district_id=district).order_by("pk")[:first] for district in own
    ]
    return (
        Participation.objects.filter(pk__in=among_the_first(declined, *asked))
        .select_related("project__lead_district", "district")
        .only(
            "declined_on",
            "district__name",
            "project__number",
            "project__title",
            "project__lead_district__name",
        )
        .order_by("pk")[:first]
    )


def unfinished(own: Collection[int], first: int) -> "QuerySet[Any]":
    """Beginnings that are too early, then gaps, then drafts of these districts; the last changed first."""
    early = starting_early()
    # "funding_open" sorts after "draft".
    gap_or_draft = Q(state__in=(Project.State.FUNDING_OPEN, Project.State.DRAFT))
    found = [
        Project.objects.filter(condition, lead_district_id=district).order_by("-state", "-changed_at", "-pk")
        for condition in (early, gap_or_draft)
        for district in own
    ]
    return (
        Project.objects.filter(pk__in=among_the_first(*(rows[:first] for rows in found)))
        .annotate(begins_early=ExpressionWrapper(early, output_field=BooleanField()))
        .order_by("-begins_early", "-state", "-changed_at", "-pk")
        .prefetch_related(
            "cost_items",
            "financing_items",
            Prefetch("participations", Participation.objects.select_related("district")),
        )[:first]
    )


def comment_todos(roles: Roles) -> list[Todo]:
    """Projects with comments that this user has not read; one query."""
    return [
        Todo(
            "wait",
            "Kommentar",
            f"{u.project} – {u.count} {'neuer Kommentar' if u.count == 1 else 'neue Kommentare'}",
            f"{u.project.get_absolute_url()}#kommentare",
            timezone.localdate(u.since),
        )
        for u in unread(roles, LIMIT)
    ]


def staff(roles: Roles) -> dict[str, Any]:
    pots = pots_to_show()
    mine = waits_for_signature_of(roles)
    waiting = (
        Application.objects.select_related("project")
        .only("state", "requested", "reserved", "waiting_since", "project__number", "project__title")
        .order_by("waiting_since", "pk")
    )
    queue = waiting.filter(waits_for_staff())
    first = queue.values_list("pk", flat=True)[:LIMIT]
    shown = waiting.filter(pk__in=list(first)).annotate(
        mine=ExpressionWrapper(mine, output_field=BooleanField())
    )
    return {
        "year": year_of(pots),
        "pool": next((p for p in pots if p.kind == Pot.Kind.PILLAR_2), None),
        "districts": [p for p in pots if p.kind == Pot.Kind.PILLAR_1],
        "queue": list(shown),
        "waiting": queue.order_by().count(),
        "comments": comment_todos(roles),
        "second_signatures": waiting.filter(mine, state=Application.State.RESERVED)[:LIMIT],
        "tiles": tiles(pots),
    }


def reader(roles: Roles) -> dict[str, Any]:
    pots = pots_to_show()
    return {
        "year": year_of(pots),
        "pool": next((p for p in pots if p.kind == Pot.Kind.PILLAR_2), None),
        "tiles": tiles(pots),
        "statutes": statutes_report(roles),
    }


def plain(roles: Roles) -> dict[str, Any]:
    return {"tiles": tiles(), "statutes": statutes_report(roles)}


def statutes_report(roles: Roles) -> statutes.Report | None:
    """What the statutes miss today, for those who can mend it."""
    return statutes.check(timezone.localdate()) if roles.may_enter_admin else None
