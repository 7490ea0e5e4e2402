"""The form for what is asked from the association's pots, and of which further districts."""

from typing import Any

from django import forms

from members.common.forms import CleanCharField
from members.common.money import MoneyFormField
from members.models import District
from projects.models import FinancingItem, Project
from projects.services import Plan


class PotsForm(forms.Form):
    """The amounts from pots. A row that is under decision is shown but cannot be changed."""

    own_share = MoneyFormField(label="Säule 1", required=False)
    pillar_2 = MoneyFormField(label="Säule 2", required=False)
    special_code = CleanCharField(label="Sondertopf", required=False, max_length=40)
    special_amount = MoneyFormField(label="Sondermittel", required=False)

    def __init__(self, data: Any = None, *, project: Project | None, lead_id: int) -> None:
        self.lead_id = lead_id
        self.rows = [r for r in project.financing_items.all() if r.from_pot] if project else []
        self.participations = {p.district_id: p for p in project.participations.all()} if project else {}
        self.districts = list(District.objects.all())
        initial: dict[str, Any] = {f"takes_part_{district_id}": True for district_id in self.participations}
        for planned in self.rows:
            initial[self._name(planned)] = planned.amount
            if planned.is_special:
                initial["special_code"] = planned.pot_code
        super().__init__(data, initial=initial)
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

    def _name(self, row: FinancingItem) -> str:
        if row.is_pillar_1:
            return "own_share" if row.district_id == self.lead_id else f"share_{row.district_id}"
        return "special_amount" if row.is_special else row.kind

    def row_of(self, name: str) -> FinancingItem | None:
        """Return the stored row behind a field, or None."""
        return next((row for row in self.rows if self._name(row) == name), None)

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
        return [row for row in self.rows if row.locked]

    @property
    def changeable(self) -> list[tuple[forms.BoundField, FinancingItem]]:
        """Return the rows that can be changed, each with its field: never handed in, refused or withdrawn."""
        return [(self[self._name(row)], row) for row in self.rows if not row.locked]

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
