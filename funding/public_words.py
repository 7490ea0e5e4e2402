"""Words of administrative acts, which a private association's letters do not have, whoever writes a part of them.

What the recipient wrote, such as the project's title, stays as it is.
"""

from django.db.models import Q

PUBLIC_WORDS = ("Bescheid", "Widerruf", "Rechtsbehelf")
REFUSED = (
    "Die Wörter Bescheid, Widerruf und Rechtsbehelf stehen nur in öffentlich-rechtlichen Schreiben. Bitte anders sagen, "
    "zum Beispiel: Zusage, Absage, Rücktritt, Bedenken."
)


def says_public_words(text: str) -> bool:
    """Return whether the text has a word that only an administrative act has."""
    return any(word.lower() in text.lower() for word in PUBLIC_WORDS)


def without_public_words(*columns: str) -> Q:
    """Return the condition of a constraint: none of the columns has such a word."""
    condition = Q()
    for column in columns:
        for word in PUBLIC_WORDS:
            condition &= ~Q(**{f"{column}__icontains": word})
    return condition
