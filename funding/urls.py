from django.urls import path

from funding import views

app_name = "funding"
urlpatterns = [
    path("", views.pots, name="pots"),
    path("toepfe/<int:pk>/", views.pot, name="pot"),
    path("antraege/", views.applications, name="applications"),
    path("antraege/<int:pk>/", views.application, name="application"),
    path("antraege/<int:pk>/entscheidungsblatt/", views.decision_sheet, name="decision_sheet"),
    path("tagesordnung/<slug:slug>/", views.agenda, name="agenda"),
    path("gemeinkosten/", views.overhead, name="overhead"),
    path("gemeinkosten/<int:pk>/", views.expense, name="expense"),
    path("sondermittel/", views.special, name="special"),
    path("sondermittel/<int:pk>/", views.special_pot, name="special_pot"),
    path("umbuchungen/", views.transfers, name="transfers"),
    path("umbuchungen/<int:pk>/", views.transfer, name="transfer"),
    path("haushaltsjahre/", views.years, name="years"),
    path("haushaltsjahre/<int:year>/", views.year, name="year"),
]
