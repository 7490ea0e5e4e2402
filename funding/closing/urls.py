"""The addresses of the year-end, below /foerderung/jahresabschluss/."""

from django.urls import path

from funding.closing import views

app_name = "closing"
urlpatterns = [
    path("", views.years, name="years"),
    path("<int:year>/", views.year, name="year"),
    path("<int:year>/offen/<slug:key>/", views.rows, name="rows"),
]
