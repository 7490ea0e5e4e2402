"""Numbers and their words agree, and one helper alone makes plurals."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest
from django.conf import settings
from django.template import Context, Template

from funding.models import Pot
from members.common.counting import counted, grouped, one_or_many, span
from stadtbezirk.reports.figures import pot_lines

OURS = ("members", "projects", "funding", "stadtbezirk")
#: What makes a plural beside the helper: Django's filter and translations, and a comparison with one.
IN_TEMPLATES = re.compile(
    r"pluralize|ngettext|{% *(?:blocktranslate|blocktrans)[^%]*count|[=!]= *1\b|{% *plural"
)
IN_SCRIPTS = re.compile(r"[=!]==? *1 *\?")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0\xa0Anträge"), (1, "1\xa0Antrag"), (2, "2\xa0Anträge"), (11, "11\xa0Anträge"), (101, "101\xa0Anträge"),
        (1000, "1.000\xa0Anträge"), (250_000, "250.000\xa0Anträge"),
    ],
)  # fmt: skip
def test_a_number_comes_with_its_word(number: int, said: str) -> None:
    assert counted(number, "Antrag", "Anträge") == said
    shown = Template('{% load counting %}{% counted n "Antrag" "Anträge" %}').render(Context({"n": number}))
    assert shown == said


def test_none_may_have_words_of_its_own() -> None:
    assert counted(0, "Sitz", "Sitze", "kein Sitz") == "kein Sitz"
    assert counted(1, "Sitz", "Sitze", "kein Sitz") == "1\xa0Sitz"


@pytest.mark.parametrize(("number", "said"), [(0, "fehlen"), (1, "fehlt"), (2, "fehlen"), (21, "fehlen")])
def test_a_verb_follows_its_number(number: int, said: str) -> None:
    assert one_or_many(number, "fehlt", "fehlen") == said
    shown = Template('{% load counting %}{% one_or_many n "fehlt" "fehlen" %}').render(Context({"n": number}))
    assert shown == said


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (1, "1\xa0Tag"), (2, "2\xa0Tagen"), (91, "91\xa0Tagen"), (92, "3\xa0Monaten"), (365, "12\xa0Monaten"),
        (729, "23\xa0Monaten"), (730, "2\xa0Jahren"), (3839, "10\xa0Jahren"),
    ],
)  # fmt: skip
def test_a_long_time_is_said_in_the_unit_that_a_person_would_use(days: int, said: str) -> None:
    assert span(days) == said
    assert Template("{% load counting %}{{ days|span }}").render(Context({"days": days})) == said


def test_thousands_have_a_dot() -> None:
    assert [grouped(n) for n in (0, 999, 1000, 3839, 1_234_567)] == [
        "0",
        "999",
        "1.000",
        "3.839",
        "1.234.567",
    ]


def test_no_template_and_no_script_makes_plurals_itself() -> None:
    sources = [(path, IN_TEMPLATES) for path in (settings.BASE_DIR / "templates").rglob("*.*")]
    sources += [(path, IN_SCRIPTS) for path in (settings.BASE_DIR / "static" / "js").glob("*.js")]
    # The script's own helper is one line, that begins with its name.
    found = [
        f"{path.relative_to(settings.BASE_DIR)}:{number}: {line.strip()}"
        for path, refused in sources
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if refused.search(line) and not line.strip().startswith("const counted =")
    ]
    assert not found


def test_no_module_makes_plurals_itself() -> None:
    found = [
        f"{path.relative_to(settings.BASE_DIR)}:{line}"
        for folder in OURS
        for path in sorted((settings.BASE_DIR / folder).rglob("*.py"))
        if path.name != "counting.py" and "migrations" not in path.parts
        for line in _plurals(path)
    ]
    assert not found


def _plurals(path: Path) -> Iterator[int]:
    """Yield the lines of ``"one" if number == 1 else "many"``, and of Django's plural functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if _chooses_words(node) or (isinstance(node, ast.alias) and "ngettext" in node.name):
            yield node.lineno


def _chooses_words(node: ast.AST) -> TypeGuard[ast.IfExp]:
    return (
        isinstance(node, ast.IfExp)
        and _asks_for_one(node.test)
        and _is_text(node.body)
        and _is_text(node.orelse)
    )


def _asks_for_one(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and any(
        isinstance(side, ast.Constant) and side.value == 1 for side in (test.left, *test.comparators)
    )


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


@pytest.mark.parametrize(
    ("pots", "said"),
    [
        (1, "Säule 1, 1\xa0Stadtbezirk"),
        (2, "Säule 1, 2\xa0Stadtbezirke"),
        (12, "Säule 1, zwölf Stadtbezirke"),
    ],
)
def test_a_report_counts_the_districts_whose_pots_it_sums(pots: int, said: str) -> None:
    of_districts = [Pot(kind=Pot.Kind.PILLAR_1, code=f"S1-{number}") for number in range(pots)]
    [line] = pot_lines(of_districts)
    assert isinstance(line, dict) and line["name"] == said
