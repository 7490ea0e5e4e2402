"""The addresses of payments, below /foerderung/auszahlungen/."""

from django.urls import path, re_path

from funding.payments import views
from funding.payments.views import calls, expenses, exports, plans

app_name = "payments"
urlpatterns = [
    path("", views.payouts, name="payouts"),
    path("<int:pk>/", views.batch, name="batch"),
    path("<int:pk>/datei/", views.batch_file, name="batch_file"),
    path("zahlungen/<int:pk>/", views.payment, name="payment"),
    path("kontostaende/<int:pk>/", views.balance, name="balance"),
    path("kontoauszuege/", views.statements, name="statements"),
    path("kontoauszuege/<int:pk>/", views.statement, name="statement"),
    path("kontoauszuege/buchungen/<int:pk>/", views.entry, name="entry"),
    path("kontoauszuege/abgleich/", views.reconciliation, name="reconciliation"),
    path("kontoauszuege/abgleich/<slug:key>/", views.entries, name="entries"),
    path("kontoauszuege/abgleich/<int:pk>/<slug:key>/", views.entries, name="entries"),
    re_path(r"^kontoauszuege/journal\.(?P<kind>csv|xlsx)$", views.journal, name="journal"),
    re_path(r"^zahlungen\.(?P<kind>csv|xlsx)$", exports.payments_export, name="payments_export"),
    re_path(r"^abrufe\.(?P<kind>csv|xlsx)$", exports.calls_export, name="calls_export"),
    re_path(r"^empfaenger\.(?P<kind>csv|xlsx)$", exports.payees_export, name="payees_export"),
    path("empfaenger/", views.payees, name="payees"),
    path("empfaenger/neu/", views.payee_create, name="payee_create"),
    path("empfaenger/<int:pk>/", views.payee, name="payee"),
    path("empfaenger/<int:pk>/bankverbindung/", views.account_create, name="account_create"),
    path("empfaenger/bankverbindungen/<int:pk>/", views.account, name="account"),
    path("abrufe/", calls.calls, name="calls"),
    path("abrufe/neu/<int:pk>/", calls.call_money, name="call_money"),
    path("abrufe/<int:pk>/", calls.call, name="call"),
    path("abrufe/<int:pk>/erneut/", calls.call_resend, name="call_resend"),
    path("abrufe/unterlagen/<int:pk>/", calls.call_paper, name="call_paper"),
    path("ausgaben/neu/<int:year>/", expenses.expense_create, name="expense_create"),
    path("ratenplaene/neu/<int:pk>/", plans.plan_create, name="plan_create"),
    path("ratenplaene/<int:pk>/", plans.plan, name="plan"),
]
