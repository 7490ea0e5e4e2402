"""Who worked on an application: for one of them and for a whole list, as one condition."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from funding.models import Application, Decision
from members.prepared import prepared
from projects.models import Participation, Project


def worked_on_by(user: int) -> Q:
    """Applications whose project this user entered, edited, submitted or confirmed, or acted for a district on."""
    editors = Project.editors.through.objects.filter(project_id=OuterRef("project_id"), user_id=user)
    answered = Participation.objects.filter(project_id=OuterRef("project_id")).filter(
        Q(confirmed_by=user) | Q(declined_by=user)
    )
    acted = Decision.objects.filter(
        application__project_id=OuterRef("project_id"), actor=user, mandate__isnull=False
    )
    return (
        Q(submitted_by=user)
        | Q(project__created_by=user)
        | Q(Exists(editors))
        | Q(Exists(answered))
        | Q(Exists(acted))
    )


@prepared
def _worked_on(user: int, application: int) -> "QuerySet[Application, int]":
    return (
        Application.objects.filter(worked_on_by(user), pk=application).order_by().values_list("pk", flat=True)
    )


def has_worked_on(user: int, application: int) -> bool:
    """``worked_on_by`` for one of them, by their keys. One query."""
    return bool(_worked_on(user, application))


def takes_part(district_ids: Collection[int]) -> Q:
    """Applications whose project one of these districts leads, takes part in or pays for."""
    further = Participation.objects.filter(project_id=OuterRef("project_id"), district_id__in=district_ids)
    return (
        Q(project__lead_district_id__in=district_ids)
        | Q(pot__district_id__in=district_ids)
        | Q(Exists(further))
    )
