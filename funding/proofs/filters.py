"""The filters of the list of proofs; the address holds every choice."""

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import F, Q, QuerySet

from funding.models import Application
from funding.payments.turn import called_for
from funding.proofs import due
from funding.proofs.models import ProofOfUse, RepaymentClaim
from members.models import District
from members.roles.permissions import Roles
from projects import search
from projects.filters import SearchFilter

CHECK, LACKING, OVERDUE, LATE, ALL = "pruefen", "fehlt", "ueberfaellig", "verspaetet", "alle"
S = ProofOfUse.State


class ProofFilter(django_filters.FilterSet):
    """The filters of one reader. Without a choice: what waits for the reader."""

    suche = SearchFilter(
        label="Suche",
        method="search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Projekt oder Nummer"}),
    )
    stand = django_filters.ChoiceFilter(label="Stand", method="by_state", empty_label=None)
    bezirk = django_filters.ModelChoiceFilter(
        label="Stadtbezirk",
        empty_label="alle",
        method="by_district",
        queryset=District.objects.order_by("folded_name"),
    )

    class Meta:
        model = Application
        fields: list[str] = []

    def __init__(self, data: object, *, queryset: "QuerySet[Application]", roles: Roles) -> None:
        self.roles = roles
        given = data.copy() if hasattr(data, "copy") else {}
        given.setdefault("stand", CHECK if roles.is_business_development else LACKING)
        super().__init__(given, queryset=queryset)
        self.filters["stand"].extra["choices"] = [
            (CHECK, "zu prüfen"), (LACKING, "fehlt noch"), (OVERDUE, "überfällig"),
            (S.ASKED_BACK, "Rückfrage"), (S.HEARING, "Anhörung"), (S.NOTED, "zweite Unterschrift"),
            (S.ACCEPTED, "anerkannt"), (LATE, "verspätet eingereicht"), (ALL, "alle"),
        ]  # fmt: skip

    def search(self, queryset: "QuerySet[Application]", name: str, value: str) -> "QuerySet[Application]":
        """Find by number and project; each word must stand in one of them."""
        for term in search.parse(value).terms:
            queryset = queryset.filter(search.has(term, "project__"))
        return queryset

    def by_state(self, queryset: "QuerySet[Application]", name: str, value: str) -> "QuerySet[Application]":
        match value:
            case "pruefen":
                return queryset.filter(proof__state__in=ProofOfUse.IN_CHECK)
            case "fehlt":
                return queryset.filter(pk__in=due.lacking().order_by().values("pk"))
            case "ueberfaellig":
                return queryset.filter(pk__in=due.lacking(self.roles.day).order_by().values("pk"))
            case "verspaetet":
                return queryset.filter(proof__late=True)
            case "alle":
                return queryset
        return queryset.filter(proof__state=value)

    def by_district(
        self, queryset: "QuerySet[Application]", name: str, value: District
    ) -> "QuerySet[Application]":
        return queryset.filter(called_for([value.pk]))


class ClaimFilter(django_filters.FilterSet):
    """The filters of the list of claims. Without a choice: what is open."""

    suche = SearchFilter(
        label="Suche",
        method="search",
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Projekt, Nummer oder Verwendungszweck"}
        ),
    )
    stand = django_filters.ChoiceFilter(
        label="Stand",
        method="by_state",
        empty_label=None,
        choices=[
            ("offen", "offen"), ("ueberfaellig", "überfällig"), ("teilweise", "zum Teil zurückgezahlt"),
            ("zurueckgezahlt", "zurückgezahlt"), ("verzichtet", "verzichtet"), ("alle", "alle"),
        ],
    )  # fmt: skip
    bezirk = django_filters.ModelChoiceFilter(
        label="Stadtbezirk",
        empty_label="alle",
        method="by_district",
        queryset=District.objects.order_by("folded_name"),
    )

    class Meta:
        model = RepaymentClaim
        fields: list[str] = []

    def __init__(self, data: object, *, queryset: "QuerySet[Any]", day: date) -> None:
        self.day = day
        given = data.copy() if hasattr(data, "copy") else {}
        given.setdefault("stand", "offen")
        super().__init__(given, queryset=queryset)

    def search(self, queryset: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        """Find by reference, number and project; each word must stand in one of them."""
        for term in search.parse(value).terms:
            reference = Q(reference__startswith=term.upper().replace(" ", "-"))
            queryset = queryset.filter(search.has(term, "application__project__") | reference)
        return queryset

    def by_state(self, queryset: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        match value:
            case "offen":
                return queryset.filter(left__gt=0)
            case "ueberfaellig":
                return queryset.overdue(self.day)  # type: ignore[attr-defined]
            case "teilweise":
                return queryset.filter(left__gt=0, left__lt=F("amount"))
            case "zurueckgezahlt":
                return queryset.filter(left=0, was_waived=False)
            case "verzichtet":
                return queryset.filter(left=0, was_waived=True)
        return queryset

    def by_district(self, queryset: "QuerySet[Any]", name: str, value: District) -> "QuerySet[Any]":
        return queryset.filter(called_for([value.pk], "application__"))


def listed(roles: Roles) -> "QuerySet[Application]":
    """Return the grants whose proof these roles may see: those that owe one, and those that have one."""
    owed = Q(pk__in=due.owed().order_by().values("pk")) | Q(proof__isnull=False)
    found = Application.objects.filter(owed)
    return found if roles.reads_all else found.filter(called_for(roles.district_ids))


def with_names(found: "QuerySet[Application]") -> "QuerySet[Application]":
    """Read along what a line of the list shows, what is due first on top."""
    related = found.select_related(
        "proof", "project__lead_district", "pot__district", "pot__year", "carried_to"
    )
    return due.with_due_day(related).order_by("due_on", "pk")
