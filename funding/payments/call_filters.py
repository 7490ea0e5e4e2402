"""The filters of the list of calls; the address holds every choice."""

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from funding.payments.models import Payee, PaymentCall
from members.models import District
from members.roles.permissions import Roles
from projects import search
from projects.filters import SearchFilter

OPEN, OVERDUE, ALL = "offen", "ueberfaellig", "alle"


class CallFilter(django_filters.FilterSet):
    """The filters of one reader. Without a choice: what waits for the reader."""

    suche = SearchFilter(
        label="Suche",
        method="search",
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Projekt, Zweck, Rechnung, Empfänger"}
        ),
    )
    stand = django_filters.ChoiceFilter(label="Stand", method="by_state", empty_label=None)
    bezirk = django_filters.ModelChoiceFilter(
        label="Stadtbezirk",
        empty_label="alle",
        method="by_district",
        queryset=District.objects.order_by("folded_name"),
    )

    class Meta:
        model = PaymentCall
        fields: list[str] = []

    def __init__(self, data: object, *, queryset: "QuerySet[PaymentCall]", roles: Roles) -> None:
        first = PaymentCall.State.CALLED if roles.is_business_development else OPEN
        given = data.copy() if hasattr(data, "copy") else {}
        given.setdefault("stand", first)
        super().__init__(given, queryset=queryset)
        self.filters["stand"].extra["choices"] = [
            (OPEN, "alle offenen"), (OVERDUE, "überfällig"), *PaymentCall.State.choices, (ALL, "alle"),
        ]  # fmt: skip

    @staticmethod
    def overdue() -> Q:
        """Return the condition on calls that are neither paid nor withdrawn after their day."""
        return Q(state__in=PaymentCall.OPEN, due_on__lt=timezone.localdate())

    def search(self, queryset: "QuerySet[PaymentCall]", name: str, value: str) -> "QuerySet[PaymentCall]":
        """Find by number, project, purpose, invoice and payee; each word must stand in one of them."""
        for term in search.parse(value).terms:
            word = f" {term}"
            payees = Payee.objects.filter(
                Q(organisation__folded_name__contains=word) | Q(person__folded_name__contains=word)
            )
            queryset = queryset.filter(
                search.has(term, "application__project__")
                | Q(folded_invoice__contains=term)
                | Q(folded_purpose__contains=term if len(term) > 2 else word)
                | Q(pk__in=[term] if term.isdecimal() and len(term) < 10 else [])
                | Q(payee__in=payees.order_by().values("pk"))
            )
        return queryset

    def by_state(self, queryset: "QuerySet[PaymentCall]", name: str, value: str) -> "QuerySet[PaymentCall]":
        if value == OPEN:
            return queryset.filter(state__in=PaymentCall.OPEN)
        if value == OVERDUE:
            return queryset.filter(self.overdue())
        return queryset if value == ALL else queryset.filter(state=value)

    def by_district(
        self, queryset: "QuerySet[PaymentCall]", name: str, value: District
    ) -> "QuerySet[PaymentCall]":
        own = Q(application__pot__district=value)
        lead = Q(application__pot__district=None, application__project__lead_district=value)
        return queryset.filter(own | lead)
