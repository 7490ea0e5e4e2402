"""The files of vouchers and photos: checked and stored under their hash before their rows are written."""

from collections.abc import Iterator, Sequence

from django.core.files import File

from funding.errors import TransitionNotAllowed
from funding.proofs.models import ProofPhoto, Voucher
from members.common import disk, stored, uploads
from members.common.counting import counted
from members.common.uploads import Checked, Kind, UploadRefused

#: The most files at once.
MOST = 20
VOUCHERS = (Kind.PDF, Kind.JPEG, Kind.PNG)
PHOTOS = (Kind.JPEG, Kind.PNG)
ALLOWED = {
    VOUCHERS: "Ein Beleg ist ein Foto (JPEG, PNG) oder eine PDF-Datei.",
    PHOTOS: "Ein Foto ist ein Bild (JPEG, PNG).",
}


def keep(files: Sequence[File], allowed: tuple[Kind, ...]) -> list[Checked]:
    """Check and store the files. Raises TransitionNotAllowed beside the field ``files``.

    Call it outside a transaction: what no row names is swept a day later.
    """
    if len(files) > MOST:
        raise TransitionNotAllowed(
            f"Möglich sind {counted(MOST, 'Datei', 'Dateien')} auf einmal, gewählt waren {len(files)}.",
            field="files",
        )
    found: list[Checked] = []
    for file in files:
        try:
            checked = uploads.check(file)
        except UploadRefused as error:
            said = str(error).replace(uploads.ALLOWED, ALLOWED[allowed])
            raise TransitionNotAllowed(f"{file.name}: {said}", field="files") from error
        if checked.kind not in allowed:
            raise TransitionNotAllowed(f"{file.name}: {ALLOWED[allowed]}", field="files")
        found.append(checked)
    try:
        for checked in found:
            checked.content.seek(0)
            stored.put(checked.content.read())
    except OSError as error:
        if disk.is_full(error):
            raise TransitionNotAllowed(disk.SENTENCE, field="files") from error
        raise
    return found


def owned() -> Iterator[tuple[str, str]]:
    """Yield hash and name of the file of each voucher and each photo."""
    vouchers = stored.kept(Voucher.objects.exclude(sha256="")).order_by("pk")
    for sha256, name, proof in vouchers.values_list("sha256", "name", "row__proof").iterator():
        yield sha256, f"{name} (Verwendungsnachweis Nr. {proof})"
    for sha256, name, proof in (
        stored.kept(ProofPhoto.objects.order_by("pk")).values_list("sha256", "name", "proof").iterator()
    ):
        yield sha256, f"{name} (Verwendungsnachweis Nr. {proof})"
