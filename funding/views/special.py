"""The pages of special pots."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from funding import services
from funding.forms import BookingForm, RaisePotForm, ReturnUnusedForm, SpecialPotForm
from funding.models import FiscalYear, Pot
from funding.views.access import readers_only
from funding.views.booking import carry_out
from funding.views.pots import chosen_year
from members.common.kept import posted
from members.common.money import format_euro
from members.roles.request import Request


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def special(request: Request) -> HttpResponse:
    """Show the special pots of a year; with POST, open one."""
    years = list(FiscalYear.objects.select_related("model"))
    year = chosen_year(request, years)
    may_keep = request.roles.is_business_development
    form = SpecialPotForm(posted(request))
    status = 200
    if request.method == "POST":
        if not may_keep:
            raise PermissionDenied
        if year is None:
            raise Http404
        opened: list[Pot] = []
        status = carry_out(request, form, lambda: _open(request, year, form, opened))
        if not status:
            return redirect(opened[0]) if opened else redirect(request.get_full_path())
    pots = Pot.objects.with_asked().filter(year=year, kind=Pot.Kind.SPECIAL).select_related("year")
    return render(
        request,
        "funding/special.html",
        {
            "years": years,
            "year": year,
            "pots": pots,
            "may_keep": may_keep,
            "form": form if may_keep and year and year.is_open else None,
        },
        status=status,
    )


def _open(request: Request, year: FiscalYear, form: SpecialPotForm, opened: list[Pot]) -> str:
    pot = services.open_pot(
        year.year, code=form.cleaned_data["code"], source=form.cleaned_data["source"],
        amount=form.cleaned_data["amount"], actor=request.user,
    )  # fmt: skip
    opened.append(pot)
    return f"{pot} angelegt: {format_euro(pot.allotted)} mit dem Kürzel {pot.code}."


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def special_pot(request: Request, pk: int) -> HttpResponse:
    """Show a special pot; with POST, book more money from its source, or unused money back."""
    if not request.roles.is_business_development:
        raise PermissionDenied
    pot = get_object_or_404(
        Pot.objects.with_asked().filter(kind=Pot.Kind.SPECIAL).select_related("year"), pk=pk
    )
    forms: dict[str, BookingForm] = {each.step: each() for each in (RaisePotForm, ReturnUnusedForm)}
    status = 200
    data = posted(request)
    step = data.get("step", "") if data is not None else ""
    if step in forms:
        forms[step] = type(forms[step])(data)
    if request.method == "POST":
        if step not in forms:
            raise Http404
        form = forms[step]
        status = carry_out(request, form, lambda: _change(request, pot, step, form))
        if not status:
            return redirect("funding:special_pot", pk=pk)
    return render(
        request,
        "funding/special_pot.html",
        {"pot": pot, "forms": list(forms.values()) if pot.year.is_open else []},
        status=status,
    )


def _change(request: Request, pot: Pot, step: str, form: BookingForm) -> str:
    amount = form.cleaned_data["amount"]
    service = services.raise_pot if step == RaisePotForm.step else services.return_unused
    changed = service(pot, amount=amount, reason=form.cleaned_data["reason"], actor=request.user)
    what = "Erhöht um" if step == RaisePotForm.step else "Verringert um"
    return (
        f"{what} {format_euro(amount)}. Der Ansatz von {changed} ist jetzt {format_euro(changed.allotted)}."
    )
