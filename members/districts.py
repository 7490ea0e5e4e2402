"""Twelve districts a page shows at once; of a thousand, as a state-wide fund has, one's own and a way to the others."""

from django.db.models import Exists, QuerySet
from django.utils.text import slugify

from members.models import District

#: As many a page shows at once; of more it shows a page of its own, to be searched.
AT_ONCE = 40
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def too_many() -> Exists:
    """Whether there are more districts than a page shows at once; asked within another question."""
    return Exists(District.objects.order_by("pk")[AT_ONCE : AT_ONCE + 1])


def named_like(typed: str) -> "QuerySet[District]":
    """Districts whose names have this text in them, "hoerde" and "HÖRDE" alike; all of them for none."""
    wanted = slugify(typed.casefold().translate(_PLAIN))
    if typed.strip() and not wanted:
        return District.objects.none()
    return District.objects.filter(slug__contains=wanted)
