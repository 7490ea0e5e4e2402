"""Eight processes add papers to one project at once: never more than there is room for, and no file too many.

Negative control: without the lock all of them count before any writes, and there are too many.
"""

from pathlib import Path

import pytest
from django.conf import settings

from projects import attachments
from projects.models import Attachment, Project
from tests import files, personas
from tests.crowd import PROCESSES, Crowd

pytestmark = pytest.mark.django_db(transaction=True)

ROOM = 3


@pytest.fixture
def almost_full() -> Project:
    project = personas.make_project(personas.gf_aplerbeck())
    for number in range(attachments.MOST_FILES - ROOM):
        upload = files.upload(files.PDF + b"\n" * number, f"{number}.pdf")
        attachments.add(project, upload=upload, actor=personas.gf_aplerbeck())
    return project


def stored() -> set[str]:
    folder = Path(settings.UPLOAD_DIR)
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def add_at_once(crowd: Crowd, project: Project, *, each: int, locked: bool) -> list[str]:
    actors = [personas.gf_aplerbeck().pk, personas.deputy_aplerbeck().pk, personas.wf1().pk]
    results = crowd.run(
        *(
            ("add_papers", project.pk, [f"P{i}x{n}" for n in range(each)], actors[i % 3], locked)
            for i in range(PROCESSES)
        )
    )
    return [outcome for result in results for outcome in result]


def test_the_limit_holds(crowd: Crowd, almost_full: Project) -> None:
    before = stored()
    results = add_at_once(crowd, almost_full, each=3, locked=True)
    assert results.count("ok") == ROOM
    assert {r for r in results if r != "ok"} == {attachments.FULL}
    assert Attachment.objects.count() == attachments.MOST_FILES
    assert len(stored() - before) == ROOM


def test_negative_control_without_the_lock_there_are_too_many(crowd: Crowd, almost_full: Project) -> None:
    results = add_at_once(crowd, almost_full, each=1, locked=False)
    assert results == ["ok"] * PROCESSES
    assert Attachment.objects.count() == attachments.MOST_FILES - ROOM + PROCESSES
