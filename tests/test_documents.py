"""What the documents for engineers name is there: files, links, names in modules."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)


@every_document
def test_the_files_that_it_names_are_there(path: Path) -> None:
    text = path.read_text()
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|html|md|js|json|txt))`", text)
    linked = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert [name for name in linked if not (path.parent / name).exists()] == []


@every_document
def test_the_names_that_it_gives_are_there(path: Path) -> None:
    """As ``module.name``, and as ``name`` in ``folder/module.py``."""
    text = path.read_text()
    dotted = re.findall(r"`((?:stadtbezirk|funding|projects|members)(?:\.\w+)+)(?:\(\))?`", text)
    in_files = re.findall(r"`(\w+)`\s+in\s+`([\w/]+\.py)`", text)
    assert [name for name in dotted if not _exists(name)] == []
    assert [pair for pair in in_files if pair[0] not in (ROOT / pair[1]).read_text()] == []


def _exists(dotted: str) -> bool:
    module, _, name = dotted.rpartition(".")
    return hasattr(importlib.import_module(module), name)
