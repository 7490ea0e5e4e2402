"""What each role's start page shows. Every function costs a fixed number of queries at any data size."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone

from funding.models import Application, FiscalYear, FundingModel, Pot
from members import statutes
from members.models import District
from members.permissions import Roles
from projects.comments import unread
from projects.completeness import missing
from projects.early_start import early_start, starting_early
from projects.models import Participation, Project
from projects.money import format_euro
from projects.templatetags.money import whole_euro

LIMIT = 8


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


def year_to_show() -> FiscalYear | None:
    """The running calendar year where it exists, else the latest open one, else the latest."""
    years = {y.year: y for y in FiscalYear.objects.select_related("model").order_by("-year")[:12]}
    running = years.get(timezone.localdate().year)
    opened = [y for y in years.values() if y.state == FiscalYear.State.OPEN]
    return running or next(iter(opened), None) or next(iter(years.values()), None)


def pots_of(year: FiscalYear | None) -> list[Any]:
    """The year's pots with ``asked``: what submitted applications ask for, in euro (no counter)."""
    if year is None:
        return []
    waiting = Q(applications__state=Application.State.SUBMITTED)
    pots = year.pots.select_related("district").annotate(asked=Sum("applications__requested", filter=waiting))
    found = list(pots.order_by("kind", "district__name", "code"))
    for pot in found:
        pot.year = year
    return found


def tiles(pots: list[Pot] | None = None, own: frozenset[int] = frozenset()) -> list[Tile]:
    """The twelve districts; with pots, each says what is free."""
    free = {p.district_id: p.available for p in pots or [] if p.kind == Pot.Kind.PILLAR_1}
    return [
        Tile(
            d.pk,
            d.name,
            d.slug,
            d.column,
            d.row,
            d.get_absolute_url(),
            whole_euro(free[d.pk]) if d.pk in free else "",
            d.pk in own,
        )
        for d in District.objects.all()
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
    year = year_to_show()
    pots = pots_of(year)
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
        "states": [(s.value, s.label, counts[s.value]) for s in Project.State if s.value in counts],
        "projects": projects.select_related("lead_district").order_by("-changed_at")[:LIMIT],
        "district": roles.districts[0],
    }


def director_todos(roles: Roles) -> list[Todo]:
    """What waits for this director: questions, resolutions to record, confirmations, gaps, drafts."""
    own = roles.district_ids
    todos: list[Todo] = []
    applications = (
        Application.objects.filter(
            Q(state=Application.State.RETURNED, project__lead_district_id__in=own)
            | Q(state=Application.State.SUBMITTED, pot__district_id__in=own)
        )
        .select_related("project", "pot__district", "pot__year")
        .order_by("waiting_since")[:LIMIT]
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
    to_answer = (
        Participation.objects.asked()
        .filter(district_id__in=own)
        .select_related("project__lead_district")
        .order_by("pk")[:LIMIT]
    )
    for p in to_answer:
        text = f"{p.project.display_title} ({p.project.lead_district}) – Beteiligung bestätigen oder absagen"
        todos.append(Todo("wait", "Bestätigung", text, p.project.get_absolute_url()))
    declined = (
        Participation.objects.filter(
            declined_on__isnull=False,
            project__lead_district_id__in=own,
            project__state__in=[Project.State.DRAFT, Project.State.RETURNED],
        )
        .select_related("project", "district")
        .order_by("declined_on")[:LIMIT]
    )
    for p in declined:
        text = f"{p.project.display_title} – {p.district} macht nicht mit, bitte Plan anpassen"
        todos.append(Todo("bad", "Absage", text, p.project.get_absolute_url(), p.declined_on))
    early = (
        Project.objects.filter(starting_early(), lead_district_id__in=own)
        .only("number", "title", "state", "starts_on", "requested_total")
        .order_by("starts_on")[:LIMIT]
    )
    for project in early:
        warning = early_start(project)
        if warning:
            kind = "bad" if warning.begun else "wait"
            text = f"{project} – {warning.short}"
            since = warning.starts_on if warning.begun else None
            todos.append(Todo(kind, "Beginn", text, project.get_absolute_url(), since))
    todos += comment_todos(roles)
    # Gaps before drafts ("funding_open" sorts after "draft"), so that many drafts hide no gap.
    open_projects = (
        Project.objects.filter(lead_district_id__in=own)
        .filter(state__in=[Project.State.FUNDING_OPEN, Project.State.DRAFT])
        .prefetch_related("cost_items", "financing_items", "participations__district")
        .order_by("-state", "-changed_at")[:LIMIT]
    )
    for project in open_projects:
        since = timezone.localdate(project.changed_at)
        if project.state == Project.State.FUNDING_OPEN:
            if any(row.locked and row.granted is None for row in project.financing_items.all()):
                continue  # others decide first
            text = f"{project} – Finanzierung schließen"
            if project.plan_difference > 0:
                text = f"{project} – es fehlen noch {format_euro(project.plan_difference)}"
            todos.append(Todo("bad", "Lücke", text, project.get_absolute_url(), since))
        else:
            lacking = len(missing(project))
            rest = (
                f"noch {lacking} Angabe{'n' if lacking != 1 else ''}" if lacking else "bereit zum Einreichen"
            )
            # The form then says at each field what it lacks.
            checked = f"{reverse('projects:edit', args=[project.pk])}?pruefen=1"
            url = checked if lacking else project.get_absolute_url()
            todos.append(Todo("plain", "Entwurf", f"{project.display_title} – {rest}", url, since))
    return todos


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


def waiting_centrally() -> "QuerySet[Application]":
    """The queue of pillar 2 and special pots, longest wait first."""
    return (
        Application.objects.filter(
            state__in=[Application.State.SUBMITTED, Application.State.RESERVED], pot__kind__in=Pot.CENTRAL
        )
        .select_related("project__lead_district", "pot__district", "pot__year", "first_signer__person")
        .order_by("waiting_since", "pk")
    )


def staff(roles: Roles) -> dict[str, Any]:
    year = year_to_show()
    pots = pots_of(year)
    queue = list(waiting_centrally()[:LIMIT])
    return {
        "year": year,
        "next_year": timezone.localdate().year + 1,
        "pool": next((p for p in pots if p.kind == Pot.Kind.PILLAR_2), None),
        "special": [p for p in pots if p.kind == Pot.Kind.SPECIAL],
        "districts": [p for p in pots if p.kind == Pot.Kind.PILLAR_1],
        "queue": queue,
        "comments": comment_todos(roles),
        "mine": [
            a for a in queue if a.state == Application.State.RESERVED and a.first_signer_id != roles.user.pk
        ],
        "tiles": tiles(pots),
    }


def reader(roles: Roles) -> dict[str, Any]:
    year = year_to_show()
    pots = pots_of(year)
    return {
        "year": year,
        "pool": next((p for p in pots if p.kind == Pot.Kind.PILLAR_2), None),
        "tiles": tiles(pots),
        "statutes": statutes_report(roles),
    }


def plain(roles: Roles) -> dict[str, Any]:
    return {"tiles": tiles(), "statutes": statutes_report(roles)}


def statutes_report(roles: Roles) -> statutes.Report | None:
    """What the statutes miss today, for those who can mend it."""
    return statutes.check(timezone.localdate()) if roles.may_enter_admin else None
