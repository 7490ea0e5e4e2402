"""The list of proofs, as a page and as a file."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from funding.models import Application
from funding.proofs import due
from funding.proofs.filters import ProofFilter, listed, with_names
from funding.proofs.models import ProofOfUse
from funding.proofs.views.access import proof_readers_only
from funding.views.access import PER_PAGE
from members.common.export import CHUNK, Column, download
from members.roles.request import Request
from projects.filters import in_words


@require_safe
@proof_readers_only
def proofs(request: Request) -> HttpResponse:
    """Show the proofs: to the Wirtschaftsförderung what has to be checked first, to a district what it owes."""
    visible = listed(request.roles)
    chosen = ProofFilter(request.GET, queryset=visible, roles=request.roles)
    page = Paginator(with_names(chosen.qs), PER_PAGE).get_page(request.GET.get("page"))
    lacking = due.lacking().order_by()
    return render(
        request,
        "proofs/list.html",
        {
            "filter": chosen,
            "page": page,
            "today": request.roles.day,
            "counts": visible.aggregate(
                waiting=Count(
                    "pk", filter=Q(pk__in=due.to_check(request.roles).order_by().values("application"))
                ),
                in_check=Count("pk", filter=Q(proof__state__in=ProofOfUse.IN_CHECK)),
                lacking=Count("pk", filter=Q(pk__in=lacking.values("pk"))),
                overdue=Count(
                    "pk", filter=Q(pk__in=lacking.filter(due_on__lt=request.roles.day).values("pk"))
                ),
            ),
        },
    )


def _of_proof(name: str) -> Any:
    """Return the function that reads an attribute of a grant's proof; empty where none is begun."""
    return lambda grant: getattr(grant.proof, name) if hasattr(grant, "proof") else None


def _state(grant: Application) -> str:
    return str(grant.proof.get_state_display()) if hasattr(grant, "proof") else "noch nicht begonnen"


PROOFS = (
    Column("Nummer", lambda grant: grant.project.number, 16),
    Column("Projekt", lambda grant: grant.project.display_title, 40),
    Column("Stadtbezirk", lambda grant: grant.calling_district, 18),
    Column("Topf", "pot", 30),
    Column("fällig am", "due_on", 12),
    Column("Stand", _state, 22),
    Column("eingereicht am", _of_proof("handed_in_on"), 14),
    Column("verspätet", lambda grant: "ja" if hasattr(grant, "proof") and grant.proof.late else "", 10),
    Column("bewilligt", "granted", summed=True),
    Column("bezahlt", "paid", summed=True),
    Column("steht zu", _of_proof("result"), summed=True),
)


@require_safe
@proof_readers_only
def proofs_export(request: Request, kind: str) -> HttpResponseBase:
    """Send the whole list of proofs that the page shows under the same address."""
    chosen = ProofFilter(request.GET, queryset=listed(request.roles), roles=request.roles)
    rows = with_names(chosen.qs).iterator(CHUNK)
    return download(kind, "nachweise", PROOFS, rows, in_words(chosen, "Verwendungsnachweise"))
