"""The addresses of the money, below /foerderung/."""

from django.urls import path, re_path

from funding import views

app_name = "funding"
urlpatterns = [
    path("", views.pots, name="pots"),
    path("toepfe/<int:pk>/", views.pot, name="pot"),
    re_path(
        r"^toepfe/(?P<pk>[0-9]{1,18})/buchungen\.(?P<kind>csv|xlsx)$", views.pot_export, name="pot_export"
    ),
    path("antraege/", views.applications, name="applications"),
    re_path(r"^antraege/liste\.(?P<kind>csv|xlsx)$", views.applications_export, name="applications_export"),
    path("antraege/<int:pk>/", views.application, name="application"),
    path("antraege/<int:pk>/entscheidungsblatt/", views.decision_sheet, name="decision_sheet"),
    path("aenderungen/<int:pk>/", views.grant_change, name="grant_change"),
    path("tagesordnung/<slug:slug>/", views.agenda, name="agenda"),
    path("gemeinkosten/", views.overhead, name="overhead"),
    re_path(r"^gemeinkosten/ausgaben\.(?P<kind>csv|xlsx)$", views.overhead_export, name="overhead_export"),
    path("gemeinkosten/<int:pk>/", views.expense, name="expense"),
    path("sondermittel/", views.special, name="special"),
    path("sondermittel/<int:pk>/", views.special_pot, name="special_pot"),
    path("umbuchungen/", views.transfers, name="transfers"),
    path("umbuchungen/<int:pk>/", views.transfer, name="transfer"),
    path("haushaltsjahre/", views.years, name="years"),
    path("haushaltsjahre/<int:year>/", views.year, name="year"),
]
