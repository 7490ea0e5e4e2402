"""What a further district answers, told to the lead district."""

from django.utils import timezone

from members.notify import notify_directors
from projects.models import Participation, ProjectChange


def tell_of_refusal(participation: Participation, change: ProjectChange) -> None:
    """Only what happens today is told (``funding.notices``)."""
    if participation.declined_on != timezone.localdate():
        return
    project = participation.project
    name = f"Projekt {project.number}" if project.number else f"Entwurf {project.lead_district}"
    notify_directors(
        [project.lead_district_id],
        day=participation.declined_on,
        without=change.actor,
        template="declined",
        context={"participation": participation, "project": project, "decision": change},
        subject=f"{name}: {participation.district} macht nicht mit",
        key=f"declined:{change.pk}",
    )
