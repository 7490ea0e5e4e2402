"""Takes a step on an application: reads the form, calls one service, says what it did."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from funding import permissions, services, transitions
from funding.errors import AlreadyDone, FundingError, PotExhausted, TransitionNotAllowed
from funding.forms import AmountForm, FirstSignatureForm, ResolutionForm, StepForm, VotesFields
from funding.models import Application, Pot, Step
from funding.transitions import seen_of
from funding.views.decision_page import Refusal, application_page, form_for, load
from members.common.kept import posted
from members.common.money import format_euro
from members.roles.request import Request


def take_step(request: Request, application: Any) -> HttpResponse:
    """Take the step that was sent, or show the page again with what stands against it."""
    try:
        step = Step(request.POST.get("step", ""))
    except ValueError:
        raise Http404 from None
    data = request.POST.copy()
    if "use" in data:
        data["amount"] = str(data["use"])
    form_type = form_for(step, application, data)
    if form_type is None:
        raise Http404
    form = form_type(step, application, data)
    valid = form.is_valid()
    if "use" in data:
        # The user took the offered remainder: it goes into the field, and nothing is booked yet.
        refusal = Refusal("", form, form.cleaned_data.get("amount"))
        return application_page(request, application, refused=refusal)
    if not valid:
        objection = permissions.objection_to(step, request.roles, application)
        refusal = Refusal(str(objection or _hidden_errors(form)), form, form.cleaned_data.get("amount"))
        return application_page(request, application, refused=refusal, status=403 if objection else 422)
    if isinstance(form, AmountForm) and form.promised_otherwise:
        # Nobody grants by a button that signs, and nobody rejects by one that grants.
        refusal = Refusal("", form, form.cleaned_data["amount"], ask=_what_it_does(form))
        return application_page(request, application, refused=refusal)
    try:
        message = _carry_out(request, application, step, form)
    except AlreadyDone as done:
        messages.info(request, str(done))
        return redirect(application)
    except (FundingError, ValidationError) as error:
        return _refused(request, application.pk, step, data, error)
    messages.success(request, message)
    return redirect(application)


def kept_refusal(request: Request, application: Application) -> Refusal | None:
    """Return the form that was sent when the session had ended, as it was typed; None if there is none."""
    data = posted(request)
    try:
        step = Step(data.get("step", "")) if data is not None else None
    except ValueError:
        return None
    form_type = form_for(step, application, data) if step else None
    if step is None or form_type is None:
        return None
    form = form_type(step, application, data)
    form.is_valid()
    objection: Exception | None = permissions.objection_to(step, request.roles, application)
    try:
        transitions.check(step, application)
    except TransitionNotAllowed as error:
        objection = error
    return Refusal(str(objection or ""), form, form.cleaned_data.get("amount"))


def _what_it_does(form: AmountForm) -> str:
    """Return the sentence for a form that does something else than its button said."""
    amount = format_euro(form.cleaned_data["amount"])
    if isinstance(form, ResolutionForm) and form.act == "reject" and form.votes:
        lost = "Stimmengleichheit ist keine Mehrheit" if form.votes.tied else "Das ist keine Mehrheit"
        why = f"{form.votes.votes}: {lost}, der Antrag wird abgelehnt."
    elif isinstance(form, ResolutionForm):
        why = f"Der Beschluss hat eine Mehrheit; {amount} werden bewilligt."
    elif isinstance(form, FirstSignatureForm):
        why = f"Für {amount} sind zwei Unterschriften nötig; Sie leisten die erste."
    else:
        why = f"Für {amount} genügt Ihre Unterschrift; der Betrag wird damit bewilligt."
    return f"{why} Stimmt das, drücken Sie bitte „{form.button}“."


def _hidden_errors(form: StepForm) -> str:
    return " ".join(str(e) for field in form.hidden_fields() for e in field.errors)


def _carry_out(request: Request, application: Application, step: Step, form: StepForm) -> str:
    data = form.cleaned_data
    common: dict[str, Any] = {
        "actor": request.user, "reason": data["reason"], "key": data["key"], "seen": data["seen"],
    }  # fmt: skip
    if form.asks_second_person:
        change = services.request_change(application, what=step.value, to=form.to, **common)
        return (
            f"Beantragt: {change.title}. Gebucht ist noch nichts; jetzt bestätigt eine "
            "zweite Person der Wirtschaftsförderung."
        )
    match step:
        case Step.APPROVE:
            return _approve(application, form, common)
        case Step.UNSIGN:
            done = services.retract_signature(application, **common)
            return f"Ihre Unterschrift ist zurückgenommen. {_free(done)}"
        case Step.RETURN:
            done = services.return_to_applicant(application, **common)
            return f"Zurückgegeben an die Geschäftsführung {done.project.lead_district}. {_free(done)}"
        case Step.REJECT:
            done = services.reject(application, **common)
            return f"Abgelehnt. {_free(done)}"
        case Step.WITHDRAW:
            services.withdraw(application, **common)
            return "Zurückgezogen. Sie können das Projekt ändern und neu einreichen."
        case Step.REDUCE:
            done = services.reduce(application, to=data["amount"], **common)
            return f"Verringert auf {format_euro(data['amount'])}. {_free(done)}"
        case Step.REVOKE:
            done = services.revoke(application, **common)
            return f"Widerrufen. {_free(done)}"
        case Step.INCREASE:
            further = data["amount"] - application.granted
            resolution = form.resolution(further) if isinstance(form, VotesFields) else None
            done = services.increase(application, to=data["amount"], resolution=resolution, **common)
            return f"Erhöht auf {format_euro(data['amount'])}. {_free(done)}"
        case Step.RECLAIM:
            services.reclaim(application, amount=data["amount"], **common)
            return f"Zurückgefordert: {format_euro(data['amount'])}. Gebucht wird, wenn das Geld zurückkommt."
    raise Http404


def _approve(application: Application, form: StepForm, common: dict[str, Any]) -> str:
    data = form.cleaned_data
    assert isinstance(form, AmountForm)
    common |= {"amount": data["amount"], "financing": data["financing"], "tied_to": form.tied_to}
    if isinstance(form, FirstSignatureForm):
        done = services.sign(application, **common)
        return (
            f"Erste Unterschrift geleistet, {format_euro(data['amount'])} sind vorgemerkt. Jetzt zeichnet eine "
            f"zweite Person der Wirtschaftsförderung mit. {_free(done)}"
        )
    resolution = form.resolution(data["amount"]) if isinstance(form, ResolutionForm) else None
    done = services.approve(application, resolution=resolution, **common)
    if resolution and done.state == Application.State.REJECTED:
        return (
            f"Ablehnung festgehalten: Der Beschluss fand keine Mehrheit ({resolution.votes}). {_free(done)}"
        )
    signed = "Zweite Unterschrift geleistet. " if done.granted_by_two else ""
    return f"{signed}Bewilligt: {format_euro(data['amount'])}. {_free(done)}"


def _free(application: Application) -> str:
    pot = Pot.objects.select_related("district", "year").get(pk=application.pot_id)
    return f"In {pot} sind noch {format_euro(pot.available)} frei."


def _refused(
    request: Request, pk: int, step: Step, data: Any, error: FundingError | ValidationError
) -> HttpResponse:
    """Show the page as it is now, with the sentence at its field and everything that was typed."""
    application = load(request, pk)
    form_type = form_for(step, application, data)
    assert form_type is not None
    data["seen"] = seen_of(application)
    form = form_type(step, application, data)
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
    objection = permissions.objection_to(step, request.roles, application)
    return application_page(request, application, refused=refusal, status=403 if objection else 422)
