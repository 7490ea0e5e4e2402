"""What a further district answers, told to the lead district; a comment, told to those who may read it."""

from typing import Any

from django.utils import timezone

from members.post.notify import forget, notify_directors, notify_group
from members.roles import groups
from projects.models import Comment, Participation, Project, ProjectChange


def tell_of_refusal(participation: Participation, change: ProjectChange) -> None:
    """Only what happens today is told (``funding.notices``)."""
    if participation.declined_on != timezone.localdate():
        return
    project = participation.project
    notify_directors(
        [project.lead_district_id],
        day=participation.declined_on,
        without=change.actor,
        template="declined",
        context={"participation": participation, "project": project, "decision": change},
        subject=f"{_name(project)}: {participation.district} macht nicht mit",
        key=f"declined:{change.pk}",
    )


def tell_of_comment(comment: Comment) -> None:
    """To directors and staff, as far as they read it; without its text, which may still be taken back."""
    project = comment.project
    message: dict[str, Any] = {
        "template": "comment",
        "context": {"comment": comment, "project": project},
        "subject": f"{_name(project)}: neuer Kommentar",
        "key": _key(comment),
    }
    districts = [comment.district_id] if comment.district_id else []
    if comment.is_shared:
        districts = [project.lead_district_id, *(p.district_id for p in project.participations.all())]
    notify_directors(districts, day=timezone.localdate(), without=comment.author, **message)
    if comment.is_shared or comment.is_for_staff:
        notify_group(groups.BUSINESS_DEVELOPMENT, without=comment.author, **message)


def forget_comment(comment: Comment) -> None:
    forget(_key(comment))


def _key(comment: Comment) -> str:
    return f"comment:{comment.pk}"


def _name(project: Project) -> str:
    return f"Projekt {project.number}" if project.number else f"Entwurf {project.lead_district}"
