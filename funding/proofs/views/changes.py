"""The pages of changes: the list, one request with before and after side by side, and the district's form."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from funding.errors import FundingError
from funding.models import Application, Decision
from funding.proofs import permissions, services, turn
from funding.proofs.change_forms import ASK_FORMS, FORMS, WORDS, AskForm, ChangeForm
from funding.proofs.change_transitions import allowed
from funding.proofs.models import ChangeRequest, ChangeStep
from funding.proofs.models.change import ChangeQuerySet
from funding.proofs.services.changes import exceeding, grant_to_change
from funding.proofs.views.access import proof_readers_only
from funding.views.access import PER_PAGE
from funding.views.booking import attempt
from members.common.export import CHUNK, Column, download
from members.common.kept import posted
from members.common.money import ZERO, format_euro
from members.roles.request import Request

T = ChangeStep.Step


def _chosen(request: Request) -> tuple[ChangeQuerySet, bool]:
    """Return the changes that wait, or with ``?stand=alle`` all, and whether it is all."""
    visible = ChangeRequest.objects.visible_to(request.roles)
    everything = request.GET.get("stand") == "alle"
    return visible if everything else visible.waiting(), everything


@require_safe
@proof_readers_only
def changes(request: Request) -> HttpResponse:
    """Show the changes: those that wait, or all."""
    chosen, everything = _chosen(request)
    visible = ChangeRequest.objects.visible_to(request.roles)
    return render(
        request,
        "proofs/changes.html",
        {
            "page": Paginator(chosen.with_names(), PER_PAGE).get_page(request.GET.get("page")),
            "everything": everything,
            "counts": visible.aggregate(
                waiting=Count("pk", filter=Q(state__in=ChangeRequest.OPEN)), everything=Count("pk")
            ),
        },
    )


def _costs(change: ChangeRequest) -> str:
    return "; ".join(
        f"{row.label}: {format_euro(row.before)} auf {format_euro(row.after)}" for row in change.rows.all()
    )


CHANGES = (
    Column("Änderung Nr.", "pk", 12),
    Column("Projekt", "application.project.number", 16),
    Column("Titel", "application.project.display_title", 40),
    Column("Topf", "application.pot", 30),
    Column("Stadtbezirk", "application.calling_district", 18),
    Column("worum es geht", ChangeRequest.get_about_display, 26),
    Column("Stand", ChangeRequest.get_state_display, 16),
    Column("gemeldet am", "asked_on", 12),
    Column("gemeldet von", "asked_by", 24),
    Column("Grund", "reason", 40),
    Column("Durchführung von", "carried_out_from", 14),
    Column("Durchführung bis", "carried_out_until", 14),
    Column("Partner", "partners", 30),
    Column("Kosten", _costs, 40),
    Column("bisher bewilligt", "granted", summed=True),
    Column("gebraucht", "amount", summed=True),
)


@require_safe
@proof_readers_only
def changes_export(request: Request, kind: str) -> HttpResponseBase:
    """Send the whole list of changes that the page shows under the same address."""
    chosen, everything = _chosen(request)
    rows = chosen.with_names().prefetch_related("rows").iterator(CHUNK)
    return download(
        kind, "aenderungen", CHANGES, rows, "Änderungen, alle" if everything else "Änderungen, offene"
    )


@proof_readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def ask_change(request: Request, pk: int) -> HttpResponse:
    """Show the form in which a district says what has changed about its grant; with POST, send it."""
    word = request.GET.get("art", "plan")
    if word not in ASK_FORMS:
        raise Http404
    application = _grant_of(request, pk)
    if objection := permissions.objection_to_ask_change(request.roles, application):
        raise PermissionDenied(str(objection))
    try:
        grant = grant_to_change(application)
        if word != "plan" and (objection := permissions.objection_to_ask_for_money(application)):
            raise objection
    except FundingError as error:
        status = 422 if request.method == "POST" else 200
        return _ask_page(request, application, word, objection=str(error), status=status)
    form = ASK_FORMS[word](application, grant, posted(request))
    if request.method != "POST":
        return _ask_page(request, application, word, form=form, grant=grant)
    made: list[ChangeRequest] = []

    def act() -> str:
        data = form.cleaned_data
        made.append(
            services.ask_change(
                application, wish=form.wish, actor=request.user, key=data["key"], seen=data["seen"]
            )
        )
        if made[0].is_noted:
            return "Vermerkt. Eine Zustimmung ist dafür nicht nötig."
        return "Gesendet. Die Wirtschaftsförderung entscheidet darüber."

    if status := attempt(request, form, act):
        return _ask_page(request, application, word, form=form, grant=grant, status=status)
    return redirect(made[0]) if made else redirect(application)


def _grant_of(request: Request, pk: int) -> Application:
    related = ("pot__year__model", "pot__district", "project__lead_district", "carried_to__year")
    return get_object_or_404(Application.objects.visible_to(request.roles).select_related(*related), pk=pk)


def _ask_page(
    request: Request,
    application: Application,
    word: str,
    *,
    form: AskForm | None = None,
    grant: Decision | None = None,
    objection: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "application": application, "project": application.project, "word": word, "form": form, "grant": grant,
        "objection": objection, "kinds": [(WORDS[about], about.label) for about in ChangeRequest.About],
        "waiting": application.change_requests.waiting().first() if objection else None,
    }  # fmt: skip
    return render(request, "proofs/ask_change.html", context, status=status)


@proof_readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: Request, pk: int) -> HttpResponse:
    """Show a request for a change; with POST, take a step on it."""
    found = _change_of(request, pk)
    if request.method != "POST":
        return _page(request, found)
    step = request.POST.get("step", "")
    if step not in FORMS:
        raise Http404
    form = FORMS[step](found, posted(request))
    if status := attempt(request, form, lambda: _take(request, found, form)):
        return _page(request, _change_of(request, pk), refused=form, status=status)
    return redirect(found)


def _take(request: Request, change: ChangeRequest, form: ChangeForm) -> str:
    data = form.cleaned_data
    given = {"actor": request.user, "key": data["key"], "seen": data["seen"] or None}
    match form.step:
        case T.CONSENT:
            services.consent_to_change(change, **given)
            return "Zugestimmt. Von jetzt an gilt der neue Stand."
        case T.ASK_BACK:
            services.ask_back_change(change, question=data["question"], **given)
            return "Die Rückfrage ist gestellt."
        case T.REFUSE:
            services.refuse_change(change, reason=data["reason"], **given)
            return "Abgelehnt. Es gilt weiter, was bewilligt ist."
        case T.ANSWER:
            services.answer_change(change, answer=data["answer"], **given)
            return "Ihre Antwort ist gesendet."
    services.withdraw_change(change, **given)
    return "Zurückgenommen. Es gilt weiter, was bewilligt ist."


def _page(
    request: Request, change: ChangeRequest, *, refused: ChangeForm | None = None, status: int = 200
) -> HttpResponse:
    moved = {row.position: row for row in change.rows.all()}
    over = {row.position for row in exceeding(change.application, list(moved.values()))}
    planned = list(change.decision.plan_rows.all())
    rows = [
        (row.label, row.amount, moved.get(row.position), row.position in over)
        for row in planned
        if row.is_cost and change.is_about_plan
    ]
    there = {row.position for row in planned}
    rows += [(row.label, ZERO, row, row.position in over) for at, row in moved.items() if at not in there]
    conflict = permissions.objection_to_decide_change(request.roles, change) if change.is_open else None
    forms = {
        step: refused if refused and refused.step == step else form(change)
        for step, form in FORMS.items()
        if allowed(step, change.state)
        and (step != T.CONSENT or change.is_about_plan)
        and not permissions.CHANGE_OBJECTIONS[T(step)](request.roles, change)
    }
    return render(
        request,
        "proofs/change.html",
        {
            "change": change,
            "application": change.application,
            "project": change.application.project,
            "rows": rows,
            "moves_costs": bool(moved),
            "total": sum(before for _, before, _, _ in rows),
            "forms": forms,
            "decides": T.REFUSE in forms,
            "said": turn.change_asked(change) if T.WITHDRAW in forms else turn.change_said(change),
            "conflict": conflict if request.roles.is_business_development else None,
            "steps": change.steps.select_related("actor__person", "mandate__district", "in_stead_of__person"),
            "refused": refused if refused and refused.step not in forms else None,
        },
        status=status,
    )


def _change_of(request: Request, pk: int) -> ChangeRequest:
    rows = ChangeRequest.objects.visible_to(request.roles).with_names()
    return get_object_or_404(rows.prefetch_related("application__project__participations"), pk=pk)
