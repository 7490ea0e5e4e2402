"""Files for the tests of uploads, made on the fly: good ones and hostile ones."""

import struct
import zipfile
import zlib
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + bytes(400)
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
DOCX_TYPES = (
    '<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
XLSX_TYPES = DOCX_TYPES.replace("wordprocessingml.document", "spreadsheetml.sheet")
#: Dortmund's town hall, as a telephone writes it.
GPS = {1: "N", 2: (51.0, 30.0, 41.0), 3: "E", 4: (7.0, 27.0, 55.0)}


def upload(
    content: bytes, name: str = "Angebot.pdf", content_type: str = "application/pdf"
) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type)


def picture(
    form: str = "PNG", size: tuple[int, int] = (60, 40), colour: str = "teal", **options: object
) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, colour).save(written, form, **options)
    return written.getvalue()


def photo() -> bytes:
    """A JPEG as a telephone held upright writes it: lying pixels, turned by a mark, with place and camera.

    In the lying pixels the left half is red: upright, red is above.
    """
    image = Image.new("RGB", (80, 40), "blue")
    image.paste("red", (0, 0, 40, 40))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise
    exif[0x010F] = "Beispielphone"
    exif.get_ifd(0x8825).update(GPS)
    written = BytesIO()
    image.save(written, "JPEG", exif=exif, comment=b"Adresse: Geheimweg 1", quality=95)
    return written.getvalue()


def archive(parts: dict[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w", compression) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return written.getvalue()


def docx(**further: str | bytes) -> bytes:
    return archive({"[Content_Types].xml": DOCX_TYPES, "word/document.xml": "<w:document/>", **further})


def xlsx() -> bytes:
    return archive({"[Content_Types].xml": XLSX_TYPES, "xl/workbook.xml": "<workbook/>"})


def open_document(mime: str) -> bytes:
    return archive({"mimetype": mime, "content.xml": "<office/>"}, zipfile.ZIP_STORED)


def bomb(width: int = 30000, height: int = 30000) -> bytes:
    """A PNG of 900 million pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )
