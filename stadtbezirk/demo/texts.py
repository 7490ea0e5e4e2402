"""What the legal pages of the demonstration say: made up, and marked as an example in each line."""

from datetime import date

from stadtbezirk.models import LegalDetails


def fill_in(today: date) -> None:
    """Fill in the association's details."""
    LegalDetails.objects.update_or_create(
        pk=1,
        defaults={
            "address": "Musterstraße 1 (Beispiel)\n44135 Dortmund",
            "phone": "0231 000 00-00 (Beispiel)",
            "email": "geschaeftsstelle@example.org",
            "board": "Mia Muster und Max Beispiel (erfunden)",
            "register_number": "VR 0000 (Beispiel)",
            "responsible": "Mia Muster (erfunden)\nMusterstraße 1, 44135 Dortmund",
            "data_protection_officer": "Dana Beispiel (erfunden), datenschutz@example.org",
            "operator": "Beispiel-Rechenzentrum (erfunden), Dortmund",
            "log_retention": "14 Tage (Beispiel)",
            "accessibility_assessed_on": date(today.year, 1, 2),
        },
    )
