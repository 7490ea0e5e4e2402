"""The whole form of a project: its parts, read and checked as one."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.common.keys import is_key
from members.common.money import ZERO, MoneyFormField
from members.roles.permissions import Roles
from projects.forms.pots import PotsForm
from projects.forms.project import ProjectForm
from projects.forms.rows import CostForm, OtherFundsForm, RowForm, row_formset
from projects.models import Project
from projects.services import Plan


class ProjectEditor:
    """The whole form of a project; the view asks it for validity, the plan and the errors."""

    def __init__(
        self,
        *,
        roles: Roles,
        project: Project | None,
        data: Any = None,
        add_row_to: str = "",
        keep_typed: bool = False,
    ) -> None:
        """Build the form's parts.

        ``add_row_to`` adds an empty row to "costs" or "others".
        ``keep_typed`` shows what was typed also in fields that are no longer open.
        """
        self.project = project
        self.data = data
        self.form = ProjectForm(
            data,
            instance=project or Project(lead_district=roles.districts[0], year=timezone.localdate().year),
            roles=roles,
        )
        lead_id = project.lead_district_id if project else roles.districts[0].pk
        if data is not None and (project is None or not project.number):
            typed = str(data.get("lead_district", ""))
            lead_id = int(typed) if is_key(typed) else lead_id
        new = project is None
        if data is not None and add_row_to in ("costs", "others"):
            data = data.copy()
            key = f"{add_row_to}-TOTAL_FORMS"
            count = str(data.get(key, "0"))
            data[key] = str(int(count) + 1) if is_key(count) else "1"
        self.costs = row_formset(CostForm, 2 if new else 1)(
            data, prefix="costs", initial=_initial(project, "cost_items", CostForm)
        )
        self.others = row_formset(OtherFundsForm, 1)(
            data, prefix="others", initial=_initial(project, "financing_items", OtherFundsForm)
        )
        self.pots = PotsForm(data, project=project, lead_id=lead_id)
        if keep_typed:
            for part in (self.form, self.pots):
                for field in part.fields.values():
                    field.disabled = False
        self.missing: dict[str, str] = {}

    @property
    def parts(self) -> list[Any]:
        return [self.form, self.costs, self.others, self.pots]

    def is_valid(self) -> bool:
        """Return whether all parts are valid. Each is validated, so that all errors show at once."""
        valid = [part.is_valid() for part in self.parts]
        return all(valid)

    @property
    def is_blank(self) -> bool:
        """Return whether nothing was typed into the valid form of a new project but year and district."""
        typed = {**self.form.cleaned_data, **self.pots.cleaned_data}
        given = ("year", "lead_district", "version")
        return not any(bool(v) for name, v in typed.items() if name not in given) and not (
            self.costs.rows() or self.others.rows()
        )

    def plan(self) -> Plan:
        lead = self.form.cleaned_data["lead_district"]
        return self.pots.fill(Plan(costs=self.costs.rows(), others=self.others.rows()), lead)

    def sums(self) -> dict[str, Decimal]:
        """Return costs, financing and their difference in euro, from what stands in the form right now."""
        costs = sum((_amount(f) for f in self.costs.forms), ZERO)
        financing = sum((_amount(f) for f in self.others.forms), ZERO)
        for name, field in self.pots.fields.items():
            if isinstance(field, MoneyFormField):
                row = self.pots.row_of(name)
                financing += row.counts if row and row.locked else _typed(self.pots, name)
        return {
            "costs": costs,
            "financing": financing,
            "difference": costs - financing,
            "surplus": financing - costs,
        }

    def show_missing(self, missing: Mapping[str, str]) -> None:
        """Show each sentence beside its field, as an error; the forms show the stored values."""
        self.missing = dict(missing)
        _show(self.form, {"organiser_name" if k == "organiser" else k: v for k, v in missing.items()})
        for prefix, rows in (("cost", self.costs), ("other", self.others)):
            for row in rows.forms:
                start = f"{prefix}-{row.initial.get('id')}-"
                _show(row, {k.removeprefix(start): v for k, v in missing.items() if k.startswith(start)})


def _initial(project: Project | None, related: str, form: type[RowForm]) -> list[dict[str, Any]]:
    if project is None:
        return []
    rows: Iterable[Any] = getattr(project, related).all()
    return [
        {"id": r.pk, **{name: getattr(r, name) for name in form.columns}}
        for r in rows
        if not getattr(r, "from_pot", False)
    ]


def _typed(form: forms.BaseForm, name: str) -> Decimal:
    """Return the euro in a field as it stands; zero if it is empty or no amount."""
    value = form[name].value()
    try:
        amount = form.fields[name].to_python(value)
    except ValidationError:
        amount = None
    return amount or ZERO


def _amount(form: forms.BaseForm) -> Decimal:
    deleted = form["DELETE"].value() if "DELETE" in form.fields else False
    return ZERO if deleted else _typed(form, "amount")


def _show(form: forms.BaseForm, errors: Mapping[str, str]) -> None:
    known = {name: said for name, said in errors.items() if name in form.fields}
    if not known:
        return
    form.data = {field.html_name: field.value() for field in form}
    form.is_bound = True
    form.full_clean()
    for name, said in known.items():
        form.add_error(name, said)
