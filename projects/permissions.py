"""One predicate per question about projects."""

from datetime import timedelta

from django.utils import timezone

from members.roles.permissions import Roles
from projects.models import Attachment, Comment, Participation, Project

#: How long a comment that nobody else has read can be taken back.
TAKE_BACK = timedelta(minutes=15)
#: How long a paper added by mistake can be taken back while the project is under decision or decided.
SECOND_THOUGHTS = timedelta(hours=24)


def may_create(roles: Roles, district_id: int | None = None) -> bool:
    """Directors and their deputies, for their own district."""
    return bool(roles.district_ids) if district_id is None else roles.directs(district_id)


def may_edit(roles: Roles, project: Project) -> bool:
    """The lead district's director, while no share of the plan is under decision.

    Whoever decides has read this plan; a returned application opens it again.
    """
    if not roles.directs(project.lead_district_id):
        return False
    if project.is_open_to_balance:
        return not any(row.locked and row.granted is None for row in project.financing_items.all())
    return project.is_open_to_edit


def may_confirm(roles: Roles, participation: Participation) -> bool:
    """The further district's own director, once, also while the project waits for its decision.

    Also after declining: minds change.
    """
    return (
        roles.directs(participation.district_id)
        and participation.confirmed_on is None
        and participation.project.asks_partners
    )


def may_decline(roles: Roles, participation: Participation) -> bool:
    """The further district's own director, while the answer is open."""
    return roles.directs(participation.district_id) and participation.is_asked


def may_copy(roles: Roles, project: Project) -> bool:
    """The lead district's director, whatever became of the project."""
    return roles.directs(project.lead_district_id)


def may_delete(roles: Roles, project: Project) -> bool:
    """The lead district's director, for a draft that was never handed in or published."""
    return roles.directs(project.lead_district_id) and project.is_draft and project.number is None


def may_publish(roles: Roles, project: Project) -> bool:
    """The lead district's director, for a draft that asks no pot for money."""
    return (
        roles.directs(project.lead_district_id)
        and project.is_draft
        and project.requested_total == 0
        and bool(project.title and project.summary)
    )


def may_comment(roles: Roles, project: Project, participations: list[Participation]) -> bool:
    """Wirtschaftsförderung and the directors of the districts taking part; other readers only read."""
    districts = {project.lead_district_id, *(p.district_id for p in participations)}
    return roles.is_business_development or bool(districts & roles.district_ids)


def may_take_back(roles: Roles, comment: Comment, *, read_by_others: bool) -> bool:
    """The author, for a quarter of an hour, and as long as nobody else has read it."""
    fresh = timezone.now() - comment.created_at < TAKE_BACK
    return comment.author_id == roles.user.pk and fresh and not read_by_others


def may_read_plan(roles: Roles, project: Project, participations: list[Participation]) -> bool:
    """Costs and financing: readers of all figures and the directors of the districts taking part."""
    districts = {project.lead_district_id, *(p.district_id for p in participations)}
    return roles.reads_all or bool(districts & roles.district_ids)


def side_of(roles: Roles, project: Project, participations: list[Participation]) -> int | None:
    """The district for which this user adds papers, the lead one first; None for the Wirtschaftsförderung."""
    districts = [project.lead_district_id, *(p.district_id for p in participations)]
    return next((pk for pk in districts if roles.directs(pk)), None)


def may_add_papers(roles: Roles, project: Project, participations: list[Participation]) -> bool:
    """The directors of the districts taking part and the Wirtschaftsförderung, whatever the project's state."""
    return roles.is_business_development or side_of(roles, project, participations) is not None


def may_remove_paper(roles: Roles, attachment: Attachment) -> bool:
    """Each side its own: a district what was added for it, the Wirtschaftsförderung what it added.

    While the project is under decision or decided, papers stay as they were read; only what was added within the
    last day can be taken back. Superusers may always remove, for a paper that should never have been here.
    """
    if attachment.removed_at is not None:
        return False
    if roles.signed_in and roles.user.is_superuser:
        return True
    own = (
        roles.is_business_development
        if attachment.district_id is None
        else roles.directs(attachment.district_id)
    )
    fresh = attachment.uploaded_at > timezone.now() - SECOND_THOUGHTS
    return own and (fresh or attachment.project.is_open_to_edit)
