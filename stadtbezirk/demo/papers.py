"""A few papers of current projects, drawn and written by this program. They show nothing real."""

from io import BytesIO

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from members.models import Mandate, User
from projects import attachments
from projects.models import FinancingItem, Project

#: The font of the pages: Pillow's own has no umlauts.
FONT = settings.BASE_DIR / "static/vendor/fonts/source-sans-3-latin-400-normal.woff2"
PAPER, INK, STREET, GREEN, ACCENT, WARN = "#fbfaf6", "#1b2422", "#d8d5cb", "#cfe3d3", "#0a5a63", "#9c1f27"


def add() -> None:
    """Add a plan and an offer to an application that waits for its decision, and an offer to a draft.

    Files are not part of a transaction: call it when the projects are committed.
    """
    current = Project.objects.filter(year=timezone.localdate().year).select_related("lead_district")
    waiting = current.filter(
        state=Project.State.SUBMITTED, financing_items__kind=FinancingItem.Kind.PILLAR_2
    ).order_by("pk")
    drafts = current.filter(state=Project.State.DRAFT).exclude(title="").order_by("pk")
    stage, posters = _offer("Bühne und Ton", "1.480,00 €"), _offer("200 Plakate A2", "310,00 €")
    give(waiting.first(), "Lageplan.png", _site_plan(), "Aufbau und Rettungsweg")
    give(waiting.first(), "Angebot Bühne und Ton.pdf", stage, "Angebot")
    give(drafts.first(), "Angebot Plakate.pdf", posters, "noch zu verhandeln")


def give(project: Project | None, name: str, content: bytes, note: str) -> None:
    """Add the paper to the project, if there is one, by its district's managing director."""
    if project is None:
        return
    mandate = Mandate.objects.active_on(timezone.localdate()).get(
        district=project.lead_district, kind=Mandate.Kind.MANAGING_DIRECTOR
    )
    director = User.objects.get(person=mandate.person_id)
    attachments.add(project, upload=ContentFile(content, name), actor=director, note=note)


def _site_plan() -> bytes:
    image = Image.new("RGB", (1200, 800), PAPER)
    draw = ImageDraw.Draw(image)
    font, small = ImageFont.truetype(FONT, 34), ImageFont.truetype(FONT, 24)
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
    stream = BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def _offer(what: str, price: str) -> bytes:
    return written(f"Angebot: {what}", "", f"Gesamtpreis {price}")


def written(*lines: str) -> bytes:
    """Return a PDF of one page in A4 with these lines."""
    page = Image.new("RGB", (1240, 1754), "white")
    lines = (*lines, "", "Für die Demonstration erfunden.")
    ImageDraw.Draw(page).multiline_text(
        (150, 150), "\n".join(lines), fill=INK, font=ImageFont.truetype(FONT, 34), spacing=16
    )
    stream = BytesIO()
    page.save(stream, "PDF", resolution=150)
    return stream.getvalue()
