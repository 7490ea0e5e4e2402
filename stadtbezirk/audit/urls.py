"""The address of the audit package."""

from django.urls import path

from stadtbezirk.audit import views

app_name = "audit"
urlpatterns = [path("", views.package, name="package")]
