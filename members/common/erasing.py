"""Personal words that two people deleted after their retention: where a text must stand, a mark takes its place."""

from django.db.models import Case, Value, When

ERASED = "gelöscht"


def erased(*names: str) -> dict[str, Case]:
    """Return the values for an update of these texts: the mark, and nothing where nothing stood."""
    return {name: Case(When(**{name: ""}, then=Value("")), default=Value(ERASED)) for name in names}
