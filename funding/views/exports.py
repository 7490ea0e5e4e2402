"""The lists of the money as files: the rows that this reader sees on the page, with the same filters."""

from collections.abc import Iterator

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from funding.filters import ApplicationFilter
from funding.models import Application, FiscalYear, LedgerEntry, Pot
from funding.permissions import may_read_expenses, sees_entries_of
from funding.statement import Lens, readable_entries, running, statement
from funding.views.access import readers_only
from funding.views.overhead import expenses_of
from funding.views.pots import chosen_lens, chosen_year
from funding.views.queue import filters_of, ordered
from members.http import Request
from projects.export import Column, download
from projects.filters import in_words
from projects.models import Participation

CHUNK = 2000


def _further_districts(application: Application) -> str:
    return ", ".join(str(p.district) for p in application.project.participations.all())


APPLICATIONS = (
    Column("Projektnummer", lambda a: a.project.number, 15),
    Column("Projekt", lambda a: a.project.display_title, 40),
    Column("Haushaltsjahr", lambda a: a.pot.year.year, 14),
    Column("Topf", lambda a: a.pot.name, 26),
    Column("federführender Stadtbezirk", lambda a: a.project.lead_district.name, 20),
    Column("weitere Stadtbezirke", _further_districts, 24),
    Column("Handlungsschwerpunkt", lambda a: a.project.main_field.name if a.project.main_field else None, 30),
    Column("Stand", lambda a: a.get_state_display(), 20),
    Column("eingereicht am", lambda a: a.submitted_on, 14),
    Column("wartet seit", lambda a: a.waiting_since if a.state in Application.PENDING else None, 14),
    Column("entschieden am", lambda a: a.decided_on, 14),
    Column("beantragt", lambda a: a.requested, 16, summed=True),
    Column("vorgemerkt", lambda a: a.reserved, 16, summed=True),
    Column("bewilligt", lambda a: a.granted, 16, summed=True),
    Column("bezahlt", lambda a: a.paid, 16, summed=True),
)


@require_safe
@readers_only
def applications_export(request: Request, kind: str) -> HttpResponseBase:
    """What the queue shows under the same address, whole."""
    data = filters_of(request)
    filterset = ApplicationFilter(
        data,
        queryset=Application.objects.visible_to(request.roles),
        roles=request.roles,
        years=list(FiscalYear.objects.all()),
    )
    rows = (
        ordered(filterset.qs, data)
        .select_related("project__lead_district", "project__main_field", "pot__year", "pot__district")
        .prefetch_related(
            Prefetch("project__participations", Participation.objects.select_related("district"))
        )
    )
    return download(kind, "antraege", APPLICATIONS, rows.iterator(CHUNK), in_words(filterset, "Anträge"))


def _cause(entry: LedgerEntry) -> str:
    return str(entry.application.project) if entry.application else entry.text


def _entry_columns(lens: Lens, *, with_balance: bool) -> Iterator[Column]:
    yield Column("Nr.", lambda e: e.pk, 10)
    yield Column("Tag", lambda e: e.value_date, 12)
    yield Column("Bewegung", lambda e: e.get_kind_display(), 24)
    yield Column("Projektnummer", lambda e: e.application.project.number if e.application else None, 15)
    yield Column("Wofür", _cause, 44)
    yield Column("gebucht von", lambda e: str(e.actor), 26)
    yield Column("Betrag", lambda e: e.amount, 16)
    yield Column(f"Wirkung auf „{lens.name}“", lambda e: e.effect, 18, summed=True)
    if with_balance:
        yield Column(f"{lens.name} danach", lambda e: e.after, 16)


@require_safe
@readers_only
def pot_export(request: Request, pk: int, kind: str) -> HttpResponseBase:
    """A pot's bookings that this reader may see, in the order in which they were booked."""
    pot = get_object_or_404(Pot.objects.select_related("year", "district"), pk=pk)
    art, lens = chosen_lens(request)
    rows = (
        statement(readable_entries(request.roles, pot), lens, moving_only=bool(art))
        .select_related("actor__person", "application__project")
        .order_by("pk")
    )
    whole = sees_entries_of(request.roles, pot)
    chosen = f"Buchungen: {pot}{f', {lens.name}' if art else ''}"
    if not whole:
        chosen += ", nur von Projekten, an denen Ihr Stadtbezirk beteiligt ist"
    columns = tuple(_entry_columns(lens, with_balance=whole))
    name = f"buchungen-{slugify(pot.code)}-{pot.year}"
    return download(kind, name, columns, running(rows.iterator(CHUNK), lens), chosen)


EXPENSES = (
    Column("Nr.", lambda e: e.pk, 10),
    Column("Belegdatum", lambda e: e.dated, 12),
    Column("Wofür", lambda e: e.purpose, 40),
    Column("An wen", lambda e: e.payee, 30),
    Column("Beleg", lambda e: e.voucher, 16),
    Column("gebucht am", lambda e: e.on, 12),
    Column("gebucht von", lambda e: str(e.actor), 26),
    Column("Storno zu Nr.", lambda e: e.reverses_id, 12),
    Column("Grund", lambda e: e.reason, 30),
    Column("Betrag", lambda e: e.effect, 16, summed=True),
)


@require_safe
@readers_only
def overhead_export(request: Request, kind: str) -> HttpResponseBase:
    """A year's overhead expenses; payees are internal."""
    if not may_read_expenses(request.roles):
        raise PermissionDenied
    year = chosen_year(request, list(FiscalYear.objects.all()))
    pot = Pot.objects.filter(year=year, kind=Pot.Kind.OVERHEAD).first()
    if not pot:
        raise Http404
    rows = expenses_of(pot).iterator(CHUNK)
    return download(kind, f"gemeinkosten-{year}", EXPENSES, rows, f"Ausgaben aus den Gemeinkosten {year}")
