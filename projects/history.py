"""The history of a project: who changed which field when, from what to what.

There is one row for each save (``ProjectChange``).
Whoever saves a part of a project calls ``record`` in the same transaction.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from members.common.money import format_euro
from members.models import User
from members.roles.permissions import Roles, acted_for
from projects.models import CostItem, FinancingItem, Participation, Project, ProjectChange

FIELDS = (
    "title", "summary", "aims", "value_creation", "main_field", "year", "lead_district", "place", "starts_on",
    "ends_on", "measure", "organiser", "project_group", "contact", "kind", "special_importance",
)  # fmt: skip
#: Names and telephone numbers: the history keeps for ever that they changed, but not what they were.
PERSONAL = ("contact",)
NO_AMOUNT = "ohne Betrag"


@dataclass(frozen=True)
class Change:
    """The change of one field, in German. An empty ``old`` or ``new`` means that there was nothing.

    ``field`` is the name of the form's field.
    For a row of the plan it is ``cost-<id>-amount``, ``other-<id>-label``,
    ``pot-pillar_1-<district id>`` or ``district-<id>``.
    """

    field: str
    label: str
    old: str
    new: str

    @property
    def is_long(self) -> bool:
        """Return whether the texts are too long for one line of the page."""
        return len(self.old) + len(self.new) > 160

    @property
    def is_hidden(self) -> bool:
        """Return whether only the fact of the change is kept, not what stood there."""
        return self.field in PERSONAL


@dataclass(frozen=True)
class Rows:
    """The rows of a project's plan as they are stored, read once."""

    costs: list[CostItem] = field(default_factory=list)
    financing: list[FinancingItem] = field(default_factory=list)
    participations: list[Participation] = field(default_factory=list)

    @classmethod
    def of(cls, project: Project) -> "Rows":
        """Return the project's rows with their districts. Three queries."""
        return cls(
            list(CostItem.objects.filter(project=project)),
            list(FinancingItem.objects.filter(project=project).select_related("district")),
            list(Participation.objects.filter(project=project).select_related("district")),
        )


@dataclass(frozen=True)
class _Row:
    """A row of the plan as texts. When it comes or goes, its first cell stands for the whole row."""

    name: str
    cells: dict[str, str]


@dataclass(frozen=True)
class State:
    """A project at one moment, to be compared: values of its own fields, and rows as texts."""

    values: dict[str, Any]
    further_fields: tuple[str, ...]
    rows: dict[str, _Row]


def state_of(project: Project, rows: Rows) -> State:
    """Return the project's state. ``rows`` are those of its plan. One query."""
    values = {name: getattr(project, _field(name).attname) for name in FIELDS}
    further_fields = project.further_fields.order_by("folded_name").values_list("name", flat=True)
    return State(values, tuple(further_fields), _readable(rows))


def _field(name: str) -> Any:
    return Project._meta.get_field(name)


def _readable(rows: Rows) -> dict[str, _Row]:
    found = {}
    for cost in rows.costs:
        found[f"cost-{cost.pk}"] = _Row(
            f"Kosten: {cost.label}" if cost.label else "Kosten",
            {"amount": _amount(cost.amount), "label": cost.label},
        )
    for row in rows.financing:
        kind = row.get_kind_display()
        if row.from_pot:
            place = row.district.name if row.district else row.pot_code
            found[f"pot-{row.kind}-{row.district_id or row.pot_code}"] = _Row(
                f"{kind} {place}".strip(), {"": _amount(row.amount)}
            )
        else:
            found[f"other-{row.pk}"] = _Row(
                f"{kind}: {row.label}" if row.label else kind,
                {
                    "amount": _amount(row.amount),
                    "label": row.label,
                    "kind": kind,
                    "third_party_state": row.get_third_party_state_display(),
                },
            )
    for participation in rows.participations:
        found[f"district-{participation.district_id}"] = _Row(
            f"Beteiligung {participation.district.name}", {"": participation.answer}
        )
    return found


CELLS = {"label": "Bezeichnung", "kind": "Art", "third_party_state": "Stand"}


def _amount(amount: Decimal | None) -> str:
    return NO_AMOUNT if amount is None else format_euro(amount)


def answered(participation: Participation, before: str) -> Change:
    """Return the change that a further district's answer is. ``before`` is its answer until now."""
    row = _readable(Rows(participations=[participation]))
    [(key, after)] = row.items()
    return Change(key, after.name, before, after.cells[""])


def differences(before: State, after: State) -> list[Change]:
    """Return what changed, in the order of the form. Two queries per changed field of another table."""
    found = []
    for name in FIELDS:
        old, new = before.values[name], after.values[name]
        if old != new:
            model_field = _field(name)
            texts = ("", "") if name in PERSONAL else (_text(model_field, old), _text(model_field, new))
            found.append(Change(name, str(model_field.verbose_name), *texts))
    if before.further_fields != after.further_fields:
        old_names, new_names = ", ".join(before.further_fields), ", ".join(after.further_fields)
        found.append(Change("further_fields", "Weitere Schwerpunkte", old_names, new_names))
    for key in [*before.rows, *(key for key in after.rows if key not in before.rows)]:
        found += _row_changes(key, before.rows.get(key), after.rows.get(key))
    return found


def _text(model_field: Any, value: Any) -> str:
    if value in (None, ""):
        return ""
    if model_field.is_relation:
        return str(model_field.related_model.objects.get(pk=value))
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    return str(dict(model_field.choices or ()).get(value, value))


def _row_changes(key: str, before: _Row | None, after: _Row | None) -> list[Change]:
    row = after or before
    assert row is not None
    main = next(iter(row.cells))
    changes = []
    for cell in row.cells:
        old = before.cells[cell] if before else ""
        new = after.cells[cell] if after else ""
        if old != new and (cell == main or (before and after)):
            label = row.name if cell == main else f"{row.name}, {CELLS[cell]}"
            changes.append(Change(f"{key}-{cell}" if cell else key, label, old, new))
    return changes


def record(
    project: Project,
    *,
    actor: User,
    roles: Roles | None = None,
    district_id: int | None = None,
    what: str = ProjectChange.What.CHANGED,
    changes: Iterable[Change] = (),
) -> ProjectChange:
    """Write the history's row of one save.

    Call it in the save's transaction, after the project's version has risen.
    ``roles`` are the actor's on the day.
    ``district_id`` is the district acted for (default: the lead district).
    Whoever acts for a district is one of the project's editors from then on: four eyes bar them for ever.
    Two queries; for a deputy also those that find who was stood in for.
    """
    district_id = district_id or project.lead_district_id
    mandate = roles.mandate_for(district_id) if roles else None
    if mandate:
        project.editors.add(actor)
    return ProjectChange.objects.create(
        project=project,
        version=project.version,
        what=what,
        actor=actor,
        mandate=mandate,
        in_stead_of=acted_for(mandate, roles.day) if roles and mandate else None,
        changes=[asdict(change) for change in changes],
    )


def changes_of(row: ProjectChange) -> list[Change]:
    """Return the changes of one save. The project's own fields have the names that they have today."""
    return [
        Change(**{**change, "label": _label(change["field"]) or change["label"]}) for change in row.changes
    ]


def _label(name: str) -> str:
    """Return the name of one of the project's own fields; empty for a row of the plan."""
    return str(_field(name).verbose_name) if name in FIELDS else ""
