"""What the Wirtschaftsförderung does about the chosen rows behind a light."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from funding import services as core
from funding.closing import steps
from funding.closing.forms import RowsForm
from funding.closing.lights import BY_KEY
from funding.models import FiscalYear
from funding.permissions import objection_to_close_year
from funding.views.access import PER_PAGE
from funding.views.booking import attempt
from members.common.counting import counted
from members.common.kept import posted
from members.common.keys import is_key
from members.roles.request import Request

#: What is read with each chosen application.
RELATED = ("project__lead_district", "pot__district", "pot__year", "carried_to__year")
#: Step -> the lights whose applications it can be taken with.
STEPS = {
    "carry": frozenset({"antraege", "nicht-abgerufen"}),
    "free": frozenset({"nicht-abgerufen"}),
    "remind": frozenset({"antraege", "nicht-abgerufen", "nachweise"}),
}
#: Step -> what was done, with the number of applications.
DONE = {"carry": "Übertragen", "free": "Freigegeben oder zur zweiten Person gegeben", "remind": "Erinnert"}


def steps_for(year: FiscalYear, key: str) -> list[str]:
    """Return the steps that this light offers in this year; in a closed one nothing is carried over or freed."""
    return [
        step
        for step, keys in STEPS.items()
        if key in keys and (year.is_open or (step == "remind" and year.is_closed))
    ]


def chosen_rows(
    request: Request, year: FiscalYear, key: str, found: "QuerySet[Any]"
) -> tuple[RowsForm | None, int]:
    """Carry out what was sent for the chosen rows; return the form, if this user has one, and the page's status.

    Status 0 means that it was carried out: show the page anew.
    """
    may_not = objection_to_close_year(request.roles)
    offered = [] if may_not else steps_for(year, key)
    carries = "carry" in offered
    if request.method != "POST":
        return (RowsForm(year, carries=carries) if offered else None), 200
    if may_not:
        raise PermissionDenied
    data = posted(request)
    step = data.get("step", "") if data is not None else ""
    if step not in offered:
        raise Http404
    form = RowsForm(year, data, carries=carries)
    keys = [int(each) for each in request.POST.getlist("row") if is_key(each)]
    chosen = list(found.filter(pk__in=keys).select_related(*RELATED)[:PER_PAGE])
    if not chosen:
        form.add_error(None, "Bitte wählen Sie in der Liste mindestens einen Antrag.")
    return form, attempt(request, form, lambda: _act(request, year, key, step, form, chosen))


def _act(request: Request, year: FiscalYear, key: str, step: str, form: RowsForm, chosen: list[Any]) -> str:
    core.once(form.cleaned_data["key"], request.user, lambda: None)
    reason, actor = form.cleaned_data["reason"], request.user
    if step == "carry":
        outcomes = steps.carry_over(chosen, to=form.cleaned_data["to"], reason=reason, actor=actor)
    elif step == "free":
        outcomes = steps.give_up(chosen, reason=reason, actor=actor)
    else:
        outcomes = steps.remind(chosen, of=BY_KEY[key], year=year, reason=reason, actor=actor)
    for each in outcomes:
        if each.refusal:
            messages.error(request, f"{each.application.project.number}: {each.refusal}")
    return f"{DONE[step]}: {counted(steps.done(outcomes), 'Antrag', 'Anträge')}."
