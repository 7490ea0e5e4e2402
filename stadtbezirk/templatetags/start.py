"""How the start pages show a step."""

from django import template

from funding.models import Step

register = template.Library()

_LOOKS = {Step.APPROVE: "good", Step.REDUCE: "wait"}


@register.filter
def step_look(step: str) -> str:
    """Return the look of the badge for a decision's step."""
    return _LOOKS.get(Step(step), "bad")
