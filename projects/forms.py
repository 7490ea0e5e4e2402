"""The project form: descriptive fields, two row sets and the amounts from the pots. Nothing is required to
save a draft; ``projects.completeness`` says what handing in still needs."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.forms.utils import ErrorDict
from django.utils import timezone

from members.districts import AT_ONCE, DistrictInput, find, these_of_many
from members.forms import KnownRows, offer_plainly
from members.http import is_key
from members.models import Body, District, Organisation
from members.permissions import Roles
from projects.models import FieldOfAction, FinancingItem, Participation, Project
from projects.money import MoneyFormField
from projects.services import Plan

TOO_LONG = "Bitte auf höchstens %(limit_value)d Zeichen kürzen; es sind %(show_value)d."


def speak_plainly(field: forms.Field) -> None:
    """A sentence with both lengths, where the browser would cut pasted text without a word; one for choices."""
    offer_plainly(field)
    limit = getattr(field, "max_length", None)
    if limit is None:
        return
    field.widget.attrs.pop("maxlength", None)
    others = [v for v in field.validators if not isinstance(v, MaxLengthValidator)]
    field.validators = [*others, MaxLengthValidator(limit, TOO_LONG)]


class DateInput(forms.DateInput):
    """The browser's own date picker; tt.mm.jjjj is understood as well where there is none."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ProjectForm(forms.ModelForm):
    further_fields = KnownRows(
        label="Weitere Schwerpunkte",
        required=False,
        queryset=FieldOfAction.objects.all(),
        widget=forms.CheckboxSelectMultiple,
    )
    organiser_name = forms.CharField(
        label="Veranstalter",
        required=False,
        max_length=160,
        help_text="Verein, Schule oder Betrieb. Ein neuer Name wird mit dem Speichern angelegt.",
        widget=forms.TextInput(attrs={"list": "organisations", "autocomplete": "off"}),
    )
    version = forms.IntegerField(
        widget=forms.HiddenInput,
        required=False,
        error_messages={
            "invalid": "Das Formular ist unvollständig angekommen. Bitte laden Sie die Seite neu."
        },
    )

    class Meta:
        model = Project
        fields = [
            "title",
            "summary",
            "aims",
            "value_creation",
            "main_field",
            "further_fields",
            "year",
            "lead_district",
            "place",
            "starts_on",
            "ends_on",
            "project_group",
            "contact",
            "kind",
            "special_importance",
        ]
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 3}),
            "aims": forms.Textarea(attrs={"rows": 3}),
            "value_creation": forms.Textarea(attrs={"rows": 3}),
            # The style sheet shows it with pillar 2, or once it is not empty; that needs a placeholder.
            "special_importance": forms.Textarea(attrs={"rows": 3, "placeholder": " "}),
            "starts_on": DateInput,
            "ends_on": DateInput,
        }
        help_texts = {
            "title": "So, wie das Projekt öffentlich heißen soll.",
            "summary": "Zwei, drei Sätze. Sie erscheinen nach der ersten Bewilligung öffentlich.",
            "aims": "Was soll danach anders oder besser sein?",
            "value_creation": "Was haben Läden, Betriebe und Nachbarschaft davon?",
            "ends_on": "Darf auch in einem späteren Jahr liegen.",
            "contact": "Nur intern sichtbar, z. B. eine Funktion mit Telefonnummer.",
            "kind": "Leer lassen, dann wird sie aus dem Finanzierungsplan vorgeschlagen.",
            "special_importance": (
                "Nur nötig, wenn kein weiterer Stadtbezirk mitmacht: Warum ist das Projekt von besonderer "
                "Bedeutung?"
            ),
        }

    def __init__(self, *args: Any, roles: Roles, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False
        for name in ("starts_on", "ends_on"):
            self.fields[name].error_messages["invalid"] = (
                "Bitte ein gültiges Datum eintragen, zum Beispiel 14.03.2026."
            )
        self.roles = roles
        self._narrow_choices()
        for field in self.fields.values():
            speak_plainly(field)
        if self.instance.pk:
            self.fields["version"].initial = self.instance.version
            if self.instance.organiser:
                self.fields["organiser_name"].initial = self.instance.organiser.name
            if self.instance.number:
                for name in ("year", "lead_district"):
                    self.fields[name].disabled = True
            if self.instance.state not in Project.OPEN_TO_EDIT:
                for field in self.fields.values():
                    field.disabled = True
                self.fields["version"].disabled = False

    def _narrow_choices(self) -> None:
        """Only one's own districts lead, and only the near years can be planned."""
        this_year = timezone.localdate().year
        years = {this_year, this_year + 1}
        districts = {d.pk for d in self.roles.districts}
        if self.instance.pk:
            years.add(self.instance.year)
            districts.add(self.instance.lead_district_id)
        self.fields["year"] = forms.TypedChoiceField(
            label="Haushaltsjahr",
            coerce=int,
            choices=[(y, str(y)) for y in sorted(years)],
            initial=this_year,
            help_text="Das Projekt beginnt in diesem Jahr.",
        )
        lead = self.fields["lead_district"]
        lead.queryset = District.objects.filter(pk__in=districts)  # type: ignore[attr-defined]
        leading = {d.pk: d.name for d in self.roles.districts}
        if self.instance.pk:
            leading[self.instance.lead_district_id] = self.instance.lead_district.name
        lead.choices = list(leading.items())  # type: ignore[attr-defined]
        if len(districts) == 1:
            lead.widget = forms.HiddenInput()
        lead.error_messages["invalid_choice"] = "Bitte einen Stadtbezirk wählen, den Sie selbst vertreten."
        groups = Body.objects.filter(district_id__in=districts).exclude(kind=Body.Kind.STEERING)
        self.fields["project_group"].queryset = groups.active_on(timezone.localdate())  # type: ignore[attr-defined]
        self.fields["project_group"].empty_label = "– keine –"  # type: ignore[attr-defined]
        fields = [(f.pk, f.name) for f in FieldOfAction.objects.all()]  # asked once for both
        self.fields["main_field"].choices = [("", "– bitte wählen –"), *fields]  # type: ignore[attr-defined]
        self.fields["further_fields"].choices = fields  # type: ignore[attr-defined]
        kinds = [("", "– Vorschlag aus dem Plan –"), *Project.Kind.choices]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]

    def clean_organiser_name(self) -> str:
        return " ".join(self.cleaned_data["organiser_name"].split())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts_on, ends_on, year = (cleaned.get(n) for n in ("starts_on", "ends_on", "year"))
        if starts_on and year and starts_on.year != year:
            self.add_error(
                "starts_on",
                f"Der Beginn muss im Haushaltsjahr {year} liegen. Bitte Datum oder Haushaltsjahr ändern.",
            )
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", "Das Ende liegt vor dem Beginn. Bitte ein späteres Datum eintragen.")
        for name in ("starts_on", "ends_on"):
            day = cleaned.get(name)
            if isinstance(day, date) and not 2003 <= day.year <= 2100:
                self.add_error(name, "Bitte das Jahr prüfen.")
        return cleaned

    def values(self) -> dict[str, Any]:
        """The cleaned fields as the service takes them; a new organiser's row is made here."""
        values = {name: self.cleaned_data[name] for name in self._meta.fields or ()}
        values["organiser"] = organiser_named(self.cleaned_data["organiser_name"])
        return values


def organiser_named(name: str) -> Organisation | None:
    """The organisation of that name, made where there is none; None for an empty name."""
    if not name:
        return None
    found = Organisation.objects.filter(name=name).first()
    if found is None:
        # In Python: SQLite folds the letters of ASCII alone, and "HÖRDER VEREIN" is "Hörder Verein".
        known = Organisation.objects.values_list("pk", "name")
        same = next((pk for pk, other in known if other.casefold() == name.casefold()), None)
        found = Organisation.objects.get(pk=same) if same else None
    return found or Organisation.objects.get_or_create(name=name)[0]


class DeclineForm(forms.Form):
    """Why a further district does not take part."""

    reason = forms.CharField(
        label="Warum macht Ihr Stadtbezirk nicht mit?",
        help_text="Die Geschäftsführung des federführenden Stadtbezirks und die Wirtschaftsförderung lesen es.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Bitte begründen Sie die Absage.", "max_length": TOO_LONG},
    )

    def __init__(self, participation: Participation, data: Any = None) -> None:
        self.participation = participation
        super().__init__(data, auto_id=f"decline-{participation.district_id}-%s")
        speak_plainly(self.fields["reason"])


class RowForm(forms.Form):
    """One line of the plan. Wholly empty lines are skipped."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    label = forms.CharField(required=False, max_length=160, error_messages={"max_length": TOO_LONG})
    amount = MoneyFormField(label="Betrag", required=False)
    columns: tuple[str, ...] = ("label", "amount")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            speak_plainly(field)

    @property
    def is_blank(self) -> bool:
        return not any(self.cleaned_data.get(name) for name in ("label", "amount"))

    def values(self) -> dict[str, Any]:
        return {"id": self.cleaned_data.get("id"), **{n: self.cleaned_data[n] for n in self.columns}}


class CostForm(RowForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["label"].label = "Wofür"
        self.fields["amount"].widget.attrs["data-plan-cost"] = ""


class OtherFundsForm(RowForm):
    KINDS = [
        (k.value, k.label)
        for k in (
            FinancingItem.Kind.THIRD_PARTY,
            FinancingItem.Kind.OWN,
            FinancingItem.Kind.IN_KIND,
        )
    ]
    kind = forms.ChoiceField(label="Art", choices=KINDS)
    third_party_state = forms.ChoiceField(
        label="Stand", required=False, choices=[("", "–"), *FinancingItem.ThirdParty.choices]
    )
    columns = ("kind", "label", "third_party_state", "amount")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["label"].label = "Von wem"
        self.fields["amount"].widget.attrs["data-plan-financing"] = ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") != FinancingItem.Kind.THIRD_PARTY:
            cleaned["third_party_state"] = ""
        return cleaned


class RowFormSet(forms.BaseFormSet):
    default_error_messages = {
        "missing_management_form": "Die Zeilen des Plans sind unvollständig angekommen. Bitte laden Sie die Seite neu.",
        "too_many_forms": "Höchstens %(num)d Zeilen sind möglich. Bitte fassen Sie Positionen zusammen.",
    }

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Zeile löschen"

    def rows(self) -> list[dict[str, Any]]:
        """The filled lines in their order."""
        kept = [
            f for f in self.forms if f.cleaned_data and not f.cleaned_data.get("DELETE") and not f.is_blank
        ]
        return [f.values() for f in kept]


def _formset(form: type[RowForm], extra: int) -> Any:
    return forms.formset_factory(
        form, formset=RowFormSet, extra=extra, can_delete=True, max_num=60, validate_max=True
    )


class DistrictNameField(forms.CharField):
    """A further district by its name; None for none. The input is there where there are many."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label="Weiterer Stadtbezirk",
            required=False,
            max_length=60,
            widget=DistrictInput,
            help_text="Bitte den Namen oder einen Teil davon eintragen und „Hinzufügen“ wählen.",
            **kwargs,
        )
        speak_plainly(self)

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        return find(typed) if typed else None


class PotsForm(forms.Form):
    """What is asked from the association's pots: the own share, the shares of further districts, pillar 2
    and a special pot. A row under decision is shown but cannot be changed.

    Of many districts it has the user's own and those that were chosen; further ones are typed by name."""

    own_share = MoneyFormField(label="Säule 1", required=False)
    pillar_2 = MoneyFormField(label="Säule 2", required=False)
    special_code = forms.CharField(label="Sondertopf", required=False, max_length=40)
    special_amount = MoneyFormField(label="Sondermittel", required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        project: Project | None,
        lead_id: int | None,
        roles: Roles,
        names_district: bool = False,
        **kwargs: Any,
    ) -> None:
        """``names_district``: the form was sent to add the district whose name was typed."""
        self.project = project
        self.lead_id = lead_id
        self.rows = _pot_rows(project)
        taking_part = (
            {p.district_id: p for p in project.participations.all()} if project and project.pk else {}
        )
        keys = {*taking_part, *(district_id for _, district_id, _ in self.rows), *_sent_with(data), lead_id}
        keys.update(list(roles.district_ids)[:AT_ONCE])
        self.districts, has_many = these_of_many(key for key in keys if key)
        self.names_district = names_district and has_many
        #: The district that was just named and is now among the further ones.
        self.joined: District | None = None
        if has_many:
            data = self._join(data)
        initial: dict[str, Any] = {}
        for (kind, district_id, code), planned in self.rows.items():
            initial[self._name(kind, district_id)] = planned.amount
            if kind == FinancingItem.Kind.SPECIAL:
                initial["special_code"] = code
        for district_id in taking_part:
            initial[f"takes_part_{district_id}"] = True
        super().__init__(data, initial=initial, **kwargs)
        open_to_edit = project is None or project.state in Project.OPEN_TO_EDIT
        if has_many:
            self.fields["bezirk"] = DistrictNameField(disabled=not open_to_edit)
        for district in self.districts:
            if district.pk == lead_id:
                continue
            self.fields[f"takes_part_{district.pk}"] = forms.BooleanField(
                label=district.name, required=False, disabled=not open_to_edit
            )
            self.fields[f"share_{district.pk}"] = MoneyFormField(
                label=f"Säule 1 {district.name}", required=False
            )
            # The style sheet shows the amount once it is not empty; that needs a placeholder.
            self.fields[f"share_{district.pk}"].widget.attrs["placeholder"] = " "
        self.fields["pillar_2"].widget.attrs["placeholder"] = " "
        for name, field in self.fields.items():
            if isinstance(field, MoneyFormField):
                field.widget.attrs["data-plan-financing"] = ""
                row = self.row_of(name)
                field.disabled = bool(row and row.locked) or (row is None and not open_to_edit)
                # The plan counts what was granted, once it was decided.
                if row and row.locked and row.granted is not None:
                    field.widget.attrs["data-counts"] = str(row.granted)
        if self.names_district:
            # Without scripts the whole page comes again: on with what was just added, or is to be mended.
            name = f"share_{self.joined.pk}" if self.joined else "bezirk"
            self.fields[name].widget.attrs["autofocus"] = True
        self.fields["special_code"].disabled = self.fields["special_amount"].disabled
        self.participations = taking_part

    def _join(self, data: Any) -> Any:
        """The data with the district that is typed among those that take part. What is none stays typed."""
        try:
            found = DistrictNameField().clean(data.get("bezirk", "")) if data is not None else None
        except ValidationError:
            return data
        if found is None or found.pk == self.lead_id:
            return data
        self.joined = found
        if found not in self.districts:
            self.districts = sorted([*self.districts, found], key=lambda district: district.name)
        data = data.copy()
        data["bezirk"] = ""
        data[f"takes_part_{found.pk}"] = "on"
        return data

    def _name(self, kind: str, district_id: int | None) -> str:
        if kind == FinancingItem.Kind.PILLAR_1:
            return "own_share" if district_id == self.lead_id else f"share_{district_id}"
        return {FinancingItem.Kind.PILLAR_2: "pillar_2"}.get(kind, "special_amount")  # type: ignore[call-overload]

    def row_of(self, name: str) -> FinancingItem | None:
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
        """Template rows of the further districts: checkbox, amount and the participation, if any."""
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
        """Rows under decision or decided; they only count."""
        return [row for row in self.rows.values() if row.locked]

    @property
    def changeable(self) -> list[tuple[forms.BoundField, FinancingItem]]:
        """Amounts of rows that may still change: refused or withdrawn, or never handed in."""
        return [(self[self._name(*key[:2])], row) for key, row in self.rows.items() if not row.locked]

    @property
    def has_further(self) -> bool:
        """Whether the section of further districts is open from the start."""
        return bool(self.participations) or any(
            self[name].value() for name in self.fields if name.startswith(("share_", "takes_part_", "bezirk"))
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("special_amount") and not cleaned.get("special_code"):
            self.add_error("special_code", "Bitte den Sondertopf wählen.")
        if lead := cleaned.get("bezirk"):
            self.add_error("bezirk", f"{lead} führt dieses Projekt und ist schon dabei.")
        elif self.names_district and not self.joined and "bezirk" not in self.errors:
            self.add_error("bezirk", "Bitte den Namen des Stadtbezirks eintragen.")
        return cleaned

    def fill(self, plan: Plan, lead: District) -> Plan:
        """Add the pots' amounts to the plan that goes to the service."""
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


def _sent_with(data: Any) -> set[int]:
    """The districts of the form that was sent, ticked or not."""
    fields = (n.rpartition("_") for n in data or () if n.startswith(("takes_part_", "share_")))
    return {int(key) for _, _, key in fields if is_key(key)}


def _pot_rows(project: Project | None) -> dict[tuple[str, int | None, str], FinancingItem]:
    if project is None or project.pk is None:
        return {}
    return {(r.kind, r.district_id, r.pot_code): r for r in project.financing_items.all() if r.from_pot}


class ProjectEditor:
    """The whole page: one object that the view asks for validity, the plan and the errors."""

    def __init__(
        self,
        *,
        roles: Roles,
        project: Project | None,
        data: Any = None,
        add_row_to: str = "",
        keep_typed: bool = False,
    ) -> None:
        """``keep_typed`` shows what was typed in fields, too, that are not open any more."""
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
        self.costs = _formset(CostForm, 2 if new else 1)(
            data, prefix="costs", initial=_initial(project, "cost_items", CostForm)
        )
        self.others = _formset(OtherFundsForm, 1)(
            data, prefix="others", initial=_initial(project, "financing_items", OtherFundsForm)
        )
        self.pots = PotsForm(
            data, project=project, lead_id=lead_id, roles=roles, names_district=add_row_to == "district"
        )
        if keep_typed:
            for part in (self.form, self.pots):
                for field in part.fields.values():
                    field.disabled = False
        self.missing: dict[str, str] = {}

    @property
    def parts(self) -> list[Any]:
        return [self.form, self.costs, self.others, self.pots]

    def is_valid(self) -> bool:
        """Every part is validated, so that every error shows at once."""
        valid = [part.is_valid() for part in self.parts]
        return all(valid)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed into the valid form of a new project; year and district are given."""
        typed = {**self.form.cleaned_data, **self.pots.cleaned_data}
        given = ("year", "lead_district", "version")
        return not any(bool(v) for name, v in typed.items() if name not in given) and not (
            self.costs.rows() or self.others.rows()
        )

    def plan(self) -> Plan:
        lead = self.form.cleaned_data["lead_district"]
        return self.pots.fill(Plan(costs=self.costs.rows(), others=self.others.rows()), lead)

    def sums(self) -> dict[str, Decimal]:
        """Costs, financing and their difference in euro, of what stands in the form right now."""
        zero = Decimal("0.00")
        costs = sum((_amount(f) for f in self.costs.forms), zero)
        financing = sum((_amount(f) for f in self.others.forms), zero)
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
        """Put each sentence beside its field, as errors of forms that show the stored values."""
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
    """The amount in a field as it stands, zero where it is empty or no amount."""
    value = form[name].value()
    try:
        amount = form.fields[name].to_python(value)
    except ValidationError:
        amount = None
    return amount or Decimal("0.00")


def _amount(form: forms.BaseForm) -> Decimal:
    deleted = form["DELETE"].value() if "DELETE" in form.fields else False
    return Decimal("0.00") if deleted else _typed(form, "amount")


def _show(form: forms.BaseForm, errors: Mapping[str, str]) -> None:
    known = {name: [sentence] for name, sentence in errors.items() if name in form.fields}
    if not known:
        return
    form.data = {field.html_name: field.value() for field in form}
    form.is_bound = True
    form.cleaned_data = {}
    form._errors = ErrorDict(  # type: ignore[attr-defined]
        {name: form.error_class(sentences) for name, sentences in known.items()}
    )
