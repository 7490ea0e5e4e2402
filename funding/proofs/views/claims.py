"""The pages of what has to come back: the list, one claim with its interest, and interest on money that lay unused."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from funding import services as core
from funding import transitions
from funding.forms import BookingForm, amount_field, text_field
from funding.letters.content import code_for
from funding.letters.models import Letter, Letterhead
from funding.letters.permissions import may_read_letters
from funding.models import Application, Step
from funding.permissions import objection_to
from funding.proofs.filters import ClaimFilter
from funding.proofs.models import ProofOfUse, RepaymentClaim
from funding.proofs.standing import standing
from funding.proofs.views.access import proof_readers_only
from funding.views.access import PER_PAGE
from funding.views.booking import carry_out
from members.common import girocode
from members.common.kept import posted
from members.common.money import format_euro
from members.roles.request import Request


class InterestForm(BookingForm):
    title = "Zinsen sind eingegangen"
    button = "Zinsen buchen"

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    amount = amount_field()
    reason = text_field("Bemerkung", max_length=150, help_text="Zum Beispiel die Nummer des Kontoauszugs.")

    def __init__(self, application: Application, data: Any = None) -> None:
        super().__init__(data)
        self.initial["seen"] = transitions.seen_of(application)


@require_safe
@proof_readers_only
def claims(request: Request) -> HttpResponse:
    """Show what has to come back, what is due first on top."""
    visible = RepaymentClaim.objects.visible_to(request.roles).with_left()
    chosen = ClaimFilter(request.GET, queryset=visible, day=request.roles.day)
    rows = chosen.qs.with_names().order_by("due_on", "pk")
    return render(
        request,
        "proofs/claims.html",
        {
            "filter": chosen,
            "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
            "sums": chosen.qs.aggregate(claimed=Sum("amount"), still=Sum("left")),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@proof_readers_only
def claim(request: Request, pk: int) -> HttpResponse:
    """Show one claim; with POST, book interest that came in."""
    found = RepaymentClaim.objects.visible_to(request.roles).with_names().with_left()
    shown = get_object_or_404(found, pk=pk)
    application = shown.application
    objection = objection_to(Step.INTEREST, request.roles, application)
    form, status = InterestForm(application, posted(request)), 200
    if request.method == "POST":
        if objection:
            raise PermissionDenied(str(objection))
        status = carry_out(request, form, lambda: _book(request, form, application))
        if not status:
            return redirect(shown)
    head = Letterhead.objects.get()
    code = code_for(head, shown, shown.left) if shown.is_open else ""
    letter = Letter.objects.current().filter(decision=shown.decision).first()
    return render(
        request,
        "proofs/claim.html",
        {
            "claim": shown,
            "application": application,
            "project": application.project,
            "standing": standing(shown, request.roles.day),
            "bank": head.bank,
            "code": girocode.address(code) if code else "",
            "letter": letter if letter and may_read_letters(request.roles) else None,
            "form": form if shown.rate and not objection else None,
            "refused": form if form.errors and not shown.rate else None,
            "overdue": shown.is_overdue(request.roles.day),
            "may_waive": not objection_to(Step.WAIVE, request.roles, application),
        },
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@proof_readers_only
def interest(request: Request, pk: int) -> HttpResponse:
    """Show the interest on money that lay unused, and book what of it came in: for who may book it."""
    proof = get_object_or_404(ProofOfUse.objects.visible_to(request.roles).with_names(), pk=pk)
    application = proof.application
    if objection := objection_to(Step.INTEREST, request.roles, application):
        raise PermissionDenied(str(objection))
    form, status = InterestForm(application, posted(request)), 200
    if request.method == "POST":
        status = carry_out(request, form, lambda: _book(request, form, application))
        if not status:
            return redirect(proof)
    return render(request, "proofs/interest.html", {"proof": proof, "form": form}, status=status)


def _book(request: Request, form: InterestForm, application: Application) -> str:
    data = form.cleaned_data
    core.book_interest(
        application,
        amount=data["amount"],
        reason=data["reason"],
        seen=data["seen"] or None,
        actor=request.user,
    )
    return f"Gebucht: {format_euro(data['amount'])} Zinsen."
