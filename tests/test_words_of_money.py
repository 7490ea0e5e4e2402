"""One word for one thing in what users read, and one thing for one word. See the handbook's glossary."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from funding.models import Application, Decision
from projects.models import Project, ProjectChange
from tests import personas as p

BASE = Path(settings.BASE_DIR)
#: A word that is not used -> the word that is.
INSTEAD = {
    r"Budgets?\b": "Topf oder Ansatz",
    r"Etats?\b": "Topf oder Ansatz",
    r"Förder(topf|töpfe)": "Topf",
    r"Förderjahre?s?\b": "Haushaltsjahr",
    r"Förderanträ?ge?": "Antrag",
    r"verfügbare[ns]? (Mittel|Geld|Betrag|Beträge)": "frei",
    r"Vorhaben": "Projekt",
    r"\bBezirke?n?s?\b": "Stadtbezirk",
    r"Zuwendung": "Förderung",
    r"Rückgabe": "Rückfrage, oder „an die Geldquelle zurück“",
    r"Mitzeichn(en|ung)\b": "zweite Unterschrift",
}
#: Names of somebody else, and of an act that the law calls so.
NAMES = re.compile(r"Bezirksvertretung|Bezirksbürgermeister|Zuwendungsbescheid")


def strings(path: Path) -> Iterator[str]:
    """The texts of a Python file, without docstrings and comments."""
    tree = ast.parse(path.read_text())
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


@cache
def read_by_users() -> tuple[tuple[str, str], ...]:
    """Each text that users read, with its file."""
    return tuple(_read())


def _read() -> Iterator[tuple[str, str]]:
    for path in [*BASE.glob("templates/**/*.*"), *BASE.glob("docs/handbuch/*.md")]:
        yield str(path.relative_to(BASE)), re.sub(r"{#.*?#}", "", path.read_text())
    for app in ("members", "projects", "funding", "stadtbezirk"):
        for path in BASE.glob(f"{app}/**/*.py"):
            if "migrations" not in path.parts and "demo" not in path.parts:
                for text in strings(path):
                    yield str(path.relative_to(BASE)), text


@pytest.mark.parametrize("word", INSTEAD)
def test_it_is_called_by_its_one_word(word: str) -> None:
    found = [
        f"{where}: {hit.group()}"
        for where, text in read_by_users()
        for hit in re.finditer(word, NAMES.sub("", text))
    ]
    assert not found, f"instead: {INSTEAD[word]}"


def test_the_kind_of_financing_is_of_a_decision_and_the_origin_of_the_money_of_a_project() -> None:
    """Festbetrag, Anteil, Fehlbedarf on the one hand; wholly ours, with third parties, only supported on the other."""
    assert Application._meta.get_field("financing").verbose_name == "Finanzierungsart"
    assert Decision._meta.get_field("financing").verbose_name == "Finanzierungsart"
    for name in ("kind", "chosen_kind"):
        assert Project._meta.get_field(name).verbose_name == "Herkunft der Mittel"
    places = {where for where, text in read_by_users() if "Finanzierungsart" in text}
    assert places and all(
        where.startswith(("funding/", "templates/funding/", "stadtbezirk/audit/"))
        or where in ("docs/handbuch/begriffe.md", "docs/handbuch/wirtschaftsfoerderung.md")
        for where in places
    ), places


@pytest.mark.django_db
def test_what_was_saved_under_the_old_name_is_shown_under_the_new_one() -> None:
    director = p.gf_aplerbeck()
    project = p.make_project(director)
    change = {"field": "kind", "label": "Finanzierungsart", "old": "", "new": "nur unterstützt"}
    ProjectChange.objects.create(project=project, version=2, what="changed", actor=director, changes=[change])
    client = Client()
    client.force_login(director)
    page = client.get(reverse("projects:history", args=[project.pk])).content.decode()
    assert "Herkunft der Mittel" in page and "Finanzierungsart" not in page
    facts = client.get(project.get_absolute_url()).content.decode()
    assert "<dt>Herkunft der Mittel</dt>" in facts
