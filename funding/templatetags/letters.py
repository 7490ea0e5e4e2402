"""What letters about applications say: what led up to a step, and what their reader has to do next."""

from django import template
from django.template.context import Context

from funding import who_acts_next
from funding.models import Application, Decision, GrantChange
from funding.replay import retrace

register = template.Library()


@register.simple_tag
def retraced(decision: Decision) -> Decision:
    """Return the decision with ``granted_before`` and ``first_signature``. One query."""
    decisions = list(decision.application.decisions.with_names())
    retrace(decision.application, decisions)
    return next(each for each in decisions if each.pk == decision.pk)


@register.simple_tag(takes_context=True)
def next_for_reader(context: Context, application: Application) -> str:
    """Return what happens next, as it is said to who gets the letter: ``for_district``, or the staff."""
    if district := context["for_district"]:
        return who_acts_next.told_to_district(application, district)
    return who_acts_next.told_to_staff(application, context["reader"])


@register.simple_tag(takes_context=True)
def next_of_change(context: Context, change: GrantChange) -> str:
    """Return what happens next to the change, as it is said to who gets the letter."""
    return who_acts_next.told_of_change(change, context["reader"])
