"""The filters of the list of applications; every choice stands in the address."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from funding.models import Application, FiscalYear, Pot
from funding.queue import waiting_for_director, waits_for, waits_for_staff
from members.http import is_key
from members.models import District
from members.permissions import Roles
from projects import search
from projects.filters import DistrictFilter, MasterData

WAITING = "wartet"
MINE = "meine"
UNDECIDED = "offen"
GRANTED = "gefoerdert"
ALL = "alle"


class ApplicationFilter(MasterData, django_filters.FilterSet):
    suche = django_filters.CharFilter(
        label="Suche",
        method="search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Titel, Nummer, Ort, Veranstalter"}),
    )
    stand = django_filters.ChoiceFilter(label="Stand", method="by_state", empty_label=None)
    jahr = django_filters.ChoiceFilter(label="Haushaltsjahr", method="by_year", empty_label="alle")
    topf = django_filters.ChoiceFilter(label="Einzelner Topf", field_name="pot", empty_label="alle")
    art = django_filters.ChoiceFilter(
        label="Topf",
        method="by_kind",
        choices=[(kind, Pot.Kind(kind).label) for kind in (Pot.Kind.PILLAR_1, *Pot.CENTRAL)],
        empty_label="alle",
    )
    feld = django_filters.TypedChoiceFilter(label="Schwerpunkt", field_name="project__main_field")
    uebergreifend = django_filters.BooleanFilter(
        label="stadtbezirksübergreifend", widget=forms.CheckboxInput, method="cross_district"
    )
    besonders = django_filters.BooleanFilter(
        label="besondere Bedeutung", widget=forms.CheckboxInput, method="special"
    )
    bezirk = DistrictFilter(label="Stadtbezirk", method="by_district")

    class Meta:
        model = Application
        fields: list[str] = []

    def __init__(
        self,
        data: Any,
        *,
        queryset: "QuerySet[Application]",
        roles: Roles,
        years: list[FiscalYear],
    ) -> None:
        """A single pot is named by the links of its figures; it is the only one offered then."""
        self.roles = roles
        super().__init__(data, queryset=queryset)
        self.offer_districts(self.filters["bezirk"])
        self.offer(self.filters["feld"], lambda: self.fields_of_action)
        self.filters["jahr"].extra["choices"] = [(str(y), str(y)) for y in years]
        self.filters["stand"].extra["choices"] = [
            *([(MINE, "wartet auf mich")] if roles.is_business_development or roles.district_ids else []),
            *([(WAITING, "zu entscheiden")] if roles.reads_all else []),
            *Application.State.choices,
            (UNDECIDED, "noch nicht entschieden"),
            (GRANTED, "bewilligt oder abgerechnet"),
            (ALL, "alle"),
        ]
        named = str((data or {}).get("topf", ""))
        pot = (
            Pot.objects.select_related("year", "district").filter(pk=named).first() if is_key(named) else None
        )
        self.filters["topf"].extra["choices"] = [(named, str(pot))] if pot else []

    def search(self, queryset: "QuerySet[Application]", name: str, value: str) -> "QuerySet[Application]":
        return search.matching(queryset, search.parse(value), "project__")

    def by_state(self, queryset: "QuerySet[Application]", name: str, value: str) -> "QuerySet[Application]":
        if value == WAITING:
            return queryset.filter(waits_for_staff())
        if value == MINE:
            if self.roles.is_business_development or not self.roles.district_ids:
                return queryset.filter(waits_for(self.roles))
            waiting = waiting_for_director(self.roles.district_ids)
            return queryset.filter(pk__in=waiting.order_by().values("pk"))
        if value == UNDECIDED:
            return queryset.filter(state__in=Application.PENDING)
        if value == GRANTED:
            # Two of three are: walked from the latest on, past the others. By their states, all would be sorted.
            return queryset.exclude(state__in=Application.NOT_GRANTED)
        return queryset if value == ALL else queryset.filter(state=value)

    def by_year(self, queryset: "QuerySet[Application]", name: str, value: str) -> "QuerySet[Application]":
        return queryset.filter(pot__in=Pot.objects.filter(year__year=value).order_by())

    def by_kind(self, queryset: "QuerySet[Application]", name: str, value: str) -> "QuerySet[Application]":
        if value == Pot.Kind.SPECIAL:
            # Their few applications are found by the pots; what is asked of the pillars is met on the way.
            return queryset.filter(pot__in=Pot.objects.filter(kind=value).order_by())
        return queryset.filter(pot__kind=value)

    def cross_district(
        self, queryset: "QuerySet[Application]", name: str, value: bool
    ) -> "QuerySet[Application]":
        return queryset.filter(project__is_cross_district=True) if value else queryset

    def special(self, queryset: "QuerySet[Application]", name: str, value: bool) -> "QuerySet[Application]":
        return queryset.exclude(project__special_importance="") if value else queryset

    def by_district(
        self, queryset: "QuerySet[Application]", name: str, value: District
    ) -> "QuerySet[Application]":
        """Projects that the district leads, takes part in or pays for."""
        return queryset.of_districts([value.pk])  # type: ignore[attr-defined]
