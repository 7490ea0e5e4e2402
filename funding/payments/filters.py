"""The filters of the list of payees; the address holds every choice."""

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from funding.payments.models import Payee, PayeeAccount
from projects import search
from projects.filters import SearchFilter

WAITING, WITHOUT, ACTIVE = "bestaetigen", "ohne", "bestaetigt"


class PayeeFilter(django_filters.FilterSet):
    suche = SearchFilter(
        label="Suche",
        method="search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name oder Ort"}),
    )
    stand = django_filters.ChoiceFilter(
        label="Bankverbindung",
        empty_label="alle",
        method="by_state",
        choices=[
            (WAITING, "noch nicht bestätigt"),
            (ACTIVE, "bestätigt"),
            (WITHOUT, "ohne Bankverbindung"),
        ],
    )

    class Meta:
        model = Payee
        fields: list[str] = []

    def search(self, queryset: "QuerySet[Payee]", name: str, value: str) -> "QuerySet[Payee]":
        for term in search.parse(value).terms:
            word = f" {term}"
            queryset = queryset.filter(
                Q(organisation__folded_name__contains=word)
                | Q(organisation__folded_more__contains=word)
                | Q(person__folded_name__contains=word)
            )
        return queryset

    def by_state(self, queryset: "QuerySet[Payee]", name: str, value: str) -> "QuerySet[Payee]":
        accounts = {
            WAITING: PayeeAccount.objects.waiting(),
            ACTIVE: PayeeAccount.objects.active_on(timezone.localdate()),
            WITHOUT: PayeeAccount.objects.newest(),
        }[value]
        there = Exists(accounts.filter(payee=OuterRef("pk")))
        return queryset.filter(~there if value == WITHOUT else there)
