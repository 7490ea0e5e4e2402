"""The addresses of payments, below /foerderung/auszahlungen/."""

from django.urls import path

from funding.payments import views

app_name = "payments"
urlpatterns = [
    path("empfaenger/", views.payees, name="payees"),
    path("empfaenger/neu/", views.payee_create, name="payee_create"),
    path("empfaenger/<int:pk>/", views.payee, name="payee"),
    path("empfaenger/<int:pk>/bankverbindung/", views.account_create, name="account_create"),
    path("empfaenger/bankverbindungen/<int:pk>/", views.account, name="account"),
]
