"""The page of one application: what a decision needs, and the forms for it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Prefetch, Sum, Window
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from funding import eligibility, permissions, rules
from funding.errors import ConflictOfInterest
from funding.forms import (
    SECONDARY,
    AmountForm,
    FirstSignatureForm,
    GrantForm,
    IncreaseByResolutionForm,
    JuryForm,
    ResolutionForm,
    StepForm,
    offered,
)
from funding.four_eyes import signature_lapsed
from funding.models import TIES, Application, Decision, GrantChange, Step
from funding.replay import retrace
from funding.transitions import AFTER_CLOSING, IN_A_PLANNED_YEAR
from funding.who_acts_next import next_step
from members.common.money import ZERO, parse_euro
from members.roles.request import Request
from members.roles.stand_ins import Act
from projects import permissions as project_permissions
from projects.models import Participation, Project
from projects.stand_ins import name_deputies

#: How many other projects of the organiser the page lists.
EARLIER = 5


@dataclass(frozen=True)
class Outlook:
    """The pot's free euro, the application's own reservation included, before and after ``amount``."""

    now: Decimal
    amount: Decimal

    @property
    def after(self) -> Decimal:
        return self.now - self.amount

    @property
    def short(self) -> Decimal:
        """Return the euro that the pot lacks; 0.00 if it has enough."""
        return max(-self.after, ZERO)


@dataclass
class Refusal:
    """Why a form was not carried out, with what was typed."""

    sentence: str
    form: StepForm | None = None
    #: The amount that was typed, in euro; None if it is no amount.
    amount: Decimal | None = None
    #: What the button does now, where it said something else when it was pressed.
    ask: str = ""
    #: What is free in the pot, in euro, to be granted instead; None for other refusals.
    left: Decimal | None = None


def load(request: Request, pk: int) -> Any:
    """Return the application with its project, or raise 404.

    ``others`` are the project's other applications that this reader may see.
    ``lapsed`` says why the first signature no longer counts, if it does not.
    """
    today = timezone.localdate()
    answers = Participation.objects.select_related("district", "confirmed_by__person", "declined_by__person")
    of_project: list[Any] = list(
        Application.objects.visible_to(request.roles)
        .filter(project__applications__pk=pk)  # with "__pk" a number too large for a column finds nothing
        .select_related(
            "pot__year__model", "pot__district", "carried_to__year__model", "carried_to__district",
            "project__lead_district", "project__organiser", "project__main_field",
            "submitted_by__person", "first_signer__person",
        )
        .prefetch_related(
            Prefetch("decisions", queryset=Decision.objects.with_names()), Prefetch("project__participations", queryset=answers)
        )
        .annotate(sign_anew=signature_lapsed(today))
        .order_by("pk")
    )  # fmt: skip
    application = next((each for each in of_project if each.pk == pk), None)
    if application is None:
        raise Http404
    application.others = [each for each in of_project if each is not application]
    if application.sign_anew:
        application.lapsed = permissions.lapsed_signature(application, today)
    return application


def form_for(step: Step, application: Any, data: Any = None) -> type[StepForm] | None:
    """Return the form for a step, or None. The amount, typed or offered, decides who approves how."""
    if step == Step.INCREASE and eligibility.resolved_by(application.pot):
        return IncreaseByResolutionForm
    if step != Step.APPROVE:
        return SECONDARY.get(step)
    if application.is_pillar_1:
        return ResolutionForm
    if not application.is_signed:
        try:
            amount = (
                parse_euro(data.get("amount", "")) if data else offered(application) or application.requested
            )
        except ValidationError:
            amount = application.requested
        if rules.needs_second_signature(application, amount, application.others):
            return FirstSignatureForm
    return JuryForm if eligibility.resolved_by(application.pot) else GrantForm


def application_page(
    request: Request, application: Any, *, refused: Refusal | None = None, status: int = 200
) -> HttpResponse:
    """Show the application as it is now, and a refused form as it was typed."""
    project, pot = application.project, application.pot
    bound = refused.form if refused else None
    participations = list(project.participations.all())
    steps = list(application.decisions.all())
    objections = permissions.objections(request.roles, application)
    permitted = {step for step, objection in objections.items() if objection is None}
    conditions = eligibility.conditions(application, first_signature=True)
    year = application.booking_pot.year
    year_open = year.is_open
    in_this_year = AFTER_CLOSING if year.is_closed else IN_A_PLANNED_YEAR
    eligible = all(condition.met for condition in conditions)

    grant = _grant(application, steps)
    changes = _changes(application)
    retrace(application, steps)
    waiting = next((change for change in changes if change.waits), None)
    held = {step for step in SECONDARY if waiting and step.value in GrantChange.What.values}

    forms = {
        step: bound if bound and bound.data.get("step") == step else form_type(step, application)
        for step in SECONDARY
        if step in permitted - held
        and (year_open or step in in_this_year)
        and (form_type := form_for(step, application))
        and form_type.is_offered(application)
    }
    _offer_named(request, forms)
    decide: StepForm | None = None
    if Step.APPROVE in permitted and year_open and eligible:
        form_type = form_for(Step.APPROVE, application)
        assert form_type is not None
        decide = bound if isinstance(bound, AmountForm) else form_type(Step.APPROVE, application)
    shown = bound is not None and (bound is decide or bound in forms.values())

    amount = application.reserved if application.is_signed else application.requested
    if refused and refused.amount is not None and bound is decide:
        amount = refused.amount
    financing = list(project.financing_items.select_related("district"))
    submission = Act(application.submitted_by, project.lead_district_id, application.submitted_on)
    (submitted_for,) = name_deputies(participations, submission)
    return render(
        request,
        "funding/application.html",
        {
            "application": application,
            "project": project,
            "maintains_organiser": project_permissions.may_maintain_organiser_of(request.roles, project),
            "pot": pot,
            "next_step": next_step(application),
            "conditions": conditions,
            "eligible": eligible,
            "conflict": next((o for o in objections.values() if isinstance(o, ConflictOfInterest)), None),
            "limit": pot.year.model.second_signature_from if not application.is_pillar_1 else None,
            "costs": project.cost_items.all(),
            "financing": financing,
            "financing_planned": sum((r.amount for r in financing if r.amount is not None), ZERO),
            "participations": participations,
            "submitted_for": submitted_for,
            "steps": steps,
            "grant": grant,
            "conditions_chosen": list(grant.chosen_conditions.all()) if grant else [],
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


def _offer_named(request: Request, forms: dict[Step, Any]) -> None:
    """Open the form that a link names, with its amount: "?step=reduce&amount=500"."""
    named = forms.get(request.GET.get("step", ""))  # type: ignore[call-overload]
    if named is None or named.is_bound:
        return
    named.is_named = True
    if "amount" in named.fields and (amount := request.GET.get("amount", "")[:40]):
        named.initial["amount"] = amount


def _grant(application: Application, steps: list[Decision]) -> Decision | None:
    """Return the decision that says what the grant is tied to now; None where it is tied to nothing."""
    granted = [step for step in steps if step.step in TIES and step.has_terms]
    return granted[-1] if granted and application.state in Application.GRANTED else None


def _changes(application: Application) -> list[GrantChange]:
    if not (rules.can_wait(application) and application.granted is not None):
        return []
    people = GrantChange.objects.select_related("requested_by__person", "decided_by__person")
    return list(people.filter(application=application).order_by("pk"))


def _organiser(request: Request, project: Project) -> dict[str, Any]:
    """Return the organiser's other projects that this reader may see, newest first, and their sums."""
    if project.organiser_id is None:
        return {}
    others = Project.objects.visible_to(request.roles).filter(organiser=project.organiser_id)
    # Count and sum are of all of them: the rows that are shown bring them along.
    sums = {"count": Window(Count("pk")), "granted": Window(Sum("granted_total"))}
    shown = list(others.exclude(pk=project.pk).annotate(**sums)[:EARLIER])
    return {"organiser_projects": shown, "organiser_sums": shown[0] if shown else None}
