"""Every page a working day needs, beside a plain list view and Django admin's changelist."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import override_settings
from django.urls import reverse

from tests.bench.floor.urls import CHANGELIST
from tests.bench.floor.urls import LIST as FLOOR
from tests.bench.measure import Site, taking_turns
from tests.bench.parts import Context
from tests.bench.rows import Row, is_report, is_search
from tests.bench.world import World

#: How many times the floor each may cost. A search is a list; how it grows on SQLite is asked at this size.
LIST, PAGE, CLOSING, SEARCH_ON_SQLITE, ADMIN = 2.5, 3.0, 4.0, 4.0, 0.5
LARGE = 25_000
#: The reports count everything: from here on they are only measured.
REPORTS = 2_500


def target(what: str, kind: float, context: Context) -> float | None:
    if is_report(what) and context.size > REPORTS:
        return None
    if is_search(what) and context.database == "sqlite" and context.size >= LARGE:
        return SEARCH_ON_SQLITE
    return kind


def pages(world: World) -> Iterator[tuple[str, str, str, float]]:
    """What, address, role, and how many times the floor it may cost."""
    listed = reverse("projects:list")

    def narrowed(**query: object) -> str:
        return f"{listed}?{urlencode(query)}"

    for role in ("director", "staff", "visitor"):
        yield f"Projektliste, {role}", listed, role, LIST
    filtered = narrowed(jahr=world.year, bezirk=world.district.slug)
    yield "Projektliste, Jahr und Stadtbezirk, staff", filtered, "staff", LIST
    yield "Projektliste, Stand, staff", narrowed(stand="settled"), "staff", LIST
    yield "Projektliste, häufiges Wort, staff", narrowed(suche=world.common_word), "staff", LIST
    yield "Projektliste, häufiges Wort, visitor", narrowed(suche=world.common_word), "visitor", LIST
    yield "Projektliste, seltenes Wort, staff", narrowed(suche=world.rare_word), "staff", LIST
    yield "Projektliste, nach Kosten, staff", narrowed(sortierung="-kosten"), "staff", LIST
    yield "Projektliste, nach Titel, director", narrowed(sortierung="titel"), "director", LIST
    yield "Projektliste, letzte Seite, staff", narrowed(page="last"), "staff", LIST

    settled = world.project(state="settled")
    yield "Projektseite, director", settled.get_absolute_url(), "director", PAGE
    yield "Projektseite, staff", settled.get_absolute_url(), "staff", PAGE
    yield "Projektseite, visitor", settled.get_absolute_url(), "visitor", PAGE
    yield "Projektseite, Entwurf, director", world.project(state="draft").get_absolute_url(), "director", PAGE
    waiting = world.application("pillar_2", "submitted")
    yield "Antragsseite, Säule 2, staff", waiting.get_absolute_url(), "staff", PAGE
    own = world.application("pillar_1", "submitted")
    yield "Antragsseite, Säule 1, director", own.get_absolute_url(), "director", PAGE
    yield "Töpfe, staff", reverse("funding:pots"), "staff", PAGE
    yield "Töpfe, director", reverse("funding:pots"), "director", PAGE
    yield "Haushaltsjahre, staff", reverse("funding:years"), "staff", PAGE
    yield "Umbuchungen, staff", reverse("funding:transfers"), "staff", PAGE
    yield "Topf Säule 2, staff", world.pot("pillar_2").get_absolute_url(), "staff", PAGE
    yield "Jahresabschluss, staff", reverse("closing:year", args=[world.year]), "staff", CLOSING
    yield "Jahresabschluss, director", reverse("closing:year", args=[world.year]), "director", CLOSING
    yield "Verwendungsnachweise, staff", reverse("proofs:proofs"), "staff", PAGE
    for role in ("visitor", "director", "staff", "auditor", "association"):
        yield f"Startseite, {role}", reverse("home"), role, PAGE
    yield "Warteschlange, staff", reverse("funding:applications"), "staff", PAGE
    yield "Warteschlange, director", reverse("funding:applications"), "director", PAGE
    yield "Stadtbezirk, visitor", world.district.get_absolute_url(), "visitor", PAGE
    yield "Berichte, visitor", reverse("reports:index"), "visitor", PAGE


def sites() -> tuple[Site, Site]:
    """Ours, and the floor behind the same middleware."""
    ours = Site(WSGIHandler())
    with override_settings(MIDDLEWARE=["tests.bench.floor.urls.middleware", *settings.MIDDLEWARE]):
        return ours, Site(WSGIHandler())


def queries_of(task: Callable[[], Any]) -> list[str]:
    found: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        task()
    return found


_AROUND = re.compile(r"<(thead|tfoot|nav)\b.*?</\1>", re.DOTALL)
_ITEM = re.compile(r"<(?:tr|li)\b")


def rows_on(page: str) -> int:
    """Rows of tables and items of lists in the content, without headings, sums and navigation."""
    content = page.partition("<main")[2].partition("</main>")[0]
    return len(_ITEM.findall(_AROUND.sub("", content)))


def run(context: Context) -> Iterator[Row]:
    world = World()
    ours, floor = sites()
    changelist = partial(floor.page, CHANGELIST, world.cookies["superuser"])
    for what, address, role, kind in pages(world):
        page = partial(ours.page, address, world.cookies[role])
        plain = partial(floor.page, FLOOR, world.cookies[role])
        listed = kind == LIST
        tasks = [page, plain, changelist] if listed else [page, plain]
        body = page().body.decode()
        queries = len(queries_of(page))
        times = taking_turns(tasks, context.repeats)
        common = {
            "part": "pages", "what": what, "database": context.database, "size": context.size,
            "ours": times[0] * 1000, "unit": "ms", "queries": queries, "shown": rows_on(body), "repeats": context.repeats,
        }  # fmt: skip
        yield Row(**common, floor=times[1] * 1000, target=target(what, kind, context), against="list view")
        if listed:
            yield Row(**common, floor=times[2] * 1000, target=ADMIN, against="admin")
