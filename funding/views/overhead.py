"""The pages of the overhead pot and of its expenses."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from funding import services
from funding.forms import ReversalForm
from funding.models import Expense, FiscalYear, LedgerEntry, Pot
from funding.permissions import may_read_expenses
from funding.views.access import PER_PAGE, readers_only
from funding.views.booking import carry_out
from funding.views.pots import chosen_year
from members.common.kept import posted
from members.common.money import format_euro
from members.roles.request import Request


def _free(pot: Pot) -> str:
    pot.refresh_from_db()
    return f"In den Gemeinkosten {pot.year} sind noch {format_euro(pot.available)} frei."


@require_safe
@readers_only
def overhead(request: Request) -> HttpResponse:
    """Show a year's overhead pot and its expenses. Directors see no expenses."""
    years = list(FiscalYear.objects.select_related("model"))
    year = chosen_year(request, years)
    pot = Pot.objects.filter(year=year, kind=Pot.Kind.OVERHEAD).select_related("year").first()
    reads = may_read_expenses(request.roles)
    page = None
    if reads and pot:
        expenses = pot.expenses.select_related("actor__person", "reversal").prefetch_related("entries")
        page = Paginator(expenses, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "funding/overhead.html",
        {
            "years": years,
            "year": year,
            "pot": pot,
            "reads": reads,
            "page": page,
            "may_book": request.roles.is_business_development,
        },
    )


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def expense(request: Request, pk: int) -> HttpResponse:
    """Show an expense with its bookings; with POST, reverse it."""
    if not may_read_expenses(request.roles):
        raise PermissionDenied
    expense = get_object_or_404(
        Expense.objects.select_related(
            "pot__year", "actor__person", "reverses", "reversal__actor__person"
        ).prefetch_related(Prefetch("entries", LedgerEntry.objects.select_related("actor__person"))),
        pk=pk,
    )
    may_book = request.roles.is_business_development
    form = ReversalForm(posted(request))
    status = 200
    if request.method == "POST":
        if not may_book:
            raise PermissionDenied
        status = carry_out(request, form, lambda: _reverse(request, expense, form))
        if not status:
            return redirect(expense)
    reversible = expense.reverses_id is None and not hasattr(expense, "reversal")
    held = services.held(expense) if reversible else ""
    open_form = (reversible and not held) or form.is_bound
    return render(
        request,
        "funding/overhead_expense.html",
        {
            "expense": expense,
            "form": form if may_book and expense.pot.year.is_open and open_form else None,
            "held": held if may_book else "",
            "reversible": reversible,
        },
        status=status,
    )


def _reverse(request: Request, expense: Expense, form: ReversalForm) -> str:
    services.reverse_expense(expense, reason=form.cleaned_data["reason"], actor=request.user)
    return f"{expense} storniert: {format_euro(expense.amount)}. {_free(expense.pot)}"
