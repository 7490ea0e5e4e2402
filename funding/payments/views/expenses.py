"""The page on which an expense of the overhead is entered."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from funding.models import Pot
from funding.payments import services
from funding.payments.call_forms import ExpenseCallForm
from funding.payments.models import PaymentCall
from funding.payments.views.calls import carry_out, with_access
from funding.payments.views.payees import NEW_PAYEE, came_back, new_payee
from members.common.kept import posted
from members.common.money import format_euro
from members.common.uploading import trouble_reading
from members.roles.request import Request


@csrf_exempt  # ``_expense_create`` checks the token: reading it means reading the files
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def expense_create(request: Request, year: int) -> HttpResponse:
    """Show the form that enters an expense of a year's overhead; with POST, enter it."""
    if not request.roles.is_business_development:
        raise PermissionDenied
    pot = get_object_or_404(
        Pot.objects.select_related("year", "district"), year__year=year, kind=Pot.Kind.OVERHEAD
    )
    if request.method == "POST" and (trouble := trouble_reading(request)):
        form = ExpenseCallForm(pot, request.roles)
        return _page(request, pot, form, status=trouble[1], trouble=trouble[0])
    return _expense_create(request, pot)


# The middleware that limits the size of a request leaves it to a view with this mark.
expense_create.checks_body_size = True  # type: ignore[attr-defined]


@csrf_protect
def _expense_create(request: Request, pot: Pot) -> HttpResponse:
    form = ExpenseCallForm(pot, request.roles, posted(request), request.FILES)
    if request.method != "POST":
        form.initial = {**form.initial, **came_back(request)}
        return _page(request, pot, form)
    if NEW_PAYEE in request.POST:
        return new_payee(request)
    done: list[PaymentCall] = []

    def act() -> str:
        call = services.call_expense(
            pot.year.year,
            asked=form.asked,
            actor=request.user,
            files=form.cleaned_data["papers"],
            key=form.cleaned_data["key"],
        )
        done.append(call)
        pot.refresh_from_db()
        return (
            f"{call.expense} über {format_euro(call.amount)} ist eingetragen; eine andere Person prüft {call}. "
            f"In den Gemeinkosten {pot.year} sind noch {format_euro(pot.available)} frei."
        )

    if status := carry_out(request, form, act):
        pot.refresh_from_db()
        return _page(request, pot, form, status=status)
    return redirect(done[0] if done else pot)


def _page(
    request: Request, pot: Pot, form: ExpenseCallForm, *, status: int = 200, trouble: str = ""
) -> HttpResponse:
    return render(
        request,
        "payments/expense_form.html",
        {
            "pot": pot,
            "form": form,
            "trouble": trouble,
            "before": with_access(request, form.before),
            "with_payees": form.fields["payee"].queryset.exists(),  # type: ignore[attr-defined]
        },
        status=status,
    )
