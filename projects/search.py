"""Text search over projects: what is stored for it, what a query finds, and which hit comes first.

Every word of the query must stand in one of the project's texts, or in the name of its organiser
or of a district of it.
A word is also found inside another: "markt" finds "Weihnachtsmarkt".
A word of one or two letters is found only where a word begins.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from members.common.folding import between_blanks, fold
from members.models import District, Organisation
from projects.models import Participation, Project, SearchText

Rows = TypeVar("Rows", bound=Model)

# What is stored

_READ = ("number", "title", "place", "summary")


def remember(project: Project) -> None:
    """Store the project's search text. Every service that writes one of these fields calls this."""
    _keep([project])


def remember_all() -> None:
    """Store the search text of every project, for loads that write projects without the services."""
    _keep(Project.objects.only(*_READ))


def stale() -> Iterator[int]:
    """Yield the keys of the projects whose search text does not fit them. One query."""
    for project in (
        Project.objects.select_related("search").only(*_READ, "search").order_by("pk").iterator(2000)
    ):
        kept, due = getattr(project, "search", None), _text_of(project)
        if kept is None or (kept.title, kept.place, kept.rest) != (due.title, due.place, due.rest):
            yield project.pk


def _text_of(project: Project) -> SearchText:
    return SearchText(
        project=project,
        title=between_blanks(project.title),
        place=between_blanks(project.place),
        rest=between_blanks(project.number or "", project.summary),
    )


def _keep(projects: Iterable[Project]) -> None:
    SearchText.objects.bulk_create(
        [_text_of(project) for project in projects],
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["project"],
        update_fields=["title", "place", "rest"],
    )


# What a query finds

#: How many terms of a query are used, and how many letters of each.
TERMS = 8
LETTERS = 60


@dataclass(frozen=True)
class Query:
    """What somebody typed, as folded terms; "2016-APL-007" is the one term "2016 apl 007"."""

    terms: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def text(self) -> str:
        return " ".join(self.terms)


def parse(typed: str) -> Query:
    """Return the query for what was typed.

    Any text is allowed: operators and quotes count as punctuation.
    What exceeds the limits of terms and letters is left out.
    """
    found: dict[str, None] = {}
    for word in typed[:1000].split():
        term = fold(word)[:LETTERS].strip()
        if any(c.isalnum() for c in term):
            found[term] = None
        if len(found) == TERMS:
            break
    return Query(tuple(found))


def matching(rows: "QuerySet[Rows]", query: Query, path: str = "") -> "QuerySet[Rows]":
    """Return the rows whose project, reached by ``path`` such as "project__", has every term of the query."""
    for term in query.terms:
        rows = rows.filter(has(term, path))
    return rows


def has(term: str, path: str) -> Q:
    """Return the condition that the term stands in a text of the project or in a name beside it.

    Names are asked for by IN, once each: with 25,000 projects on SQLite 30 ms, by EXISTS 48 ms.
    """
    part = term if len(term) > 2 else f" {term}"
    districts = District.objects.filter(folded_name__contains=part).order_by().values("pk")
    organisers = Organisation.objects.filter(folded_name__contains=part).order_by().values("pk")
    partners = Participation.objects.filter(district__in=districts).order_by().values("project")
    return (
        Q(**{f"{path}search__title__contains": part})
        | Q(**{f"{path}search__place__contains": part})
        | Q(**{f"{path}search__rest__contains": part})
        | Q(**{f"{path}organiser__in": organisers})
        | Q(**{f"{path}lead_district__in": districts})
        | Q(**{f"{path}pk__in": partners})
    )


# Which hit comes first

#: How many hits are ranked and shown. If there are more, the newest.
RANKED = 500


def newest_hits(found: "QuerySet[Project]") -> list[Any]:
    """Return the newest ``RANKED`` of the projects found, with what the ranking needs."""
    names = ("pk", "year", "number", "search__title", "search__place")
    return list(found.order_by("-pk").values_list(*names, named=True)[:RANKED])


def best_first(hits: Iterable[Any], query: Query) -> list[int]:
    """Return the keys of the projects, those with most points first, then the newest."""
    ranked = sorted(hits, key=lambda hit: (_points(hit, query), hit.year, hit.pk), reverse=True)
    return [hit.pk for hit in ranked]


def _points(hit: Any, query: Query) -> int:
    """Return the points of a hit.

    The number counts most, then words in the title, then in the place; the rest counts nothing.
    A whole word counts more than the beginning of a word, and that more than the inside.
    """
    points = 100 if between_blanks(hit.number or "").startswith(f" {query.text} ") else 0
    for term in query.terms:
        for text, inside, more in ((hit.search__title, 8, 4), (hit.search__place, 2, 1)):
            if term in text:
                points += inside + more * ((f" {term}" in text) + (f" {term} " in text))
    return points
