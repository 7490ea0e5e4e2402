"""Who worked on an application: for one of them and for a whole list, as one condition."""

from collections.abc import Collection
from functools import lru_cache

from django.db.models import Exists, OuterRef, Q, QuerySet

from funding.models import Application, Decision
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


@lru_cache(256)
def applications_of(user_id: int) -> "QuerySet[Application]":
    """``worked_on_by`` as a set to narrow down, never evaluated itself: resolving it takes longer than asking."""
    return Application.objects.filter(worked_on_by(user_id))


def takes_part(district_ids: Collection[int]) -> Q:
    """Applications whose project one of these districts leads, takes part in or pays for."""
    further = Participation.objects.filter(project_id=OuterRef("project_id"), district_id__in=district_ids)
    return (
        Q(project__lead_district_id__in=district_ids)
        | Q(pot__district_id__in=district_ids)
        | Q(Exists(further))
    )
