"""A disk without room: a German sentence at every door, and nothing left behind."""

import errno
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from members.common import disk
from projects.models import Attachment
from stadtbezirk.startup import sentence
from tests import files, personas
from tests.test_attachments import folder, status, stored  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


def no_room(*args: Any, **kwargs: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def stores_half(before: int) -> Any:
    """A storage that writes whole files at first and then, of one, only the beginning."""
    whole = FileSystemStorage._save
    count = 0

    def save(self: FileSystemStorage, name: str, content: Any) -> str:
        nonlocal count
        count += 1
        if count <= before:
            return whole(self, name, content)
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read(5))
        return no_room()

    return patch.object(FileSystemStorage, "_save", save)


@pytest.mark.parametrize("before", [0, 1], ids=["the file", "its preview"])
def test_an_upload_says_so_beside_the_file_and_leaves_nothing(folder: Path, before: int) -> None:  # noqa: F811
    user = personas.gf_aplerbeck()
    draft = personas.make_project(user)
    client = Client()
    client.force_login(user)
    with stores_half(before):
        page = client.post(
            reverse("projects:attachments", args=[draft.pk]),
            {"files": files.upload(files.picture("PNG"), "Plan.png")},
        )
    assert page.status_code == 422
    assert disk.SENTENCE in page.content.decode()
    assert stored(folder) == []
    assert not Attachment.objects.exists()


def test_a_body_that_finds_no_room_on_its_way_in(folder: Path) -> None:  # noqa: F811
    user = personas.gf_aplerbeck()
    draft = personas.make_project(user)
    client = Client()
    client.force_login(user)
    with patch("django.core.files.uploadhandler.TemporaryUploadedFile", no_room):
        page = client.post(
            reverse("projects:attachments", args=[draft.pk]),
            {"files": files.upload(files.PDF + b" " * 3_000_000, "Plan.pdf")},
        )
    assert page.status_code == 503
    assert disk.SENTENCE in page.content.decode()


def half_a_book(file: Any, options: dict[str, Any]) -> None:
    """As the library does: its files stay where they are when there is no room for the next."""
    (Path(options["tmpdir"]) / "sheet").touch()
    no_room()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_is_a_page_that_says_so(kind: str, tmp_path: Path, monkeypatch: Any) -> None:
    user = personas.gf_aplerbeck()
    personas.make_project(user)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    address = reverse("projects:export", args=[kind])
    assert status(client.get(address)) == 200
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    half = patch("xlsxwriter.Workbook", half_a_book)
    with half if kind == "xlsx" else patch("tempfile.TemporaryFile", no_room):
        page = client.get(address)
    assert page.status_code == 503
    assert disk.SENTENCE in page.content.decode()
    assert list(tmp_path.iterdir()) == []


def test_every_page_that_writes_says_so() -> None:
    """Whatever the page: the database finds no room, and the transaction is undone."""

    def full(*args: Any, **kwargs: Any) -> Any:
        cause = Exception()
        cause.sqlstate = disk.DISK_FULL  # type: ignore[attr-defined]
        raise OperationalError("could not extend file") from cause

    user = personas.gf_aplerbeck()
    client = Client(raise_request_exception=False)
    client.force_login(user)
    with patch("stadtbezirk.start.director", full):
        page = client.get(reverse("home"))
    assert page.status_code == 503
    assert disk.SENTENCE in page.content.decode()


def test_commands_say_so() -> None:
    assert "Der Datenträger ist voll" in str(sentence(OSError(errno.ENOSPC, "x")))
    assert "Der Datenträger ist voll" in str(sentence(OSError(errno.EDQUOT, "x")))
