"""The addresses of the year-end, below /foerderung/jahresabschluss/."""

from django.urls import path

from funding.closing import views

app_name = "closing"
urlpatterns = [
    path("", views.years, name="years"),
    path("<int:year>/", views.year, name="year"),
    path("antrag/<int:pk>/", views.closing, name="closing"),
    path("<int:year>/offen/<slug:key>/", views.rows, name="rows"),
    path("<int:year>/kassenbericht/", views.cash_report, name="cash"),
    path("<int:year>/kassenbericht.pdf", views.cash_file, {"kind": "pdf"}, name="cash_pdf"),
    path("<int:year>/kassenbericht.xlsx", views.cash_file, {"kind": "xlsx"}, name="cash_xlsx"),
    path("<int:year>/kassenpruefung.pdf", views.audit_form, name="audit_form"),
    path("<int:year>/stadt/", views.city_proof, name="city"),
    path("<int:year>/stadt.pdf", views.city_file, {"kind": "pdf"}, name="city_pdf"),
    path("<int:year>/stadt.xlsx", views.city_file, {"kind": "xlsx"}, name="city_xlsx"),
]
