"""The filters of the project list; every choice stands in the address."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from typing import Any

import django_filters
from django import forms
from django.db.models import F, Model, QuerySet, Subquery
from django.forms.boundfield import BoundField

from members.districts import AT_ONCE, DistrictInput, find, first_districts
from members.models import District
from members.permissions import Roles
from members.prepared import Prepared, prepared
from projects import search
from projects.models import FieldOfAction, Project
from projects.models.project import ProjectQuerySet, sight_of

#: Value in the address -> German label and order; every order ends in a key of its index.
ORDERS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "titel": ("Titel A–Z", ("search__title", "search__project_id")),
    "beginn": ("Beginn, früheste zuerst", (F("starts_on").asc(nulls_last=True), "pk")),
    "-beginn": ("Beginn, späteste zuerst", (F("starts_on").desc(nulls_last=True), "-pk")),
    "-kosten": ("Kosten, höchste zuerst", ("-cost_total", "-pk")),
    "-foerderung": ("Förderung, höchste zuerst", ("-granted_total", "-pk")),
}


@prepared
def _districts_of(keys: tuple[int, ...]) -> QuerySet[District]:
    return District.objects.filter(pk__in=keys).order_by()


@prepared
def _fields_of_action() -> QuerySet[FieldOfAction]:
    return FieldOfAction.objects.all()


class Select(forms.Select):
    """Of a filter, which requires nothing: Django would read all choices to see whether the first one is empty."""

    def use_required_attribute(self, initial: Any) -> bool:
        return False


#: More rows than there are: a limit all the same, and a planner gathers first what has one.
UNLIMITED = 10**9
#: No row has this key: asking for it, a page without rows costs what every page does.
NOTHING = (0,)


class MasterData:
    """Districts and fields of action by what the address calls them, read once: to choose from, and for the rows."""

    form: forms.Form

    @cached_property
    def _first_districts(self) -> list[District]:
        return first_districts()

    @property
    def has_many_districts(self) -> bool:
        """Whether a district is typed by its name, because there are too many to choose from."""
        return len(self._first_districts) > AT_ONCE

    @cached_property
    def districts(self) -> dict[str, District]:
        """To choose from; of many only the first."""
        return {district.slug: district for district in self._first_districts}

    def districts_of(self, keys: Iterable[int | None]) -> dict[int | None, District]:
        """By their keys, for the rows of a page."""
        wanted = tuple(sorted({key for key in keys if key}))
        if self.has_many_districts:
            return {district.pk: district for district in _districts_of(wanted or NOTHING)}
        return {district.pk: district for district in self._first_districts}

    @property
    def district_field(self) -> BoundField:
        """The field ``bezirk``: a choice, or an input where there are many."""
        bound = self.form["bezirk"]
        if self.has_many_districts:
            self.form.is_valid()
            bound.field.widget = DistrictInput(
                {"type": "search", "placeholder": "alle"}, found=self.form.cleaned_data.get("bezirk")
            )
        return bound

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

    def offer_districts(self, chosen: "DistrictFilter") -> None:
        self.offer(chosen, lambda: self.districts)
        chosen.extra["offered"] = self


class DistrictField(forms.TypedChoiceField):
    """One of the districts that are offered; where there are many, any that is named."""

    def __init__(self, *, offered: MasterData, **kwargs: Any) -> None:
        self.offered = offered
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        if not value or not self.offered.has_many_districts:
            return super().clean(value)
        return find(value)


class DistrictFilter(django_filters.TypedChoiceFilter):
    field_class = DistrictField


class ProjectFilter(MasterData, django_filters.FilterSet):
    suche = django_filters.CharFilter(
        label="Suche",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Titel, Nummer, Ort, Veranstalter"}),
    )
    jahr = django_filters.TypedChoiceFilter(label="Haushaltsjahr")
    bezirk = DistrictFilter(label="Stadtbezirk")
    feld = django_filters.TypedChoiceFilter(label="Schwerpunkt")
    stand = django_filters.ChoiceFilter(label="Stand", choices=Project.State.choices, empty_label="alle")
    drittmittel = django_filters.BooleanFilter(label="mit Drittmitteln", widget=forms.CheckboxInput)
    uebergreifend = django_filters.BooleanFilter(label="stadtbezirksübergreifend", widget=forms.CheckboxInput)
    besonders = django_filters.BooleanFilter(label="besondere Bedeutung", widget=forms.CheckboxInput)
    veroeffentlicht = django_filters.BooleanFilter(label="nur veröffentlichte", widget=forms.CheckboxInput)
    sortierung = django_filters.ChoiceFilter(
        label="Sortierung",
        empty_label="neueste zuerst",
        choices=[(key, label) for key, (label, _) in ORDERS.items()],
    )

    class Meta:
        model = Project
        fields: list[str] = []

    def __init__(self, data: Mapping[str, Any], *, roles: Roles) -> None:
        super().__init__(data, queryset=Project.objects.visible_to(roles))
        self.roles = roles
        self.offer(self.filters["jahr"], lambda: self.years)
        self.offer_districts(self.filters["bezirk"])
        self.offer(self.filters["feld"], lambda: self.fields_of_action)

    @cached_property
    def years(self) -> dict[str, int]:
        """From the newest to the oldest year of what may be seen: the two ends of an index, not every row."""
        ends = _ends(sight_of(self.roles))(tuple(self.roles.district_ids))
        return {str(year): year for newest, oldest in ends for year in range(newest, oldest - 1, -1)}

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
        return narrowed(self.queryset, self.chosen)

    def filter_queryset(self, queryset: "QuerySet[Project]") -> "QuerySet[Project]":
        return in_order(search.matching(self.narrowed, self.query), self.chosen)

    @property
    def filtered(self) -> bool:
        """Whether something is chosen beside the order."""
        return bool(self.chosen.keys() - {"sortierung"})


@cache
def _ends(sight: str) -> "Prepared[[tuple[int, ...]]]":
    @prepared
    def ends(districts: tuple[int, ...]) -> "QuerySet[Any, Any]":
        years = Project.objects.seen_with(sight, districts).order_by("year").values("year")
        return years.reverse().annotate(oldest=Subquery(years[:1])).values_list("year", "oldest")[:1]

    return ends


def narrowed(visible: ProjectQuerySet, chosen: Mapping[str, Any]) -> ProjectQuerySet:
    """What is chosen, the newest first. Each value but True may be a stand-in (``members.prepared``).

    A district's own rows know year and state too, and one condition is what the planner can count on.
    """
    year, state = chosen.get("jahr"), chosen.get("stand")
    if "bezirk" in chosen:
        rows = visible.of_district(chosen["bezirk"], year=year, state=state).newest_first(chosen["bezirk"])
    else:
        rows = visible.newest_first()
        if year is not None:
            rows = rows.filter(year=year)
        if state is not None:
            rows = rows.filter(state=state)
    if "feld" in chosen:
        rows = rows.filter(main_field=chosen["feld"])
    if "drittmittel" in chosen:
        rows = rows.filter(has_third_party=True)
    if "uebergreifend" in chosen:
        rows = rows.filter(is_cross_district=True)
    if "besonders" in chosen:
        rows = rows.special()
    if "veroeffentlicht" in chosen:
        rows = rows.filter(published_on__isnull=False)
    return rows


def in_order(rows: "QuerySet[Project]", chosen: Mapping[str, Any]) -> "QuerySet[Project]":
    order = chosen.get("sortierung")
    if order is None:
        return rows
    if order == "titel":
        # Every project has its search text; saying so lets the join begin with its index.
        rows = rows.filter(search__isnull=False)
    return rows.order_by(*ORDERS[order][1])


def to_page(
    visible: ProjectQuerySet, chosen: Mapping[str, Any], *, at_most: int | None
) -> "QuerySet[Project]":
    """What is chosen in its order, as a page of it is found best. The planner cannot know: it walks an order's index
    past everything for the few that are chosen, or gathers and sorts all that a district ever did.

    ``at_most`` so many, or a district's of a year, are gathered from the newest on and sorted. All of a district's
    many (None) are met soon enough on the way through the order's own index, unless something else is chosen, too,
    which may be last of all there: grants have an index for each state.
    """
    rows, order = narrowed(visible, chosen), chosen.get("sortierung")
    if order is None:
        return rows
    walked = {"bezirk", "stand", "sortierung"} if order == "-foerderung" else {"bezirk", "sortierung"}
    if at_most or {"bezirk", "jahr"} <= chosen.keys():
        rows = Project.objects.filter(pk__in=rows.values("pk")[: at_most or UNLIMITED])
    elif "bezirk" in chosen and chosen.keys() <= walked:
        others = {name: value for name, value in chosen.items() if name != "bezirk"}
        rows = narrowed(visible.walked_for(chosen["bezirk"]), others)
    return in_order(rows, chosen)


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
