"""Who may close a year, and who may confirm it. An objection is returned as the error to raise; None if there is none."""

from funding import permissions as core
from funding.closing.models import YearClosing
from funding.errors import ConflictOfInterest
from funding.permissions import Objection
from members.roles.permissions import Roles


def objection_to_close(roles: Roles) -> Objection:
    """Return what stands against asking to close a year, to open it again, or to refuse that."""
    return core.objection_to_staff_booking(roles, "Haushaltsjahre schließt die Wirtschaftsförderung ab.")


def objection_to_confirm(roles: Roles, closing: YearClosing) -> Objection:
    """Return what stands against confirming: whoever asked cannot."""
    objection = objection_to_close(roles)
    if objection is None and closing.requested_by_id == roles.user.pk:
        return ConflictOfInterest(
            "Sie haben das selbst beantragt. Bestätigen muss es eine andere Person der Wirtschaftsförderung."
        )
    return objection
