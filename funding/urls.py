from django.urls import path

from funding import views

app_name = "funding"
urlpatterns = [
    path("", views.pots, name="pots"),
    path("toepfe/<int:pk>/", views.pot, name="pot"),
    path("antraege/", views.applications, name="applications"),
    path("antraege/<int:pk>/", views.application, name="application"),
    path("haushaltsjahre/", views.years, name="years"),
    path("haushaltsjahre/<int:year>/", views.year, name="year"),
]
