"""The room of payments: who gets money, what is called, and what the bank has done."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "funding.payments"
    verbose_name = "Auszahlungen"
