"""The filters of the project list; every choice stands in the address."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from members.models import District
from projects.models import FieldOfAction, Project
from projects.search import fold


class ProjectFilter(django_filters.FilterSet):
    suche = django_filters.CharFilter(
        label="Suche",
        method="search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Titel, Nummer, Ort, Veranstalter"}),
    )
    jahr = django_filters.TypedChoiceFilter(label="Haushaltsjahr", field_name="year", coerce=int)
    bezirk = django_filters.ModelChoiceFilter(
        label="Stadtbezirk",
        queryset=District.objects.all(),
        to_field_name="slug",
        method="by_district",
        empty_label="alle",
    )
    feld = django_filters.ModelChoiceFilter(
        label="Schwerpunkt",
        queryset=FieldOfAction.objects.all(),
        field_name="main_field",
        empty_label="alle",
    )
    stand = django_filters.ChoiceFilter(
        label="Stand", field_name="state", choices=Project.State.choices, empty_label="alle"
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
    sortierung = django_filters.OrderingFilter(
        label="Sortierung",
        empty_label="neueste zuerst",
        fields=[
            ("title", "titel"),
            ("starts_on", "beginn"),
            ("cost_total", "kosten"),
            ("granted_total", "foerderung"),
        ],
        choices=[
            ("titel", "Titel A–Z"),
            ("beginn", "Beginn, früheste zuerst"),
            ("-beginn", "Beginn, späteste zuerst"),
            ("-kosten", "Kosten, höchste zuerst"),
            ("-foerderung", "Förderung, höchste zuerst"),
        ],
    )

    class Meta:
        model = Project
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = self.queryset.order_by("-year").values_list("year", flat=True).distinct()
        self.filters["jahr"].extra["choices"] = [("", "alle"), *((y, str(y)) for y in years)]

    def search(self, queryset: "QuerySet[Project]", name: str, value: str) -> "QuerySet[Project]":
        for word in fold(value).split()[:8]:
            queryset = queryset.filter(search_text__contains=word)
        return queryset

    def by_district(self, queryset: "QuerySet[Project]", name: str, value: District) -> "QuerySet[Project]":
        """Projects the district leads or takes part in."""
        return queryset.filter(Q(lead_district=value) | Q(pk__in=value.participations.values("project_id")))

    def only(self, queryset: "QuerySet[Project]", name: str, value: bool) -> "QuerySet[Project]":
        return queryset.filter(**{name: True}) if value else queryset

    def special(self, queryset: "QuerySet[Project]", name: str, value: bool) -> "QuerySet[Project]":
        return queryset.exclude(special_importance="") if value else queryset

    def published(self, queryset: "QuerySet[Project]", name: str, value: bool) -> "QuerySet[Project]":
        return queryset.filter(published_on__isnull=False) if value else queryset
