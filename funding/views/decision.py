"""The page of one application: everything needed for a decision, and the forms that take it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet, Sum, Window
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from funding import eligibility, permissions, services, transitions
from funding.errors import AlreadyDone, ConflictOfInterest, FundingError, PotExhausted, TransitionNotAllowed
from funding.forms import (
    SECONDARY,
    AmountForm,
    ResolutionForm,
    StepForm,
    form_class,
    offered,
    seen_of,
)
from funding.four_eyes import signature_lapsed
from funding.models import Application, Decision, FiscalYear, GrantChange, Pot, Step
from funding.next_step import next_step
from funding.people import name_people
from funding.services.case import Case, First
from funding.views.access import readers_only
from members.deputies import Act
from members.http import Request
from members.kept import posted
from members.prepared import Prepared, attach, prepared
from members.services import record_resolution
from projects import services as project_services
from projects.acts import name_deputies
from projects.models import Project
from projects.models.project import sight_and_districts
from projects.money import ZERO, format_euro, parse_euro
from projects.parts import costs_of, financing_of, with_participations

#: Earlier projects of the organiser that the page lists.
EARLIER = 5


@dataclass(frozen=True)
class Outlook:
    """What is free in the pot now (what is reserved for this application included) and after ``amount``."""

    now: Decimal
    amount: Decimal

    @property
    def after(self) -> Decimal:
        return self.now - self.amount

    @property
    def short(self) -> Decimal:
        """How much the pot lacks; 0.00 when it suffices."""
        return max(-self.after, ZERO)


@dataclass
class Refusal:
    """Why a form was not carried out, and what had been typed."""

    sentence: str
    form: StepForm | None = None
    #: The amount that was typed, in euro, if it is one.
    amount: Decimal | None = None
    #: What is left in the pot, offered as the amount to grant instead; None for other refusals.
    left: Decimal | None = None


@readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def application(request: Request, pk: int) -> HttpResponse:
    application = _load(request, pk)
    if request.method != "POST":
        return _page(request, application, refused=_kept(request, application))
    try:
        step = Step(request.POST.get("step", ""))
    except ValueError:
        raise Http404 from None
    data = request.POST.copy()
    if "use" in data:
        data["amount"] = str(data["use"])
    made_by = _form_class(step, application, data)
    if made_by is None:
        raise Http404
    objection = permissions.objection_to(step, request.roles, application)
    if objection and not isinstance(objection, ConflictOfInterest):
        return _page(request, application, refused=Refusal(str(objection)), status=403)
    if "use" in data:
        # The offered remainder goes into the amount; nothing is booked before it is looked at.
        form = made_by(step, application, data)
        form.is_valid()
        return _page(request, application, refused=Refusal("", form, form.cleaned_data.get("amount")))
    form = made_by(step, application, data)
    if not form.is_valid():
        refusal = Refusal(_hidden_errors(form), form, form.cleaned_data.get("amount"))
        return _page(request, application, refused=refusal, status=422)
    try:
        message = _carry_out(request, application, step, form)
    except AlreadyDone as done:
        messages.info(request, str(done))
        return redirect(application)
    except (FundingError, ValidationError) as error:
        return _refused(request, pk, step, data, error)
    messages.success(request, message)
    return redirect(application)


def _form_class(step: Step, application: Any, data: Any = None) -> type[StepForm] | None:
    """Which form a step has depends on the amount, typed or offered: a small one needs no second signature."""
    signs_first = False
    if step == Step.APPROVE and not application.is_signed:
        try:
            amount = parse_euro(data.get("amount", "")) if data else offered(application)
        except ValidationError:
            amount = application.requested
        signs_first = services.needs_second_signature(application, amount, application.others)
    return form_class(step, application, first_signature=signs_first)


def _kept(request: Request, application: Application) -> Refusal | None:
    """The form whose sending found the session ended, as it was typed."""
    data = posted(request)
    try:
        step = Step(data.get("step", "")) if data is not None else None
    except ValueError:
        return None
    made_by = _form_class(step, application, data) if step else None
    if step is None or made_by is None:
        return None
    form = made_by(step, application, data)
    form.is_valid()
    objection: Exception | None = permissions.objection_to(step, request.roles, application)
    try:
        transitions.check(step, application)
    except TransitionNotAllowed as error:
        objection = error
    return Refusal(str(objection or ""), form, form.cleaned_data.get("amount"))


def _together(applications: "QuerySet[Application]", pk: int, day: date) -> "QuerySet[Application]":
    """Of these, the ones of the project that this one belongs to; ``sign_anew``: the first signature has lapsed."""
    return (
        applications.filter(project__applications__pk=pk)
        .select_related(
            "project__lead_district", "project__organiser", "project__main_field", "pot__year__model",
            "pot__district",
        )
        .annotate(sign_anew=signature_lapsed(day))
        .order_by("pk")
    )  # fmt: skip


@prepared
def _all_together_with(pk: int, day: date) -> "QuerySet[Application]":
    return _together(Application.objects.all(), pk, day)


@prepared
def _of_districts_together_with(pk: int, districts: Collection[int], day: date) -> "QuerySet[Application]":
    return _together(Application.objects.of_districts(districts), pk, day)


def _load(request: Request, pk: int) -> Any:
    """The application with its project; ``others`` are the project's further ones. One query, or 404.

    Where a first signature has lapsed, ``lapsed`` says why.
    """
    roles, today = request.roles, timezone.localdate()
    found: list[Any] = (
        _all_together_with(pk, today)
        if roles.reads_all
        else _of_districts_together_with(pk, roles.district_ids, today)
    )
    for application in found:
        if application.pk == pk:
            application.others = [a for a in found if a.pk != pk]
            if application.sign_anew:
                application.lapsed = permissions.lapsed_signature(application, today)
            return application
    raise Http404


@prepared
def _steps(application: int) -> "QuerySet[Decision]":
    return Decision.objects.filter(application=application).select_related(
        "actor__person", "mandate__district", "in_stead_of__person", "resolution__body"
    )


@prepared
def _changes(application: int) -> "QuerySet[GrantChange]":
    people = GrantChange.objects.select_related("requested_by__person", "decided_by__person")
    return people.filter(application=application).order_by("pk")


def _hidden_errors(form: StepForm) -> str:
    return " ".join(str(e) for field in form.hidden_fields() for e in field.errors)


def _carry_out(request: Request, application: Application, step: Step, form: StepForm) -> str:
    """Take the step once and say what it did, with figures."""
    key = form.cleaned_data["key"]
    if isinstance(form, ResolutionForm):
        # The resolution is written before the step that it backs, so the project is locked before both.
        return services.once(key, request.user, lambda: _decide_by_resolution(request, application, form))

    if form.asks_second_person:
        return services.once(key, request.user, lambda: _ask_second_person(request, application, step, form))

    def act(spend: Callable[[], None]) -> str:
        _require_seen(application, step, form)

        def first(case: Case) -> None:
            _require_seen(case.application, step, form)
            spend()

        return _take(request, application, step, form, first)

    return services.once_locked(key, request.user, act)


def _require_seen(current: Application, step: Step, form: StepForm) -> None:
    transitions.check(step, current)
    if form.cleaned_data["seen"] != seen_of(current):
        raise TransitionNotAllowed(_what_changed(form.cleaned_data["seen"], current))


def _ask_second_person(request: Request, application: Application, step: Step, form: StepForm) -> str:
    """Runs inside the transaction of ``once``."""
    project_services.lock(application.project)
    current = Application.objects.select_related("project").get(pk=application.pk)
    _require_seen(current, step, form)
    change = services.request_change(
        current, what=step.value, to=form.cleaned_data.get("amount"), reason=form.cleaned_data["reason"],
        actor=request.user,
    )  # fmt: skip
    return (
        f"Beantragt: die Bewilligung {change.get_what_display()}. Gebucht ist noch nichts; jetzt bestätigt eine zweite "
        "Person der Wirtschaftsförderung."
    )


def _decide_by_resolution(request: Request, application: Application, form: ResolutionForm) -> str:
    """Runs inside the transaction of ``once``."""
    project_services.lock(application.project)
    current = Application.objects.select_related("project").get(pk=application.pk)
    _require_seen(current, Step.APPROVE, form)
    data = form.cleaned_data
    resolution = record_resolution(
        data["body"], date=data["date"], votes_yes=data["votes_yes"], votes_no=data["votes_no"],
        votes_abstained=data["votes_abstained"], amount=data["amount"], text=data["text"], actor=request.user,
    )  # fmt: skip
    done = services.approve(
        current, amount=data["amount"], resolution=resolution, financing=data["financing"],
        actor=request.user, reason=data["reason"],
    )  # fmt: skip
    if done.state == Application.State.REJECTED:
        return f"Abgelehnt: Der Beschluss fand keine Mehrheit ({resolution.votes}). {_free(done)}"
    return f"Bewilligt: {format_euro(data['amount'])}. {_free(done)}"


def _take(request: Request, current: Application, step: Step, form: StepForm, first: First) -> str:
    data = form.cleaned_data
    common: dict[str, Any] = {"actor": request.user, "reason": data["reason"], "first": first}
    match step:
        case Step.APPROVE:
            alone = current.is_signed or not services.needs_second_signature(current, data["amount"])
            act: Callable[..., Application] = services.approve if alone else services.sign
            done = act(current, amount=data["amount"], financing=data["financing"], **common)
            if alone:
                return f"Bewilligt: {format_euro(data['amount'])}. {_free(done)}"
            return (
                f"Erste Unterschrift geleistet, {format_euro(data['amount'])} sind vorgemerkt. Jetzt zeichnet eine "
                f"zweite Person der Wirtschaftsförderung mit. {_free(done)}"
            )
        case Step.UNSIGN:
            done = services.retract_signature(current, **common)
            return f"Ihre Unterschrift ist zurückgenommen. {_free(done)}"
        case Step.RETURN:
            done = services.return_to_applicant(current, **common)
            return f"Zurückgegeben an die Geschäftsführung {current.project.lead_district}. {_free(done)}"
        case Step.REJECT:
            done = services.reject(current, **common)
            return f"Abgelehnt. {_free(done)}"
        case Step.WITHDRAW:
            done = services.withdraw(current, **common)
            return "Zurückgezogen. Sie können das Projekt ändern und neu einreichen."
        case Step.REDUCE:
            done = services.reduce(current, to=data["amount"], **common)
            return f"Verringert auf {format_euro(data['amount'])}. {_free(done)}"
        case Step.REVOKE:
            done = services.revoke(current, **common)
            return f"Widerrufen. {_free(done)}"
    raise Http404


def _what_changed(seen: str, current: Application) -> str:
    """Nobody decides on a plan or a state that they have not read."""
    if seen.partition(".")[0] != current.state:
        return (
            "Der Antrag hat sich geändert, seit Sie die Seite geöffnet haben: Er ist "
            f"{transitions.STATE_IN_A_SENTENCE[current.state]}. Gebucht wurde nichts. Bitte prüfen Sie den neuen "
            "Stand und senden Sie dann noch einmal."
        )
    return (
        "Das Projekt hat sich geändert, seit Sie die Seite geöffnet haben: sein Plan oder ein anderer seiner "
        "Anträge. Gebucht wurde nichts. Bitte lesen Sie den Plan noch einmal und senden Sie dann noch einmal."
    )


def _free(application: Application) -> str:
    pot = Pot.objects.select_related("district").get(pk=application.pot_id)
    return f"In {pot.name} sind noch {format_euro(pot.available)} frei."


def _refused(
    request: Request, pk: int, step: Step, data: Any, error: FundingError | ValidationError
) -> HttpResponse:
    """The same page as it is now, with the sentence where it belongs and everything that was typed."""
    application = _load(request, pk)
    made_by = _form_class(step, application, data)
    assert made_by is not None
    data["seen"] = seen_of(application)
    form = made_by(step, application, data)
    form.is_valid()
    refusal = Refusal("", form, form.cleaned_data.get("amount"))
    if isinstance(error, PotExhausted):
        form.add_error("amount", str(error))
        refusal.left = error.available if error.available > 0 else None
    elif isinstance(error, ValidationError):
        form.add_error(None, error)
    elif error.field in form.fields:
        form.add_error(error.field, str(error))
    else:
        refusal.sentence = str(error)
    status = 403 if isinstance(error, ConflictOfInterest) else 422
    return _page(request, application, refused=refusal, status=status)


def _page(
    request: Request, application: Any, *, refused: Refusal | None = None, status: int = 200
) -> HttpResponse:
    project, pot = application.project, application.pot
    bound = refused.form if refused else None
    participations = with_participations(project)
    steps = _steps(application.pk)
    attach([application], "decisions", steps, by="application")
    objections = permissions.objections(request.roles, application)
    permitted = {step for step, objection in objections.items() if objection is None}
    conditions = eligibility.conditions(application, first_signature=True)
    pending = application.state in (Application.State.SUBMITTED, Application.State.RESERVED)
    year_open = pot.year.state == FiscalYear.State.OPEN
    eligible = all(condition.met for condition in conditions)

    changes = _changes(application.pk) if application.granted_by_two else []
    asked = {change.decision_id: change.requested_by for change in changes}
    for decision in steps:
        decision.asked_by = asked.get(decision.pk)
    waiting = next((change for change in changes if change.waits), None)
    held = {step for step in SECONDARY if waiting and step.value in GrantChange.What.values}

    forms = {
        step: bound if bound and bound.data.get("step") == step else form_type(step, application)
        for step, form_type in SECONDARY.items()
        if step in permitted - held and (year_open or step in (Step.RETURN, Step.WITHDRAW))
    }
    decide: StepForm | None = None
    if Step.APPROVE in permitted and year_open and eligible:
        form_type = _form_class(Step.APPROVE, application)
        assert form_type is not None
        decide = bound if isinstance(bound, AmountForm) else form_type(Step.APPROVE, application)
    shown = bound is not None and (bound is decide or bound in forms.values())

    amount = application.reserved if application.is_signed else application.requested
    if refused and refused.amount is not None and bound is decide:
        amount = refused.amount
    conflict = next((o for o in objections.values() if isinstance(o, ConflictOfInterest)), None)
    rows = financing_of(project.pk)
    name_people(application, steps)
    submission = Act(application.submitted_by, project.lead_district_id, application.submitted_on)
    (submitted_for,) = name_deputies(participations, submission)
    return render(
        request,
        "funding/application.html",
        {
            "application": application,
            "project": project,
            "pot": pot,
            "year_open": year_open,
            "pending": pending,
            "next_step": _next_step(application, conditions),
            "conditions": conditions,
            "eligible": eligible,
            "conflict": conflict,
            "limit": pot.year.model.second_signature_from if not application.is_pillar_1 else None,
            "costs": costs_of(project.pk),
            "financing": rows,
            "financing_planned": sum((r.amount for r in rows if r.amount is not None), ZERO),
            "participations": participations,
            "submitted_for": submitted_for,
            "steps": steps,
            "changes": changes,
            "waiting_change": waiting,
            **_organiser(request, project),
            "outlook": Outlook(application.available, amount),
            "decide": decide,
            "resolution": isinstance(decide, ResolutionForm),
            "jury": eligibility.resolved_by(pot) if not application.is_pillar_1 else None,
            "forms": forms,
            "bound": bound,
            "refused": refused,
            "lost": bound if bound and not shown else None,
        },
        status=status,
    )


def _next_step(application: Application, conditions: list[eligibility.Condition]) -> str:
    """What stands in the way of deciding comes before deciding."""
    unmet = next((c for c in conditions if not c.met), None)
    if unmet and application.state in (Application.State.SUBMITTED, Application.State.RESERVED):
        return f"{unmet.text} {unmet.remedy} Danach kann entschieden werden."
    return next_step(application)


@cache
def _of_organiser(sight: str) -> Prepared[tuple[int, ...], int, int]:
    def build(districts: tuple[int, ...], organiser: int, but: int) -> QuerySet[Project]:
        return (
            Project.objects.seen_with(sight, districts)
            .filter(organiser=organiser)
            .exclude(pk=but)
            # The sums over all of them come along with the few that are shown.
            .annotate(count=Window(Count("pk")), granted=Window(Sum("granted_total")))
            .only("number", "title", "year", "state", "granted_total")[:EARLIER]
        )

    return Prepared(build)


def _organiser(request: Request, project: Project) -> dict[str, Any]:
    """Other projects of the same organiser that this reader may see, newest first, and their sums."""
    if project.organiser_id is None:
        return {}
    sight, districts = sight_and_districts(request.roles)
    others = _of_organiser(sight)(districts, project.organiser_id, project.pk)
    return {"organiser_projects": others}
