"""The filters of the list of proofs; the address holds every choice."""

from collections.abc import Collection, Sequence
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

CHECK, IN_CHECK, LACKING, OVERDUE, LATE, ALL = (
    "wartet",
    "pruefen",
    "fehlt",
    "ueberfaellig",
    "verspaetet",
    "alle",
)
S = ProofOfUse.State


class GrantFilter(django_filters.FilterSet):
    """What the lists share: a search, a state and the district that calls. Without a choice: the state ``first``.

    ``grant`` leads from a row of the list to its grant.
    """

    grant = ""

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

    def __init__(
        self, data: object, *, queryset: "QuerySet[Any]", first: str, states: Sequence[tuple[str, str]]
    ) -> None:
        given = data.copy() if hasattr(data, "copy") else {}
        given.setdefault("stand", first)
        super().__init__(given, queryset=queryset)
        self.filters["stand"].extra["choices"] = states

    def search(self, queryset: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        """Each word must stand in one of the columns of ``found``."""
        for term in search.parse(value).terms:
            queryset = queryset.filter(self.found(term))
        return queryset

    def found(self, term: str) -> Q:
        """Return the condition that the word stands in the number or the project."""
        return search.has(term, f"{self.grant}project__")

    def by_district(self, queryset: "QuerySet[Any]", name: str, value: District) -> "QuerySet[Any]":
        return queryset.filter(called_for([value.pk], self.grant))


class ProofFilter(GrantFilter):
    """The filters of the list of proofs, for one reader. Without a choice: what waits for the reader."""

    class Meta:
        model = Application
        fields: list[str] = []

    def __init__(self, data: object, *, queryset: "QuerySet[Application]", roles: Roles) -> None:
        self.roles = roles
        waits = [(CHECK, "wartet auf Sie")] if roles.is_business_development else []
        states = [
            *waits, (IN_CHECK, "in Prüfung"), (LACKING, "fehlt noch"), (OVERDUE, "überfällig"),
            (S.ASKED_BACK, "Rückfrage"), (S.HEARING, "Anhörung"), (S.NOTED, "zweite Unterschrift"),
            (S.ACCEPTED, "anerkannt"), (LATE, "verspätet eingereicht"), (ALL, "alle"),
        ]  # fmt: skip
        first = CHECK if roles.is_business_development else LACKING
        super().__init__(data, queryset=queryset, first=first, states=states)

    def by_state(self, queryset: "QuerySet[Application]", name: str, value: str) -> "QuerySet[Application]":
        match value:
            case "wartet":
                return queryset.filter(pk__in=due.to_check(self.roles).order_by().values("application"))
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


class ClaimFilter(GrantFilter):
    """The filters of the list of claims. Without a choice: what is open."""

    grant = "application__"

    suche = SearchFilter(
        label="Suche",
        method="search",
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Projekt, Nummer oder Verwendungszweck"}
        ),
    )

    class Meta:
        model = RepaymentClaim
        fields: list[str] = []

    def __init__(self, data: object, *, queryset: "QuerySet[Any]", day: date, owing: Collection[int]) -> None:
        """``owing`` are the claims (keys) that are open for interest alone."""
        self.day, self.owing = day, owing
        states = [
            ("offen", "offen"), ("ueberfaellig", "überfällig"), ("teilweise", "zum Teil zurückgezahlt"),
            ("zinsen", "Zinsen offen"),
            ("zurueckgezahlt", "zurückgezahlt"), ("verzichtet", "verzichtet"), ("alle", "alle"),
        ]  # fmt: skip
        super().__init__(data, queryset=queryset, first="offen", states=states)

    def found(self, term: str) -> Q:
        """Return the condition that the word stands in the reference, the number or the project."""
        return super().found(term) | Q(reference__startswith=term.upper().replace(" ", "-"))

    def by_state(self, queryset: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        match value:
            case "offen":
                return queryset.filter(Q(left__gt=0) | Q(pk__in=self.owing))
            case "zinsen":
                return queryset.filter(pk__in=self.owing)
            case "ueberfaellig":
                return queryset.overdue(self.day)  # type: ignore[attr-defined]
            case "teilweise":
                return queryset.filter(left__gt=0, left__lt=F("amount"))
            case "zurueckgezahlt":
                return queryset.filter(left=0, was_waived=False).exclude(pk__in=self.owing)
            case "verzichtet":
                return queryset.filter(left=0, was_waived=True).exclude(pk__in=self.owing)
        return queryset


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
