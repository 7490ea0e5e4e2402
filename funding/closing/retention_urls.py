"""The addresses of what is kept and deleted, below /foerderung/aufbewahrung/."""

from django.urls import path

from funding.closing import views

app_name = "retention"
urlpatterns = [
    path("", views.retention_years, name="years"),
    path("<int:year>/", views.retention_year, name="year"),
    path("loeschung/<int:pk>/", views.deletion, name="deletion"),
    path("sperre/<int:pk>/", views.hold, name="hold"),
]
