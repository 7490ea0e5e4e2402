"""The pages of the bodies: who sits there on a day."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from members.common import days
from members.models import Body, District, Membership, Person, Seat, counts_on
from members.roles.request import Request

ROLES = list(Seat.Role.values)
KINDS = list(Body.Kind.values)


@dataclass(frozen=True)
class Sitting:
    """A line of the page: a seat or a membership. ``who`` is empty where the name may not be read."""

    role: str
    who: str
    period: str
    is_plain_member: bool = False


def who(person: Person | None, organisation: str, reads_names: bool) -> str:
    """Return the person's name where it may be read, and the organisation."""
    name = str(person) if person and (reads_names or person.publish_name) else ""
    return ", ".join(filter(None, (name, organisation)))


def sittings(seats: Iterable[Seat], reads_names: bool) -> list[Sitting]:
    """Return a line for each seat, the chair first, then by the first day."""
    return [
        Sitting(
            seat.get_role_display(),
            who(seat.person, seat.organisation.shortest_name if seat.organisation else "", reads_names),
            seat.period,
            seat.role == Seat.Role.MEMBER,
        )
        for seat in sorted(seats, key=lambda seat: (ROLES.index(seat.role), seat.since, seat.pk))
    ]


def members_on(day: date) -> "QuerySet[Membership]":
    rows = Membership.objects.active_on(day).select_related("person", "organisation", "district")
    return rows.order_by("kind", "district", "since", "pk")


def membership_row(member: Membership, reads_names: bool) -> Sitting:
    return Sitting(
        f"delegiert von {member.district}" if member.district else "Mitglied",
        who(member.person, member.organisation.name if member.organisation else "", reads_names),
        member.period,
    )


def delegates_of(district: District, day: date, reads_names: bool) -> list[Sitting]:
    """Return the lines for the district's delegates in the association on the local date. One query."""
    return [membership_row(m, reads_names) for m in members_on(day).filter(district=district)]


def bodies_of_district(district: District, day: date, reads_names: bool) -> list[dict[str, Any]]:
    """Return the district's bodies on the local date, each with who sits there.

    ``more`` counts the plain members whose name may not be read.
    """
    seats = Seat.objects.active_on(day).select_related("person", "organisation")
    sitting = Prefetch("seats", seats, to_attr="sitting")
    bodies: Any = Body.objects.active_on(day).filter(district=district).prefetch_related(sitting)
    found = []
    for body in sorted(bodies, key=place):
        rows = sittings(body.sitting, reads_names)
        shown = [row for row in rows if row.who or not row.is_plain_member]
        found.append({"body": body, "sittings": shown, "more": len(rows) - len(shown)})
    return found


def place(body: Body) -> tuple[int, str]:
    """Return the body's place on a page: by kind in the order of the kinds, then by name."""
    return KINDS.index(body.kind), body.folded_name


@require_safe
def body_list(request: Request) -> HttpResponse:
    """Show all bodies that exist on the day: those of the association, and those of each district."""
    day = days.asked(request.GET)
    seated = counts_on(day.shown, "seats__")
    bodies = Body.objects.active_on(day.shown).annotate(seated=Count("seats", filter=seated))
    by_district = defaultdict(list)
    for body in sorted(bodies, key=place):
        by_district[body.district_id].append(body)
    return render(
        request,
        "members/bodies.html",
        {
            "day": day,
            "members": members_on(day.shown).count(),
            "association": by_district[None],
            "districts": [(district, by_district[district.pk]) for district in District.objects.all()],
        },
    )


@require_safe
def body_detail(request: Request, pk: int) -> HttpResponse:
    """Show who sits in a body on the day. For the general meeting: the members of the association."""
    body = get_object_or_404(Body.objects.select_related("district"), pk=pk)
    day = days.asked(request.GET)
    reads_names = request.roles.reads_names
    seats = body.seats.active_on(day.shown).select_related("person", "organisation")
    members = members_on(day.shown) if body.is_general_meeting else []
    return render(
        request,
        "members/body.html",
        {
            "body": body,
            "day": day,
            "existed": body.is_active_on(day.shown),
            "sittings": sittings(seats, reads_names),
            "members": [membership_row(member, reads_names) for member in members],
            "reads_names": reads_names,
        },
    )
