"""The pages of what is kept and deleted: all years, one year with what may go, a deletion by two people, a hold."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from funding.closing import permissions
from funding.closing.forms import ConfirmDeletionForm, DeletionForm, EndHoldForm, HoldForm, RefuseForm
from funding.closing.models import Deletion, RetentionHold
from funding.closing.permissions import objection_to_delete
from funding.closing.retention import listing, services
from funding.closing.retention.sources import BY_WHAT
from funding.forms import BookingForm
from funding.views.access import PER_PAGE, only_for
from funding.views.booking import carry_out
from funding.views.two_people import decided
from members.common.counting import counted
from members.common.days import FIRST_DAY
from members.common.kept import posted
from members.roles.request import Request

#: Lets only users in who read vouchers and payees: names of files may say whom they concern.
payee_readers_only = only_for(lambda roles: roles.reads_payees)


@payee_readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def retention_years(request: Request) -> HttpResponse:
    """Show the calendar years with what is kept of them, and the holds; with POST, enter a hold."""
    form, status = HoldForm(posted(request)), 200
    may = objection_to_delete(request.roles) is None
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        status = carry_out(request, form, lambda: _hold(request, form))
        if not status:
            return redirect("retention:years")
    return render(
        request,
        "retention/years.html",
        {
            "rows": listing.years(timezone.localdate()),
            "waiting": Deletion.objects.filter(state=Deletion.State.REQUESTED).select_related(
                "requested_by__person"
            ),
            "holds": RetentionHold.objects.active().select_related("project"),
            "form": form if may else None,
        },
        status=status,
    )


def _hold(request: Request, form: HoldForm) -> str:
    services.hold(
        project=form.project,
        year=form.cleaned_data["year"],
        reason=form.cleaned_data["reason"],
        actor=request.user,
    )
    return "Eingetragen. Gelöscht wird davon nichts, bis die Sperre beendet ist."


@payee_readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def retention_year(request: Request, year: int) -> HttpResponse:
    """Show what of a calendar year may go and what not yet; with POST, ask to delete one kind of it."""
    today = timezone.localdate()
    if not FIRST_DAY.year <= year <= today.year:
        raise Http404
    parts = listing.parts_of(year, today)
    deletions = list(
        Deletion.objects.filter(year=year)
        .select_related("requested_by__person", "decided_by__person")
        .annotate(number=Count("items"), size=Sum("items__size", default=0))
    )
    waiting = {deletion.what for deletion in deletions if deletion.waits}
    may = objection_to_delete(request.roles) is None
    data, status = posted(request), 200
    sent = None
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        step = data.get("step", "") if data is not None else ""
        if step not in BY_WHAT:
            raise Http404
        sent = form = DeletionForm(step, 0, data)
        status = carry_out(request, form, lambda: _ask(request, year, form))
        if not status:
            return redirect("retention:year", year=year)
    forms = {
        part.what: sent if sent and sent.step == part.what else DeletionForm(part.what, part.number)
        for part in parts
        if may and part.number and part.what not in waiting
    }
    return render(
        request,
        "retention/year.html",
        {
            "year": year,
            "parts": [(part, forms.get(part.what), part.what in waiting) for part in parts],
            "deletions": deletions,
            "refused": sent if sent and sent not in forms.values() else None,
            "number": sum(part.number for part in parts),
        },
        status=status,
    )


def _ask(request: Request, year: int, form: DeletionForm) -> str:
    services.request_deletion(
        year,
        form.step,
        seen=form.cleaned_data["seen"],
        reason=form.cleaned_data["reason"],
        actor=request.user,
    )
    return "Beantragt. Jetzt entscheidet eine zweite Person der Wirtschaftsförderung."


@payee_readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def deletion(request: Request, pk: int) -> HttpResponse:
    """Show a deletion with each of its files; with POST, confirm or refuse it as the second person."""
    found = Deletion.objects.select_related("requested_by__person", "decided_by__person", "done")
    asked = get_object_or_404(
        found.annotate(number=Count("items"), size=Sum("items__size", default=0)), pk=pk
    )
    shown, status = decided(
        request,
        asked,
        {
            ConfirmDeletionForm: permissions.objection_to_confirm_deletion(request.roles, asked),
            RefuseForm: objection_to_delete(request.roles),
        },
        act=lambda form: _decide(request, asked, form),
    )
    if not status:
        return redirect(asked)
    items = asked.items.select_related("project")
    return render(
        request,
        "retention/deletion.html",
        {
            "deletion": asked,
            "page": Paginator(items, PER_PAGE).get_page(request.GET.get("page")),
            **shown,
        },
        status=status,
    )


def _decide(request: Request, asked: Deletion, form: BookingForm) -> str:
    if isinstance(form, RefuseForm):
        services.refuse_deletion(asked, reason=form.cleaned_data["reason"], actor=request.user)
        return "Es bleibt, wie es ist."
    services.confirm_deletion(asked, actor=request.user)
    return f"{counted(asked.items.count(), *asked.nouns)} gelöscht. Was es war, bleibt hier stehen."


@payee_readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: Request, pk: int) -> HttpResponse:
    """Show a hold; with POST, end it."""
    related = ("project", "entered_by__person", "ended_by__person")
    found = get_object_or_404(RetentionHold.objects.select_related(*related), pk=pk)
    may = objection_to_delete(request.roles) is None and found.is_active
    form, status = EndHoldForm(posted(request)), 200
    if request.method == "POST":
        if objection_to_delete(request.roles):
            raise PermissionDenied
        status = carry_out(request, form, lambda: _end(request, found, form))
        if not status:
            return redirect(found)
    return render(
        request,
        "retention/hold.html",
        {"hold": found, "form": form if may or form.errors else None},
        status=status,
    )


def _end(request: Request, found: RetentionHold, form: EndHoldForm) -> str:
    services.end_hold(found, reason=form.cleaned_data["reason"], actor=request.user)
    return "Die Sperre ist beendet."
