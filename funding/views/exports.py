"""The lists of the money as files: the same rows and filters as on the page."""

from collections.abc import Iterator
from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from funding.filters import ApplicationFilter
from funding.models import Application, FiscalYear, LedgerEntry, Pot
from funding.permissions import may_read_expenses, sees_entries_of
from funding.statement import Lens, readable_entries, run, statement
from funding.views.access import readers_only
from funding.views.applications import filters_of, ordered
from funding.views.pots import chosen_lens, chosen_year, name_sources
from members.common.export import CHUNK, Column, download
from members.common.money import ZERO
from members.roles.request import Request
from projects.filters import in_words


def _further_districts(application: Application) -> str:
    return ", ".join(part.district.name for part in application.project.participations.all())


def _waiting_since(application: Application) -> date | None:
    return application.waiting_since if application.state in Application.PENDING else None


APPLICATIONS = (
    Column("Projektnummer", "project.number", 15),
    Column("Projekt", "project.display_title", 40),
    Column("Haushaltsjahr", "pot.year.year", 14),
    Column("Topf", "pot", 30),
    Column("federführender Stadtbezirk", "project.lead_district", 20),
    Column("weitere Stadtbezirke", _further_districts, 24),
    Column("Handlungsschwerpunkt", "project.main_field", 30),
    Column("Stand", Application.get_state_display, 20),
    Column("eingereicht am", "submitted_on", 14),
    Column("wartet seit", _waiting_since, 14),
    Column("entschieden am", "decided_on", 14),
    Column("beantragt", "requested", summed=True),
    Column("vorgemerkt", "reserved", summed=True),
    Column("bewilligt", "granted", summed=True),
    Column("abgerufen", "called", summed=True),
    Column("ausgezahlt", "paid", summed=True),
)


@require_safe
@readers_only
def applications_export(request: Request, kind: str) -> HttpResponseBase:
    """Send the whole list of applications that the page shows under the same address."""
    data = filters_of(request)
    filterset = ApplicationFilter(
        data,
        queryset=Application.objects.visible_to(request.roles)
        .select_related("project__lead_district", "project__main_field", "pot__district", "pot__year")
        .prefetch_related("project__participations__district"),
        roles=request.roles,
        years=list(FiscalYear.objects.all()),
    )
    rows = ordered(filterset.qs, data).iterator(CHUNK)
    return download(kind, "antraege", APPLICATIONS, rows, in_words(filterset, "Anträge"))


def _cause(entry: LedgerEntry) -> str:
    return str(entry.application.project) if entry.application else entry.text


def _entry_columns(lens: Lens, *, with_balance: bool) -> Iterator[Column]:
    yield Column("Nr.", "pk", 10)
    yield Column("Tag", "value_date", 12)
    yield Column("Bewegung", LedgerEntry.get_kind_display, 24)
    yield Column("Projektnummer", lambda entry: entry.application and entry.application.project.number, 15)
    yield Column("Wofür", _cause, 44)
    yield Column("Zahlung", "source.label", 34)
    yield Column("Referenz der Zahlung", "source.reference", 20)
    yield Column("gebucht von", "actor", 26)
    yield Column("Betrag", "amount")
    yield Column(f"Wirkung auf „{lens.name}“", "effect", 18, summed=True)
    if with_balance:
        yield Column(f"{lens.name} danach", "after")


@require_safe
@readers_only
def pot_export(request: Request, pk: int, kind: str) -> HttpResponseBase:
    """Send the pot's bookings that this reader may see, in the order in which they were booked."""
    pot = get_object_or_404(Pot.objects.select_related("year", "district"), pk=pk)
    art, lens = chosen_lens(request)
    entries = readable_entries(request.roles, pot).select_related("application__project", "actor__person")
    rows = list(statement(entries, lens, moving_only=bool(art)))
    run(rows, lens, ZERO)
    name_sources(request, rows)
    whole = sees_entries_of(request.roles, pot)
    chosen = f"Buchungen: {pot}{f', {lens.name}' if art else ''}"
    if whole and pot.end_of_chain:
        chosen += f". {pot.end_of_chain}"
    if not whole:
        chosen += ", nur von Projekten, an denen Ihr Stadtbezirk beteiligt ist"
    columns = tuple(_entry_columns(lens, with_balance=whole))
    name = f"buchungen-{slugify(pot.code)}-{pot.year}"
    return download(kind, name, columns, reversed(rows), chosen)


#: What only who reads payees gets.
PAYEES = (Column("An wen", "payee", 30), Column("Beleg", "voucher"))
EXPENSES = (
    Column("Nr.", "pk", 10),
    Column("Belegdatum", "dated", 12),
    Column("Wofür", "purpose", 40),
    *PAYEES,
    Column("gebucht am", "on", 12),
    Column("gebucht von", "actor", 26),
    Column("Storno zu Nr.", "reverses_id", 12),
    Column("Grund", "reason", 30),
    Column("bezahlt am", "paid_on", 12),
    Column("Betrag", "effect", summed=True),
)


@require_safe
@readers_only
def overhead_export(request: Request, kind: str) -> HttpResponseBase:
    """Send a year's overhead expenses, to readers of all figures only; payees and vouchers not to the advisory board."""
    if not may_read_expenses(request.roles):
        raise PermissionDenied
    year = chosen_year(request, list(FiscalYear.objects.all()))
    pot = Pot.objects.filter(year=year, kind=Pot.Kind.OVERHEAD).first()
    if not pot:
        raise Http404
    rows = pot.expenses.select_related("actor__person").prefetch_related("entries")
    columns = [column for column in EXPENSES if request.roles.reads_payees or column not in PAYEES]
    return download(kind, f"gemeinkosten-{year}", columns, rows, f"Ausgaben aus den Gemeinkosten {year}")
