"""How the start pages show a decision's step."""

from django import template

from funding.models import Step

register = template.Library()

_LOOKS = {Step.APPROVE: "good", Step.INCREASE: "good", Step.CHANGE: "good", Step.REDUCE: "wait"}


@register.filter
def step_look(step: str) -> str:
    """Return the colour class of the badge for a decision's step."""
    return _LOOKS.get(Step(step), "bad")
