"""What belongs to a project, as the pages that are opened most read it: prepared questions."""

from typing import Any

from django.db.models import QuerySet

from members.prepared import attach, prepared
from projects.models import CostItem, FinancingItem, Participation, Project


@prepared
def costs_of(project: int) -> "QuerySet[CostItem]":
    return CostItem.objects.filter(project=project)


@prepared
def financing_of(project: int) -> "QuerySet[FinancingItem]":
    return FinancingItem.objects.filter(project=project).select_related("district")


@prepared
def _participations(project: int) -> "QuerySet[Participation]":
    return Participation.objects.filter(project=project).select_related(
        "district", "confirmed_by__person", "declined_by__person"
    )


@prepared
def further_fields_of(project: int) -> "QuerySet[Any, str]":
    """Their names."""
    chosen = Project.further_fields.through.objects.filter(project=project)
    return chosen.order_by("fieldofaction__position", "fieldofaction__name").values_list(
        "fieldofaction__name", flat=True
    )


def with_participations(project: Project) -> list[Participation]:
    """The further districts with whoever answered for them, also attached to the project. One query."""
    attach([project], "participations", _participations(project.pk), by="project")
    return list(project.participations.all())


def with_plan(project: Project) -> tuple[list[CostItem], list[FinancingItem]]:
    """The rows of costs and of financing, also attached to the project. Two queries."""
    attach([project], "cost_items", costs_of(project.pk), by="project")
    attach([project], "financing_items", financing_of(project.pk), by="project")
    return list(project.cost_items.all()), list(project.financing_items.all())
