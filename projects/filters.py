"""The filters of the project list; the address holds every choice."""

from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.db.models import F, Max, Min, Q, QuerySet

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


def districts() -> list[tuple[str, str]]:
    """Return the choices of a filter by district."""
    return list(District.objects.values_list("slug", "name"))


def fields_of_action() -> list[tuple[int, str]]:
    """Return the choices of a filter by field of action."""
    return list(FieldOfAction.objects.values_list("pk", "name"))


class TickFilter(django_filters.BooleanFilter):
    """A checkbox that narrows the rows by a condition when it is ticked."""

    def __init__(self, label: str, condition: Q) -> None:
        super().__init__(label=label, widget=forms.CheckboxInput)
        self.condition = condition

    def filter(self, qs: "QuerySet[Any]", value: bool | None) -> "QuerySet[Any]":
        return qs.filter(self.condition) if value else qs


class ProjectFilter(django_filters.FilterSet):
    suche = django_filters.CharFilter(
        label="Suche",
        method="search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Titel, Nummer, Ort, Veranstalter"}),
    )
    jahr = django_filters.ChoiceFilter(label="Haushaltsjahr", field_name="year", empty_label="alle")
    bezirk = django_filters.ChoiceFilter(
        label="Stadtbezirk", choices=districts, empty_label="alle", method="of_district"
    )
    feld = django_filters.ChoiceFilter(
        label="Schwerpunkt", field_name="main_field", choices=fields_of_action, empty_label="alle"
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
        found = self.queryset.aggregate(newest=Max("year"), oldest=Min("year"))
        return list(range(found["newest"], found["oldest"] - 1, -1)) if found["newest"] else []

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
        return search.parse(self.chosen.get("suche", ""))

    def search(self, queryset: "QuerySet[Project]", name: str, value: str) -> "QuerySet[Project]":
        return search.matching(queryset, self.query)

    def of_district(self, queryset: ProjectQuerySet, name: str, value: str) -> ProjectQuerySet:
        return queryset.of_district(District.objects.get(slug=value))

    def in_order(self, queryset: "QuerySet[Project]", name: str, value: str) -> "QuerySet[Project]":
        return queryset.order_by(*ORDERS[value][1])


def in_words(filterset: django_filters.FilterSet, what: str) -> str:
    """Return what is listed and the selection, in the page's words, for the head of an export."""
    parts = []
    for name, value in filterset.form.cleaned_data.items():
        field = filterset.form.fields[name]
        if value is True:
            parts.append(f"{field.label}: ja")
        elif value:
            labels = {str(key): label for key, label in getattr(field, "choices", ())}
            parts.append(f"{field.label}: {labels.get(value, value)}")
    return f"{what}, Auswahl: {'; '.join(parts) or 'alle'}"
