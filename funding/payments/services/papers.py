"""The files of calls: checked and stored under their hash before their rows are written.

What a refused form leaves behind belongs to no row, and ``sweep_uploads`` deletes it a day later.
"""

from collections.abc import Iterator, Sequence

from django.core.files import File

from funding.errors import TransitionNotAllowed
from funding.payments.models import CallPaper, PaymentCall
from members.common import disk, stored, uploads
from members.common.counting import counted
from members.common.uploads import Checked, UploadRefused
from members.models import User

#: The most files of one call.
MOST = 5


def keep(files: Sequence[File]) -> list[Checked]:
    """Check and store the files; the same one twice is one. Raises TransitionNotAllowed beside the field ``papers``.

    Call it outside a transaction.
    """
    if len(files) > MOST:
        raise TransitionNotAllowed(
            f"Möglich sind {counted(MOST, 'Datei', 'Dateien')} auf einmal, gewählt waren {len(files)}.",
            field="papers",
        )
    found: dict[str, Checked] = {}
    for file in files:
        try:
            checked = uploads.check(file)
        except UploadRefused as error:
            raise TransitionNotAllowed(f"{file.name}: {error}", field="papers") from error
        found[checked.sha256] = checked
    try:
        for checked in found.values():
            checked.content.seek(0)
            stored.put(checked.content.read())
    except OSError as error:
        if disk.is_full(error):
            raise TransitionNotAllowed(disk.SENTENCE, field="papers") from error
        raise
    return list(found.values())


def enter(call: PaymentCall, kept: Sequence[Checked], actor: User) -> None:
    """Write the files' rows, in the transaction of the call. A file that the call has already is left out."""
    there = set(call.papers.values_list("sha256", flat=True))
    CallPaper.objects.bulk_create(
        CallPaper(
            call=call,
            name=each.name,
            kind=each.kind,
            size=each.content.size,
            sha256=each.sha256,
            uploaded_by=actor,
        )
        for each in kept
        if each.sha256 not in there
    )


def files() -> Iterator[tuple[str, str]]:
    """Yield hash and name of the file of each paper."""
    for sha256, name, call in (
        stored.kept(CallPaper.objects.order_by("pk")).values_list("sha256", "name", "call").iterator()
    ):
        yield sha256, f"{name} (Abruf Nr. {call})"
