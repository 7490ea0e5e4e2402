"""Start pages, districts, the handbook, legal pages, errors and probes."""

import sys

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from funding.permissions import may_see_pots
from members.accounts import views as account_views
from members.common import days, kept, outage
from members.models import District
from members.roles.request import Request
from members.views import bodies_of_district, delegates_of
from projects.models import Project
from stadtbezirk import help as help_pages
from stadtbezirk import readiness, start
from stadtbezirk.models import LegalDetails


@require_safe
def home(request: Request) -> HttpResponse:
    """Show the start page of the user's first role, or the public one."""
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
    """Show all districts by name, with what is free for those who may see pots."""
    sees_pots = may_see_pots(request.roles)
    pots = start.pots_to_show() if sees_pots else []
    pot_of = {pot.district_id: pot for pot in pots}
    return render(
        request,
        "districts.html",
        {
            "rows": [(district, pot_of.get(district.pk)) for district in start.published_districts()],
            "year": start.year_of(pots),
            "this_year": timezone.localdate().year,
            "sees_pots": sees_pots,
        },
    )


@require_safe
def district(request: Request, slug: str) -> HttpResponse:
    """Show a district: its projects, its people and bodies on a day, and its pot for those who may see it."""
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
def legal_page(request: Request, template: str) -> HttpResponse:
    """Show a page that law prescribes, with what the association says of itself."""
    context = {"legal": LegalDetails.load(), "mail_texts_kept_days": settings.MAIL_TEXTS_KEPT_DAYS}
    return render(request, template, context)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that this process runs. For the load balancer."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 where all is right, else 503 with a German sentence per part.

    Texts that are not filled in are named, too, but visitors are served all the same.
    """
    troubles = readiness.troubles()
    ready = not any(said for part, said in troubles.items() if part not in readiness.REMINDERS)
    answer = {"status": "ok" if ready else "nicht bereit"}
    answer |= {part: said or "ok" for part, said in troubles.items()}
    return JsonResponse(answer, status=200 if ready else 503, json_dumps_params={"ensure_ascii": False})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Show the page of error 400. Django's own view would show it without the user's menu.

    A session that the database did not store counts as a bad request for Django, but not for us.
    """
    return unavailable(exception) or render(request, "errors/400.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Show the page of error 500, or of 503 where another try will do."""
    return unavailable(sys.exception()) or HttpResponse(render_to_string("errors/500.html"), status=500)


def unavailable(error: BaseException | None) -> HttpResponse | None:
    """Return the page of error 503 for a full disk, or a database that cannot work for now; else None.

    It uses neither database nor session nor roles, because one of them may be broken.
    """
    if sentence := outage.sentence(error):
        page = render_to_string("errors/503.html", {"sentence": sentence})
        return HttpResponse(page, status=503, headers={"Retry-After": str(outage.RETRY_AFTER)})
    return None


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show the form again with what was typed and a fresh token.

    Mostly the token is from before a new sign-in in another window.
    A form that came from another site is never kept, and nothing works without cookies.
    """
    ours = not reason.startswith(("Origin ", "Referer ")) and settings.CSRF_COOKIE_NAME in request.COOKIES
    door = request.resolver_match.view_name if ours and request.resolver_match else ""
    if door in ("account_login", "admin:login"):
        return account_views.sign_in_again(request)
    if door in ("account_logout", "admin:logout"):
        return redirect("account_logout")
    if ours and (page := kept.keep(request)):
        return redirect(page)
    if ours and request.user.is_authenticated and kept.MARK not in request.POST:
        messages.info(request, kept.STALE)
        return redirect(request.get_full_path())
    return render(request, "errors/csrf.html", status=403)


@require_safe
def handbook_page(request: Request, slug: str = "") -> HttpResponse:
    """Show a chapter of the handbook, or its table of contents."""
    # Imported here, because other pages need neither Markdown nor pictures.
    from stadtbezirk import handbook

    if not slug:
        own = help_pages.own_chapter(request.roles)
        return render(request, "handbook/contents.html", {"chapters": handbook.chapters(), "own": own})
    try:
        chapter = handbook.chapter(slug)
    except FileNotFoundError:
        raise Http404 from None
    return render(request, "handbook/chapter.html", {"chapter": chapter, "chapters": handbook.chapters()})
