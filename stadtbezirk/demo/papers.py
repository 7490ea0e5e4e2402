"""A few papers of current projects, drawn and written by this program. They show nothing real."""

from io import BytesIO

from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from members.models import Mandate, User
from projects import attachments
from projects.models import FinancingItem, Project

PAPER, INK, STREET, GREEN, ACCENT, WARN = "#fbfaf6", "#1b2422", "#d8d5cb", "#cfe3d3", "#0a5a63", "#9c1f27"


def add() -> int:
    """Add a plan and an offer to an application that waits for its decision, and an offer to a draft.

    Files are not part of a transaction: call it when the projects are committed. Returns how many were added.
    """
    current = Project.objects.filter(year=timezone.localdate().year).select_related("lead_district")
    waiting = current.filter(
        state=Project.State.SUBMITTED, financing_items__kind=FinancingItem.Kind.PILLAR_2
    ).order_by("pk")
    drafts = current.filter(state=Project.State.DRAFT).exclude(title="").order_by("pk")
    return sum(
        [
            _give(waiting.first(), "Lageplan.png", _site_plan(), "Aufbau und Rettungsweg"),
            _give(
                waiting.first(), "Angebot Bühne und Ton.pdf", _offer("Bühne und Ton", "1.480,00 €"), "Angebot"
            ),
            _give(
                drafts.first(),
                "Angebot Plakate.pdf",
                _offer("200 Plakate A2", "310,00 €"),
                "noch zu verhandeln",
            ),
        ]
    )


def _give(project: Project | None, name: str, content: bytes, note: str) -> int:
    if project is None:
        return 0
    mandate = Mandate.objects.active_on(timezone.localdate()).get(
        district=project.lead_district, kind=Mandate.Kind.MANAGING_DIRECTOR
    )
    director = User.objects.get(person=mandate.person_id)
    attachments.add(project, upload=ContentFile(content, name), actor=director, note=note)
    return 1


def _site_plan() -> bytes:
    image = Image.new("RGB", (1200, 800), PAPER)
    draw = ImageDraw.Draw(image)
    font, small = ImageFont.load_default(34), ImageFont.load_default(24)
    draw.rectangle((0, 620, 1200, 720), fill=STREET)
    draw.rectangle((90, 90, 1110, 580), fill=GREEN, outline=INK, width=3)
    draw.rectangle((430, 120, 770, 230), fill=ACCENT)
    draw.text((600, 175), "Bühne", fill=PAPER, font=font, anchor="mm")
    for number in range(6):
        left = 150 + 155 * number
        draw.rectangle((left, 400, left + 120, 480), fill=PAPER, outline=INK, width=3)
        draw.text((left + 60, 440), f"Stand {number + 1}", fill=INK, font=small, anchor="mm")
    draw.line((600, 580, 600, 260), fill=WARN, width=8)
    draw.text((620, 310), "Rettungsweg", fill=WARN, font=small)
    draw.text((600, 670), "Beispielstraße", fill=INK, font=font, anchor="mm")
    draw.text((90, 30), "Lageplan (für die Demonstration gezeichnet)", fill=INK, font=font)
    written = BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def _offer(what: str, price: str) -> bytes:
    """Return a PDF of one page, small enough to write it by hand."""
    lines = [f"Angebot: {what}", "", f"Gesamtpreis {price}", "", "Für die Demonstration erfunden."]
    text = b"BT /F 16 Tf 70 760 Td 24 TL " + b" ".join(
        b"(" + line.encode("cp1252") + b") Tj T*" for line in lines
    )
    text += b" ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    written = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    written += b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, len(written),
    )  # fmt: skip
    return bytes(written)
