"""What belongs to a project, as the pages of an application read it."""

from django.db.models import Prefetch, prefetch_related_objects

from projects.models import CostItem, FinancingItem, Participation, Project


def costs_of(project: int) -> list[CostItem]:
    return list(CostItem.objects.filter(project=project))


def financing_of(project: int) -> list[FinancingItem]:
    return list(FinancingItem.objects.filter(project=project).select_related("district"))


def with_participations(project: Project) -> list[Participation]:
    """Return the further districts with whoever answered for them, and attach them to the project."""
    answers = Participation.objects.select_related("district", "confirmed_by__person", "declined_by__person")
    prefetch_related_objects([project], Prefetch("participations", answers))
    return list(project.participations.all())
