"""The addresses of the year-end, below /foerderung/jahresabschluss/."""

from django.urls import URLPattern

app_name = "closing"
urlpatterns: list[URLPattern] = []
