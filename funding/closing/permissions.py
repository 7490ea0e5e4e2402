"""Who may confirm the closing of a year. An objection is returned as the error to raise; None if there is none."""

from funding.closing.models import YearClosing
from funding.errors import ConflictOfInterest
from funding.permissions import Objection, objection_to_close_year
from members.roles.permissions import Roles


def objection_to_confirm(roles: Roles, closing: YearClosing) -> Objection:
    """Return what stands against confirming: whoever asked cannot."""
    objection = objection_to_close_year(roles)
    if objection is None and closing.requested_by_id == roles.user.pk:
        return ConflictOfInterest(
            "Sie haben das selbst beantragt. Bestätigen muss es eine andere Person der Wirtschaftsförderung."
        )
    return objection
