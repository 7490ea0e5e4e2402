"""Letters about a further district's refusal, and about comments."""

from typing import Any

from django.utils import timezone

from members.post.notify import forget, notify_directors, notify_group
from members.roles import groups
from projects.models import Comment, Participation, Project, ProjectChange


def tell_of_refusal(participation: Participation, change: ProjectChange) -> None:
    """Write to the lead district that a further district declined, if that is today."""
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
        occasion="Projekt: Beteiligung abgesagt",
        key=f"{_refusal_key(participation)}:{change.pk}",
    )


def forget_refusal(participation: Participation) -> None:
    """Delete the letters about a refusal that have not gone out, where the district takes part after all."""
    forget(_refusal_key(participation))


def tell_of_comment(comment: Comment) -> None:
    """Write to those who may read the comment, without its text: it can be taken back."""
    project = comment.project
    message: dict[str, Any] = {
        "template": "comment",
        "context": {"comment": comment, "project": project},
        "subject": f"{_name(project)}: neuer Kommentar",
        "occasion": "Projekt: neuer Kommentar",
        "key": _key(comment),
        "together": True,
    }
    districts = [comment.district_id] if comment.district_id else []
    if comment.is_shared:
        districts = [project.lead_district_id, *(p.district_id for p in project.participations.all())]
    notify_directors(districts, day=timezone.localdate(), without=comment.author, **message)
    if comment.is_shared or comment.is_for_staff:
        notify_group(groups.BUSINESS_DEVELOPMENT, without=comment.author, **message)


def forget_comment(comment: Comment) -> None:
    """Delete the letters about the comment that have not gone out."""
    forget(_key(comment))


def _refusal_key(participation: Participation) -> str:
    return f"declined:{participation.pk}"


def _key(comment: Comment) -> str:
    return f"comment:{comment.pk}"


def _name(project: Project) -> str:
    return f"Projekt {project.number}" if project.number else f"Entwurf {project.lead_district}"
