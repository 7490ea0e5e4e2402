"""A project's plan as the form would send it back, and saving it with changes."""

from decimal import Decimal
from typing import Any

from members.models import User
from projects import services
from projects.models import FinancingItem, Project
from projects.services import Plan


def plan_of(project: Project) -> Plan:
    rows = list(FinancingItem.objects.filter(project=project).select_related("district"))
    K = FinancingItem.Kind
    return Plan(
        costs=[{"id": c.pk, "label": c.label, "amount": c.amount} for c in project.cost_items.all()],
        others=[
            {
                "id": r.pk,
                "kind": r.kind,
                "label": r.label,
                "third_party_state": r.third_party_state,
                "amount": r.amount,
            }
            for r in rows
            if not r.from_pot
        ],
        shares={r.district: r.amount for r in rows if r.kind == K.PILLAR_1},
        pillar_2=next((r.amount for r in rows if r.kind == K.PILLAR_2), None),
        special={r.pot_code: r.amount for r in rows if r.kind == K.SPECIAL},
        further_districts=[p.district for p in project.participations.select_related("district")],
    )


def change(
    project: Project,
    actor: User,
    *,
    version: int | None = None,
    fields: dict[str, Any] | None = None,
    **plan: Any,
) -> Project:
    """Save the project with these fields and these parts of its plan replaced."""
    project = Project.objects.get(pk=project.pk)
    changed = plan_of(project)
    for name, value in plan.items():
        setattr(changed, name, value)
    return services.update_project(
        project,
        actor=actor,
        fields=fields or {},
        plan=changed,
        version=project.version if version is None else version,
    )


def costs(amount: str) -> list[dict[str, Any]]:
    return [{"label": "Durchführung", "amount": Decimal(amount)}]
