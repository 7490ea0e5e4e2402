"""Comments between the districts and the Wirtschaftsförderung: writing, reading, and who has read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.utils import timezone
from django.utils.text import get_text_list

from members.common.texts import normal
from members.models import District, User
from members.roles.permissions import Roles
from projects import permissions
from projects.models import Comment, CommentReading, FormKey, Participation, Project
from projects.notices import forget_comment, tell_of_comment
from projects.services import lock

#: The same text sent again within this time is the same comment.
TWICE = timedelta(minutes=1)
#: At most so many comments of one person on one project, and on all projects, within the time: each sends mails.
WINDOW = timedelta(minutes=10)
MOST, MOST_IN_ALL = 10, 30
#: How far back a start page names unread comments: a new colleague does not get ten years of them.
RECENT = timedelta(days=90)


class TooManyComments(Exception):
    """The person has written as many comments as may be within ``WINDOW``. Nothing was written."""

    def __init__(self, until: datetime) -> None:
        minute = timezone.localtime(until) + timedelta(minutes=1)
        super().__init__(
            f"Das waren viele Kommentare in kurzer Zeit. Ab {minute:%H:%M} Uhr geht der nächste; Ihr Text steht noch da. "
            "Mehreres passt auch in einen Kommentar."
        )


@dataclass(frozen=True)
class Audience:
    """An audience that this author can choose: the form's value, its name, and who will read."""

    value: str
    label: str
    readers: str


def audiences(roles: Roles, project: Project, participations: Iterable[Participation]) -> list[Audience]:
    """Return the audiences that the author can choose from, the widest first; none for readers. No query."""
    participations = list(participations)
    if not permissions.may_comment(roles, project, participations):
        return []
    districts = [project.lead_district, *(p.district for p in participations)]
    names = get_text_list([d.name for d in districts], "und")
    others = "außerdem lesend Rechnungs- und Kassenprüfung und Beirat" + (
        "" if project.number else ", sobald eingereicht ist"
    )
    found = [
        Audience(
            Comment.Audience.SHARED,
            "Stadtbezirke und Wirtschaftsförderung",
            f"Das lesen: Geschäftsführung {names} mit Vertretung, Wirtschaftsförderung; {others}. "
            "Kommt ein Stadtbezirk dazu, liest er mit.",
        )
    ]
    for district in districts:
        if roles.directs(district.pk):
            found.append(
                Audience(
                    f"{Comment.Audience.DISTRICT}-{district.pk}",
                    f"Notiz nur für {district.name}",
                    f"Das lesen nur: Geschäftsführung {district.name} und ihre Vertretung.",
                )
            )
    if roles.is_business_development:
        found.append(
            Audience(
                Comment.Audience.STAFF,
                "Notiz nur für die Wirtschaftsförderung",
                "Das lesen nur: Wirtschaftsförderung.",
            )
        )
    return found


@dataclass
class Talk:
    """One page of a project's comments that a reader may see, newest first.

    Each comment has ``may_take_back``, ``is_new``, and ``read_by``: the readings that end at it.
    """

    page: Page
    comments: list[Any]
    total: int
    #: How many comments by others the reader has not read, and the key of the latest comment.
    unread: int
    latest: int
    audiences: list[Audience]

    @property
    def shows_all_unread(self) -> bool:
        """Return whether the page can hold all comments that are new to the reader."""
        return self.unread <= len(self.comments)


def talk(
    roles: Roles,
    project: Project,
    participations: Iterable[Participation],
    *,
    shown: int,
    number: str | int | None = None,
) -> Talk:
    """Return a page of the project's comments, ``shown`` on each, newest first. Two queries."""
    readings = list(CommentReading.objects.filter(project=project).select_related("user__person"))
    mine = next((r.up_to_id for r in readings if r.user_id == roles.user.pk), 0)
    readable = Comment.objects.visible_to(roles).filter(project=project)
    comments: list[Any] = list(readable.select_related("author__person", "district").order_by("-pk"))
    for comment in comments:
        others = any(r.up_to_id >= comment.pk and r.user_id != comment.author_id for r in readings)
        comment.may_take_back = permissions.may_take_back(roles, comment, read_by_others=others)
        comment.is_new = comment.pk > mine and comment.author_id != roles.user.pk
        comment.read_by = []
    for reading in readings:
        # The latest comment by others at or before the marker. A note counts only where the marker is on it:
        # whether this person may read another note is not known here.
        others_comments = (c for c in comments if c.author_id != reading.user_id and c.pk <= reading.up_to_id)
        reached = next((c for c in others_comments if c.is_shared or c.pk == reading.up_to_id), None)
        if reached is not None:
            reached.read_by.append(reading)
    page = Paginator(comments, shown).get_page(number)
    return Talk(
        page=page,
        comments=list(page.object_list),
        total=len(comments),
        unread=sum(comment.is_new for comment in comments),
        latest=comments[0].pk if comments else 0,
        audiences=audiences(roles, project, participations),
    )


@transaction.atomic
def write(
    project: Project,
    *,
    actor: User,
    text: str,
    audience: str,
    district: District | None = None,
    key: str = "",
) -> Comment:
    """Write a comment and return it. Its author has then read everything up to it.

    The same text within a minute, or from a form that arrives again by its ``key``, is the same comment.
    Raises PermissionDenied if the actor may not write to this audience, ValueError for an unfit text,
    TooManyComments after ``MOST`` of them, KeySpent for the key of another form.
    """
    project = lock(project)
    roles = Roles(actor)
    participations = list(project.participations.select_related("district"))
    value = f"{audience}-{district.pk}" if district else audience
    if value not in {a.value for a in audiences(roles, project, participations)}:
        raise PermissionDenied
    text = normal(text, lines=True)
    if not text or len(text) > Comment.MAX_LENGTH:
        raise ValueError("A comment has text, of a limited length.")
    same = Comment.objects.filter(
        project=project, author=actor, text=text, audience=audience, district=district
    ).last()  # fmt: skip
    # The locked project lets no other arrival of the form in.
    arrived = bool(key) and FormKey.spent(key, actor=actor, project=project).exists()
    if same and (arrived or same.created_at >= timezone.now() - TWICE):
        return same
    _require_patience(project, actor)
    comment = Comment.objects.create(
        project=project,
        author=actor,
        author_role=roles.title[:200],
        text=text,
        audience=audience,
        district=district,
    )
    if key and not arrived:
        FormKey.spend(key, actor, project=project)
    _advance(project, actor, comment.pk)
    tell_of_comment(comment)
    return comment


def _require_patience(project: Project, actor: User) -> None:
    """Raise TooManyComments after ``MOST`` comments on the project within ``WINDOW``, or ``MOST_IN_ALL``."""
    recent = Comment.objects.filter(author=actor, created_at__gt=timezone.now() - WINDOW).order_by(
        "-created_at"
    )
    written = list(recent.values_list("project", "created_at")[:MOST_IN_ALL])
    here = [at for pk, at in written if pk == project.pk]
    if len(here) >= MOST:
        raise TooManyComments(here[MOST - 1] + WINDOW)
    if len(written) >= MOST_IN_ALL:
        raise TooManyComments(written[-1][1] + WINDOW)


@transaction.atomic
def mark_read(project: Project, *, actor: User, up_to: int) -> None:
    """Note that the actor has read the project's comments up to this one.

    A marker never goes back.
    Raises PermissionDenied if the actor may not read the comment.
    """
    if not Comment.objects.visible_to(Roles(actor)).filter(project=project, pk=up_to).exists():
        raise PermissionDenied
    _advance(project, actor, up_to)


def _advance(project: Project, user: User, up_to: int) -> None:
    reading, made = CommentReading.objects.select_for_update().get_or_create(
        project=project, user=user, defaults={"up_to_id": up_to, "read_at": timezone.now()}
    )
    if not made and reading.up_to_id < up_to:
        reading.up_to_id, reading.read_at = up_to, timezone.now()
        reading.save(update_fields=["up_to", "read_at"])


@transaction.atomic
def take_back(comment: Comment, *, actor: User) -> None:
    """Delete a comment within 15 minutes. Raises PermissionDenied once somebody else has read it.

    Its author has then read everything up to the latest comment before it that they may read.
    """
    lock(Project(pk=comment.project_id))
    read = CommentReading.objects.filter(project=comment.project_id, up_to_id__gte=comment.pk)
    by_others = read.exclude(user=actor).exists()
    roles = Roles(actor)
    if not permissions.may_take_back(roles, comment, read_by_others=by_others):
        raise PermissionDenied
    readable = Comment.objects.visible_to(roles).filter(project=comment.project_id, pk__lt=comment.pk)
    if before := readable.order_by("-pk").first():
        read.filter(user=actor).update(up_to=before)
    forget_comment(comment)
    comment.delete()


@dataclass(frozen=True)
class Unread:
    """A project with unread comments: how many, and the time of the oldest."""

    project: Project
    count: int
    since: Any


def unread(roles: Roles, limit: int) -> list[Unread]:
    """Return at most ``limit`` projects with comments of 90 days unread by this user, latest first."""
    recent = Comment.objects.visible_to(roles).filter(created_at__gte=timezone.now() - RECENT)
    newest = recent.unread_by(roles.user.pk).select_related("project").order_by("-pk")
    found: dict[int, list[Comment]] = {}
    for comment in newest[: limit * 10]:
        found.setdefault(comment.project_id, []).append(comment)
    return [Unread(c[0].project, len(c), c[-1].created_at) for c in list(found.values())[:limit]]
