"""Decide by its content which uploaded file may be kept, whatever name and type the browser claims.

Images are drawn anew from their pixels, so that nothing else in the file survives: no place, no camera, no
second file behind the picture. Office files are ZIP archives and are read as such, within limits. PDFs are
kept as they are; they are only ever downloaded.
"""

import hashlib
import json
import logging
import re
import signal
import subprocess
import sys
import threading
import unicodedata
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.files import File
from django.db.models import TextChoices

from members.common.redraw import redraw, small, written
from members.common.texts import normal

logger = logging.getLogger(__name__)

# puremagic is imported where it is used: most processes never need it.


class Kind(TextChoices):
    """A type of file that may be kept."""

    PDF = "pdf", "PDF"
    JPEG = "jpeg", "JPEG-Bild"
    PNG = "png", "PNG-Bild"
    WEBP = "webp", "WebP-Bild"
    DOCX = "docx", "Word-Datei"
    XLSX = "xlsx", "Excel-Datei"
    ODT = "odt", "OpenDocument-Text"
    ODS = "ods", "OpenDocument-Tabelle"


IMAGES = (Kind.JPEG, Kind.PNG, Kind.WEBP)

MB = 1024 * 1024
LARGEST_FILE = 10 * MB
#: The most pixels of an image, checked before it is unpacked. Telephones make up to 50 million.
LARGEST_IMAGE = 60_000_000
#: Longest side in pixels of a picture that is kept. At this size a photographed voucher is legible.
LONGEST_SIDE = 4000
PREVIEW_SIDE = 320
JPEG_QUALITY = 88
#: The most bytes of an office file when unpacked.
LARGEST_UNPACKED = 100 * MB
MOST_ENTRIES = 2000
LONGEST_NAME = 120
#: Bytes at the end of a PDF in which its readers look for the end mark.
PDF_TAIL = 1024

#: The first one is given to a file whose name has another.
EXTENSIONS = {kind: (kind.value,) for kind in Kind} | {Kind.JPEG: ("jpg", "jpeg")}
MIME_TYPES = {
    Kind.PDF: "application/pdf",
    Kind.JPEG: "image/jpeg",
    Kind.PNG: "image/png",
    Kind.WEBP: "image/webp",
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Kind.ODT: "application/vnd.oasis.opendocument.text",
    Kind.ODS: "application/vnd.oasis.opendocument.spreadsheet",
}
#: For the file input. Image types by name, not ``image/*``: telephones then offer the camera and send JPEG.
ACCEPT = ",".join([*(f".{e}" for each in EXTENSIONS.values() for e in each), *MIME_TYPES.values()])
ALLOWED = "Erlaubt sind PDF, Bilder (JPEG, PNG, WebP) und Office-Dateien (DOCX, XLSX, ODT, ODS)."

#: What a refused file is, and what helps. The first line with an extension that puremagic names is shown.
KNOWN_OTHERS = (
    ({".doc", ".xls", ".ppt"}, "Alte Office-Dateien können Makros enthalten. Bitte als DOCX, XLSX oder PDF speichern."),
    ({".exe", ".dll", ".appimage", ".com", ".msi"}, "Das ist ein Programm."),
    ({".svg"}, "SVG-Zeichnungen können Programme enthalten. Bitte als PNG oder PDF speichern."),
    ({".html", ".htm", ".xml"}, "Webseiten können Programme enthalten. Bitte als PDF speichern."),
    ({".heif", ".heic", ".avif"}, "Dieses Bildformat (HEIC, AVIF) kann hier noch nicht gelesen werden. Bitte als JPEG speichern. Auf dem iPhone: Einstellungen, Kamera, Formate, „Maximale Kompatibilität“; danach neu fotografieren."),
    ({".gif", ".bmp", ".tif", ".tiff"}, "Bitte das Bild als JPEG oder PNG speichern."),
    ({".zip", ".7z", ".rar", ".gz"}, "Bitte den Inhalt des Archivs einzeln hochladen."),
)  # fmt: skip

#: A part of an office file with one of these names means macros or embedded controls.
MACROS = re.compile(r"vbaproject|vbadata|activex|macrosheets|(^|/)(basic|scripts)/", re.IGNORECASE)
#: The main part's type in [Content_Types].xml.
OOXML = {
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": Kind.DOCX,
    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": Kind.XLSX,
}
OPEN_DOCUMENT = {MIME_TYPES[kind].encode(): kind for kind in (Kind.ODT, Kind.ODS)}

#: The program that draws a picture anew, and its limits: bytes of address space, seconds of processor time.
#: The largest JPEG and PNG need less. WebP holds four copies: its limit is about 45 million pixels.
PROGRAM = Path(__file__).with_name("redraw.py")
MOST_MEMORY = 800 * MB
MOST_SECONDS = 20
#: Seconds for one picture, and for waiting until its turn comes.
LONGEST_WAIT = 30
#: One picture at a time for each process of the site.
_unpacking = threading.Lock()


class UploadRefused(Exception):
    """The file is not kept. The message says in German why, and what helps."""


@dataclass
class Checked:
    """A file that may be kept: the content to store, and for images a small preview (JPEG)."""

    kind: Kind
    name: str
    content: File
    sha256: str
    preview: File | None = None
    width: int | None = None
    height: int | None = None


def check(upload: File) -> Checked:
    """Return the file as it may be kept. Raises UploadRefused."""
    if not upload.size:
        raise UploadRefused("Die Datei ist leer.")
    if upload.size > LARGEST_FILE:
        raise UploadRefused(
            f"Die Datei ist mit {upload.size / MB:.0f} MB zu groß. Möglich sind {LARGEST_FILE // MB} MB."
        )
    kind = _kind(upload)
    checked = _redraw(upload, kind) if kind in IMAGES else Checked(kind, "", upload, "")
    checked.name = shown_name(upload.name or "", kind)
    checked.content.seek(0)
    checked.sha256 = hashlib.file_digest(checked.content, "sha256").hexdigest()
    return checked


def preview_of(source: bytes, kind: Kind) -> bytes:
    """Return a small JPEG of a picture as ``check`` has drawn it: it is ours, and needs no process of its own."""
    limits = {"pixels": LARGEST_IMAGE, "longest": PREVIEW_SIDE}
    return written(small(redraw(source, form=kind.name, **limits), PREVIEW_SIDE), "JPEG", quality=80)


def shown_name(name: str, kind: Kind) -> str:
    """Return the name for people: its real ending, no path, no invisible or reversing character."""
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(c for c in normal(name) if unicodedata.category(c)[0] != "C")
    name = re.sub(r'[<>:"|?*]', "-", name)
    stem, dot, ending = " ".join(name.split()).rpartition(".")
    endings = EXTENSIONS[kind]
    if not dot or ending.lower() not in endings:
        stem, ending = f"{stem}{dot}{ending}", endings[0]
    stem = stem.strip(". ")[: LONGEST_NAME - len(ending) - 1].strip(". ")
    return f"{stem or 'Datei'}.{ending.lower()}"


def _kind(upload: File) -> Kind:
    upload.seek(0)
    head = upload.read(4096)
    if head.startswith(b"%PDF-"):
        _check_pdf(upload)
        return Kind.PDF
    if head.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Kind.WEBP
    if head.startswith(b"PK\x03\x04"):
        return _office_kind(upload)
    raise UploadRefused(_what_it_is(head))


def _what_it_is(head: bytes) -> str:
    import puremagic

    if b"<svg" in head.lower():
        found = {".svg"}
    elif head.startswith((b"MZ", b"\x7fELF", b"#!")):
        found = {".exe"}
    else:
        try:
            found = {match.extension.lower() for match in puremagic.magic_string(head)}
        except (puremagic.PureError, ValueError):
            found = set()
    unknown = "Diese Art von Datei kann hier nicht abgelegt werden."
    hint = next((sentence for extensions, sentence in KNOWN_OTHERS if extensions & found), unknown)
    return f"{hint} {ALLOWED}"


# -- PDF -----------------------------------------------------------------------------------------------


def _check_pdf(upload: File) -> None:
    """Raise UploadRefused unless the file ends as a PDF and holds no other file."""
    assert upload.size is not None
    upload.seek(max(0, upload.size - PDF_TAIL))
    _, mark, rest = upload.read().rpartition(b"%%EOF")
    if not mark:
        raise UploadRefused("Die PDF-Datei ist unvollständig oder beschädigt.")
    upload.seek(0)
    if rest.strip(b"\x00\t\n\x0c\r \x1a") or zipfile.is_zipfile(upload):
        raise UploadRefused(
            "In der PDF-Datei steckt noch eine andere Datei. Bitte öffnen und neu als PDF speichern."
        )


# -- Office --------------------------------------------------------------------------------------------


def _office_kind(upload: File) -> Kind:
    broken = UploadRefused(f"Die Datei ist beschädigt oder keine Office-Datei. {ALLOWED}")
    upload.seek(0)
    try:
        with zipfile.ZipFile(upload) as archive:
            _check_parts(archive)
            kind = _declared_kind(archive)
            if archive.testzip() is not None:
                raise broken
    except UploadRefused:
        raise
    except Exception as error:
        # The bytes come from a stranger, and zipfile raises undocumented errors for some of them.
        raise broken from error
    if kind is None:
        raise UploadRefused(f"{_what_it_is(b'')} Bitte den Inhalt eines Archivs einzeln hochladen.")
    return kind


def _check_parts(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MOST_ENTRIES or sum(p.file_size for p in parts) > LARGEST_UNPACKED:
        raise UploadRefused("Die Datei ist entpackt zu groß. Bitte als PDF speichern.")
    if any(MACROS.search(p.filename) for p in parts):
        raise UploadRefused("Die Datei enthält Makros. Bitte ohne Makros oder als PDF speichern.")
    names = [p.filename for p in parts]
    strange = (
        len(set(names)) < len(names)
        or any(n.startswith("/") or "\\" in n or ".." in n.split("/") for n in names)
        or any(p.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for p in parts)
        or min(p.header_offset for p in parts) != 0
        or archive.comment
    )
    if strange:
        raise UploadRefused(
            "Die Datei ist ungewöhnlich aufgebaut. Bitte im Office-Programm neu oder als PDF speichern."
        )


def _declared_kind(archive: zipfile.ZipFile) -> Kind | None:
    names = archive.namelist()
    if names[0] == "mimetype":
        return OPEN_DOCUMENT.get(_beginning(archive, "mimetype", 200).strip())
    if "[Content_Types].xml" in names:
        types = _beginning(archive, "[Content_Types].xml", MB)
        if b"macroEnabled" in types:
            raise UploadRefused("Die Datei enthält Makros. Bitte ohne Makros oder als PDF speichern.")
        return next((kind for name, kind in OOXML.items() if name in types), None)
    return None


def _beginning(archive: zipfile.ZipFile, name: str, size: int) -> bytes:
    with archive.open(name) as part:
        return part.read(size)


# -- Images --------------------------------------------------------------------------------------------

TROUBLES = {
    "pixels": f"Das Bild hat zu viele Bildpunkte. Möglich sind {LARGEST_IMAGE // 1_000_000} Millionen; bitte verkleinern.",
    "memory": "Das Bild ist zu aufwendig, um es zu verarbeiten. Bitte verkleinern oder als JPEG speichern.",
    "time": "Das Bild ließ sich nicht in angemessener Zeit verarbeiten. Bitte verkleinern oder als JPEG speichern.",
    "busy": "Gerade werden sehr viele Bilder verarbeitet. Bitte in einer Minute noch einmal versuchen.",
    "broken": "Das Bild ist beschädigt oder unvollständig.",
}


def _redraw(upload: File, kind: Kind) -> Checked:
    """Return the picture drawn from its pixels alone, by a process of its own (``members.common.redraw``)."""
    if not _unpacking.acquire(timeout=LONGEST_WAIT):
        raise UploadRefused(TROUBLES["busy"])
    try:
        drawn, pictures = _run(upload, kind)
    finally:
        _unpacking.release()
    if "trouble" in drawn:
        raise UploadRefused(TROUBLES[drawn["trouble"]])
    preview, content = pictures[: drawn["preview"]], pictures[drawn["preview"] :]
    return Checked(
        kind, "", File(BytesIO(content)), "", File(BytesIO(preview)), drawn["width"], drawn["height"]
    )


def _run(upload: File, kind: Kind) -> tuple[dict[str, Any], bytes]:
    """Return what that process says, and what it drew. Whatever goes wrong in it becomes a trouble."""
    order = {
        "memory": MOST_MEMORY, "seconds": MOST_SECONDS, "form": kind.name, "pixels": LARGEST_IMAGE,
        "longest": LONGEST_SIDE, "preview_side": PREVIEW_SIDE, "quality": JPEG_QUALITY,
    }  # fmt: skip
    upload.seek(0)
    try:
        done = subprocess.run(  # noqa: S603 - our own program, nothing of the visitor's among its arguments
            [sys.executable, "-I", str(PROGRAM), json.dumps(order)],
            input=upload.read(),
            capture_output=True,
            timeout=LONGEST_WAIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"trouble": "time"}, b""
    # At the limit of processor time the system ends the process by the first signal, later by the second.
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return {"trouble": "time"}, b""
    said, _, pictures = done.stdout.partition(b"\n")
    try:
        return dict(json.loads(said)), pictures
    except ValueError:
        logger.warning("Drawing a picture anew ended with %s: %r", done.returncode, done.stderr[-500:])
        return {"trouble": "broken"}, b""
