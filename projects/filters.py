"""The filters of the project list; the address holds every choice."""

from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from members.common.days import FIRST_YEAR, LAST_YEAR
from members.common.forms import CleanCharField
from members.common.keys import is_key
from members.models import District
from projects import search
from projects.models import FieldOfAction, Participation, Project
from projects.models.project import ProjectQuerySet

#: Value in the address -> German label and order.
ORDERS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "titel": ("Titel A–Z", ("search__title", "pk")),
    "beginn": ("Beginn, frühester zuerst", (F("starts_on").asc(nulls_last=True), "pk")),
    "-beginn": ("Beginn, spätester zuerst", (F("starts_on").desc(nulls_last=True), "-pk")),
    "-kosten": ("Kosten, höchste zuerst", ("-cost_total", "-pk")),
    "-foerderung": ("Förderung, höchste zuerst", ("-granted_total", "-pk")),
}


class TickFilter(django_filters.BooleanFilter):
    """A checkbox that narrows the rows by a condition when it is ticked."""

    def __init__(self, label: str, condition: Q) -> None:
        super().__init__(label=label, widget=forms.CheckboxInput)
        self.condition = condition

    def filter(self, qs: "QuerySet[Any]", value: bool | None) -> "QuerySet[Any]":
        return qs.filter(self.condition) if value else qs


class OfferingFilterSet(django_filters.FilterSet):
    """A filter of a list. It offers only what finds something among the rows that its reader sees."""

    def named(self, name: str) -> str:
        """Return what the address names, as it stands there."""
        return str((self.data or {}).get(name, ""))

    def offer(self, name: str, known: Iterable[tuple[Any, str]], found: Collection[Any]) -> None:
        """Offer those ``known`` choices that are ``found``.

        Also the one that the address names: a link to what is gone must not show everything.
        """
        named = self.named(name)
        self.filters[name].extra["choices"] = [
            (value, label) for value, label in known if value in found or str(value) == named
        ]

    def offer_rows(self, districts: Q, fields: Q) -> None:
        """Offer the districts and fields of action that meet the conditions, and those that the address names."""
        named = self.named("feld")
        rows = District.objects.filter(districts | Q(slug=self.named("bezirk").replace("\0", "")))
        self.filters["bezirk"].extra["choices"] = list(rows.values_list("slug", "name"))
        chosen = FieldOfAction.objects.filter(fields | Q(pk=named if is_key(named) else None))
        self.filters["feld"].extra["choices"] = list(chosen.values_list("pk", "name"))


class SearchFilter(django_filters.CharFilter):
    """A search box."""

    field_class = CleanCharField


class ProjectFilter(OfferingFilterSet):
    suche = SearchFilter(
        label="Suche",
        method="search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Titel, Nummer, Ort, Veranstalter"}),
    )
    jahr = django_filters.ChoiceFilter(label="Haushaltsjahr", field_name="year", empty_label="alle")
    bezirk = django_filters.ChoiceFilter(label="Stadtbezirk", empty_label="alle", method="of_district")
    feld = django_filters.ChoiceFilter(label="Schwerpunkt", field_name="main_field", empty_label="alle")
    stand = django_filters.ChoiceFilter(label="Stand", field_name="state", empty_label="alle")
    massnahme = django_filters.ChoiceFilter(
        label="Maßnahme", field_name="measure", empty_label="alle", choices=Project.Measure.choices
    )
    drittmittel = TickFilter("mit Drittmitteln", Q(has_third_party=True))
    uebergreifend = TickFilter("stadtbezirksübergreifend", Q(is_cross_district=True))
    besonders = TickFilter("besondere Bedeutung", ~Q(special_importance=""))
    veroeffentlicht = TickFilter("nur veröffentlichte", Q(published_on__isnull=False))
    sortierung = django_filters.ChoiceFilter(
        label="Sortierung",
        empty_label="beste Treffer, neuestes Jahr zuerst",
        choices=[(key, label) for key, (label, _) in ORDERS.items()],
        method="in_order",
    )

    class Meta:
        model = Project
        fields: list[str] = []

    def __init__(self, data: Any, *, queryset: ProjectQuerySet) -> None:
        super().__init__(data, queryset=queryset)
        seen = queryset.order_by()
        years = set(seen.values_list("year", flat=True).distinct())
        possible = years.union(range(FIRST_YEAR, LAST_YEAR + 1))
        self.offer("jahr", [(year, str(year)) for year in sorted(possible, reverse=True)], years)
        self.offer("stand", Project.State.choices, set(seen.values_list("state", flat=True).distinct()))
        taking_part = Participation.objects.filter(district=OuterRef("pk"), project__in=seen.values("pk"))
        self.offer_rows(
            Exists(seen.filter(lead_district=OuterRef("pk"))) | Q(Exists(taking_part)),
            Q(Exists(seen.filter(main_field=OuterRef("pk")))),
        )

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
