"""The form for what is asked from the association's pots, and of which further districts."""

from typing import Any

from django import forms

from members.common.money import MoneyFormField
from members.models import District
from projects.models import FinancingItem, Project
from projects.services import Plan


class PotsForm(forms.Form):
    """The amounts from pots. A row that is under decision is shown but cannot be changed."""

    own_share = MoneyFormField(label="Säule 1", required=False)
    pillar_2 = MoneyFormField(label="Säule 2", required=False)
    special_code = forms.CharField(label="Sondertopf", required=False, max_length=40)
    special_amount = MoneyFormField(label="Sondermittel", required=False)

    def __init__(
        self, data: Any = None, *, project: Project | None, lead_id: int | None, **kwargs: Any
    ) -> None:
        self.project = project
        self.lead_id = lead_id
        self.rows = _pot_rows(project)
        taking_part = (
            {p.district_id: p for p in project.participations.all()} if project and project.pk else {}
        )
        self.districts = list(District.objects.all())
        initial: dict[str, Any] = {}
        for (kind, district_id, code), planned in self.rows.items():
            initial[self._name(kind, district_id)] = planned.amount
            if kind == FinancingItem.Kind.SPECIAL:
                initial["special_code"] = code
        for district_id in taking_part:
            initial[f"takes_part_{district_id}"] = True
        super().__init__(data, initial=initial, **kwargs)
        open_to_edit = project is None or project.state in Project.OPEN_TO_EDIT
        for district in self.districts:
            if district.pk == lead_id:
                continue
            self.fields[f"takes_part_{district.pk}"] = forms.BooleanField(
                label=district.name, required=False, disabled=not open_to_edit
            )
            self.fields[f"share_{district.pk}"] = MoneyFormField(
                label=f"Säule 1 {district.name}", required=False
            )
            # The style sheet shows the field once it is not empty; that needs a placeholder.
            self.fields[f"share_{district.pk}"].widget.attrs["placeholder"] = " "
        self.fields["pillar_2"].widget.attrs["placeholder"] = " "
        for name, field in self.fields.items():
            if isinstance(field, MoneyFormField):
                field.widget.attrs["data-plan-financing"] = ""
                row = self.row_of(name)
                field.disabled = bool(row and row.locked) or (row is None and not open_to_edit)
                # Once a row is decided, the plan counts what was granted.
                if row and row.locked and row.granted is not None:
                    field.widget.attrs["data-counts"] = str(row.granted)
        self.fields["special_code"].disabled = self.fields["special_amount"].disabled
        self.participations = taking_part

    def _name(self, kind: str, district_id: int | None) -> str:
        if kind == FinancingItem.Kind.PILLAR_1:
            return "own_share" if district_id == self.lead_id else f"share_{district_id}"
        return "special_amount" if kind == FinancingItem.Kind.SPECIAL else kind

    def row_of(self, name: str) -> FinancingItem | None:
        """Return the stored row behind a field, or None."""
        for (kind, district_id, _code), row in self.rows.items():
            if self._name(kind, district_id) == name:
                return row
        return None

    @property
    def own_row(self) -> FinancingItem | None:
        return self.row_of("own_share")

    @property
    def pillar_2_row(self) -> FinancingItem | None:
        return self.row_of("pillar_2")

    @property
    def further(self) -> list[dict[str, Any]]:
        """Return one entry per further district: its checkbox, amount, row and participation."""
        return [
            {
                "district": d,
                "takes_part": self[f"takes_part_{d.pk}"],
                "share": self[f"share_{d.pk}"],
                "row": self.row_of(f"share_{d.pk}"),
                "participation": self.participations.get(d.pk),
            }
            for d in self.districts
            if d.pk != self.lead_id
        ]

    @property
    def settled(self) -> list[FinancingItem]:
        """Return the rows that are under decision or decided. They count but cannot be changed."""
        return [row for row in self.rows.values() if row.locked]

    @property
    def changeable(self) -> list[tuple[forms.BoundField, FinancingItem]]:
        """Return the rows that can be changed, each with its field: never handed in, refused or withdrawn."""
        return [(self[self._name(*key[:2])], row) for key, row in self.rows.items() if not row.locked]

    @property
    def has_further(self) -> bool:
        """Return whether the section of further districts is open from the start."""
        return bool(self.participations) or any(
            self[name].value() for name in self.fields if name.startswith(("share_", "takes_part_"))
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("special_amount") and not cleaned.get("special_code"):
            self.add_error("special_code", "Bitte den Sondertopf wählen.")
        return cleaned

    def fill(self, plan: Plan, lead: District) -> Plan:
        """Return the plan with the amounts from pots added."""
        data = self.cleaned_data
        for district in self.districts:
            if district == lead:
                plan.shares[district] = data["own_share"]
            elif f"share_{district.pk}" in data:
                plan.shares[district] = data[f"share_{district.pk}"]
        plan.further_districts = [d for d in self.districts if d != lead and data.get(f"takes_part_{d.pk}")]
        plan.pillar_2 = data["pillar_2"]
        plan.special = {data["special_code"]: data["special_amount"]} if data["special_code"] else {}
        return plan


def _pot_rows(project: Project | None) -> dict[tuple[str, int | None, str], FinancingItem]:
    if project is None or project.pk is None:
        return {}
    return {(r.kind, r.district_id, r.pot_code): r for r in project.financing_items.all() if r.from_pot}
