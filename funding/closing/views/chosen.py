"""What the Wirtschaftsförderung does about the chosen rows behind a light."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from funding import services as core
from funding.closing import steps
from funding.closing.forms import RowsForm
from funding.models import FiscalYear
from funding.permissions import objection_to_close_year
from funding.views.access import PER_PAGE
from funding.views.booking import attempt
from members.common.counting import counted
from members.common.kept import posted
from members.common.keys import is_key
from members.roles.request import Request

#: The lights whose applications can be carried over, and those of them whose rest can be freed.
CARRIED = frozenset({"antraege", "nicht-abgerufen"})
FREED = frozenset({"nicht-abgerufen"})


def chosen_rows(
    request: Request, year: FiscalYear, key: str, found: "QuerySet[Any]"
) -> tuple[RowsForm | None, int]:
    """Carry out what was sent for the chosen rows; return the form, if this user has one, and the page's status.

    Status 0 means that it was carried out: show the page anew.
    """
    may_not = objection_to_close_year(request.roles)
    offered = key in CARRIED and not may_not and year.is_open
    if request.method != "POST":
        return (RowsForm(year) if offered else None), 200
    if may_not:
        raise PermissionDenied
    data = posted(request)
    step = data.get("step", "") if data is not None else ""
    if not offered or step not in ("carry", "free") or (step == "free" and key not in FREED):
        raise Http404
    form = RowsForm(year, data)
    keys = [int(each) for each in request.POST.getlist("row") if is_key(each)]
    chosen = list(found.filter(pk__in=keys)[:PER_PAGE])
    if not chosen:
        form.add_error(None, "Bitte wählen Sie in der Liste mindestens einen Antrag.")
    return form, attempt(request, form, lambda: _act(request, step, form, chosen))


def _act(request: Request, step: str, form: RowsForm, chosen: list[Any]) -> str:
    core.once(form.cleaned_data["key"], request.user, lambda: None)
    reason = form.cleaned_data["reason"]
    if step == "carry":
        outcomes = steps.carry_over(chosen, to=form.cleaned_data["to"], reason=reason, actor=request.user)
    else:
        outcomes = steps.give_up(chosen, reason=reason, actor=request.user)
    for each in outcomes:
        if each.refusal:
            messages.error(request, f"{each.application.project.number}: {each.refusal}")
    number = counted(steps.done(outcomes), "Antrag", "Anträge")
    return f"{'Übertragen' if step == 'carry' else 'Freigegeben oder zur zweiten Person gegeben'}: {number}."
