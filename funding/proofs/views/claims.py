"""The pages of what has to come back: the list, one claim with its interest, and interest on money that lay unused."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funding import services as core
from funding import transitions
from funding.errors import FundingError
from funding.forms import BookingForm, amount_field, text_field
from funding.letters.content import code_for
from funding.letters.models import Letter, Letterhead
from funding.letters.permissions import may_read_letters
from funding.models import Application, GrantChange, Step
from funding.permissions import objection_to
from funding.proofs import services
from funding.proofs.filters import ClaimFilter
from funding.proofs.models import ProofOfUse, RepaymentClaim
from funding.proofs.models.claim import debtor_of
from funding.proofs.owed import owed_without_claim, still_owed
from funding.proofs.permissions import may_see_debtors, may_see_vouchers, objection_to_remind
from funding.proofs.standing import standing
from funding.proofs.views.access import proof_readers_only
from funding.views.access import PER_PAGE
from funding.views.booking import carry_out
from members.common import girocode
from members.common.kept import posted
from members.common.money import ZERO, format_euro
from members.roles.request import Request


class _OfGrant(BookingForm):
    """A form about interest of a grant. ``seen`` is the grant as it was shown."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    amount = amount_field()

    def __init__(self, application: Application, data: Any = None) -> None:
        super().__init__(data)
        self.initial["seen"] = transitions.seen_of(application)


class InterestForm(_OfGrant):
    title = "Zinsen sind eingegangen"
    button = "Zinsen buchen"
    step = Step.INTEREST.value

    reason = text_field("Bemerkung", max_length=150, help_text="Zum Beispiel die Nummer des Kontoauszugs.")


class ForgoForm(_OfGrant):
    """Asks a second person to waive interest."""

    title = "Auf Zinsen verzichten"
    button = "Verzicht beantragen"
    css = "btn-outline-primary"
    step = Step.FORGO.value

    reason = text_field(
        "Begründung",
        required="Bitte begründen Sie, warum auf die Zinsen verzichtet werden soll.",
        max_length=300,
        help_text="Der Stadtbezirk liest sie. Auf Zinsen verzichten immer zwei Personen.",
    )


@require_safe
@proof_readers_only
def claims(request: Request) -> HttpResponse:
    """Show what has to come back, what is due first on top."""
    visible = RepaymentClaim.objects.visible_to(request.roles)
    owing = still_owed(visible, request.roles.day)
    chosen = ClaimFilter(
        request.GET, queryset=visible.with_left().with_reminder(), day=request.roles.day, owing=list(owing)
    )
    rows = chosen.qs.with_names().order_by("due_on", "pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    for each in page:
        each.interest_left = owing.get(each.pk)
        each.names_debtor = may_see_vouchers(request.roles, each.application)
    return render(
        request,
        "proofs/claims.html",
        {
            "filter": chosen,
            "page": page,
            "names_debtors": may_see_debtors(request.roles),
            "sums": chosen.qs.aggregate(claimed=Sum("amount"), still=Sum("left")),
        },
    )


@require_safe
@proof_readers_only
def unclaimed(request: Request) -> HttpResponse:
    """Show the grants that owe interest on unused money without a claim, in the order of their proofs."""
    visible = ProofOfUse.objects.visible_to(request.roles).order_by("pk")
    found = owed_without_claim(visible, request.roles.day)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        (proof, asked, debtor_of(proof.application.project) if may_see_vouchers(request.roles, proof.application) else "–")
        for proof, asked in page
    ]  # fmt: skip
    return render(
        request,
        "proofs/unclaimed.html",
        {
            "page": page,
            "rows": rows,
            "total": sum((asked for _, asked in found), ZERO),
            "names_debtors": may_see_debtors(request.roles),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@proof_readers_only
def claim(request: Request, pk: int) -> HttpResponse:
    """Show one claim; with POST, book interest that came in, or ask a second person to waive it."""
    found = RepaymentClaim.objects.visible_to(request.roles).with_names().with_left()
    shown = get_object_or_404(found, pk=pk)
    application = shown.application
    objection = objection_to(Step.INTEREST, request.roles, application)
    if request.method == "POST" and objection:
        raise PermissionDenied(str(objection))
    booked, forgone, status = _taken(request, application)
    if request.method == "POST" and not status:
        return redirect(shown)
    offered = not objection and shown.rate
    bound = next((form for form in (booked, forgone) if form.errors), None)
    stands = standing(shown, request.roles.day)
    forgone.initial["amount"] = stands.owed.asked
    if stands.owed.is_open:
        shown.interest_left = stands.owed.asked
    reminders = list(shown.reminders.select_related("actor__person"))
    head = Letterhead.objects.get()
    code = code_for(head, shown, stands.to_pay) if stands.to_pay else ""
    letter = Letter.objects.current().filter(decision=shown.decision).first()
    return render(
        request,
        "proofs/claim.html",
        {
            "claim": shown,
            "application": application,
            "project": application.project,
            "standing": stands,
            "sees_payee": may_see_vouchers(request.roles, application),
            "bank": head.bank,
            "code": girocode.address(code) if code else "",
            "letter": letter if letter and may_read_letters(request.roles) else None,
            "form": booked if offered else None,
            "forgo": forgone if offered and (stands.owed.asked or forgone.is_bound) else None,
            "waiting": application.grant_changes.filter(state=GrantChange.State.REQUESTED).first()
            if offered
            else None,
            "refused": bound if not offered else None,
            "overdue": shown.is_overdue(request.roles.day),
            "reminders": reminders,
            "may_remind": stands.to_pay
            and shown.due_on < request.roles.day
            and not any(each.on == request.roles.day for each in reminders)
            and objection_to_remind(request.roles) is None,
            "may_waive": not objection_to(Step.WAIVE, request.roles, application),
        },
        status=status,
    )


@proof_readers_only
@require_POST
def remind(request: Request, pk: int) -> HttpResponse:
    """Remind the district of a claim that is overdue."""
    found = get_object_or_404(
        RepaymentClaim.objects.visible_to(request.roles).select_related("application"), pk=pk
    )
    if objection := objection_to_remind(request.roles):
        raise PermissionDenied(str(objection))
    try:
        reminder = services.remind(found, actor=request.user)
    except FundingError as error:
        messages.error(request, str(error))
    else:
        what = "Zinsen" if reminder.of_interest else "Rückzahlung"
        messages.success(
            request, f"Der Stadtbezirk ist erinnert: {format_euro(reminder.amount)} {what} sind offen."
        )
    return redirect(found)


@require_http_methods(["GET", "HEAD", "POST"])
@proof_readers_only
def interest(request: Request, pk: int) -> HttpResponse:
    """Show the interest on money that lay unused, and book what of it came in: for who may book it."""
    proof = get_object_or_404(ProofOfUse.objects.visible_to(request.roles).with_names(), pk=pk)
    application = proof.application
    if objection := objection_to(Step.INTEREST, request.roles, application):
        raise PermissionDenied(str(objection))
    booked, forgone, status = _taken(request, application)
    if request.method == "POST" and not status:
        return redirect(proof)
    return render(
        request, "proofs/interest.html", {"proof": proof, "form": booked, "forgo": forgone}, status=status
    )


def _taken(request: Request, application: Application) -> tuple[InterestForm, ForgoForm, int]:
    """Return both forms about interest, after the one that was sent was carried out, and the status; 0 if it was."""
    data = posted(request)
    forgoes = data is not None and data.get("step") == ForgoForm.step
    booked = InterestForm(application, None if forgoes else data)
    forgone = ForgoForm(application, data if forgoes else None)
    if request.method != "POST":
        return booked, forgone, 200
    form = forgone if forgoes else booked
    return booked, forgone, carry_out(request, form, lambda: _book(request, form, application))


def _book(request: Request, form: BookingForm, application: Application) -> str:
    data = form.cleaned_data
    common: dict[str, Any] = {
        "reason": data["reason"], "seen": data["seen"] or None, "actor": request.user,
    }  # fmt: skip
    if isinstance(form, InterestForm):
        core.book_interest(application, amount=data["amount"], **common)
        return f"Gebucht: {format_euro(data['amount'])} Zinsen."
    to = (application.granted or ZERO) + data["amount"]
    change = core.request_change(application, what=Step.FORGO.value, to=to, **common)
    return f"{change} wartet jetzt auf eine zweite Person: {format_euro(data['amount'])} Zinsen. Verzichtet ist noch nicht."
