"""What somebody has to do here, for the pages that tell them: ``templates/account/_tasks.html``."""

from typing import Any

from members.roles.permissions import Roles


def tasks_of(roles: Roles) -> dict[str, Any]:
    """Return the user's mandates of all times, groups, and memberships and seats that are not over."""
    person = getattr(roles.user, "person", None)
    return {
        "mandates": [*roles.mandates, *roles.coming, *roles.ended],
        "groups": sorted(roles.group_names),
        "memberships": person.memberships.not_over_on(roles.day).select_related("district") if person else [],
        "seats": person.seats.not_over_on(roles.day).select_related("body") if person else [],
    }
