"""What of the year-end waits for a second person, and amounts that no statement may tell."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.template import Context

from funding.closing.cash_papers import known
from funding.closing.models import Deletion, YearClosing
from funding.closing.permissions import objection_to_confirm, objection_to_confirm_deletion

register = template.Library()
register.filter("known", known)


@register.simple_tag(takes_context=True)
def years_to_confirm(context: Context) -> Sequence[tuple[str, Any]]:
    """Return the requests to close or open a year, and to delete what is old, that this user can confirm: (name, request).

    Two queries.
    """
    roles = context["request"].roles
    if not roles.is_business_development:
        return []
    closings = YearClosing.objects.filter(state=YearClosing.State.REQUESTED).select_related("year")
    deletions = Deletion.objects.filter(state=Deletion.State.REQUESTED)
    return [
        *(
            ("Jahresabschluss", row)
            for row in closings.order_by("pk")
            if not objection_to_confirm(roles, row)
        ),
        *(
            ("Löschung", row)
            for row in deletions.order_by("pk")
            if not objection_to_confirm_deletion(roles, row)
        ),
    ]
