"""Who may read which organiser's name."""

from django.db.models import Exists, OuterRef, QuerySet

from members.models import Membership, Organisation, Seat
from members.roles.permissions import Roles
from projects.models import Project


def visible_to(roles: Roles) -> "QuerySet[Organisation]":
    """Return the organisations whose names these roles may read outside the administration.

    A member or holder of a seat stands on public pages.
    An organiser is read by who sees one of its projects: a name in another district's draft is not public.
    """
    projects = Project.objects.visible_to(roles).filter(organiser=OuterRef("pk"))
    return Organisation.objects.filter(
        Exists(Membership.objects.filter(organisation=OuterRef("pk")))
        | Exists(Seat.objects.filter(organisation=OuterRef("pk")))
        | Exists(projects)
    )
