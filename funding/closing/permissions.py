"""Who may confirm the closing of a year, and delete what is no longer kept. An objection is returned as the error to raise; None if there is none."""

from funding.closing.models import Deletion, YearClosing
from funding.errors import ConflictOfInterest
from funding.permissions import Objection, objection_to_close_year, objection_to_staff_booking
from members.common.two_people import TwoPeople
from members.roles.permissions import Roles


def objection_to_confirm(roles: Roles, closing: YearClosing) -> Objection:
    """Return what stands against confirming: whoever asked cannot."""
    return objection_to_close_year(roles) or _own(roles, closing)


def objection_to_delete(roles: Roles) -> Objection:
    """Return what stands against deleting what is no longer kept, and against holding it: the Wirtschaftsförderung does."""
    return objection_to_staff_booking(
        roles, "Was nicht mehr aufbewahrt wird, löscht die Wirtschaftsförderung."
    )


def objection_to_confirm_deletion(roles: Roles, deletion: Deletion) -> Objection:
    """Return what stands against confirming: whoever asked cannot."""
    return objection_to_delete(roles) or _own(roles, deletion)


def _own(roles: Roles, asked: TwoPeople) -> Objection:
    if asked.requested_by_id != roles.user.pk:
        return None
    return ConflictOfInterest(
        "Sie haben das selbst beantragt. Bestätigen muss es eine andere Person der Wirtschaftsförderung."
    )
