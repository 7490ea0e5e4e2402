"""The filters of the project list; the address holds every choice."""

from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F, Max, Min, Model, Q, QuerySet

from members.models import District
from projects import search
from projects.models import FieldOfAction, Project
from projects.models.project import ProjectQuerySet

#: Value in the address -> German label and order.
ORDERS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "titel": ("Titel A–Z", ("search__title", "pk")),
    "beginn": ("Beginn, früheste zuerst", (F("starts_on").asc(nulls_last=True), "pk")),
    "-beginn": ("Beginn, späteste zuerst", (F("starts_on").desc(nulls_last=True), "-pk")),
    "-kosten": ("Kosten, höchste zuerst", ("-cost_total", "-pk")),
    "-foerderung": ("Förderung, höchste zuerst", ("-granted_total", "-pk")),
}


class RowField(django_filters.fields.ModelChoiceField):
    """A choice of one of a few rows.

    Values are compared here and not in the database: an address may hold a text that it refuses.
    """

    default_error_messages = forms.ChoiceField.default_error_messages

    def to_python(self, value: Any) -> Model | None:
        if value in self.empty_values:
            return None
        for row in self.queryset:
            if str(self.prepare_value(row)) == str(value):
                return row
        raise ValidationError(
            self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
        )


class RowFilter(django_filters.ModelChoiceFilter):
    """A filter by one of a few rows."""

    field_class = RowField


class TickFilter(django_filters.BooleanFilter):
    """A checkbox that narrows the rows by a condition when it is ticked."""

    def __init__(self, label: str, condition: Q) -> None:
        super().__init__(label=label, widget=forms.CheckboxInput)
        self.condition = condition

    def filter(self, qs: "QuerySet[Any]", value: bool | None) -> "QuerySet[Any]":
        return qs.filter(self.condition) if value else qs


class ProjectFilter(django_filters.FilterSet):
    """The filters, the search and the order of the project list."""

    suche = django_filters.CharFilter(
        label="Suche",
        method="search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Titel, Nummer, Ort, Veranstalter"}),
    )
    jahr = django_filters.ChoiceFilter(label="Haushaltsjahr", field_name="year", empty_label="alle")
    bezirk = RowFilter(
        label="Stadtbezirk",
        queryset=District.objects.all(),
        to_field_name="slug",
        empty_label="alle",
        method="of_district",
    )
    feld = RowFilter(
        label="Schwerpunkt",
        queryset=FieldOfAction.objects.all(),
        field_name="main_field",
        empty_label="alle",
    )
    stand = django_filters.ChoiceFilter(
        label="Stand", field_name="state", choices=Project.State.choices, empty_label="alle"
    )
    drittmittel = TickFilter("mit Drittmitteln", Q(has_third_party=True))
    uebergreifend = TickFilter("stadtbezirksübergreifend", Q(is_cross_district=True))
    besonders = TickFilter("besondere Bedeutung", ~Q(special_importance=""))
    veroeffentlicht = TickFilter("nur veröffentlichte", Q(published_on__isnull=False))
    sortierung = django_filters.ChoiceFilter(
        label="Sortierung",
        empty_label="neueste zuerst",
        choices=[(key, label) for key, (label, _) in ORDERS.items()],
        method="in_order",
    )

    class Meta:
        model = Project
        fields: list[str] = []

    def __init__(self, data: Any, *, queryset: ProjectQuerySet) -> None:
        super().__init__(data, queryset=queryset)
        self.filters["jahr"].extra["choices"] = [(str(year), str(year)) for year in self.years]

    @cached_property
    def years(self) -> list[int]:
        """Return the calendar years of what may be seen, the newest first, without gaps."""
        # Two queries: SQLite finds each of the two at one end of the index.
        newest = self.queryset.aggregate(year=Max("year"))["year"]
        oldest = self.queryset.aggregate(year=Min("year"))["year"]
        return list(range(newest, oldest - 1, -1)) if newest else []

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """Return what is chosen, by its name in the address. Invalid choices are left out."""
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @property
    def filtered(self) -> bool:
        """Return whether anything besides the order is chosen."""
        return bool(self.chosen.keys() - {"sortierung"})

    @cached_property
    def query(self) -> search.Query:
        """Return what is searched."""
        return search.parse(self.chosen.get("suche", ""))

    def search(self, queryset: "QuerySet[Project]", name: str, value: str) -> "QuerySet[Project]":
        return search.matching(queryset, self.query)

    def of_district(self, queryset: ProjectQuerySet, name: str, value: District) -> ProjectQuerySet:
        return queryset.of_district(value)

    def in_order(self, queryset: "QuerySet[Project]", name: str, value: str) -> "QuerySet[Project]":
        return queryset.order_by(*ORDERS[value][1])


def in_words(filterset: django_filters.FilterSet, what: str) -> str:
    """Return the selection as German text for the head of an export.

    ``what`` is what is listed; each choice has the name it has on the page.
    """
    parts = []
    for name, value in filterset.form.cleaned_data.items():
        field = filterset.form.fields[name]
        if not value:
            continue
        if value is True:
            said = "ja"
        elif isinstance(field, forms.ChoiceField) and not isinstance(value, Model):
            said = {str(key): str(label) for key, label in field.widget.choices}[str(value)]
        else:
            said = str(value)
        parts.append(f"{field.label}: {said}")
    return f"{what}, Auswahl: {'; '.join(parts) or 'alle'}"
