"""The proof to the city of a year: page, PDF and workbook."""

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from funding.closing import city, city_papers
from funding.closing.views.access import figures_only, pdf
from funding.models import FiscalYear
from funding.views.access import PER_PAGE
from members.common.money import ZERO
from members.roles.request import Request


def _proof(year: int) -> city.CityProof:
    """Return the proof of a year that was opened. Raises Http404 for any other."""
    found = get_object_or_404(FiscalYear.objects.select_related("model"), year=year)
    if found.is_planned:
        raise Http404
    return city.city_proof(found, timezone.localdate())


@require_safe
@figures_only
def city_proof(request: Request, year: int) -> HttpResponse:
    """Show the proof with its check, pot by pot and project by project."""
    proof = _proof(year)
    some = city.chosen(proof, request.GET.get(city.ROWS, ""))
    shown = proof.projects if some is None else some
    return render(
        request,
        "closing/city.html",
        {
            "proof": proof,
            "year": proof.year,
            "verdict": city_papers.verdict(proof),
            "some": some is not None,
            "page": Paginator(shown, PER_PAGE).get_page(request.GET.get("page")),
            "sums": {
                name: sum((getattr(row, name) for row in shown), ZERO) for name in ("granted", "paid", "open")
            },
        },
    )


@require_safe
@figures_only
def city_file(request: Request, year: int, kind: str) -> HttpResponseBase:
    """Send the proof as a workbook or a PDF."""
    proof = _proof(year)
    if kind == "xlsx":
        return city_papers.workbook(proof)
    return pdf(city_papers.as_pdf(proof), f"nachweis-stadt-{year}", proof.day)
