"""What each role's start page shows. Every function costs a fixed number of queries at any data size."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    ExpressionWrapper,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.utils import timezone

from funding.four_eyes import signature_lapsed
from funding.models import DECIDES, Application, Decision, FiscalYear, FundingModel, Pot
from funding.permissions import may_see_pots
from funding.queue import (
    turn_of,
    waiting_for_director,
    waits_for_second_signature,
    waits_for_signature,
    waits_for_staff,
)
from members import statutes
from members.addresses import address
from members.districts import too_many
from members.models import District
from members.paging import COUNTED, among_the_first
from members.permissions import Roles
from members.prepared import attach, prepared
from projects.comments import unread
from projects.completeness import missing
from projects.early_start import calendar, early_start, starting_early
from projects.filters import NOTHING
from projects.models import CostItem, FinancingItem, Participation, Project
from projects.money import format_euro
from projects.templatetags.money import whole_euro
from projects.views.listing import SHOWN

LIMIT = 8
#: Of a director's own projects, and of those with other districts.
PROJECTS = 2 * LIMIT
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


@prepared
def _pots_to_show(this_year: int, own: Collection[int]) -> "QuerySet[Pot]":
    running = Case(When(year=this_year, then=0), When(state=FiscalYear.State.OPEN, then=1), default=2)
    shown = FiscalYear.objects.order_by(running, "-year").values("pk")[:1]
    pots = Pot.objects.to_show(own).with_asked().filter(year=Subquery(shown))
    return pots.select_related("year", "district").order_by("kind", "district__name", "code")


def pots_to_show(own: Collection[int] = ()) -> list[Any]:
    """The pots of the running year where it exists, else of the latest open one, else of the latest. One query.

    Of too many districts' pots only those of ``own`` are read.
    """
    return _pots_to_show(timezone.localdate().year, own)


def year_of(pots: list[Any]) -> FiscalYear | None:
    return pots[0].year if pots else None


@prepared
def _all_but_too_many() -> "QuerySet[District]":
    return District.objects.exclude(too_many())


def tile_map(pots: list[Any] | None = None, own: frozenset[int] = frozenset()) -> dict[str, Any]:
    """For ``parts/tiles.html``: the twelve districts, or one's own and that there are too many for a map."""
    found = tiles(pots, own)
    return {"tiles": found, "many": not found or any(pot.one_of_many for pot in pots or ())}


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
        for d in free or _all_but_too_many()
    ]


@prepared
def _published_of(year: int, districts: Collection[int] | None) -> "QuerySet[Project, tuple[int, int]]":
    published = Project.objects.filter(year=year, published_on__isnull=False)
    if districts is not None:
        published = published.filter(lead_district__in=districts)
    return published.values_list("lead_district").annotate(n=Count("pk")).order_by()


def published_of(year: int, districts: Collection[int] | None = None) -> dict[int, int]:
    """How many projects of the year each of these districts, or each at all, has published. One query."""
    return dict(_published_of(year, districts))


@dataclass(frozen=True)
class DistrictRow:
    district: District
    projects: int
    pot: Any
    own: bool


def district_rows(districts: Sequence[District], roles: Roles) -> tuple[list[DistrictRow], FiscalYear | None]:
    """These districts with their projects of this calendar year and, where it may be read, their pot. Two queries."""
    keys = [district.pk for district in districts]
    counts = published_of(timezone.localdate().year, keys)
    pots = pots_to_show(keys) if may_see_pots(roles) else []
    by_district = {pot.district_id: pot for pot in pots}
    rows = [
        DistrictRow(d, counts.get(d.pk, 0), by_district.get(d.pk), roles.directs(d.pk)) for d in districts
    ]
    return rows, year_of(pots)


@prepared
def _lately_published() -> "QuerySet[Project]":
    published = Project.objects.filter(published_on__isnull=False).select_related("lead_district")
    return published.only(*SHOWN).order_by("-published_on", "-pk")[:LIMIT]


def visitor() -> dict[str, Any]:
    year = timezone.localdate().year
    shown = tile_map()
    # Without tiles there is nothing to count for.
    counts = published_of(year) if shown["tiles"] else {}
    return {
        "year": year,
        "tiles": [
            replace(t, figure="1 Projekt" if n == 1 else f"{n} Projekte") if n else t
            for t, n in ((t, counts.get(t.pk, 0)) for t in shown["tiles"])
        ],
        "many": shown["many"],
        "model": FundingModel.objects.filter(first_year__lte=year).first(),
        "published": _lately_published(),
    }


def _led(own: Collection[int], year: int | None) -> "QuerySet[Project]":
    """The projects of these districts, of one year or of all."""
    led = Project.objects.filter(lead_district_id__in=own)
    return led if year is None else led.filter(year=year)


@prepared
def _states(own: Collection[int], year: int | None) -> "QuerySet[Project, tuple[str, int]]":
    return _led(own, year).values_list("state").annotate(n=Count("pk")).order_by()


@prepared
def _lately_changed(own: Collection[int], year: int | None) -> "QuerySet[Project]":
    led = _led(own, year).select_related("lead_district").only(*SHOWN)
    return led.order_by("-changed_at")[:LIMIT]


def director(roles: Roles) -> dict[str, Any]:
    pots = pots_to_show(roles.district_ids)
    year = year_of(pots)
    own = [p for p in pots if p.kind == Pot.Kind.PILLAR_1 and p.district_id in roles.district_ids]
    shown = year.year if year else None
    counts = dict(_states(roles.district_ids, shown))
    return {
        "year": year,
        "own_pots": own,
        "pool": next((p for p in pots if p.kind == Pot.Kind.PILLAR_2), None),
        **tile_map(pots, roles.district_ids),
        "todos": director_todos(roles),
        "decided": lately_decided(roles.district_ids),
        "states": [(s.value, s.label, counts[s.value]) for s in Project.State if s.value in counts],
        "projects": _lately_changed(roles.district_ids, shown),
        "district": roles.districts[0],
    }


@prepared
def lately_decided(own: Collection[int]) -> "QuerySet[Decision]":
    """The latest decisions on applications of one's own projects, with their reasons; newest first.

    They are decisions on the projects that were decided on last, found by an index: looking for them from the newest
    decision of all backwards would pass those of every other district.
    """
    decided = Project.objects.filter(lead_district_id__in=own, latest_decision__isnull=False)
    return (
        Decision.objects.filter(
            step__in=DECIDES,
            application__project__in=decided.order_by("-latest_decision").values("pk")[:DECIDED],
        )
        .select_related("application__project", "application__pot__district")
        .only(
            "step", "amount", "on", "reason", "application__project__number", "application__project__title",
            "application__pot__kind", "application__pot__source", "application__pot__district__name",
        )
        .order_by("-pk")[:DECIDED]
    )  # fmt: skip


@prepared
def _applications(own: Collection[int]) -> "QuerySet[Application]":
    waiting = waiting_for_director(own, LIMIT).select_related("project")
    return waiting.only("state", "waiting_since", "project__number", "project__title")


def director_todos(roles: Roles) -> list[Todo]:
    """What waits for this director: questions, resolutions to record, confirmations, gaps, drafts."""
    own = roles.district_ids
    todos: list[Todo] = []
    for a in _applications(own):
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
    for p in answers(own, *own):
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
    for project in _unfinished(own):
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
            checked = f"{address('projects:edit', project.pk)}?pruefen=1"
            url = checked if lacking else project.get_absolute_url()
            todos.append(Todo("plain", "Entwurf", f"{project.display_title} – {rest}", url, since))
    return todos


@prepared
def answers(own: Collection[int], *each: int) -> "QuerySet[Participation]":
    """What others ask of these districts, and who does not take part in their projects; the oldest first."""
    declined = Participation.objects.filter(
        declined_on__isnull=False,
        project__lead_district_id__in=own,
        project__state__in=(Project.State.DRAFT, Project.State.RETURNED),
    )
    asked = (
        Participation.objects.asked().filter(district_id=district).order_by("pk")[:PROJECTS]
        for district in each
    )
    return (
        Participation.objects.filter(pk__in=among_the_first(declined, *asked))
        .select_related("project__lead_district", "district")
        .only(
            "declined_on", "district__name", "project__number", "project__title",
            "project__lead_district__name",
        )
        .order_by("pk")[:PROJECTS]
    )  # fmt: skip


@prepared
def unfinished(today: date, year: int, soon: date, lately: date, *each: int) -> "QuerySet[Any]":
    """Beginnings that are too early, then gaps, then drafts of these districts; the last changed first."""
    early = starting_early(today, year, soon, lately)
    # "funding_open" sorts after "draft".
    gap_or_draft = Q(state__in=(Project.State.FUNDING_OPEN, Project.State.DRAFT))
    found = [
        Project.objects.filter(condition, lead_district_id=district).order_by("-state", "-changed_at", "-pk")
        for condition in (early, gap_or_draft)
        for district in each
    ]
    return (
        Project.objects.filter(pk__in=among_the_first(*(rows[:PROJECTS] for rows in found)))
        # Not the bare condition: it is neither true nor false without a date, and PostgreSQL puts that first.
        .annotate(begins_early=Case(When(early, then=True), default=False))
        .order_by("-begins_early", "-state", "-changed_at", "-pk")[:PROJECTS]
    )


@prepared
def _costs(projects: Collection[int]) -> "QuerySet[CostItem]":
    return CostItem.objects.filter(project__in=projects)


@prepared
def _financing(projects: Collection[int]) -> "QuerySet[FinancingItem]":
    return FinancingItem.objects.filter(project__in=projects)


@prepared
def _participations(projects: Collection[int]) -> "QuerySet[Participation]":
    return Participation.objects.filter(project__in=projects).select_related("district")


def _unfinished(own: Collection[int]) -> list[Any]:
    """``unfinished`` of these districts today; drafts with their plans, gaps with their financing. Four queries."""
    projects = unfinished(*calendar(), *own)
    drafts = [project for project in projects if project.state == Project.State.DRAFT]
    planned = [*drafts, *(project for project in projects if project.state == Project.State.FUNDING_OPEN)]
    for some, name, rows_of in (
        (drafts, "cost_items", _costs),
        (planned, "financing_items", _financing),
        (drafts, "participations", _participations),
    ):
        attach(some, name, rows_of([project.pk for project in some] or NOTHING), by="project")
    return projects


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


def _waiting(condition: Q) -> "QuerySet[Application]":
    return Application.objects.filter(condition).order_by("waiting_since", "pk")


def _shown(waiting: "QuerySet[Application]") -> "QuerySet[Any]":
    return waiting.select_related("project").only(
        "state", "requested", "reserved", "waiting_since", "project__number", "project__title"
    )


@prepared
def waiting_for_staff() -> "QuerySet[Application, int]":
    """As many as are counted."""
    return (
        Application.objects.filter(waits_for_staff()).order_by().values_list("pk", flat=True)[: COUNTED + 1]
    )


@prepared
def queue_of_staff(user: int | None, mandates: Collection[int] | None, day: date) -> "QuerySet[Any]":
    """What waits longest, with ``mine`` where it waits for this user's signature, ``sign_anew`` where for a new one."""
    mine = ExpressionWrapper(waits_for_signature(user, mandates), output_field=BooleanField())
    longest = Application.objects.filter(pk__in=_waiting(waits_for_staff()).values("pk")[:LIMIT])
    return _shown(longest.order_by("waiting_since", "pk")).annotate(
        mine=mine, sign_anew=signature_lapsed(day)
    )


@prepared
def second_signatures(
    user: int | None, mandates: Collection[int] | None, day: date
) -> "QuerySet[Application]":
    return _shown(_waiting(waits_for_second_signature(user, mandates, day)))[:LIMIT]


def staff(roles: Roles) -> dict[str, Any]:
    pots = pots_to_show()
    (waiting,) = waiting_for_staff.sums()()
    signs, mandates, _ = turn_of(roles)
    today = timezone.localdate()
    return {
        "year": year_of(pots),
        "pool": next((p for p in pots if p.kind == Pot.Kind.PILLAR_2), None),
        "districts": [p for p in pots if p.kind == Pot.Kind.PILLAR_1],
        "queue": queue_of_staff(signs, mandates, today),
        "waiting": waiting,
        "counted": COUNTED,
        "comments": comment_todos(roles),
        "second_signatures": second_signatures(signs, mandates, today),
        **tile_map(pots),
    }


def reader(roles: Roles) -> dict[str, Any]:
    pots = pots_to_show()
    return {
        "year": year_of(pots),
        "pool": next((p for p in pots if p.kind == Pot.Kind.PILLAR_2), None),
        **tile_map(pots),
        "statutes": statutes_report(roles),
    }


def plain(roles: Roles) -> dict[str, Any]:
    return {**tile_map(), "statutes": statutes_report(roles)}


def statutes_report(roles: Roles) -> statutes.Report | None:
    """What the statutes miss today, for those who can mend it."""
    return statutes.check(timezone.localdate()) if roles.may_enter_admin else None
