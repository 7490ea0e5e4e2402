"""Four eyes: who is out for ever, who on a day, and whether a first signature still counts.

For one application and, as one condition, for a whole list.
"""

from datetime import date

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q

from funding.models import Application
from members.models import Mandate, User
from members.roles import groups
from projects.models import Participation, Project

S = Application.State
#: One row per account that ever acted for a district on a project.
EDITORS = Project.editors.through


def worked_on_by(user: int) -> Q:
    """Applications whose project this user entered, edited, submitted, answered for, or took a step on for a district."""
    return Q(Exists(EDITORS.objects.filter(project_id=OuterRef("project_id"), user_id=user)))


def has_worked_on(user: int, project: int) -> bool:
    """``worked_on_by`` for one project, by their keys. One query."""
    return EDITORS.objects.filter(user=user, project=project).exists()


def signature_counts(day: date) -> Q:
    """Signed applications whose first signer may still sign: ``permissions.lapsed_signature`` for a whole list."""
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


def signature_lapsed(day: date) -> ExpressionWrapper:
    """Whether an application is signed once by somebody who may not sign any more: it waits for a new signature."""
    return ExpressionWrapper(Q(state=S.RESERVED) & ~signature_counts(day), output_field=BooleanField())
