"""Text search over projects: how text is folded, what a query asks for, and which hit comes first.

One rule on both databases: every word of the query stands somewhere in the project's text, at the beginning
or inside of a word ("markt" finds "Weihnachtsmarkt"); words of one or two letters begin a word. PostgreSQL
finds German word forms too ("Märkten" finds "Markt"). ``triggers`` keeps the searched text up to date.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from django.db import connection
from django.db.models import (
    ExpressionWrapper,
    F,
    Lookup,
    Model,
    Q,
    QuerySet,
    TextField,
)

from projects.models import DocumentField, Project, SearchIndex, WordIndex

Rows = TypeVar("Rows", bound=Model)

_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe"}
#: German letters, also upper case and composed of two characters.
UMLAUTS = {
    **_LETTERS,
    **{char.upper(): plain for char, plain in _LETTERS.items() if char != "ß"},
    "ẞ": "ss",
    **{f"{vowel}\u0308": f"{vowel}e" for vowel in "aou"},
}
#: What separates words. Everything between two words becomes one blank.
SEPARATORS = (
    "".join(c for c in map(chr, range(1, 128)) if not c.isalnum() and c != " ") + "\u00a0–—„“”‚‘’»«…€§·•"
)
#: Composed accents, to be dropped.
COMBINING = "".join(map(chr, (0x300, 0x301, 0x302, 0x303, 0x308, 0x30A, 0x30C, 0x327)))


def _accents() -> dict[str, str]:
    """Letters of Europe's languages with their plain letter; × and ÷ separate."""
    plain = {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "İ": "i", "×": " ", "÷": " "}
    for char in "áàâãåāăąçćčďéèêëēėęěğíìîïīįñńňóòôõőřśşšťúùûūůűųýÿźżž":
        plain[char] = unicodedata.normalize("NFKD", char)[0]
    return {
        form: letter
        for char, letter in plain.items()
        for form in dict.fromkeys((char, char.upper()))
        if len(form) == 1
    }


ACCENTS = _accents()
_TABLE = str.maketrans(
    {
        **{char: plain for char, plain in UMLAUTS.items() if len(char) == 1},
        **ACCENTS,
        **dict.fromkeys(SEPARATORS, " "),
        **dict.fromkeys(COMBINING),
    }
)


def fold(text: str) -> str:
    """ "HÖRDE", "Hörde" and "hoerde" all become "hoerde"; other accents and punctuation are dropped."""
    text = unicodedata.normalize("NFC", text).translate(_TABLE).lower()
    return re.sub(r"\s+", " ", text).strip()


#: More of a query than this is not looked at.
TERMS = 8
LETTERS = 60


@dataclass(frozen=True)
class Query:
    """What somebody typed: the folded terms ("2016 apl 007" is one) and the same words as they were typed."""

    terms: tuple[str, ...]
    words: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def text(self) -> str:
        return " ".join(self.terms)


def parse(typed: str) -> Query:
    """Any text is a lawful query: operators and quotes are punctuation, what is too long is cut off."""
    found: dict[str, str] = {}
    for word in typed[:1000].split():
        term = fold(word)[:LETTERS].strip()
        if any(c.isalnum() for c in term):
            found.setdefault(term, word[:LETTERS])
        if len(found) == TERMS:
            break
    return Query(tuple(found), tuple(found.values()))


@TextField.register_lookup
class FullText(Lookup):
    """SQLite: ``table MATCH query`` of FTS5."""

    lookup_name = "fts5"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} MATCH %s", (*parameters, self.rhs)


@DocumentField.register_lookup
class GermanWords(Lookup):
    """PostgreSQL: the document holds the German stems of these words; words without any are in no document."""

    lookup_name = "german"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} @@ plainto_tsquery('german', %s)", (*parameters, self.rhs)


def _pattern(term: str) -> str:
    """Terms of one or two letters begin a word; longer ones may stand inside of one."""
    return term if len(term) > 2 else f" {term}"


def _in_text(query: Query, path: str) -> Q:
    """By reading the text of each row; on PostgreSQL by its indexes, where they help, and with word forms."""
    found = Q()
    for term, word in zip(query.terms, query.words, strict=True):
        hit = Q(**{f"{path}search__text__contains": _pattern(term)})
        if connection.vendor == "postgresql":
            hit |= Q(**{f"{path}search__document__german": word})
        found &= hit
    return found


#: A term that stands inside of more words than this is looked for by its letters.
WORDS = 30
_WORDS_WITH = (
    "SELECT * FROM (SELECT %s AS term, v.word FROM projects_vocabulary_index i JOIN projects_vocabulary v "
    "ON v.id = i.rowid WHERE projects_vocabulary_index MATCH %s LIMIT %s)"
)


@dataclass(frozen=True)
class Index:
    """One of SQLite's two, by its name at a project, and what it is asked for.

    The index of words knows each word that stands in any text, and is asked for those with the term inside. Where
    they are many, or the term is several words, the index of letters is; it has no terms of one letter.
    """

    model: type[Model]
    name: str
    match: str

    @classmethod
    def of(cls, query: Query) -> "Index":
        patterns = {term: f'"{_pattern(term)}"' for term in query.terms if len(term) > 1}
        words: dict[str, list[str]] = {term: [] for term in patterns}
        if patterns and not any(" " in term for term in patterns):
            with connection.cursor() as cursor:
                cursor.execute(
                    " UNION ALL ".join([_WORDS_WITH] * len(patterns)),
                    [each for pair in patterns.items() for each in (*pair, WORDS + 1)],
                )
                for term, word in cursor.fetchall():
                    words[term].append(f'"{word.strip()}"')
            if max(map(len, words.values())) <= WORDS:
                # In no word: asked for as a word, the term is found nowhere.
                either = [" OR ".join(words[term] or [f'"{term}"']) for term in patterns]
                return cls(WordIndex, "word_index", " AND ".join(f"({each})" for each in either))
        return cls(SearchIndex, "search_index", " AND ".join(patterns.values()))

    @cached_property
    def hits(self) -> "QuerySet[Any, Any]":
        return self.model._base_manager.filter(match__fts5=self.match).values("project_id")

    @cached_property
    def is_frequent(self) -> bool:
        """Whether walking all hits would cost more than a list does."""
        return not self.match or self.hits[: FREQUENT + 1].count() > FREQUENT

    def found(self, query: Query, path: str = "") -> Q:
        """Its hits. As a list for other rows than projects: joined, it would be asked for each row anew."""
        found = Q()
        if path and self.match:
            found &= Q(**{f"{path}pk__in": self.hits})
        elif self.match:
            found &= Q(**{f"{self.name}__match__fts5": self.match})
        for term in query.terms:
            if len(term) == 1:
                found &= Q(**{f"{path}search__text__contains": _pattern(term)})
        return found


def matching(rows: "QuerySet[Rows]", query: Query, path: str = "") -> "QuerySet[Rows]":
    """The rows whose project (at ``path``, such as "project__") has every term of the query.

    Of other rows than projects SQLite asks its index for none where the word is frequent: the rows' own order soon
    comes to a page of hits then.
    """
    if not query:
        return rows
    if connection.vendor == "postgresql":
        return rows.filter(_in_text(query, path))
    index = Index.of(query)
    return rows.filter(_in_text(query, path) if path and index.is_frequent else index.found(query, path))


#: Hits that are ranked and shown. Of a word that stands everywhere, the newest ones.
RANKED = 500
#: More hits than this in the whole table make a word frequent: then the list is walked instead of the index.
FREQUENT = 5000


class Hit(NamedTuple):
    """What is ranked and summed of a project that the search found; amounts in cents, as five hundred are read."""

    pk: int
    year: int
    costs: int
    granted: int
    title: str
    around: str
    #: Whether the query is its number.
    named: int


def newest_hits(projects: "QuerySet[Project]", query: Query, *, narrowed: bool) -> list[Hit]:
    """The newest projects that match, one more than ``RANKED`` where there are more.

    ``narrowed``: whether ``projects`` are few among all; a frequent word is then looked for in them instead
    of them among its hits.
    """
    if connection.vendor == "postgresql":
        hits = projects.filter(_in_text(query, "")).order_by("-pk")
    else:
        index = Index.of(query)
        if narrowed and index.is_frequent:
            hits = projects.filter(_in_text(query, "")).order_by("-year", "-pk")
        else:
            newest = f"-{index.name}__project_id" if index.match else "-pk"
            hits = projects.filter(index.found(query)).order_by(newest)
    named = _as_stored(Q(search__text__startswith=f" {query.text} "))
    costs, granted = _as_stored(F("cost_total")), _as_stored(F("granted_total"))
    shown = hits.values_list("pk", "year", costs, granted, "search__title", "search__around", named)
    with _planned_for_its_words():
        return [Hit(*row) for row in shown[: RANKED + 1]]


def _as_stored(expression: Any) -> ExpressionWrapper:
    """Whole cents, and 1 or true: Django would turn five hundred of each into what it takes for the same."""
    return ExpressionWrapper(expression, TextField())


@contextmanager
def _planned_for_its_words() -> Iterator[None]:
    """PostgreSQL plans a statement once for any values after some calls: it would take every word for a rare one."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    driver = connection.connection
    threshold, driver.prepare_threshold = driver.prepare_threshold, None
    try:
        yield
    finally:
        driver.prepare_threshold = threshold


def best_first(hits: Iterable[Hit], query: Query) -> list[int]:
    """Keys of the projects: by points, the newest of equal ones first."""
    return [
        hit.pk for hit in sorted(hits, key=lambda hit: (_points(hit, query), hit.year, hit.pk), reverse=True)
    ]


def _points(hit: Hit, query: Query) -> int:
    """Points of a hit: its number, then words of the title, then organiser, place and district.

    A whole word counts more than its beginning, and that more than a word's inside.
    """
    points = 100 if hit.named else 0
    for term in query.terms:
        for text, inside, more in ((hit.title, 8, 4), (hit.around, 2, 1)):
            if term in text:
                points += inside + more * ((f" {term}" in text) + (f" {term} " in text))
    return points
