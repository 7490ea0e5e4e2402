"""What each role's start page shows. Every function costs a fixed number of queries at any amount of data."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Case, Count, FilteredRelation, Prefetch, Q, QuerySet, When
from django.urls import reverse
from django.utils import timezone

from funding.four_eyes import signature_lapsed
from funding.models import DECIDES, Application, Decision, FiscalYear, FundingModel, Pot
from funding.models.transfer import latest_of_pot
from funding.payments.turn import waits_for_caller, with_calls
from funding.turn import (
    waits_for_director,
    waits_for_second_signature,
    waits_for_signature,
    waits_for_staff,
)
from members import statutes
from members.common.counting import counted
from members.common.money import format_euro
from members.models import District, OutboxMail
from members.post import outbox as mail
from members.roles.permissions import Roles
from members.roles.tasks import tasks_of
from projects.comments import unread
from projects.early_start import early_start, starting_early
from projects.missing import missing
from projects.models import FinancingItem, Participation, Project
from stadtbezirk.models import LegalDetails
from stadtbezirk.operation import jobs

LIMIT = 8
#: Rows of a director's own projects, and of projects with other districts.
PROJECTS = 2 * LIMIT
#: Decisions that a director's start page shows.
DECIDED = 5


@dataclass(frozen=True)
class Todo:
    """One thing that waits for this user: a badge, a link, and since when (local date)."""

    kind: str
    label: str
    text: str
    url: str
    since: date | None = None


def pots_to_show() -> list[Any]:
    """Return the pots of the running year.

    Where it does not exist: of the latest open year, else of the latest year.
    """
    running = Case(
        When(year=timezone.localdate().year, then=0), When(state=FiscalYear.State.OPEN, then=1), default=2
    )
    shown = FiscalYear.objects.order_by(running, "-year").values("pk")[:1]
    pots = Pot.objects.with_asked().filter(year__in=shown).select_related("year", "district")
    pots = pots.annotate(transfer=latest_of_pot("pk"), transfer_on=latest_of_pot("requested_on"))
    return list(pots)


def year_of(pots: list[Any]) -> FiscalYear | None:
    """Return the fiscal year of these pots, or None without pots."""
    return pots[0].year if pots else None


def published_districts() -> "QuerySet[District, Any]":
    """Return all districts, with the number of projects ``published`` in this calendar year as lead."""
    this_year = Q(projects__year=timezone.localdate().year, projects__published_on__isnull=False)
    listed = FilteredRelation("projects", condition=this_year)
    return District.objects.annotate(listed=listed, published=Count("listed")).order_by("folded_name")


def funds() -> dict[str, Any]:
    """Return what most start pages show of the pots. ``tiles`` are districts on the map with their pots."""
    pots = pots_to_show()
    own = [pot for pot in pots if pot.is_pillar_1]
    return {
        "year": year_of(pots),
        "pool": next((pot for pot in pots if pot.is_pillar_2), None),
        "pots": own,
        "tiles": [(pot.district, pot) for pot in own] or without_pots(District.objects.all()),
    }


def without_pots(districts: Iterable[District]) -> list[tuple[District, None]]:
    """Return the districts as tiles of the map that show no money."""
    return [(district, None) for district in districts]


def visitor() -> dict[str, Any]:
    """Return the start page of a visitor."""
    year = timezone.localdate().year
    published = Project.objects.filter(published_on__isnull=False).select_related("lead_district")
    return {
        "year": year,
        "tiles": without_pots(published_districts()),
        "model": FundingModel.objects.filter(first_year__lte=year).first(),
        "published": published.order_by("-published_on", "-pk")[:LIMIT],
    }


def director(roles: Roles) -> dict[str, Any]:
    """Return the start page of a managing director or deputy."""
    money = funds()
    projects = Project.objects.filter(lead_district__in=roles.district_ids)
    if money["year"]:
        projects = projects.filter(year=money["year"].year)
    todos, more = director_todos(roles)
    return {
        **money,
        "own_pots": [pot for pot in money["pots"] if roles.directs(pot.district_id)],
        "todos": todos,
        "more_todos": more,
        "decided": lately_decided(roles.district_ids),
        "states": [(district, states_of(roles, district, money["year"])) for district in roles.districts],
        "projects": projects.select_related("lead_district").order_by("-changed_at")[:LIMIT],
        "district": roles.districts[0],
    }


def states_of(roles: Roles, district: District, year: FiscalYear | None) -> list[tuple[Project.State, int]]:
    """Return how many projects of the district each state has: as many as the list shows for it."""
    projects = Project.objects.visible_to(roles).of_district(district)
    if year:
        projects = projects.filter(year=year.year)
    counts = dict(projects.values_list("state").annotate(n=Count("pk")).order_by())
    return [(state, counts[state]) for state in Project.State if state in counts]


def lately_decided(own: Collection[int]) -> "QuerySet[Decision]":
    """Return the latest decisions on applications of these districts' projects, newest first.

    They are searched among the projects that were decided on last, which an index finds. A search backwards
    from the newest decision would pass those of all other districts.
    """
    decided = Project.objects.filter(lead_district__in=own, latest_decision__isnull=False)
    latest = decided.order_by("-latest_decision").values("pk")[:DECIDED]
    return (
        Decision.objects.filter(step__in=DECIDES, application__project__in=latest)
        .select_related("application__project", "application__pot__district", "application__pot__year")
        .order_by("-pk")[:DECIDED]
    )


def director_todos(roles: Roles) -> tuple[list[Todo], bool]:
    """Return what waits for this director: questions, resolutions to record, confirmations, calls, gaps, drafts.

    Each thing is one row. What else is to be said of a project stands behind its first thing to do.
    The second value says whether more waits than these rows.
    """
    own = roles.district_ids
    # What waits for a decision comes before what is granted, in one question.
    of_directors = with_calls(Application.objects.filter(waits_for_director(own) | waits_for_caller(own)))
    decided = Case(When(state=Application.State.APPROVED, then=1), default=0)
    waiting = list(
        of_directors.select_related("project").order_by(decided, "waiting_since", "pk")[: LIMIT + 1]
    )
    answered = list(answers(own)[: PROJECTS + 1])
    comments = comment_todos(roles, LIMIT + 1)
    projects = list(unfinished(own)[: PROJECTS + 1])
    cut = len(waiting) > LIMIT or len(comments) > LIMIT or max(len(answered), len(projects)) > PROJECTS
    #: Address -> its row. A draft with an answer, a question and an early beginning is one thing.
    found: dict[str, Todo] = {}
    #: Project (key) -> the address of its first row.
    first: dict[int, str] = {}

    def add(project: Project, todo: Todo, more: str = "") -> None:
        there = found.get(first.get(project.pk, "") if more else todo.url)
        if there is None:
            found[todo.url] = todo
            first.setdefault(project.pk, todo.url)
        elif more and more not in there.text:
            found[there.url] = replace(there, text=f"{there.text}; {more}")

    for a in waiting[:LIMIT]:
        if a.is_returned:
            text, url = f"{a.project} – bitte überarbeiten", a.project.get_absolute_url()
            add(a.project, Todo("wait", "Rückfrage", text, url, a.waiting_since))
        elif a.is_approved:
            add(a.project, _call_todo(a))
        else:
            text = f"{a.project} – Beschluss erfassen"
            add(a.project, Todo("wait", "Beschluss", text, a.get_absolute_url(), a.waiting_since))
    for p in answered[:PROJECTS]:
        title, url = p.project.display_title, p.project.get_absolute_url()
        if p.declined_on:
            more = f"{p.district} macht nicht mit, bitte Plan anpassen"
            add(p.project, Todo("bad", "Absage", f"{title} – {more}", url, p.declined_on), more)
        else:
            text = f"{title} ({p.project.lead_district}) – Beteiligung bestätigen oder absagen"
            add(p.project, Todo("wait", "Bestätigung", text, url))
    found |= {todo.url: todo for todo in comments[:LIMIT]}
    for project in projects[:PROJECTS]:
        url, since = project.get_absolute_url(), timezone.localdate(project.changed_at)
        if project.is_funding_open and not any(
            row.locked and row.granted is None for row in project.financing_items.all()
        ):
            gap = project.plan_difference
            more = f"es fehlen noch {format_euro(gap)}" if gap > 0 else "Finanzierung schließen"
            add(project, Todo("bad", "Lücke", f"{project} – {more}", url, since), more)
        elif project.is_draft:
            more = "bereit zum Einreichen"
            if lacking := len(missing(project)):
                more = f"noch {counted(lacking, 'Angabe', 'Angaben')}"
                # With "pruefen" the form says at each field what is missing.
                url = f"{reverse('projects:edit', args=[project.pk])}?pruefen=1"
            add(project, Todo("plain", "Entwurf", f"{project.display_title} – {more}", url, since), more)
        if project.begins_early and (warning := early_start(project, project.financing_items.all())):
            kind, begun = ("bad", warning.starts_on) if warning.begun else ("wait", None)
            add(project, Todo(kind, "Beginn", f"{project} – {warning.short}", url, begun), warning.short)
    return list(found.values()), cut


def _call_todo(grant: Any) -> Todo:
    """Return what a director has to do about the money of a grant (``with_calls``)."""
    if grant.returned_call:
        text = f"{grant.project} – Abruf Nr. {grant.returned_call} klären"
        return Todo("bad", "Abruf", text, reverse("payments:call", args=[grant.returned_call]))
    if grant.bounced_call:
        text = f"{grant.project} – Abruf Nr. {grant.bounced_call} kam von der Bank zurück, bitte Konto klären"
        return Todo("bad", "Abruf", text, reverse("payments:call", args=[grant.bounced_call]))
    if grant.declined:
        text = f"{grant.project} – Zusage so nicht angenommen, bitte mit dem Empfänger klären"
        return Todo("bad", "Zusage", text, reverse("letters:letter", args=[grant.declined]))
    if grant.refused_plan:
        text = f"{grant.project} – eine Rate wurde nicht abgerufen: {grant.refusal}"
        return Todo("bad", "Rate", text, reverse("payments:plan", args=[grant.refused_plan]))
    text = f"{grant.project} – Geld abrufen, wenn es gebraucht wird"
    return Todo("plain", "Abruf", text, f"{grant.get_absolute_url()}#abrufe", grant.decided_on)


def answers(own: Collection[int]) -> "QuerySet[Participation]":
    """Return what others ask of these districts, and who declined to take part in their projects, by age."""
    asked = Participation.objects.asked().filter(district__in=own)
    declined = Participation.objects.filter(
        declined_on__isnull=False,
        project__lead_district__in=own,
        project__state__in=(Project.State.DRAFT, Project.State.RETURNED),
    )
    return (asked | declined).select_related("project__lead_district", "district").order_by("pk")


def unfinished(own: Collection[int]) -> "QuerySet[Any]":
    """Return these districts' projects that begin too early, then with a gap, then drafts, with plans.

    Last changed first.
    """
    early = starting_early()
    gap_or_draft = Q(state__in=(Project.State.FUNDING_OPEN, Project.State.DRAFT))
    return (
        Project.objects.filter(early | gap_or_draft, lead_district__in=own)
        # CASE, because the bare condition is NULL without a date, and PostgreSQL would sort that first.
        .annotate(begins_early=Case(When(early, then=True), default=False))
        # "funding_open" sorts after "draft".
        .order_by("-begins_early", "-state", "-changed_at", "-pk")
        .prefetch_related(
            "cost_items",
            Prefetch("financing_items", FinancingItem.objects.select_related("district")),
            Prefetch("participations", Participation.objects.select_related("district")),
        )
    )


def comment_todos(roles: Roles, limit: int = LIMIT) -> list[Todo]:
    """Return at most ``limit`` projects with comments that this user has not read. One query."""
    return [
        Todo(
            "wait",
            "Kommentar",
            f"{u.project} – {counted(u.count, 'neuer Kommentar', 'neue Kommentare')}",
            f"{u.project.get_absolute_url()}#kommentare",
            timezone.localdate(u.since),
        )
        for u in unread(roles, limit)
    ]


def staff(roles: Roles) -> dict[str, Any]:
    """Return the start page of the Wirtschaftsförderung."""
    today = timezone.localdate()
    longest_first = Application.objects.select_related("project").order_by("waiting_since", "pk")
    waiting = longest_first.filter(waits_for_staff())
    mine = waits_for_signature(roles)
    return {
        **funds(),
        # ``mine``: waits for this user's signature. ``sign_anew``: its first signature has lapsed.
        "queue": waiting.annotate(mine=mine, sign_anew=signature_lapsed(today))[:LIMIT],
        # How many wait, and how many of them for this user.
        **waiting.order_by().aggregate(waiting=Count("pk"), waiting_mine=Count("pk", filter=mine)),
        "comments": comment_todos(roles),
        "second_signatures": longest_first.filter(waits_for_second_signature(roles, today))[:LIMIT],
    }


def reader(roles: Roles) -> dict[str, Any]:
    """Return the start page of those who read everything: auditors, the advisory board, superusers."""
    return {**funds(), **administration(roles)}


def plain(roles: Roles) -> dict[str, Any]:
    """Return the start page of everybody else who is signed in."""
    if roles.may_enter_admin:
        return {"tiles": without_pots(District.objects.all()), **administration(roles)}
    return tasks_of(roles)


def administration(roles: Roles) -> dict[str, Any]:
    """Return what administrators look after: statutes, mails, the legal pages, the timer. Else nothing."""
    if not roles.may_enter_admin:
        return {}
    counts = OutboxMail.objects.aggregate(
        to_settle=Count("pk", filter=mail.is_to_settle()),
        unreached=Count("user", filter=mail.is_undelivered(), distinct=True),
        overdue=Count("pk", filter=mail.is_overdue()),
    )
    return {
        "statutes": statutes.check(timezone.localdate()),
        "mails": {**counts, "no_server": not mail.has_server()},
        "legal_missing": LegalDetails.load().missing,
        "jobs_trouble": jobs.trouble(),
    }
