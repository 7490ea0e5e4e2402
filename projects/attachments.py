"""Papers of a project: adding and removing them, and keeping files and rows together.

A file is written before its row, and deleted after its row was changed, both outside the transaction.
So an interruption leaves a file without a row, never a row without its file.
``strays`` finds such files, ``sweep`` deletes them.
"""

import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from members.common import disk, uploads
from members.common.stored import owned, with_gone_on
from members.common.uploads import UploadRefused
from members.models import User
from members.roles.permissions import Roles
from projects import history, permissions
from projects.models import Attachment, Participation, Project
from projects.services import lock

logger = logging.getLogger(__name__)

MOST_FILES = 20
#: A younger file without a row may belong to an upload that is still going on.
SWEEP_AFTER = timedelta(days=1)

FULL = (
    f"Es liegen schon {MOST_FILES} Unterlagen bei diesem Projekt, mehr sind nicht möglich. Bitte entfernen Sie zuerst "
    "eine, die nicht mehr gebraucht wird."
)


@dataclass
class Papers:
    """A project's papers, and what one reader may do with them."""

    project: Project
    present: list[Attachment]
    removed: list[Attachment]
    removable: frozenset[int]
    may_add: bool

    @property
    def full(self) -> bool:
        return len(self.present) >= MOST_FILES

    @property
    def offers_upload(self) -> bool:
        return self.may_add and not self.full

    #: Limits for the page's sentences and its file input.
    accept = uploads.ACCEPT
    most = MOST_FILES
    largest_file = uploads.LARGEST_FILE
    largest_mb = uploads.LARGEST_FILE // uploads.MB
    note_length = Attachment._meta.get_field("note").max_length


def papers(
    project: Project, roles: Roles, participations: list[Participation], *, people: bool = True
) -> Papers:
    """Return the project's papers for readers of its plan, with names if ``people``. One query."""
    related = ("district", *(("uploaded_by__person", "removed_by__person") if people else ()))
    found = Attachment.objects.filter(project=project).select_related(*related)
    rows = list(with_gone_on(found).order_by("pk"))
    for row in rows:
        row.project = project
    present = [row for row in rows if row.removed_at is None]
    return Papers(
        project=project,
        present=present,
        removed=[row for row in rows if row.removed_at is not None],
        removable=frozenset(row.pk for row in present if permissions.may_remove_paper(roles, row)),
        may_add=permissions.may_add_papers(roles, project, participations),
    )


def add(project: Project, *, upload: File, actor: User, note: str = "") -> Attachment:
    """Check the upload, store the file and enter it for the project; return the paper.

    Raises UploadRefused with a sentence for the user, PermissionDenied if the actor may not add papers.
    """
    if project.attachments.present().count() >= MOST_FILES:
        raise UploadRefused(FULL)
    checked = uploads.check(upload)
    names: list[str] = []
    try:
        for content in (checked.content, checked.preview):
            names.append(_store(content) if content is not None else "")
    except OSError as error:
        discard(names)
        if disk.is_full(error):
            raise UploadRefused(disk.SENTENCE) from error
        raise
    try:
        return _enter(project, checked, names, actor, note)
    except (UploadRefused, PermissionDenied, IntegrityError, Project.DoesNotExist):
        # Here the row was certainly not written. After any other error it may exist, so the file stays.
        discard(names)
        raise


@transaction.atomic
def _enter(
    project: Project, checked: uploads.Checked, names: list[str], actor: User, note: str
) -> Attachment:
    project = lock(project)
    roles = Roles(actor)
    participations = list(project.participations.all())
    if not permissions.may_add_papers(roles, project, participations):
        raise PermissionDenied
    if project.attachments.present().count() >= MOST_FILES:
        raise UploadRefused(FULL)
    same = project.attachments.present().filter(sha256=checked.sha256).first()
    if same:
        raise UploadRefused(f"Diese Datei liegt schon als „{same.name}“ bei diesem Projekt.")
    file, preview = names
    attachment = Attachment.objects.create(
        project=project,
        name=checked.name,
        kind=checked.kind,
        size=checked.content.size,
        sha256=checked.sha256,
        width=checked.width,
        height=checked.height,
        file=file,
        preview=preview,
        note=note.strip(),
        uploaded_by=actor,
        district_id=permissions.side_of(roles, project, participations),
    )
    _record(attachment, roles, added=True)
    return attachment


def _record(attachment: Attachment, roles: Roles, *, added: bool) -> None:
    """Write the paper into the history. The project's version stays: a paper makes nobody's form stale."""
    old, new = ("", attachment.name) if added else (attachment.name, "")
    history.record(
        attachment.project,
        actor=cast(User, roles.user),
        roles=roles,
        district_id=attachment.district_id,
        changes=[history.Change(f"attachment-{attachment.pk}", "Unterlage", old, new)],
    )


@transaction.atomic
def remove(attachment: Attachment, *, actor: User) -> None:
    """Remove the paper; its row stays and says who removed it when. Raises PermissionDenied."""
    project = lock(attachment.project)
    attachment = Attachment.objects.select_for_update().get(pk=attachment.pk)
    attachment.project = project
    if attachment.removed_at is not None:
        return
    roles = Roles(actor)
    if not permissions.may_remove_paper(roles, attachment):
        raise PermissionDenied
    names = [attachment.file.name or "", attachment.preview.name or ""]
    attachment.file = attachment.preview = ""
    attachment.removed_by, attachment.removed_at = actor, timezone.now()
    attachment.save()
    _record(attachment, roles, added=False)
    transaction.on_commit(lambda: discard(names))


def let_go(papers: QuerySet[Attachment], *, actor: User) -> None:
    """Remove papers whose retention is over, as ``remove`` does. The caller has asked whether they may go."""
    names = [name for pair in papers.present().values_list("file", "preview") for name in pair]  # type: ignore[attr-defined]
    papers.update(file="", preview="", removed_by=actor, removed_at=timezone.now())
    transaction.on_commit(lambda: discard(names))


def forget_files(project: Project) -> None:
    """Delete the project's files once the transaction that deletes the project has committed."""
    names = [n for pair in project.attachments.present().values_list("file", "preview") for n in pair]
    transaction.on_commit(lambda: discard(names))


def discard(names: list[str]) -> None:
    """Delete stored files. What cannot be deleted now is left to ``sweep``."""
    for name in filter(None, names):
        try:
            default_storage.delete(name)
        except OSError:
            logger.warning("Could not delete the stored file %s.", name, exc_info=True)


@dataclass
class Strays:
    """The stored files that no row names, with their size in bytes, and what lacks its file, in words."""

    names: list[str]
    size: int
    stored: int
    missing: list[str]

    @property
    def many(self) -> bool:
        """Return whether they are more than a tenth of all stored files: then the database may be the wrong one."""
        return len(self.names) * 10 > self.stored


def strays() -> Strays:
    """Return the files older than a day that no row names, and what lacks its file: papers, and what upper floors keep."""
    stored = set(_stored_names())
    known: set[str] = set()
    missing = []
    for name, what in owned():
        known.add(name)
        if name not in stored and not default_storage.exists(name):
            missing.append(what)
    for row in Attachment.objects.present().select_related("project").iterator():
        names = {name for name in (row.file.name, row.preview.name) if name}
        known |= names
        if not names <= stored and not all(default_storage.exists(name) for name in names):
            missing.append(f"{row.name} ({row.project}, Unterlage {row.pk})")
    before = timezone.now() - SWEEP_AFTER
    stale = sorted(n for n in stored - known if default_storage.get_modified_time(n) < before)
    return Strays(stale, sum(map(default_storage.size, stale)), len(stored), missing)


def sweep(found: Strays, *, also_many: bool = False) -> None:
    """Delete the files without a row. Raises ValueError for more than a tenth of all without ``also_many``."""
    if found.many and not also_many:
        raise ValueError("more than a tenth of the stored files")
    discard(found.names)


def _store(content: File) -> str:
    """Store the file under a random name, in the folder of its first two letters; return the name."""
    name = secrets.token_hex(16)
    path = f"{name[:2]}/{name}"
    content.seek(0)
    try:
        return default_storage.save(path, content)
    except OSError:
        discard([path])  # the storage leaves a part of the file behind
        raise


def _stored_names() -> Iterator[str]:
    try:
        folders, _ = default_storage.listdir("")
    except FileNotFoundError:
        return  # nothing was ever uploaded
    for folder in folders:
        if len(folder) == 2:
            yield from (f"{folder}/{name}" for name in default_storage.listdir(folder)[1])
