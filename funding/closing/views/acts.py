"""Closing a year and opening it again, as one person asks and another confirms; the general meeting's resolution."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from funding.closing import permissions, services
from funding.closing.forms import AdoptionForm, CloseForm, ConfirmClosingForm, RefuseForm, ReopenForm
from funding.closing.lights import KINDS, YearLights
from funding.closing.models import Adoption, Carryover, YearClosing
from funding.closing.views.access import figures_only
from funding.forms import BookingForm
from funding.models import FiscalYear
from funding.permissions import objection_to_close_year
from funding.views.booking import carry_out
from funding.views.two_people import decided
from members.common.kept import posted
from members.roles.request import Request


def offered(request: Request, year: FiscalYear, lights: YearLights) -> list[type[BookingForm]]:
    """Return the forms that this user can send now."""
    if objection_to_close_year(request.roles) or waiting(year):
        return []
    if year.is_closed:
        latest = next((each for each in year.closings.all() if each.is_confirmed), None)
        adopted = {each.what for each in latest.adoptions.all()} if latest else set(Adoption.What.values)
        return [ReopenForm] if adopted.issuperset(Adoption.What.values) else [AdoptionForm, ReopenForm]
    if year.is_open and year.year < timezone.localdate().year and not lights.against:
        return [CloseForm]
    return []


#: What can be sent to the page of a year, whether or not it is offered now.
FORMS = (CloseForm, AdoptionForm, ReopenForm)


def waiting(year: FiscalYear) -> YearClosing | None:
    """Return the request that waits for a second person. Reads ``closings``."""
    return next((each for each in year.closings.all() if each.waits), None)


def acts(request: Request, year: FiscalYear, lights: YearLights) -> tuple[dict[str, Any], int]:
    """Carry out what was sent; return what the page of the year shows of its closing, and its status.

    Status 0 means that it was carried out: show the page anew.
    """
    data, status, refused = posted(request), 200, None
    step = data.get("step", "") if data is not None else ""
    forms = [form(data) if form.step == step else form() for form in offered(request, year, lights)]
    if request.method == "POST":
        if objection_to_close_year(request.roles):
            raise PermissionDenied
        sent = next((form for form in forms if form.is_bound), None)
        form = sent or next((late(data) for late in FORMS if late.step == step), None)
        if form is None:
            raise Http404
        status = carry_out(request, form, lambda: _act(request, year, form))
        refused = None if sent else form
    remainders = _remainders(year, lights)
    return {
        "forms": forms,
        # The form that was sent from a page that somebody has overtaken: the page shows its errors.
        "refused": refused,
        "waiting": waiting(year),
        "closings": year.closings.all(),
        "remainders": remainders,
        "totals": services.together(remainders),
    }, status


def _remainders(year: FiscalYear, lights: YearLights) -> list[Carryover]:
    """Return what becomes of the free money, of a closed year what became of it. Reads ``closings``."""
    if year.is_open:
        return services.remainders(year, timezone.localdate(), [row.pot for row in lights.pots])
    latest = next((each for each in year.closings.all() if each.is_closing and each.is_confirmed), None)
    return in_order(latest) if latest else []


def in_order(closing: YearClosing) -> list[Carryover]:
    """Return what the request does with each pot's free money, in the order of the pots on every page of the year-end."""
    rows = closing.carryovers.select_related("pot__year", "pot__district")
    return sorted(rows, key=lambda row: KINDS.index(row.pot.kind))


def _act(request: Request, year: FiscalYear, form: BookingForm) -> str:
    if isinstance(form, AdoptionForm):
        assert form.resolution is not None
        adopted = services.adopt(
            year, what=form.cleaned_data["what"], resolution=form.resolution, actor=request.user
        )
        return f"Eingetragen: {adopted.get_what_display()}, {adopted.resolution.votes}."
    ask = services.request_closing if isinstance(form, CloseForm) else services.request_reopening
    ask(year, reason=form.cleaned_data["reason"], actor=request.user)
    return "Beantragt. Jetzt entscheidet eine zweite Person der Wirtschaftsförderung."


@figures_only
@require_http_methods(["GET", "HEAD", "POST"])
def closing(request: Request, pk: int) -> HttpResponse:
    """Show a request to close a year or to open it again; with POST, confirm or refuse it as the second person."""
    asked = get_object_or_404(
        YearClosing.objects.select_related("year", "requested_by__person", "decided_by__person", "snapshot"),
        pk=pk,
    )
    shown, status = decided(
        request,
        asked,
        {
            ConfirmClosingForm: permissions.objection_to_confirm(request.roles, asked),
            RefuseForm: objection_to_close_year(request.roles),
        },
        act=lambda form: _decide(request, asked, form),
    )
    if not status:
        return redirect(asked)
    remainders = in_order(asked)
    return render(
        request,
        "closing/closing.html",
        {
            "closing": asked,
            "year": asked.year,
            "remainders": remainders,
            "totals": services.together(remainders),
            **shown,
        },
        status=status,
    )


def _decide(request: Request, asked: YearClosing, form: BookingForm) -> str:
    if isinstance(form, RefuseForm):
        services.refuse_closing(asked, reason=form.cleaned_data["reason"], actor=request.user)
        return "Es bleibt, wie es ist."
    done = services.confirm_closing(asked, actor=request.user)
    return f"Das Haushaltsjahr {done.year} ist {'abgeschlossen' if done.is_closing else 'wieder offen'}."
