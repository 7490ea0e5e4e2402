"""Templates are read by people: no line runs out of sight, and no condition compares a state with a word."""

import re

from django.conf import settings

TEMPLATES = settings.BASE_DIR / "templates"
LONGEST = 160
COMPARISON = re.compile(r"""{%[^%]*\.(state|step|kind|what|audience) *(==|!=|in|not in) *["']""")


def test_no_line_runs_out_of_sight() -> None:
    """Text mails are left out: there a line is a paragraph."""
    long = [
        f"{path.relative_to(TEMPLATES)}:{number}"
        for path in TEMPLATES.rglob("*.html")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > LONGEST
    ]
    assert not long


def test_states_and_kinds_are_asked_by_properties() -> None:
    """A word that is spelt wrongly would be a condition that never holds; a property that is missing is found."""
    compared = [
        f"{path.relative_to(TEMPLATES)}: {found.group()}"
        for path in TEMPLATES.rglob("*.*")
        for found in COMPARISON.finditer(path.read_text())
    ]
    assert not compared
