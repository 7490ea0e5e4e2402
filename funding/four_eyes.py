"""Four eyes: who must not decide on an application, and whether a first signature still counts.

Asked for one application and, as a condition, for a whole list.
"""

from datetime import date

from django.db.models import Exists, OuterRef, Q

from funding.models import Application
from members.models import Mandate, User
from members.roles import groups
from projects.models import Participation, Project

S = Application.State
#: One row for each project and account that ever acted on it for a district.
EDITORS = Project.editors.through


def worked_on_by(user: int) -> Q:
    """Return the condition on applications whose project has this account among its editors."""
    return Q(Exists(EDITORS.objects.filter(project_id=OuterRef("project_id"), user_id=user)))


def has_worked_on(user: int, project: int) -> bool:
    """Return whether this account has worked on the project, both by key. One query."""
    return EDITORS.objects.filter(user=user, project=project).exists()


def signature_counts(day: date) -> Q:
    """Return the condition on signed applications whose first signer may still sign on the day.

    The same rule as ``permissions.lapsed_signature``, for a whole list.
    """
    signer = OuterRef("first_signer_id")
    staff = User.objects.filter(
        pk=signer, is_active=True, person__isnull=False, groups__name=groups.BUSINESS_DEVELOPMENT
    )
    worked = EDITORS.objects.filter(project_id=OuterRef("project_id"), user_id=signer)
    further = Participation.objects.filter(project_id=OuterRef(OuterRef("project_id"))).values("district")
    mandates = Mandate.objects.active_on(day).filter(
        Q(district=OuterRef("project__lead_district"))
        | Q(district=OuterRef("pot__district"))
        | Q(district__in=further),
        person__in=User.objects.filter(pk=OuterRef(OuterRef("first_signer_id"))).order_by().values("person"),
    )
    return Q(Exists(staff)) & ~Q(Exists(worked)) & ~Q(Exists(mandates))


def signature_lapsed(day: date) -> Q:
    """Return the condition on applications whose first signature has lapsed, so that a new one is needed."""
    return Q(state=S.RESERVED) & ~signature_counts(day)
