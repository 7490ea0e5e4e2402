"""Numbers with their words: the one place where plurals are made, for Python and for templates."""

from decimal import Decimal

NBSP = "\u00a0"


def grouped(number: int) -> str:
    """Return 3839 as ``3.839``."""
    return f"{number:,}".replace(",", ".")


def one_or_many(number: int | Decimal, one: str, many: str) -> str:
    """Return the words that go with a number that is said elsewhere: "fehlt" or "fehlen"."""
    return one if number == 1 else many


def counted(number: int, one: str, many: str, none: str = "") -> str:
    """Return the number with its words: ``1 Antrag``, ``3.839 Anträge``; of zero ``none``, where it is given.

    A non-breaking space keeps number and word on one line.
    """
    if number == 0 and none:
        return none
    return f"{grouped(number)}{NBSP}{one_or_many(number, one, many)}"


def span(days: int) -> str:
    """Return how long something lasts as a person says it after "seit": ``3 Tagen``, ``5 Monaten``, ``10 Jahren``."""
    if days < 92:
        return counted(days, "Tag", "Tagen")
    if days < 730:
        return counted(days * 12 // 365, "Monat", "Monaten")
    return counted(days // 365, "Jahr", "Jahren")
