"""Invented addresses, legal forms and signatories of the organisations. Only the postcodes exist."""

import re

from django.utils.text import slugify

from members.common.folding import fold
from members.models import Organisation

#: What a name says about the legal form: the first line that is found in it counts.
FORMS = (
    (
        r"\be\. ?V\.|verein\b|[Kk]reis\b|gemeinschaft\b|\bIG\b|Gemeinschaft|Forum|chor\b|Marten\b",
        "association",
    ),
    (r"Kirche", "church"),
    (r"Stiftung", "foundation"),
    (r"\beG\b|Volksbank", "cooperative"),
    (r"GmbH|DSW21|CIMA|Vonovia|ThyssenKrupp|Brauerei", "company"),
    (r"Buchhandlung|Event", "sole_trader"),
    (
        r"Stadt|Bezirk|[Aa]mt\b|[Ss]chule|Gymnasium|kolleg|Biblio|büro|TU |Kammer|kammer|Jugend|Kultur|Wirtschaft|Sparkasse",
        "public",
    ),
)
STREETS = ("Musterstraße", "Beispielweg", "Probeallee", "Erdachter Weg", "Musterplatz", "Beispielgasse")
POSTCODES = (
    "44135",
    "44137",
    "44139",
    "44143",
    "44147",
    "44225",
    "44263",
    "44287",
    "44309",
    "44329",
    "44359",
    "44388",
)
#: Who signs, by legal form; a form that is not named here has a management.
SIGNATORIES = {
    "association": "Erika Beispiel, 1. Vorsitzende\nMax Mustermann, Kassenführung",
    "church": "Pia Probst-Beispiel, Kirchenvorstand",
    "foundation": "Stefan Muster, Vorstand",
    "cooperative": "Vera Muster, Vorstand\nVolker Beispiel, Vorstand",
    "public": "Lena Muster, Leitung",
    "sole_trader": "Ina Beispiel, Inhaberin",
}


def legal_form(name: str) -> str:
    """Return the legal form that a name suggests."""
    return next((form for pattern, form in FORMS if re.search(pattern, name)), Organisation.LegalForm.OTHER)


def invent_addresses() -> None:
    """Give every organisation an address, a contact, a legal form and who signs."""
    organisations = list(Organisation.objects.filter(street=""))
    for number, row in enumerate(organisations):
        row.street = f"{STREETS[number % len(STREETS)]} {number % 60 + 1}"
        row.postcode, row.town = POSTCODES[number % len(POSTCODES)], "Dortmund"
        row.email = f"{slugify(fold(row.name))[:40].strip('-')}@example.org"
        row.phone = f"0231 000{number:03}"
        row.legal_form = legal_form(row.name)
        if row.legal_form == Organisation.LegalForm.ASSOCIATION:
            row.register_court, row.register_number = "Amtsgericht Dortmund", f"VR 0{number:03}"
        row.signatories = SIGNATORIES.get(row.legal_form, "Gerd Muster, Geschäftsführung")
    Organisation.objects.bulk_update(
        organisations,
        [
            "street", "postcode", "town", "email", "phone", "legal_form", "register_court", "register_number",
            "signatories",
        ],
    )  # fmt: skip
