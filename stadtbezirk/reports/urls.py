"""The addresses of the reports."""

from django.urls import path

from stadtbezirk.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.index, name="index"),
    path("<int:year>/", views.year, name="year"),
]
