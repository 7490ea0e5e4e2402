"""Which room may do what: money leaves a grant through one door."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: The core's services that call money, pay it and book it back. Only payments takes them, and the core itself.
DOORS = {"bounce", "earmark", "pay", "release_call", "repay"}
MAY = ("funding/payments/", "funding/services/")


def calls(path: Path) -> Iterator[str]:
    """The core's services of that kind that the file names, as ``services.pay`` or imported from there."""
    tree = ast.parse(path.read_text())
    aliases: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("funding"):
            for name in node.names:
                if name.name in ("services", "paying"):
                    aliases.add(name.asname or name.name)
                elif node.module == "funding.services" and name.name in DOORS:
                    yield name.name
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in DOORS
            and getattr(node.value, "id", "") in aliases
        ):
            yield node.attr


def test_only_payments_moves_money_out_of_a_grant():
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for app in ("stadtbezirk", "funding", "projects", "members")
        for path in (ROOT / app).rglob("*.py")
        if not str(path.relative_to(ROOT)).startswith(MAY)
        for name in calls(path)
    }
    assert found == set()


def test_the_check_sees_them():
    seen = {name for path in (ROOT / "funding/services").glob("*.py") for name in calls(path)}
    assert "repay" in seen
    assert set(calls(ROOT / "tests/called.py")) == {"earmark"}
