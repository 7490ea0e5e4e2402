"""Who may do what with a project: one function for each question."""

from datetime import timedelta

from django.utils import timezone

from members.models import Organisation
from members.roles.permissions import Roles
from projects.models import Attachment, Comment, Participation, Project

#: How long a comment that nobody else has read can be taken back.
TAKE_BACK = timedelta(minutes=15)
#: How long a new paper can be removed while the project is under decision or decided.
SECOND_THOUGHTS = timedelta(hours=24)
#: States in which nobody has decided anything yet, so that any paper can be removed.
PAPERS_GO = (Project.State.DRAFT, Project.State.RETURNED, Project.State.WITHDRAWN, Project.State.UNFUNDED)


def may_create(roles: Roles, district_id: int | None = None) -> bool:
    """Return whether directors and their deputies may create for this district; without one, for any."""
    return bool(roles.district_ids) if district_id is None else roles.directs(district_id)


def may_edit(roles: Roles, project: Project) -> bool:
    """Return whether the user may edit: the lead district's director, while no share is under decision.

    Whoever decides has read this plan. A returned application opens it again.
    """
    if not roles.directs(project.lead_district_id):
        return False
    if project.is_open_to_balance:
        return not any(row.locked and row.granted is None for row in project.financing_items.all())
    return project.is_open_to_edit


def may_confirm(roles: Roles, participation: Participation) -> bool:
    """Return whether the further district's director may confirm, also after declining."""
    return (
        roles.directs(participation.district_id)
        and participation.confirmed_on is None
        and participation.project.asks_partners
    )


def may_decline(roles: Roles, participation: Participation) -> bool:
    """Return whether the further district's director may decline, while it has not answered."""
    return roles.directs(participation.district_id) and participation.is_asked


def may_maintain_organiser(roles: Roles, organiser: Organisation) -> bool:
    """Return whether the user may read and correct the organiser's address, contact, legal form and signatories.

    The Wirtschaftsförderung, and whoever directs a district that leads a project of it, draft or not.
    """
    return roles.is_business_development or (
        bool(roles.district_ids)
        and Project.objects.filter(organiser=organiser, lead_district__in=roles.district_ids).exists()
    )


def may_maintain_organiser_of(roles: Roles, project: Project) -> bool:
    """Return what ``may_maintain_organiser`` says as far as it follows from this project. No query."""
    return project.organiser_id is not None and (
        roles.is_business_development or roles.directs(project.lead_district_id)
    )


def may_copy(roles: Roles, project: Project) -> bool:
    """Return whether the user may copy: the lead district's director, in any state."""
    return roles.directs(project.lead_district_id)


def may_delete(roles: Roles, project: Project) -> bool:
    """Return whether the user may delete: the lead district's director, a draft that never got a number."""
    return roles.directs(project.lead_district_id) and project.is_draft and project.number is None


def may_publish(roles: Roles, project: Project) -> bool:
    """Return whether the user may publish without a grant: the lead district's director.

    The project is a draft with title and description that asks no pot for money.
    """
    return (
        roles.directs(project.lead_district_id)
        and project.is_draft
        and project.requested_total == 0
        and bool(project.title and project.summary)
    )


def may_comment(roles: Roles, project: Project, participations: list[Participation]) -> bool:
    """Return whether the user may write: the Wirtschaftsförderung and directors of districts taking part."""
    return roles.is_business_development or side_of(roles, project, participations) is not None


def may_take_back(roles: Roles, comment: Comment, *, read_by_others: bool) -> bool:
    """Return whether the author may take the comment back: for a while, and while nobody else has read it."""
    fresh = timezone.now() - comment.created_at < TAKE_BACK
    return comment.author_id == roles.user.pk and fresh and not read_by_others


def may_read_plan(roles: Roles, project: Project, participations: list[Participation]) -> bool:
    """Return whether readers of all figures and directors of districts taking part may read the plan."""
    return roles.reads_all or side_of(roles, project, participations) is not None


def side_of(roles: Roles, project: Project, participations: list[Participation]) -> int | None:
    """Return the district (key) taking part that this user directs, the lead one first; None without one."""
    districts = [project.lead_district_id, *(p.district_id for p in participations)]
    return next((pk for pk in districts if roles.directs(pk)), None)


def may_add_papers(roles: Roles, project: Project, participations: list[Participation]) -> bool:
    """Return whether the Wirtschaftsförderung and directors of districts taking part may add papers."""
    return roles.is_business_development or side_of(roles, project, participations) is not None


def may_remove_paper(roles: Roles, attachment: Attachment) -> bool:
    """Return whether the user may remove the paper: each side what was added for it.

    While the project is under decision or decided, only what was added in the last 24 hours can be removed, whoever asks.
    So papers stay as they were read, until their retention is over (``funding.closing.retention``).
    Superusers may remove for any side, for a paper that should never have been here.
    """
    fresh = attachment.uploaded_at > timezone.now() - SECOND_THOUGHTS
    if attachment.removed_at is not None or not (fresh or attachment.project.state in PAPERS_GO):
        return False
    if roles.signed_in and roles.user.is_superuser:
        return True
    return (
        roles.is_business_development
        if attachment.district_id is None
        else roles.directs(attachment.district_id)
    )
