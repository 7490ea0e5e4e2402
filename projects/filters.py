"""The filters of the project list; every choice stands in the address."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.db.models import F, Model, QuerySet, Subquery

from members.models import District
from members.prepared import prepared
from projects import search
from projects.models import FieldOfAction, Project

#: Value in the address -> German label and order; every order ends in a key of its index.
ORDERS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "titel": ("Titel A–Z", ("search__title", "search__project_id")),
    "beginn": ("Beginn, früheste zuerst", (F("starts_on").asc(nulls_last=True), "pk")),
    "-beginn": ("Beginn, späteste zuerst", (F("starts_on").desc(nulls_last=True), "-pk")),
    "-kosten": ("Kosten, höchste zuerst", ("-cost_total", "-pk")),
    "-foerderung": ("Förderung, höchste zuerst", ("-granted_total", "-pk")),
}


@prepared
def _districts() -> QuerySet[District]:
    return District.objects.all()


@prepared
def _fields_of_action() -> QuerySet[FieldOfAction]:
    return FieldOfAction.objects.all()


class Select(forms.Select):
    """Of a filter, which requires nothing: Django would read all choices to see whether the first one is empty."""

    def use_required_attribute(self, initial: Any) -> bool:
        return False


class MasterData:
    """Districts and fields of action by what the address calls them, read once: to choose from, and for the rows."""

    @cached_property
    def districts(self) -> dict[str, District]:
        return {district.slug: district for district in _districts()}

    @cached_property
    def fields_of_action(self) -> dict[str, FieldOfAction]:
        return {str(field.pk): field for field in _fields_of_action()}

    def offer(self, chosen: django_filters.TypedChoiceFilter, rows: Callable[[], Mapping[str, Any]]) -> None:
        """Offer ``rows``, which are asked for only where the choice is shown or made; what is chosen is a row."""
        chosen.extra |= {
            "choices": lambda: [("", "alle"), *((key, str(row)) for key, row in rows().items())],
            "coerce": lambda key: rows()[key],
            "widget": Select,
            "empty_value": None,
        }


class ProjectFilter(MasterData, django_filters.FilterSet):
    suche = django_filters.CharFilter(
        label="Suche",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Titel, Nummer, Ort, Veranstalter"}),
    )
    jahr = django_filters.TypedChoiceFilter(label="Haushaltsjahr", method="by_year")
    bezirk = django_filters.TypedChoiceFilter(label="Stadtbezirk", method="by_district")
    feld = django_filters.TypedChoiceFilter(label="Schwerpunkt", field_name="main_field")
    stand = django_filters.ChoiceFilter(
        label="Stand", method="by_state", choices=Project.State.choices, empty_label="alle"
    )
    drittmittel = django_filters.BooleanFilter(
        label="mit Drittmitteln", field_name="has_third_party", widget=forms.CheckboxInput, method="only"
    )
    uebergreifend = django_filters.BooleanFilter(
        label="stadtbezirksübergreifend",
        field_name="is_cross_district",
        widget=forms.CheckboxInput,
        method="only",
    )
    besonders = django_filters.BooleanFilter(
        label="besondere Bedeutung", widget=forms.CheckboxInput, method="special"
    )
    veroeffentlicht = django_filters.BooleanFilter(
        label="nur veröffentlichte", widget=forms.CheckboxInput, method="published"
    )
    sortierung = django_filters.ChoiceFilter(
        label="Sortierung",
        method="sort",
        empty_label="neueste zuerst",
        choices=[(key, label) for key, (label, _) in ORDERS.items()],
    )

    class Meta:
        model = Project
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(self.filters["jahr"], lambda: self.years)
        self.offer(self.filters["bezirk"], lambda: self.districts)
        self.offer(self.filters["feld"], lambda: self.fields_of_action)

    @cached_property
    def years(self) -> dict[str, int]:
        """From the newest to the oldest year of what may be seen: the two ends of an index, not every row."""
        ends = self.queryset.order_by("year", "pk").values("year")
        found = ends.reverse().annotate(oldest=Subquery(ends[:1])).values_list("year", "oldest").first()
        return {str(year): year for year in range(found[0], found[1] - 1, -1)} if found else {}

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """What is chosen, by its name in the address. Nonsense is not."""
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @cached_property
    def query(self) -> search.Query:
        return search.parse(self.chosen.get("suche", ""))

    @cached_property
    def narrowed(self) -> "QuerySet[Project]":
        """The set without the search, the newest first."""
        rows = self.queryset.newest_first(self.chosen.get("bezirk"))
        for name, value in self.chosen.items():
            if name not in ("suche", "sortierung"):
                rows = self.filters[name].filter(rows, value)
        return rows

    @cached_property
    def newest(self) -> "QuerySet[Project]":
        """The whole set, the newest first."""
        return search.matching(self.narrowed, self.query)

    def filter_queryset(self, queryset: "QuerySet[Project]") -> "QuerySet[Project]":
        return self.sort(self.newest, "sortierung", self.sorted_by)

    def in_order(self, *, count: int, few: int) -> "QuerySet[Project]":
        """``qs`` as its page is found best, where it has so many rows. The planner cannot know; it walks an order's
        index past everything for the few that are chosen, or gathers and sorts all that a district ever did.

        A ``few`` are gathered from the newest on and sorted. A district's many are met soon enough on the way
        through the order's own index, unless something else is chosen, too, which may be last of all there.
        """
        if not self.sorted_by:
            return self.newest
        rows = self.newest
        if count <= few:
            rows = Project.objects.filter(pk__in=rows.values("pk")[:few])
        elif set(self.chosen) == {"bezirk", "sortierung"}:
            rows = self.queryset.walked_for(self.chosen["bezirk"])
        return self.sort(rows, "sortierung", self.sorted_by)

    @property
    def sorted_by(self) -> str:
        return self.chosen.get("sortierung", "")

    @property
    def filtered(self) -> bool:
        """Whether something is chosen beside the order."""
        return bool(self.chosen.keys() - {"sortierung"})

    def sort(self, queryset: "QuerySet[Project]", name: str, value: str) -> "QuerySet[Project]":
        if not value:
            return queryset
        if value == "titel":
            # Every project has its search text; saying so lets the join begin with its index.
            queryset = queryset.filter(search__isnull=False)
        return queryset.order_by(*ORDERS[value][1])

    def by_year(self, queryset: "QuerySet[Project]", name: str, value: int) -> "QuerySet[Project]":
        """A district's own rows know year and state too, and one condition is what the planner can count on."""
        return queryset if "bezirk" in self.chosen else queryset.filter(year=value)

    def by_state(self, queryset: "QuerySet[Project]", name: str, value: str) -> "QuerySet[Project]":
        return queryset if "bezirk" in self.chosen else queryset.filter(state=value)

    def by_district(self, queryset: "QuerySet[Project]", name: str, value: District) -> "QuerySet[Project]":
        return queryset.of_district(  # type: ignore[attr-defined]
            value, year=self.chosen.get("jahr"), state=self.chosen.get("stand", "")
        )

    def only(self, queryset: "QuerySet[Project]", name: str, value: bool) -> "QuerySet[Project]":
        return queryset.filter(**{name: True}) if value else queryset

    def special(self, queryset: "QuerySet[Project]", name: str, value: bool) -> "QuerySet[Project]":
        return queryset.exclude(special_importance="") if value else queryset

    def published(self, queryset: "QuerySet[Project]", name: str, value: bool) -> "QuerySet[Project]":
        return queryset.filter(published_on__isnull=False) if value else queryset


def in_words(filterset: django_filters.FilterSet, what: str) -> str:
    """The selection as it stands above an export: what is listed, and each choice by the names on the page."""
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
