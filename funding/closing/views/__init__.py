from funding.closing.views.acts import closing
from funding.closing.views.cash import audit_form, cash_file, cash_report
from funding.closing.views.city import city_file, city_proof
from funding.closing.views.lights import rows, year, years
from funding.closing.views.retention import deletion, hold, retention_year, retention_years

__all__ = [
    "audit_form", "cash_file", "cash_report", "city_file", "city_proof", "closing", "deletion", "hold", "retention_year",
    "retention_years", "rows", "year", "years",
]  # fmt: skip
