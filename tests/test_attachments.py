"""Papers of a project: who may add, read and remove them, how they are served, and that rows and files agree."""

import os
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.core.files.storage import FileSystemStorage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.common import uploads
from members.common.middleware import LARGEST_BODY
from members.common.uploading import LARGEST_REQUEST
from members.common.uploads import UploadRefused
from members.models import User
from members.roles.permissions import Roles
from projects import attachments
from projects.drafts import delete_draft
from projects.models import Attachment, Project
from projects.permissions import PAPERS_GO
from stadtbezirk.operation.jobs import JOBS
from tests import files, personas
from tests.files import upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """An empty upload folder for each test."""
    options = {**settings.STORAGES["default"]["OPTIONS"], "location": tmp_path}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": options},
    }
    return tmp_path


def stored(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def client(user: User | AnonymousUser) -> Client:
    made = Client()
    if isinstance(user, User):
        made.force_login(user)
    return made


def status(response: Any) -> int:
    """Its status; reads a file to its end, which closes it."""
    if response.streaming:
        list(response)
    return int(response.status_code)


def add(
    project: Project, actor: User | None = None, name: str = "Angebot.pdf", content: bytes | None = None
) -> Attachment:
    made = attachments.add(
        project,
        upload=upload(content or files.PDF + name.encode().hex().encode().join([b"%", b"\n%%EOF"]), name),
        actor=actor or personas.gf_aplerbeck(),
    )
    return Attachment.objects.get(pk=made.pk)


def send(user: User | AnonymousUser, project: Project, *uploads_: Any, **data: Any) -> Any:
    address = reverse("projects:attachments", args=[project.pk])
    headers = {"accept": "application/json"} if data.pop("script", False) else {}
    return client(user).post(address, {"files": list(uploads_), **data}, headers=headers)


@pytest.fixture
def draft() -> Project:
    return personas.make_project(personas.gf_aplerbeck())


@pytest.fixture
def joint() -> Project:
    """Handed in by Aplerbeck together with Brackel; not published."""
    return personas.handed_in(personas.gf_aplerbeck(), shares={"APL": "900", "BRA": "700"})


# -- Adding ---------------------------------------------------------------------------------------------


def test_a_paper_is_stored_under_a_random_name_and_entered(draft: Project, folder: Path) -> None:
    paper = attachments.add(
        draft, upload=upload(files.photo(), "../../IMG_1.JPG"), actor=personas.gf_aplerbeck(), note=" Bühne "
    )
    paper = Attachment.objects.get(pk=paper.pk)
    assert (paper.name, paper.kind, paper.note) == ("IMG_1.jpg", "jpeg", "Bühne")
    assert paper.uploaded_by == personas.gf_aplerbeck()
    assert paper.district == draft.lead_district
    assert len(stored(folder)) == 2
    for field in (paper.file, paper.preview):
        assert "IMG" not in field.name
        assert "." not in field.name
        path = folder / field.name
        assert path.stat().st_mode & 0o777 == 0o640
    assert (folder / paper.file.name).stat().st_size == paper.size
    draft.refresh_from_db()
    assert personas.gf_aplerbeck() in draft.editors.all()


def test_adding_a_letter_makes_nobody_partial_and_no_open_form_stale(joint: Project) -> None:
    version, editors = joint.version, set(joint.editors.all())
    add(joint, personas.wf1())
    joint.refresh_from_db()
    assert (joint.version, set(joint.editors.all())) == (version, editors)
    assert personas.approve(personas.application(joint, "S1-APL")).state == "approved"


#: Of projects that were entered here; archived ones are imported.
STATES = [state for state in Project.State.values if state != Project.State.ARCHIVED]
ADDERS = {"gf_aplerbeck", "deputy_aplerbeck", "gf_brackel", "wf1", "wf2", "wf_with_mandate"}


@pytest.mark.parametrize("persona", [p for p in personas.ALL if p != "visitor"])
def test_who_may_add(persona: str, joint: Project, folder: Path) -> None:
    actor = personas.ALL[persona]()
    if persona in ADDERS:
        paper = add(joint, actor)
        side = {"gf_brackel": "BRA", "wf1": None, "wf2": None}.get(persona, "APL")
        assert (paper.district.code if paper.district else None) == side
    else:
        with pytest.raises(PermissionDenied):
            add(joint, actor)
        assert not Attachment.objects.exists()
        assert stored(folder) == []


@pytest.mark.parametrize("state", STATES)
def test_papers_can_be_added_in_every_state(state: str) -> None:
    project = personas.handed_in(personas.gf_aplerbeck())
    Project.objects.filter(pk=project.pk).update(state=state)
    assert add(project).pk


def test_the_21st_file_is_refused_and_leaves_nothing(draft: Project, folder: Path) -> None:
    for number in range(attachments.MOST_FILES):
        last = add(draft, name=f"{number}.pdf")
    with pytest.raises(UploadRefused, match="Es liegen schon 20 Unterlagen"):
        add(draft, name="21.pdf")
    # Also when the place was still free at the first look.
    with (
        patch.object(attachments, "MOST_FILES", 21),
        patch.object(
            attachments, "lock", lambda project: (setattr(attachments, "MOST_FILES", 20), project)[1]
        ),
        pytest.raises(UploadRefused, match="Es liegen schon 20 Unterlagen"),
    ):
        add(draft, name="21.pdf")
    assert len(stored(folder)) == 20
    page = client(personas.gf_aplerbeck()).get(draft.get_absolute_url()).content.decode()
    assert "Mehr als 20 Unterlagen" in page
    assert 'type="file"' not in page
    attachments.remove(last, actor=personas.gf_aplerbeck())
    add(draft, name="21.pdf")


def test_the_same_file_twice_is_named(draft: Project, folder: Path) -> None:
    add(draft, content=files.photo(), name="Foto.jpg")
    with pytest.raises(UploadRefused, match=r"Diese Datei liegt schon als „Foto\.jpg“"):
        add(draft, content=files.photo(), name="Kopie.jpg")
    assert len(stored(folder)) == 2
    other = personas.make_project(personas.gf_aplerbeck())
    add(other, content=files.photo())


# -- Rows and files agree -------------------------------------------------------------------------------


def test_a_failing_storage_leaves_no_row(draft: Project) -> None:
    with (
        patch.object(FileSystemStorage, "_save", side_effect=OSError("voll")),
        pytest.raises(OSError),
    ):
        add(draft)
    assert not Attachment.objects.exists()


def test_no_file_is_written_or_deleted_inside_the_transaction(
    draft: Project, django_capture_on_commit_callbacks: Any, folder: Path
) -> None:
    inside: list[bool] = []
    depth = len(transaction.get_connection().savepoint_ids)
    real = FileSystemStorage._save

    def save(self: Any, name: str, content: Any) -> str:
        inside.append(len(transaction.get_connection().savepoint_ids) > depth)
        return real(self, name, content)

    with patch.object(FileSystemStorage, "_save", save):
        paper = add(draft, content=files.photo())
    assert inside == [False, False]
    with django_capture_on_commit_callbacks() as callbacks:
        attachments.remove(paper, actor=personas.gf_aplerbeck())
    assert len(stored(folder)) == 2  # still there: nothing is committed yet
    for callback in callbacks:
        callback()
    assert stored(folder) == []


def test_what_is_interrupted_after_writing_is_swept_after_a_day(draft: Project, folder: Path) -> None:
    """A process killed between file and row, and a commit whose answer never came."""
    kept = add(draft)
    with (
        patch.object(attachments, "_enter", side_effect=DatabaseError("connection lost")),
        pytest.raises(DatabaseError),
    ):
        add(draft, name="Abbruch.pdf")
    assert Attachment.objects.get() == kept
    assert len(stored(folder)) == 2
    assert attachments.strays().names == []  # it may still be on its way
    grow_old(folder)
    assert sweep_uploads("--delete", "--yes").startswith("Gelöscht: 1\xa0Datei ohne Eintrag (")
    assert stored(folder) == [folder / kept.file.name]


def grow_old(folder: Path) -> None:
    """Every stored file is two days old."""
    old = (timezone.now() - timedelta(days=2)).timestamp()
    for path in stored(folder):
        os.utime(path, (old, old))


def sweep_uploads(*given: str) -> str:
    out = StringIO()
    call_command("sweep_uploads", *given, stdout=out, stderr=out)
    return out.getvalue()


def stray(folder: Path, count: int) -> list[Path]:
    """Files that no row names."""
    (folder / "ab").mkdir(exist_ok=True)
    made = [folder / "ab" / f"ab{number}" for number in range(count)]
    for path in made:
        path.write_bytes(b"x" * 1000)
    return made


def test_without_being_asked_to_the_sweep_deletes_nothing(draft: Project, folder: Path) -> None:
    add(draft)
    strays = stray(folder, 2)
    grow_old(folder)
    before = stored(folder)
    for given in ((), ("--yes",)):
        said = sweep_uploads(*given)
        assert "2\xa0Dateien ohne Eintrag (2,0\xa0KB) von 3 abgelegten. Gelöscht wurde nichts" in said
        assert "mit --delete würden sie gelöscht" in said
        assert all(path.name in said for path in strays)
        assert stored(folder) == before


def test_the_sweep_never_deletes_more_than_a_tenth_without_being_asked_twice(
    draft: Project, folder: Path
) -> None:
    """As after the restore of an older database, which does not know the newest papers."""
    papers = [add(draft, name=f"{number}.pdf") for number in range(10)]
    [newest] = stray(folder, 1)
    Attachment.objects.filter(pk=papers[-1].pk).delete()
    grow_old(folder)
    before = stored(folder)
    with pytest.raises(
        CommandError, match=r"2\xa0Dateien ohne Eintrag .* mehr als ein Zehntel. Gelöscht wurde nichts"
    ):
        sweep_uploads("--delete")
    assert stored(folder) == before
    with pytest.raises(ValueError, match="tenth"):
        attachments.sweep(attachments.strays())

    (folder / papers[-1].file.name).unlink()
    assert len(stored(folder)) == 10
    assert sweep_uploads("--delete").startswith("Gelöscht: 1\xa0Datei ohne Eintrag (1000\xa0Bytes) von 10")
    assert newest not in stored(folder)
    assert len(stored(folder)) == 9


def test_the_nightly_sweep_deletes() -> None:
    """And does not confirm what only a person may."""
    asked: dict[str, object] = {}
    with patch("stadtbezirk.operation.jobs.call_command", lambda name, **given: asked.update({name: given})):
        next(job for job in JOBS if job.name == "sweep_uploads").run(None)
    assert asked == {"sweep_uploads": {"verbosity": 0, "stdout": None, "delete": True}}


def test_the_sweep_names_papers_whose_file_is_missing(draft: Project, folder: Path) -> None:
    paper = add(draft)
    (folder / paper.file.name).unlink()
    err = StringIO()
    with pytest.raises(CommandError, match="1\xa0Eintrag ohne Datei"):
        call_command("sweep_uploads", stdout=StringIO(), stderr=err)
    assert f"Die Datei fehlt: {paper.name}" in err.getvalue()
    assert client(personas.gf_aplerbeck()).get(paper.get_absolute_url()).status_code == 404


def test_sweeping_where_nothing_was_ever_uploaded(folder: Path) -> None:
    folder.rmdir()
    assert attachments.strays().names == []
    assert sweep_uploads("--delete") == "Keine Datei ohne Eintrag.\n"
    folder.mkdir()


def test_the_database_refuses_a_row_without_its_file(draft: Project) -> None:
    paper = add(draft)
    for broken in ({"file": ""}, {"removed_at": timezone.now()}, {"removed_by": personas.gf_aplerbeck()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Attachment.objects.filter(pk=paper.pk).update(**broken)
    paper.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        paper.save()  # the same content twice


def test_deleting_a_draft_takes_its_files_along(
    draft: Project, folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    add(draft, content=files.photo())
    with django_capture_on_commit_callbacks(execute=True):
        delete_draft(draft, actor=personas.gf_aplerbeck(), version=draft.version)
    assert stored(folder) == []


# -- Removing -------------------------------------------------------------------------------------------


def test_removing_asks_first_and_is_recorded(
    draft: Project, folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    paper = add(draft)
    director = client(personas.gf_aplerbeck())
    address = reverse("projects:attachment_remove", args=[paper.pk])
    page = director.get(address).content.decode()
    assert "Unterlage entfernen?" in page
    assert "Angebot.pdf" in page
    assert Attachment.objects.present().exists()
    with django_capture_on_commit_callbacks(execute=True):
        response = director.post(address)
    assert response.headers["Location"] == f"{draft.get_absolute_url()}#unterlagen"
    assert stored(folder) == []
    paper.refresh_from_db()
    assert (paper.removed_by, paper.name) == (personas.gf_aplerbeck(), "Angebot.pdf")
    assert director.get(paper.get_absolute_url()).status_code == 404
    assert director.post(address).status_code == 404  # sent twice
    page = director.get(draft.get_absolute_url()).content.decode()
    assert "Entfernt (1)" in page
    assert "von Gesa Geschäftig-Apl" in page.split("Entfernt (1)")[1]


#: Who added it -> who may remove it from a project that is open to edit.
REMOVERS = {
    "gf_aplerbeck": {"gf_aplerbeck", "deputy_aplerbeck", "wf_with_mandate", "superuser"},
    "gf_brackel": {"gf_brackel", "superuser"},
    "wf1": {"wf1", "wf2", "wf_with_mandate", "superuser"},
}


@pytest.mark.parametrize("adder", REMOVERS)
def test_each_side_removes_its_own(adder: str, joint: Project) -> None:
    Project.objects.filter(pk=joint.pk).update(state=Project.State.RETURNED)
    joint.refresh_from_db()
    paper = add(joint, personas.ALL[adder]())
    Attachment.objects.update(uploaded_at=timezone.now() - timedelta(days=30))
    refused = {"gf_hoerde": 404, "former_gf": 404, "admin_verein": 404, "nobody": 404}
    for persona in personas.ALL:
        response = client(personas.ALL[persona]()).get(reverse("projects:attachment_remove", args=[paper.pk]))
        if persona == "visitor":
            assert response.status_code == 302
        elif persona in REMOVERS[adder]:
            assert response.status_code == 200, persona
        else:
            assert response.status_code == refused.get(persona, 403), persona
            with pytest.raises(PermissionDenied):
                attachments.remove(paper, actor=personas.ALL[persona]())


@pytest.mark.parametrize("state", STATES)
def test_what_was_read_for_a_decision_stays(state: str, joint: Project) -> None:
    """Under decision and afterwards a paper can be taken back for a day, to mend a mistake."""
    paper = add(joint)
    Project.objects.filter(pk=joint.pk).update(state=state)
    hours = 23
    for fits in (True, state in PAPERS_GO):
        Attachment.objects.update(uploaded_at=timezone.now() - timedelta(hours=hours))
        response = client(personas.gf_aplerbeck()).get(reverse("projects:attachment_remove", args=[paper.pk]))
        assert response.status_code == (200 if fits else 403)
        hours = 25


# -- Reading --------------------------------------------------------------------------------------------

READERS = {
    "gf_aplerbeck", "gf_brackel", "deputy_aplerbeck", "wf1", "wf2", "wf_with_mandate", "auditor", "cash_auditor", "board",
    "superuser",
}  # fmt: skip


@pytest.mark.parametrize("published", [False, True])
def test_who_may_read(published: bool, joint: Project) -> None:
    """The public sees a published project, never its papers."""
    paper = add(joint, content=files.photo())
    if published:
        Project.objects.filter(pk=joint.pk).update(published_on=timezone.localdate())
    for persona in personas.ALL:
        reader = client(personas.ALL[persona]())
        expected = 200 if persona in READERS else 404
        for name in ("attachment", "attachment_preview"):
            assert status(reader.get(reverse(f"projects:{name}", args=[paper.pk]))) == expected, persona
        page = reader.get(joint.get_absolute_url())
        assert page.status_code == (200 if published else expected)
        assert ("Angebot" in page.content.decode()) == (persona in READERS), persona


def test_a_draft_is_read_by_its_district_and_its_advisers(draft: Project) -> None:
    paper = add(draft)
    allowed = {"gf_aplerbeck", "deputy_aplerbeck", "wf1", "wf2", "wf_with_mandate", "superuser"}
    for persona in personas.ALL:
        found = status(client(personas.ALL[persona]()).get(paper.get_absolute_url()))
        assert found == (200 if persona in allowed else 404), persona


@pytest.mark.parametrize(
    ("content", "name", "mime", "disposition"),
    [
        (files.PDF, "Straße „A“.pdf", "application/pdf", "attachment"),
        (files.docx(), "Antrag.docx", uploads.MIME_TYPES[Attachment.Kind.DOCX], "attachment"),
        (files.photo(), "Foto.jpg", "image/jpeg", "inline"),
    ],
)
def test_nothing_is_run_in_the_browser(
    draft: Project, content: bytes, name: str, mime: str, disposition: str
) -> None:
    paper = add(draft, content=content, name=name)
    response = client(personas.gf_aplerbeck()).get(paper.get_absolute_url())
    headers = response.headers
    assert headers["Content-Type"] == mime
    assert headers["Content-Disposition"].split(";")[0] == disposition
    assert headers["X-Content-Type-Options"] == "nosniff"
    style = "style-src 'unsafe-inline'; " if disposition == "inline" else ""
    assert headers["Content-Security-Policy"] == f"default-src 'none'; {style}sandbox"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, no-store"
    assert len(b"".join(response.streaming_content)) == paper.size  # type: ignore[attr-defined]


def test_names_with_umlauts_and_quotes_survive_the_download(draft: Project) -> None:
    paper = add(draft, name="Straße “A”; x.pdf")
    response = client(personas.gf_aplerbeck()).get(paper.get_absolute_url())
    assert status(response) == 200
    assert (
        response.headers["Content-Disposition"]
        == "attachment; filename*=utf-8''Stra%C3%9Fe%20%E2%80%9CA%E2%80%9D%3B%20x.pdf"
    )


def test_no_address_leads_to_the_folder(draft: Project, folder: Path) -> None:
    paper = add(draft)
    superuser = client(personas.superuser())
    for address in (
        f"/{paper.file.name}",
        f"/media/{paper.file.name}",
        f"/static/{paper.file.name}",
        f"/uploads/{paper.file.name}",
    ):
        assert superuser.get(address).status_code == 404
    assert settings.UPLOAD_DIR not in (settings.STATIC_ROOT, *settings.STATICFILES_DIRS)


# -- The form -------------------------------------------------------------------------------------------


def test_several_files_in_one_form_each_is_judged_alone(draft: Project) -> None:
    response = send(
        personas.gf_aplerbeck(), draft,
        upload(files.PDF, "gut.pdf"), upload(files.PROGRAM, "böse.pdf"), upload(files.photo(), "Foto.jpg"),
        upload(files.SVG, "Plan.svg"), note="Angebote",
    )  # fmt: skip
    assert response.status_code == 422
    page = response.content.decode()
    assert "„böse.pdf“ wurde nicht gespeichert: Das ist ein Programm." in page
    assert "„Plan.svg“ wurde nicht gespeichert: SVG" in page
    assert "Hinzugefügt: gut.pdf, Foto.jpg." in page
    assert set(Attachment.objects.values_list("name", "note")) == {
        ("gut.pdf", "Angebote"),
        ("Foto.jpg", "Angebote"),
    }


def test_the_form_leads_back_to_where_it_stood(draft: Project) -> None:
    director = personas.gf_aplerbeck()
    response = send(director, draft, upload(files.PDF), **{"from": "project"})
    assert response.headers["Location"] == f"{draft.get_absolute_url()}#unterlagen"
    response = send(director, draft, upload(files.photo()))
    assert response.headers["Location"] == reverse("projects:attachments", args=[draft.pk])


def test_the_script_gets_a_sentence_per_file(draft: Project) -> None:
    response = send(personas.gf_aplerbeck(), draft, upload(files.PROGRAM, "x.pdf"), script=True)
    assert response.status_code == 422
    (refused,) = response.json()["refused"]
    assert (refused["name"], refused["sentence"][:22]) == ("x.pdf", "Das ist ein Programm. "[:22])
    response = send(personas.gf_aplerbeck(), draft, upload(files.PDF, "x.pdf"), script=True)
    assert (response.status_code, response.json()) == (200, {"added": ["x.pdf"], "refused": []})


def test_an_empty_form_says_what_is_missing(draft: Project) -> None:
    response = send(personas.gf_aplerbeck(), draft)
    assert response.status_code == 422
    assert "Bitte wählen Sie mindestens eine Datei aus." in response.content.decode()


def test_too_many_files_at_once_is_a_sentence(draft: Project) -> None:
    many = [upload(b"x", f"{n}.pdf") for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FILES + 1)]
    response = send(personas.gf_aplerbeck(), draft, *many)
    assert response.status_code == 400
    assert "höchstens 100 auf einmal" in response.content.decode()
    assert not Attachment.objects.exists()


def test_a_broken_body_is_a_sentence(draft: Project) -> None:
    address = reverse("projects:attachments", args=[draft.pk])
    response = client(personas.gf_aplerbeck()).post(
        address, b"--x\r\n", content_type="multipart/form-data; boundary="
    )
    assert response.status_code == 400
    assert "nicht vollständig angekommen" in response.content.decode()


@pytest.mark.parametrize("name", ["../../etc/passwd", f"{'n' * 300}.pdf", "..", "C:\\x\\y.pdf"])
def test_hostile_names_in_the_form(name: str, draft: Project, folder: Path) -> None:
    """As a browser does not send them: Django's test client would clean them."""
    body = (
        (
            f'--b\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: text/html\r\n\r\n'
        ).encode()
        + files.PDF
        + b"\r\n--b--\r\n"
    )
    address = reverse("projects:attachments", args=[draft.pk])
    response = client(personas.gf_aplerbeck()).post(
        address, body, content_type="multipart/form-data; boundary=b"
    )
    if name == "..":
        assert response.status_code == 422  # Django takes a part with such a name for no file
        return
    assert response.status_code == 302
    paper = Attachment.objects.get()
    assert len(paper.name) <= 120
    assert paper.name.endswith(".pdf")
    assert not set(paper.name) & set("/\\:")
    assert stored(folder) == [folder / paper.file.name]


def test_the_form_is_protected_from_other_sites(draft: Project) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(personas.gf_aplerbeck())
    address = reverse("projects:attachments", args=[draft.pk])
    assert strict.post(address, {"files": upload(files.PDF)}).status_code == 403
    assert not Attachment.objects.exists()
    strict.get(address)
    token = strict.cookies["csrftoken"].value
    assert strict.post(address, {"files": upload(files.PDF), "csrfmiddlewaretoken": token}).status_code == 302


def test_after_the_session_ended_the_page_says_that_nothing_was_done(draft: Project) -> None:
    """A small form and one with files larger than any other page takes."""
    address = reverse("projects:attachments", args=[draft.pk])
    page = client(personas.gf_aplerbeck()).get(draft.get_absolute_url()).content.decode()
    mark = re.findall(r'name="typed_by" value="([^"]+)"', page.split("data-papers-form")[1])[0]
    for content, back in ((files.PDF, draft.get_absolute_url()), (bytes(LARGEST_BODY), address)):
        gone = Client()
        response = gone.post(address, {"files": upload(content), "typed_by": mark})
        assert response.headers["Location"] == f"/konto/?next={back}"
        assert "ausgeführt wurde nichts" in gone.get(response.headers["Location"]).content.decode()
    assert not Attachment.objects.exists()


# -- 200 MB ---------------------------------------------------------------------------------------------


class Endless:
    """A body that must not be read."""

    def read(self, *size: int) -> bytes:
        raise AssertionError("The body was read.")

    readline = read


HUGE = 200 * uploads.MB


def announce(sender: Client, address: str, size: int) -> Any:
    """Send a form of so many bytes, none of which is there to be read."""
    extra = {"CONTENT_TYPE": "multipart/form-data; boundary=b", "CONTENT_LENGTH": str(size)}
    return sender.generic("POST", address, **extra, **{"wsgi.input": Endless()})


@pytest.mark.parametrize(
    ("persona", "status"), [("gf_aplerbeck", 413), ("nobody", 404), ("auditor", 404), ("visitor", 302)]
)
def test_200_mb_are_refused_unread(persona: str, status: int, draft: Project) -> None:
    response = announce(
        client(personas.ALL[persona]()), reverse("projects:attachments", args=[draft.pk]), HUGE
    )
    assert response.status_code == status
    if status == 413:
        page = response.content.decode()
        assert "Das war zu viel auf einmal; angekommen ist nichts." in page
        assert "Möglich sind 60 MB zusammen und 10 MB je Datei." in page


def test_who_may_not_add_anything_sends_in_vain(draft: Project) -> None:
    """Whoever is signed in without the right is refused before any byte is read, whatever the size."""
    address = reverse("projects:attachments", args=[draft.pk])
    for persona, expected in (("nobody", 404), ("superuser", 403)):
        assert announce(client(personas.ALL[persona]()), address, 1000).status_code == expected
    # The control: from a director a body of a lawful size is read.
    with pytest.raises(AssertionError, match="body was read"):
        announce(client(personas.gf_aplerbeck()), address, LARGEST_REQUEST)


@pytest.mark.parametrize("address", ["/projekte/neu/", "/konto/", "/", "/verwaltung/login/"])
@pytest.mark.parametrize("persona", ["gf_aplerbeck", "visitor"])
def test_no_other_page_reads_a_huge_body(address: str, persona: str) -> None:
    sender = client(personas.ALL[persona]())
    response = announce(sender, address, LARGEST_BODY + 1)
    assert response.status_code == 413
    assert "Das war zu viel auf einmal" in response.content.decode()


def test_the_control_for_other_pages_a_lawful_body_is_read() -> None:
    with pytest.raises(AssertionError, match="body was read"):
        announce(client(personas.gf_aplerbeck()), "/projekte/neu/", LARGEST_BODY)


# -- Pages ----------------------------------------------------------------------------------------------


def test_papers_cost_one_question_however_many(joint: Project, django_assert_num_queries: Any) -> None:
    participations = list(joint.participations.all())
    for count in (1, 19):
        for number in range(count):
            add(joint, name=f"{count}-{number}.pdf")
        roles = Roles(personas.gf_aplerbeck())
        assert roles.district_ids
        assert roles.group_names == frozenset()
        with django_assert_num_queries(1):
            found = attachments.papers(joint, roles, participations)
            assert all(str(p.uploaded_by) and str(p.district) for p in found.present)
            assert len(found.removable) == len(found.present)


def test_the_decision_page_lists_the_papers(joint: Project) -> None:
    paper = add(joint, name="Angebot Bühne.pdf")
    application = personas.application(joint, "S1-APL")
    page = client(personas.wf1()).get(application.get_absolute_url()).content.decode()
    assert "Angebot Bühne.pdf" in page
    assert paper.get_absolute_url() in page
    assert reverse("projects:attachments", args=[joint.pk]) in page


def test_readers_without_a_part_see_no_form(joint: Project) -> None:
    for persona in ("auditor", "board", "superuser"):
        page = client(personas.ALL[persona]()).get(reverse("projects:attachments", args=[joint.pk]))
        assert page.status_code == 200
        assert 'type="file"' not in page.content.decode()
        assert send(personas.ALL[persona](), joint, upload(files.PDF)).status_code == 403


def test_the_project_form_leads_to_the_papers(draft: Project) -> None:
    director = client(personas.gf_aplerbeck())
    page = director.get(reverse("projects:edit", args=[draft.pk])).content.decode()
    assert reverse("projects:attachments", args=[draft.pk]) in page
    assert "Sobald Sie einmal gespeichert haben" in director.get(reverse("projects:create")).content.decode()
