"""The lists of the money as files: the same rows and filters as on the page."""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from operator import attrgetter

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from funding.filters import ApplicationFilter
from funding.models import Application, FiscalYear, LedgerEntry, Pot
from funding.permissions import may_read_expenses, sees_entries_of
from funding.statement import Lens, readable_entries, statement
from funding.views.access import readers_only
from funding.views.applications import filters_of, ordered
from funding.views.pots import chosen_lens, chosen_year
from members.common.export import Column, Kind, chosen_label, download, looked_up
from members.models import User
from members.roles.request import Request
from projects.filters import in_words
from projects.models import Participation, Project

PROJECT_NAMES = Project.objects.only("number", "title")
ACTORS = User.objects.select_related("person")


def _further_districts(project_ids: Sequence[int]) -> list[str]:
    names: dict[int, list[str]] = {}
    taking_part = Participation.objects.filter(project_id__in=set(project_ids))
    for project_id, name in taking_part.values_list("project_id", "district__name"):
        names.setdefault(project_id, []).append(name)
    return [", ".join(names.get(project_id, ())) for project_id in project_ids]


def _where_pending(days: Sequence[str | None], states: Sequence[str]) -> Iterator[str | None]:
    return (day if state in Application.PENDING else None for day, state in zip(days, states, strict=True))


APPLICATIONS = (
    Column("Projektnummer", "project__number", 15),
    Column(
        "Projekt", "project__title", 40, cells=lambda titles: (title or Project.NO_TITLE for title in titles)
    ),
    Column("Haushaltsjahr", "pot__year__year", 14, Kind.NUMBER),
    Column(
        "Topf",
        "pot_id",
        26,
        cells=looked_up(Pot.objects.select_related("district"), attrgetter("name")),
        asks=True,
    ),
    Column("federführender Stadtbezirk", "project__lead_district__name", 20),
    Column("weitere Stadtbezirke", "project_id", 24, cells=_further_districts, asks=True),
    Column("Handlungsschwerpunkt", "project__main_field__name", 30),
    Column("Stand", "state", 20, cells=chosen_label(Application.State.choices)),
    Column("eingereicht am", "submitted_on", 14, Kind.DAY),
    Column("wartet seit", ("waiting_since", "state"), 14, Kind.DAY, cells=_where_pending),
    Column("entschieden am", "decided_on", 14, Kind.DAY),
    Column("beantragt", "requested", 16, Kind.EURO, summed=True),
    Column("vorgemerkt", "reserved", 16, Kind.EURO, summed=True),
    Column("bewilligt", "granted", 16, Kind.EURO, summed=True),
    Column("bezahlt", "paid", 16, Kind.EURO, summed=True),
)


@require_safe
@readers_only
def applications_export(request: Request, kind: str) -> HttpResponseBase:
    """Send the whole list of applications that the page shows under the same address."""
    data = filters_of(request)
    filterset = ApplicationFilter(
        data,
        queryset=Application.objects.visible_to(request.roles),
        roles=request.roles,
        years=list(FiscalYear.objects.all()),
    )
    rows = ordered(filterset.qs, data)
    return download(kind, "antraege", APPLICATIONS, rows, in_words(filterset, "Anträge"))


def _causes(project_ids: Sequence[int | None], texts: Sequence[str]) -> list[str]:
    projects = looked_up(PROJECT_NAMES)(project_ids)
    return [project or text for project, text in zip(projects, texts, strict=True)]


def _moves(lens: Lens) -> Callable[[Sequence[int], Sequence[str]], list[int]]:
    """Return a function that tells how each booking moves the figure, in cents."""
    effects = lens.effects()
    return lambda amounts, kinds: [
        effects.get(kind, 0) * amount for amount, kind in zip(amounts, kinds, strict=True)
    ]


def _balances(lens: Lens) -> Callable[[Sequence[int], Sequence[str]], list[int]]:
    """Return a function that tells the figure after each booking, in cents.

    It goes on counting from one chunk of rows to the next.
    """
    moves, last = _moves(lens), 0

    def cells(amounts: Sequence[int], kinds: Sequence[str]) -> list[int]:
        nonlocal last
        _, *balances = accumulate(moves(amounts, kinds), initial=last)
        last = balances[-1]
        return balances

    return cells


def _entry_columns(lens: Lens, *, with_balance: bool) -> Iterator[Column]:
    yield Column("Nr.", "pk", 10, Kind.NUMBER)
    yield Column("Tag", "value_date", 12, Kind.DAY)
    yield Column("Bewegung", "kind", 24, cells=chosen_label(LedgerEntry.Kind.choices))
    yield Column("Projektnummer", "application__project__number", 15)
    yield Column("Wofür", ("application__project_id", "text"), 44, cells=_causes, asks=True)
    yield Column("gebucht von", "actor_id", 26, cells=looked_up(ACTORS), asks=True)
    yield Column("Betrag", "amount", 16, Kind.EURO)
    moved = ("amount", "kind")
    yield Column(f"Wirkung auf „{lens.name}“", moved, 18, Kind.EURO, summed=True, cells=_moves(lens))
    if with_balance:
        yield Column(f"{lens.name} danach", moved, 16, Kind.EURO, cells=_balances(lens))


@require_safe
@readers_only
def pot_export(request: Request, pk: int, kind: str) -> HttpResponseBase:
    """Send the pot's bookings that this reader may see, in the order in which they were booked."""
    pot = get_object_or_404(Pot.objects.select_related("year", "district"), pk=pk)
    art, lens = chosen_lens(request)
    rows = statement(readable_entries(request.roles, pot), lens, moving_only=bool(art)).order_by("pk")
    whole = sees_entries_of(request.roles, pot)
    chosen = f"Buchungen: {pot}{f', {lens.name}' if art else ''}"
    if not whole:
        chosen += ", nur von Projekten, an denen Ihr Stadtbezirk beteiligt ist"
    columns = tuple(_entry_columns(lens, with_balance=whole))
    name = f"buchungen-{slugify(pot.code)}-{pot.year}"
    return download(kind, name, columns, rows, chosen)


def _effects(amounts: Sequence[int], reversed_ids: Sequence[int | None]) -> Iterator[int]:
    """Return ``Expense.effect`` for each row, in cents."""
    return (-amount if key else amount for amount, key in zip(amounts, reversed_ids, strict=True))


EXPENSES = (
    Column("Nr.", "pk", 10, Kind.NUMBER),
    Column("Belegdatum", "dated", 12, Kind.DAY),
    Column("Wofür", "purpose", 40),
    Column("An wen", "payee", 30),
    Column("Beleg", "voucher", 16),
    Column("gebucht am", "on", 12, Kind.DAY),
    Column("gebucht von", "actor_id", 26, cells=looked_up(ACTORS), asks=True),
    Column("Storno zu Nr.", "reverses_id", 12, Kind.NUMBER),
    Column("Grund", "reason", 30),
    Column("Betrag", ("amount", "reverses_id"), 16, Kind.EURO, summed=True, cells=_effects),
)


@require_safe
@readers_only
def overhead_export(request: Request, kind: str) -> HttpResponseBase:
    """Send a year's overhead expenses, to readers of all figures only: payees are internal."""
    if not may_read_expenses(request.roles):
        raise PermissionDenied
    year = chosen_year(request, list(FiscalYear.objects.all()))
    pot = Pot.objects.filter(year=year, kind=Pot.Kind.OVERHEAD).first()
    if not pot:
        raise Http404
    rows = pot.expenses.all()
    return download(kind, f"gemeinkosten-{year}", EXPENSES, rows, f"Ausgaben aus den Gemeinkosten {year}")
