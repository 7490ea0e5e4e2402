"""The filters of the list of applications; the address holds every choice."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from funding.models import Application, FiscalYear, Pot
from funding.models.application import ApplicationQuerySet
from funding.turn import waits_for, waits_for_staff
from members.common.keys import is_key
from members.models import District
from members.roles.permissions import Roles
from projects import search
from projects.filters import OfferingFilterSet, SearchFilter, TickFilter
from projects.models import Participation

WAITING = "wartet"
MINE = "meine"
UNDECIDED = "offen"
GRANTED = "gefoerdert"
ALL = "alle"


class ApplicationFilter(OfferingFilterSet):
    """The filters of one reader; ``roles`` decide which questions "Stand" offers."""

    suche = SearchFilter(
        label="Suche",
        method="search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Titel, Nummer, Ort, Veranstalter"}),
    )
    stand = django_filters.ChoiceFilter(label="Stand", method="by_state", empty_label=None)
    jahr = django_filters.ChoiceFilter(
        label="Haushaltsjahr", field_name="pot__year__year", empty_label="alle"
    )
    topf = django_filters.ChoiceFilter(label="Einzelner Topf", field_name="pot", empty_label="alle")
    art = django_filters.ChoiceFilter(label="Topf", field_name="pot__kind", empty_label="alle")
    feld = django_filters.ChoiceFilter(
        label="Schwerpunkt", field_name="project__main_field", empty_label="alle"
    )
    uebergreifend = TickFilter("stadtbezirksübergreifend", Q(project__is_cross_district=True))
    besonders = TickFilter("besondere Bedeutung", ~Q(project__special_importance=""))
    bezirk = django_filters.ChoiceFilter(label="Stadtbezirk", empty_label="alle", method="by_district")

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
        """Offer what finds something among these applications, and the single pot that a link may name."""
        self.roles = roles
        super().__init__(data, queryset=queryset)
        seen = queryset.order_by()
        pots = list(seen.values_list("pot__year__year", "pot__kind", "pot__district").distinct())
        states = set(seen.values_list("state", flat=True).distinct())
        self.offer("jahr", [(year.year, str(year)) for year in years], {year for year, _, _ in pots})
        kinds = [(kind, Pot.Kind(kind).label) for kind in Pot.FOR_PROJECTS]
        self.offer("art", kinds, {kind for _, kind, _ in pots})
        self.offer(
            "stand",
            [
                *([(MINE, "wartet auf mich")] if roles.is_business_development or roles.district_ids else []),
                *([(WAITING, "zu entscheiden")] if roles.reads_all else []),
                *Application.State.choices,
                (UNDECIDED, "noch nicht entschieden"),
                (GRANTED, "bewilligt oder abgerechnet"),
                (ALL, "alle"),
            ],
            {
                MINE, WAITING, ALL, *states,
                *([UNDECIDED] if states.intersection(Application.PENDING) else []),
                *([GRANTED] if states.intersection(Application.GRANTED) else []),
            },
        )  # fmt: skip
        taking_part = Participation.objects.filter(
            district=OuterRef("pk"), project__in=seen.values("project")
        )
        self.offer_rows(
            Q(pk__in={district for _, _, district in pots if district})
            | Exists(seen.filter(project__lead_district=OuterRef("pk")))
            | Exists(taking_part),
            Q(Exists(seen.filter(project__main_field=OuterRef("pk")))),
        )
        named = self.named("topf")
        found = Pot.objects.select_related("year", "district").filter(pk=named) if is_key(named) else []
        self.filters["topf"].extra["choices"] = [(named, str(pot)) for pot in found]

    def search(self, queryset: "QuerySet[Application]", name: str, value: str) -> "QuerySet[Application]":
        return search.matching(queryset, search.parse(value), "project__")

    def by_state(self, queryset: "QuerySet[Application]", name: str, value: str) -> "QuerySet[Application]":
        if value == WAITING:
            return queryset.filter(waits_for_staff())
        if value == MINE:
            return queryset.filter(waits_for(self.roles))
        if value == UNDECIDED:
            return queryset.filter(state__in=Application.PENDING)
        if value == GRANTED:
            return queryset.filter(state__in=Application.GRANTED)
        return queryset if value == ALL else queryset.filter(state=value)

    def by_district(self, queryset: ApplicationQuerySet, name: str, value: str) -> ApplicationQuerySet:
        return queryset.of_districts([District.objects.get(slug=value).pk])
