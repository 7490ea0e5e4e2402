"""The migration that mends the kinds of projects stored before the kind followed the plan."""

from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from projects.models import FinancingItem, Project, ProjectChange
from stadtbezirk.reports.figures import overview
from tests import personas

pytestmark = pytest.mark.django_db

THIRD = {"kind": "third_party", "label": "Sparkasse", "amount": Decimal(5)}
UNKNOWN = {**THIRD, "amount": None}
OWN = {"kind": "own", "label": "Kasse", "amount": Decimal(5)}


def stored(kind: str, rows: list[dict[str, Any]], *, third: bool = False, **fields: Any) -> Project:
    """A project as the last release could leave it: rows changed, the kind not."""
    project = personas.make_project(personas.gf_aplerbeck())
    if not fields.pop("keeps_pot", True):
        project.financing_items.all().delete()
    for row in rows:
        FinancingItem.objects.create(project=project, **row)
    Project.objects.filter(pk=project.pk).update(kind=kind, chosen_kind="", has_third_party=third, **fields)
    return project


def changed_by_hand(project: Project, old: str, new: str) -> None:
    changes = [{"field": "kind", "label": "Finanzierungsart", "old": old, "new": new}]
    ProjectChange.objects.create(
        project=project, version=2, what="changed", actor=personas.gf_aplerbeck(), changes=changes
    )


def migrate() -> None:
    migration = import_module("projects.migrations.0019_kind_follows_the_plan")
    migration.follow_the_plan(apps, connection.schema_editor())


OURS, SUPPORTED, WITH_THIRD = "ganz aus Mitteln des Vereins", "nur unterstützt", "mit Mitteln Dritter"


@pytest.mark.parametrize(
    ("kind", "rows", "fields", "expected"),
    [
        ("supported", [OWN, THIRD], {}, ("third_party", True, "")),
        ("own", [THIRD], {"third": True}, ("third_party", True, "")),
        ("supported", [UNKNOWN], {"third": True}, ("own", False, "")),
        ("third_party", [OWN], {}, ("supported", False, "")),
        ("third_party", [UNKNOWN], {"third": True, "keeps_pot": False}, ("", False, "")),
        ("own", [OWN], {}, ("supported", False, "")),
        ("supported", [], {}, ("own", False, "")),
        ("own", [], {}, ("own", False, "")),
        ("", [], {}, ("own", False, "")),
        # Nothing in the plan could have proposed it.
        ("supported", [], {"keeps_pot": False}, ("supported", False, "supported")),
    ],
)
def test_stored_kinds_are_mended(kind: str, rows: Any, fields: Any, expected: Any) -> None:
    project = stored(kind, rows, **fields)
    migrate()
    project.refresh_from_db()
    assert (project.kind, project.has_third_party, project.chosen_kind) == expected


def test_the_archive_keeps_what_its_source_says() -> None:
    project = stored("", [UNKNOWN], third=True, keeps_pot=False)
    Project.objects.filter(pk=project.pk).update(
        state="archived", number="2014-APL-001", provenance="Presse", cost_total=0, financing_total=0
    )
    migrate()
    project.refresh_from_db()
    assert (project.kind, project.has_third_party) == ("third_party", True)


@pytest.mark.parametrize(
    ("old", "new", "kind", "chosen"),
    [
        (SUPPORTED, OURS, "own", "own"),
        (WITH_THIRD, OURS, "own", "own"),
        ("", OURS, "supported", ""),
        (OURS, SUPPORTED, "supported", ""),
    ],
)
def test_what_a_person_changed_by_hand_stays_chosen(old: str, new: str, kind: str, chosen: str) -> None:
    """By the project's history: from one kind to the one that is stored."""
    project = stored("own", [OWN])
    changed_by_hand(project, old, new)
    migrate()
    project.refresh_from_db()
    assert (project.kind, project.chosen_kind) == (kind, chosen)


def test_the_reports_follow_and_twice_changes_nothing() -> None:
    project = stored("supported", [THIRD])
    Project.objects.filter(pk=project.pk).update(
        published_on=f"{project.year}-01-02", number="X", state="unfunded"
    )

    def counted() -> int:
        [found] = [row["counted"] for row in overview()["years"] if row["year"] == project.year]
        return found["with_third_party"] if found else 0

    assert counted() == 0
    for _ in range(2):
        migrate()
        assert counted() == 1
        assert Project.objects.get().kind == "third_party"
