"""Who may read which organiser's name, and how a project gets its organiser."""

from django.db.models import Exists, OuterRef, QuerySet

from members.common.folding import key_of
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


def spelled_like(name: str, roles: Roles) -> "QuerySet[Organisation]":
    """Return the organisations that these roles may read, of that name in any spelling: "Ökoverein" for "oekoverein"."""
    return visible_to(roles).filter(folded_name=key_of(name))


def named(name: str, roles: Roles) -> Organisation | None:
    """Return the organisation of that name, or None. In another case only one that these roles may read.

    Taking over the spelling of a name in another district's draft would tell that it is known.
    """
    exact = Organisation.objects.filter(name=name).first()
    return exact or next((o for o in spelled_like(name, roles) if o.name.casefold() == name.casefold()), None)


def enter(name: str, roles: Roles) -> Organisation:
    """Return the organisation that ``named`` finds, created if there is none."""
    return named(name, roles) or Organisation.objects.get_or_create(name=name)[0]
