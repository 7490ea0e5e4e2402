"""The pages of transfers between pots."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from funding import permissions, services
from funding.forms import BookingForm, ConfirmTransferForm, RefuseTransferForm, TransferForm
from funding.models import FiscalYear, Pot, Transfer
from funding.services.transfers import routes
from funding.views.access import PER_PAGE, readers_only
from funding.views.booking import carry_out
from funding.views.pots import chosen_year
from funding.views.two_people import decided
from members.common.kept import posted
from members.common.money import format_euro
from members.roles.request import Request


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def transfers(request: Request) -> HttpResponse:
    """Show a year's transfers and what its funding model allows; with POST, ask for one."""
    years = list(FiscalYear.objects.select_related("model"))
    year = chosen_year(request, years)
    allowed = routes(year.model) if year else []
    may_request = request.roles.is_business_development
    form = None
    status = 200
    if request.method == "POST":
        if not may_request:
            raise PermissionDenied
        if year is None:
            raise Http404
        form = TransferForm(year, allowed, request.POST)
        asked: list[Transfer] = []
        bound = form
        status = carry_out(request, form, lambda: _request(request, bound, asked))
        if not status:
            return redirect(asked[0]) if asked else redirect(request.get_full_path())
    elif may_request and allowed and year and year.is_open:
        form = TransferForm(year, allowed, posted(request))
    rows = (
        Transfer.objects.visible_to(request.roles)
        .filter(from_pot__year=year)
        .select_related(
            "from_pot__district",
            "from_pot__year",
            "to_pot__district",
            "to_pot__year",
            "requested_by__person",
            "decided_by__person",
        )
    )
    return render(
        request,
        "funding/transfers.html",
        {
            "years": years,
            "year": year,
            "routes": [(Pot.Kind(a).label, Pot.Kind(b).label) for a, b in allowed],
            "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
            "form": form if allowed and year and year.is_open else None,
        },
        status=status,
    )


def _request(request: Request, form: TransferForm, asked: list[Transfer]) -> str:
    data = form.cleaned_data
    transfer = services.request_transfer(
        data["from_pot"], data["to_pot"], amount=data["amount"], reason=data["reason"], actor=request.user
    )
    asked.append(transfer)
    return (
        f"{transfer} beantragt: {format_euro(transfer.amount)} sind in {transfer.from_pot} vorgemerkt. Jetzt "
        "bestätigt eine zweite Person der Wirtschaftsförderung."
    )


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: Request, pk: int) -> HttpResponse:
    """Show a transfer with its bookings; with POST, confirm or refuse it as the second person."""
    transfer = get_object_or_404(
        Transfer.objects.visible_to(request.roles).select_related(
            "from_pot__year", "from_pot__district", "to_pot__year", "to_pot__district", "requested_by__person",
            "decided_by__person",
        ),
        pk=pk,
    )  # fmt: skip
    shown, status = decided(
        request,
        transfer,
        {
            ConfirmTransferForm: permissions.objection_to_confirm_transfer(request.roles, transfer),
            RefuseTransferForm: permissions.objection_to_transfer(
                request.roles, transfer.from_pot, transfer.to_pot
            ),
        },
        act=lambda form: _decide(request, transfer, form),
        open_now=transfer.from_pot.year.is_open,
    )
    if not status:
        return redirect(transfer)
    return render(
        request,
        "funding/transfer.html",
        {
            "transfer": transfer,
            "entries": transfer.entries.select_related("pot__year", "pot__district", "actor__person"),
            **shown,
        },
        status=status,
    )


def _decide(request: Request, transfer: Transfer, form: BookingForm) -> str:
    if isinstance(form, ConfirmTransferForm):
        done = services.confirm_transfer(transfer, actor=request.user)
        return (
            f"Umgebucht: {format_euro(done.amount)}. In {done.to_pot} sind jetzt "
            f"{format_euro(done.to_pot.available)} frei."
        )
    done = services.refuse_transfer(transfer, reason=form.cleaned_data["reason"], actor=request.user)
    return f"Nicht umgebucht. In {done.from_pot} sind wieder {format_euro(done.from_pot.available)} frei."
