"""A letter before its decision, from what is typed into the decision form. Nothing is stored."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils import timezone

from funding import permissions, terms
from funding.forms import AmountForm
from funding.letters import content
from funding.models import ChosenCondition, Decision, Step
from funding.views.decision_page import Refusal, application_page, form_for, load
from members.roles.request import Request
from projects.history import Rows


def as_typed(request: Request, pk: int) -> content.Matter | HttpResponse:
    """Return what the letter would be made of, or the application's page with what is still missing for it."""
    application = load(request, pk)
    if request.POST.get("step") != Step.APPROVE:
        raise Http404
    if permissions.objection_to(Step.APPROVE, request.roles, application):
        raise PermissionDenied
    form_type = form_for(Step.APPROVE, application, request.POST)
    assert form_type is not None
    form = form_type(Step.APPROVE, application, request.POST)
    assert isinstance(form, AmountForm)
    form.is_valid()
    typed = form.cleaned_data
    amount = typed.get("amount")
    if amount is None:
        return application_page(request, application, refused=Refusal("", form), status=422)
    today = timezone.localdate()
    tied_to = form.tied_to or form.proposed
    decision = Decision(
        application=application,
        step=Step.REJECT if form.act == "reject" else Step.APPROVE,
        amount=amount,
        financing=typed.get("financing", ""),
        reason=typed.get("reason", ""),
        actor=request.user,
        on=today,
        **(tied_to.columns if tied_to else {}),
    )
    about = content.matter(
        decision,
        today,
        plan=terms.plan_rows(decision, Rows.of(application.project)),
        conditions=[
            ChosenCondition(title=c.title, text=c.text) for c in (tied_to.conditions if tied_to else ())
        ],
    )
    if lacks := content.missing(about):
        refusal = Refusal(f"Das Schreiben kann noch nicht gezeigt werden. {' '.join(lacks)}", form, amount)
        return application_page(request, application, refused=refusal, status=422)
    return about
