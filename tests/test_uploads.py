"""What is kept of an uploaded file: found by content, drawn anew, without what does not belong there."""

import os
import subprocess
import sys
import unicodedata
import zipfile
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from members.common import uploads
from members.common.uploads import UploadRefused, check
from projects.models import Attachment
from tests import files
from tests.files import upload

Kind = Attachment.Kind
ODT, ODS = (uploads.MIME_TYPES[kind] for kind in (Kind.ODT, Kind.ODS))


def refusal(content: bytes, name: str = "Angebot.pdf") -> str:
    with pytest.raises(UploadRefused) as refused:
        check(upload(content, name))
    return str(refused.value)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (files.PDF, Kind.PDF),
        (files.picture("JPEG"), Kind.JPEG),
        (files.picture("PNG"), Kind.PNG),
        (files.picture("WEBP"), Kind.WEBP),
        (files.docx(), Kind.DOCX),
        (files.xlsx(), Kind.XLSX),
        (files.open_document(ODT), Kind.ODT),
        (files.open_document(ODS), Kind.ODS),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_type_is_found_by_content_alone(content: bytes, kind: Attachment.Kind) -> None:
    checked = check(upload(content, "irgendwas.exe", "application/x-msdownload"))
    assert checked.kind == kind
    assert checked.name == f"irgendwas.exe.{uploads.EXTENSIONS[kind][0]}"
    assert (checked.preview is not None) == (kind in Attachment.IMAGES)


# -- Hostile files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (files.PROGRAM, "Rechnung.pdf", "Das ist ein Programm."),
        (b"\x7fELF\x02\x01\x01" + bytes(60), "Rechnung.pdf", "Das ist ein Programm."),
        (b"#!/bin/sh\nrm -rf /\n", "Rechnung.pdf", "Das ist ein Programm."),
        (files.SVG, "Plan.png", "SVG-Zeichnungen können Programme enthalten."),
        (b"<svg onload=alert(1)>", "Plan.svg", "SVG-Zeichnungen können Programme enthalten."),
        (b"<!DOCTYPE html><script>alert(1)</script>", "Plan.pdf", "Webseiten können Programme enthalten."),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "IMG_1.HEIC", "Bitte als JPEG speichern."),
        (files.picture("GIF"), "Bild.gif", "Bitte das Bild als JPEG oder PNG speichern."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Brief.doc", "Alte Office-Dateien"),
        (b"Hallo", "notiz.txt", "Diese Art von Datei kann hier nicht abgelegt werden."),
        (files.archive({"rechnung.exe": files.PROGRAM}), "Bilder.docx", "einzeln hochladen"),
        (b"", "leer.pdf", "Die Datei ist leer."),
    ],
)
def test_what_is_refused_says_why_and_what_helps(content: bytes, name: str, sentence: str) -> None:
    assert sentence in refusal(content, name)


def test_a_polyglot_is_no_pdf() -> None:
    sentence = "In der PDF-Datei steckt noch eine andere Datei."
    hidden = files.archive({"META-INF/MANIFEST.MF": "Main-Class: X"})
    assert sentence in refusal(files.PDF + hidden)
    assert sentence in refusal(files.PDF + b"<script>alert(1)</script>")
    assert sentence in refusal(files.PDF.replace(b"%%EOF", hidden + b"\n%%EOF"))
    assert "Diese Art von Datei" in refusal(b"\n" + files.PDF)
    assert "Webseiten" in refusal(b"<!DOCTYPE html><!-- " + files.PDF)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_of_a_polyglot_picture_only_the_picture_stays(form: str) -> None:
    smuggled = b"<script>alert(1)</script>" + files.archive({"a.js": "alert(1)"}, zipfile.ZIP_STORED)
    stored = check(upload(files.picture(form) + smuggled, "Foto")).content
    stored.seek(0)
    content = stored.read()
    assert b"alert" not in content
    assert not zipfile.is_zipfile(BytesIO(content))
    assert Image.open(BytesIO(content)).size == (60, 40)


def test_a_truncated_file_is_refused() -> None:
    """A connection that breaks off leaves half a file."""
    assert "unvollständig" in refusal(files.PDF[:-8])
    for form in ("JPEG", "PNG", "WEBP"):
        whole = files.picture(form, (300, 300), "orange")
        assert "unvollständig" in refusal(whole[: len(whole) // 2]), form
    assert "beschädigt" in refusal(files.docx()[:-40])


def test_a_decompression_bomb_is_refused_before_it_is_unpacked() -> None:
    assert "zu viele Bildpunkte" in refusal(files.bomb())
    assert "zu viele Bildpunkte" in refusal(files.bomb(10000, 9000))  # below Pillow's own limit
    nulls = files.docx(**{"word/media/x.bin": bytes(uploads.LARGEST_UNPACKED)})
    assert len(nulls) < uploads.MB
    assert "entpackt zu groß" in refusal(nulls)
    many = files.archive({"[Content_Types].xml": files.DOCX_TYPES, **{f"w/{i}": "" for i in range(2001)}})
    assert "entpackt zu groß" in refusal(many)


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    """The directory says 10 bytes; a reader that trusts it would unpack 50 MB."""
    honest = files.docx(**{"word/media/x.bin": bytes(50 * uploads.MB)})
    size = (50 * uploads.MB).to_bytes(4, "little")
    assert honest.count(size) == 2
    assert "beschädigt" in refusal(honest.replace(size, (10).to_bytes(4, "little")))


@pytest.mark.parametrize(
    "part",
    ["word/vbaProject.bin", "word/VBAPROJECT.bin", "word/activeX/activeX1.xml", "xl/macrosheets/sheet1.xml"],
)
def test_macros_are_refused(part: str) -> None:
    assert "enthält Makros" in refusal(files.docx(**{part: "x"}))


def test_macros_of_other_kinds_are_refused_too() -> None:
    macro_type = files.DOCX_TYPES.replace(
        "</Types>", '<Override ContentType="x.macroEnabled.main+xml"/></Types>'
    )
    assert "enthält Makros" in refusal(files.archive({"[Content_Types].xml": macro_type}))
    basic = files.archive({"mimetype": ODT, "Basic/Standard/Module1.xml": "x"}, zipfile.ZIP_STORED)
    assert "enthält Makros" in refusal(basic)


def test_an_office_file_is_nothing_else_besides() -> None:
    sentence = "ungewöhnlich aufgebaut"
    assert sentence in refusal(files.docx(**{"../../etc/cron.d/x": "x"}))
    assert sentence in refusal(files.docx(**{"/etc/passwd": "x"}))
    packed = files.archive({"[Content_Types].xml": files.DOCX_TYPES}, zipfile.ZIP_BZIP2)
    assert sentence in refusal(packed)
    commented = BytesIO(files.docx())
    with zipfile.ZipFile(commented, "a") as file:
        file.comment = b"<script>alert(1)</script>"
    assert sentence in refusal(commented.getvalue())
    two = BytesIO(files.archive({"hidden": "x"}))
    two.seek(0, 2)
    two.write(files.docx())
    assert sentence in refusal(two.getvalue())


def test_a_large_file_is_refused_by_its_size() -> None:
    big = upload(files.PDF + b"\n" * uploads.LARGEST_FILE)
    with pytest.raises(UploadRefused, match=r"zu groß\. Möglich sind 10 MB"):
        check(big)


# -- Images ---------------------------------------------------------------------------------------------


def test_a_photo_keeps_no_place_no_camera_and_stands_upright() -> None:
    original = files.photo()
    assert Image.open(BytesIO(original)).getexif().get_ifd(0x8825)
    checked = check(upload(original, "IMG_2041.JPG"))
    for kept in (checked.content, checked.preview):
        assert kept is not None
        kept.seek(0)
        content = kept.read()
        assert not any(word in content for word in (b"Exif", b"Beispielphone", b"Geheimweg"))
        image = Image.open(BytesIO(content))
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert image.size == (40, 80)
        top, bottom = image.getpixel((20, 10)), image.getpixel((20, 70))
        assert top[0] > 200 > 100 > top[2]
        assert bottom[2] > 200 > 100 > bottom[0]
    assert (checked.width, checked.height, checked.name) == (40, 80, "IMG_2041.jpg")


def test_texts_in_png_and_webp_are_dropped() -> None:
    texts = PngInfo()
    texts.add_text("Comment", "Geheimweg 1")
    exif = Image.Exif()
    exif.get_ifd(0x8825).update(files.GPS)
    for content in (
        files.picture("PNG", pnginfo=texts, exif=exif),
        files.picture("WEBP", exif=exif, xmp=b"<x>Geheimweg 1</x>"),
    ):
        kept = check(upload(content, "Bild")).content
        kept.seek(0)
        image = Image.open(kept)
        assert not image.getexif()
        assert not any("Geheimweg" in str(value) for value in image.info.values())


def test_transparency_stays_and_colours_for_print_become_those_for_screens() -> None:
    written = BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(written, "PNG")
    kept = check(upload(written.getvalue(), "Logo.png"))
    kept.content.seek(0)
    assert Image.open(kept.content).getpixel((5, 5)) == (255, 0, 0, 0)
    assert kept.preview is not None
    kept.preview.seek(0)
    assert Image.open(kept.preview).getpixel((5, 5)) == (255, 255, 255)
    written = BytesIO()
    Image.new("CMYK", (10, 10)).save(written, "JPEG")
    kept = check(upload(written.getvalue(), "Druck.jpg"))
    kept.content.seek(0)
    assert Image.open(kept.content).mode == "RGB"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGBA"])
def test_every_way_to_store_a_png_is_read(mode: str) -> None:
    written = BytesIO()
    Image.new(mode, (10, 10)).save(written, "PNG")
    assert check(upload(written.getvalue(), "Scan.png")).kind == Kind.PNG


def test_a_large_photo_is_made_smaller() -> None:
    checked = check(upload(files.picture("JPEG", (6000, 3000)), "Panorama.jpg"))
    assert (checked.width, checked.height) == (4000, 2000)
    assert checked.preview is not None
    checked.preview.seek(0)
    assert max(Image.open(checked.preview).size) == uploads.PREVIEW_SIDE


def test_several_pictures_in_one_jpeg_are_its_first() -> None:
    """Telephones write MPO: a JPEG with further pictures behind it."""
    written = BytesIO()
    Image.new("RGB", (30, 20), "red").save(
        written, "MPO", save_all=True, append_images=[Image.new("RGB", (30, 20), "blue")]
    )
    checked = check(upload(written.getvalue(), "IMG.jpg"))
    checked.content.seek(0)
    image = Image.open(checked.content)
    assert (image.format, image.size) == ("JPEG", (30, 20))


MEMORY = """
import resource, sys
import django; django.setup()
from django.core.files import File
from members.common import uploads
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    uploads.check(File(open(sys.argv[1], "rb"), name="x"))
except uploads.UploadRefused:
    pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize(
    ("content", "most"),
    [(files.bomb(), 15), (files.docx(x=bytes(99 * uploads.MB)), 15)],
    ids=["picture", "archive"],
)
def test_a_bomb_takes_no_memory(content: bytes, most: int, tmp_path: Any) -> None:
    """In a process of its own: 900 million pixels, and an archive of almost 100 MB that is read through."""
    path = tmp_path / "bomb"
    path.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "stadtbezirk.settings"},
    )  # fmt: skip
    assert int(done.stdout) < most, f"{done.stdout} MB"


# -- Names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\windows\\win.ini.pdf", "win.ini.pdf"),
        ("..", "Datei.pdf"),
        ("", "Datei.pdf"),
        (".pdf", "Datei.pdf"),
        ("Rechnung\u202efdp.exe", "Rechnungfdp.exe.pdf"),
        ("Angebot\x00\r\n\tneu.PDF", "Angebot neu.pdf"),
        ('a<b>:"c|d?e*.pdf', "a-b---c-d-e-.pdf"),
        ("Straßenfest Hörde – Plan.pdf", "Straßenfest Hörde – Plan.pdf"),
        (unicodedata.normalize("NFD", "Übersicht.pdf"), "Übersicht.pdf"),
        ("  zwei   Wörter . pdf", "zwei Wörter . pdf.pdf"),
        ("Foto.jpeg", "Foto.jpeg.pdf"),
    ],
)
def test_names_for_people(given: str, shown: str) -> None:
    assert uploads.shown_name(given, Kind.PDF) == shown


def test_300_characters_are_cut_and_the_ending_stays() -> None:
    name = uploads.shown_name(f"{'ä' * 300}.pdf", Kind.PDF)
    assert (len(name), name[-5:]) == (uploads.LONGEST_NAME, "ä.pdf")
    field = Attachment._meta.get_field("name")
    assert field.max_length == uploads.LONGEST_NAME


# -- The process that draws ------------------------------------------------------------------------------

GROWTH = """
import resource, sys
import django; django.setup()
from io import BytesIO
from django.core.files import File
from members.common import uploads
content = open(sys.argv[1], "rb").read()
uploads.check(File(BytesIO(content), name="x"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in range(3):
    assert uploads.check(File(BytesIO(content), name="x")).width == 4000
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_a_large_picture_takes_no_memory_of_the_site(tmp_path: Any) -> None:
    """180 KB that unpack to 60 million pixels, 240 MB; each is drawn, and the site's process does not grow."""
    path = tmp_path / "picture"
    path.write_bytes(files.picture("PNG", (7900, 7500), "orange"))
    assert path.stat().st_size < 200_000
    done = subprocess.run(
        [sys.executable, "-c", GROWTH, str(path)], capture_output=True, text=True, check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "stadtbezirk.settings"},
    )  # fmt: skip
    assert int(done.stdout) < 15, f"{done.stdout} MB"


def test_the_process_gets_no_more_memory_than_it_may_have(monkeypatch: Any) -> None:
    monkeypatch.setattr(uploads, "MOST_MEMORY", 150 * uploads.MB)
    sentence = refusal(files.picture("PNG", (6000, 6000), "orange"), "Plakat.png")
    assert (
        sentence
        == "Das Bild ist zu aufwendig, um es zu verarbeiten. Bitte verkleinern oder als JPEG speichern."
    )


def test_the_process_gets_no_more_time_than_it_may_have(monkeypatch: Any) -> None:
    sentence = "Das Bild ließ sich nicht in angemessener Zeit verarbeiten."
    content = files.picture("PNG", (7000, 7000), "orange")
    monkeypatch.setattr(uploads, "MOST_SECONDS", 0)
    assert sentence in refusal(content, "Plakat.png")
    monkeypatch.setattr(uploads, "LONGEST_WAIT", 0.05)
    assert sentence in refusal(content, "Plakat.png")


def test_a_process_that_dies_is_a_sentence(tmp_path: Any, monkeypatch: Any, caplog: Any) -> None:
    program = tmp_path / "dies.py"
    program.write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setattr(uploads, "PROGRAM", program)
    assert refusal(files.picture("PNG"), "Plan.png") == "Das Bild ist beschädigt oder unvollständig."
    assert "ended with -11" in caplog.text


def test_who_waits_too_long_for_a_turn_is_told(monkeypatch: Any) -> None:
    monkeypatch.setattr(uploads, "LONGEST_WAIT", 0.01)
    with uploads._unpacking:
        assert "Gerade werden sehr viele Bilder verarbeitet." in refusal(files.picture("PNG"), "Plan.png")
    monkeypatch.undo()
    assert check(upload(files.picture("PNG"), "Plan.png")).kind == Kind.PNG


def test_the_process_can_read_nothing_of_the_site() -> None:
    """It loads Pillow and nothing of ours: no settings, no database."""
    text = uploads.PROGRAM.read_text()
    assert not any(
        f"import {name}" in text or f"from {name}" in text for name in ("django", "projects", "members")
    )
