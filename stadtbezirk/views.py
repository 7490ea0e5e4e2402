"""Start pages, districts, the health of the program, and its legal pages."""

import sys

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from funding.permissions import may_see_pots
from members.common import days, disk, kept
from members.models import District
from members.roles.request import Request
from members.views import bodies_of_district, delegates_of
from projects.models import Project
from stadtbezirk import help as help_pages
from stadtbezirk import readiness, start


@require_safe
def home(request: Request) -> HttpResponse:
    """The public start page, or the start page of one's own role."""
    roles = request.roles
    if roles.is_business_development:
        return render(request, "home/staff.html", start.staff(roles))
    if roles.district_ids:
        return render(request, "home/director.html", start.director(roles))
    if roles.reads_all:
        return render(request, "home/reader.html", start.reader(roles))
    if roles.signed_in:
        return render(request, "home/plain.html", start.plain(roles))
    return render(request, "home/visitor.html", start.visitor())


@require_safe
def districts(request: Request) -> HttpResponse:
    """All districts by name; for the signed-in with what is free."""
    rows, year = start.district_rows(request.roles)
    return render(
        request,
        "districts.html",
        {
            "rows": rows,
            "year": year,
            "this_year": timezone.localdate().year,
            "sees_pots": may_see_pots(request.roles),
        },
    )


@require_safe
def district(request: Request, slug: str) -> HttpResponse:
    """A district: its published projects, whom to ask, and for the signed-in its pot."""
    district = get_object_or_404(District, slug=slug)
    day = days.asked(request.GET)
    projects = Project.objects.visible_to(request.roles).of_district(district).select_related("lead_district")
    pots = start.pots_to_show() if may_see_pots(request.roles) else []
    pot = next((p for p in pots if p.district_id == district.pk), None)
    return render(
        request,
        "district.html",
        {
            "district": district,
            "page": Paginator(projects, 25).get_page(request.GET.get("page")),
            "pot": pot,
            "year": start.year_of(pots),
            "own": request.roles.directs(district.pk),
            "inside": request.roles.reads_names,
            "day": day,
            "mandates": district.mandates.active_on(day.shown).select_related("person"),
            "delegates": delegates_of(district, day.shown, request.roles.reads_names),
            "bodies": bodies_of_district(district, day.shown, request.roles.reads_names),
        },
    )


@require_safe
def legal(request: Request, page: str) -> HttpResponse:
    return render(request, f"legal/{page}.html")


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """For the load balancer: this process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """For whoever installs and watches: 200 when all is right, else 503 with a sentence per part."""
    troubles = readiness.troubles()
    ready = not any(troubles.values())
    return JsonResponse(
        {
            "status": "ok" if ready else "nicht bereit",
            **{part: said or "ok" for part, said in troubles.items()},
        },
        status=200 if ready else 503,
        json_dumps_params={"ensure_ascii": False},
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without database, session or roles: whatever broke may be one of them."""
    if disk.is_full(sys.exception()):
        page = render_to_string("errors/507.html", {"sentence": disk.SENTENCE})
        return HttpResponse(page, status=507)
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The token is from before a new sign-in, mostly: the page shows what was typed, with a fresh one.

    A form that came from another site is none of ours, whatever it carries.
    """
    if not reason.startswith(("Origin ", "Referer ")) and (page := kept.keep(request)):
        return redirect(page)
    return render(request, "errors/csrf.html", status=403)


@require_safe
def handbook_page(request: Request, slug: str = "") -> HttpResponse:
    """A chapter of the handbook, or its table of contents."""
    # Pages without the handbook need neither Markdown nor pictures.
    from stadtbezirk import handbook

    if not slug:
        own = help_pages.own_chapter(request.roles)
        return render(request, "handbook/contents.html", {"chapters": handbook.chapters(), "own": own})
    try:
        chapter = handbook.chapter(slug)
    except FileNotFoundError:
        raise Http404 from None
    return render(request, "handbook/chapter.html", {"chapter": chapter, "chapters": handbook.chapters()})
