"""The addresses of proofs of use, below /foerderung/nachweise/."""

from django.urls import URLPattern

app_name = "proofs"
urlpatterns: list[URLPattern] = []
