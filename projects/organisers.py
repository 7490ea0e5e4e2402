"""Who may read which organiser's name, how a project gets its organiser, and who writes down its address."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from members.common.folding import key_of
from members.models import ADDRESS, CONTACT, Membership, Organisation, Seat, User
from members.roles.permissions import Roles
from projects import permissions
from projects.models import Project

#: What the districts and the Wirtschaftsförderung maintain. The name is the administration's.
MAINTAINED = (*ADDRESS, *CONTACT, "legal_form", "register_court", "register_number", "signatories")


class StaleOrganiser(Exception):
    """Somebody has saved the organiser since the form was opened."""


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


def last_change(organiser: Organisation) -> Any:
    """Return the latest record of the organisation's history, or None."""
    history: Any = organiser.history
    return history.select_related("history_user__person").order_by("-history_id").first()


def version_of(record: Any) -> int:
    """Return the version of an organiser whose latest record this is; 0 without one."""
    return record.history_id if record else 0


def record(organiser: Organisation, version: int) -> Any:
    """Return the record of the organisation at this version, or None."""
    history: Any = organiser.history
    return history.filter(history_id=version).first()


@transaction.atomic
def maintain(
    organiser: Organisation, *, actor: User, values: Mapping[str, Any], version: int
) -> Organisation:
    """Save ``MAINTAINED`` fields of the organiser, and return it.

    ``version`` is the one on which the form was opened.
    Raises PermissionDenied, StaleOrganiser, and ValidationError for values that do not fit together.
    """
    organiser = Organisation.objects.select_for_update().get(pk=organiser.pk)
    if not permissions.may_maintain_organiser(Roles(actor), organiser):
        raise PermissionDenied
    if version != version_of(last_change(organiser)):
        raise StaleOrganiser
    changed = {name: values[name] for name in MAINTAINED if values[name] != getattr(organiser, name)}
    if changed:
        for name, value in changed.items():
            setattr(organiser, name, value)
        organiser.full_clean()
        organiser._history_user = actor  # type: ignore[attr-defined]
        organiser.save()
    return organiser
