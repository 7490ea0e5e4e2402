"""Twelve districts a page shows at once; of a thousand, as a state-wide fund has, one's own and a way to the others."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, Exists, Q, QuerySet, Value, When
from django.urls import reverse_lazy
from django.utils.text import slugify

from members.models import District
from members.prepared import prepared

#: As many a page shows at once; of more it shows a page of its own, to be searched.
AT_ONCE = 40
#: So many names are suggested for what was typed.
SUGGESTED = 12
#: So many of them a sentence names.
NAMED = 4
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def too_many() -> Exists:
    """Whether there are more districts than a page shows at once; asked within another question."""
    return Exists(District.objects.order_by("pk")[AT_ONCE : AT_ONCE + 1])


@prepared
def first_districts() -> "QuerySet[District]":
    """All districts by name, or one more than a page shows at once."""
    return District.objects.all()[: AT_ONCE + 1]


def these_of_many(keys: Iterable[int]) -> tuple[list[District], bool]:
    """All districts by name, or these alone where there are more than a page shows at once, and whether. One query."""
    many = too_many()
    rows = District.objects.filter(Q(pk__in=keys) | ~many).annotate(of_many=many)
    return list(rows), any(row.of_many for row in rows)


def _slug_of(typed: str) -> str:
    return slugify(typed.casefold().translate(_PLAIN))


def named_like(typed: str) -> "QuerySet[District]":
    """Districts whose names have this text in them, "hoerde" and "HÖRDE" alike; all of them for none."""
    wanted = _slug_of(typed)
    if typed.strip() and not wanted:
        return District.objects.none()
    # An administrator may have given an address that is not made of the name.
    return District.objects.filter(Q(slug__contains=wanted) | Q(name__icontains=_plain(typed)))


def suggested(typed: str) -> "QuerySet[District]":
    """The districts to choose from for what was typed so far, the one of just this name or address first."""
    exact = Case(When(Q(slug=_slug_of(typed)) | Q(name=_plain(typed)), then=Value(0)), default=Value(1))
    return named_like(typed).order_by(exact, "name")


def _plain(typed: str) -> str:
    """PostgreSQL takes no NUL."""
    return typed.replace("\0", "").strip()


def find(typed: str) -> District:
    """The district of this name or address, else the only one with this text in its name. One query.

    Raises ValidationError with the sentence for the field.
    """
    found = list(suggested(typed)[: NAMED + 1])
    if found and (len(found) == 1 or _plain(typed) == found[0].name or _slug_of(typed) == found[0].slug):
        return found[0]
    shown = typed.strip()[:60]
    if not found:
        raise ValidationError(
            f"Einen Stadtbezirk „{shown}“ gibt es hier nicht. Bitte prüfen Sie die Schreibweise."
        )
    names = ", ".join(district.name for district in found[:NAMED])
    raise ValidationError(
        f"Zu „{shown}“ passen mehrere Stadtbezirke: {names}{' und weitere' * (len(found) > NAMED)}. "
        "Bitte tragen Sie den ganzen Namen ein."
    )


class DistrictInput(forms.TextInput):
    """A district by its name where there are too many to choose from; with scripts, names are suggested.

    The page has a ``<datalist id="bezirke">`` for them; the field's name is ``bezirk``, which the suggestions ask for.
    """

    def __init__(self, attrs: dict[str, Any] | None = None, *, found: District | None = None) -> None:
        """``found`` is the district that was typed, shown by its name however it was spelt."""
        self.found = found
        super().__init__(
            {
                "list": "bezirke",
                "autocomplete": "off",
                "maxlength": 60,
                "hx-get": reverse_lazy("district_names"),
                "hx-trigger": "input changed delay:200ms",
                "hx-target": "#bezirke",
                "hx-swap": "innerHTML",
                "hx-select": "unset",
                "hx-select-oob": "unset",
                "hx-push-url": "false",
                "hx-sync": "this:replace",
                **(attrs or {}),
            }
        )

    def format_value(self, value: Any) -> Any:
        return self.found.name if self.found else super().format_value(value)
