"""The handbook: Markdown files in ``docs/handbuch``, served as pages.

The files link to each other as files (``vereinsverwaltung.md#nachfolge``), so that they can be read outside
the program, too. Here these links become addresses of pages.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image

from members.common.folding import fold
from stadtbezirk.help import SLUGS

FOLDER = Path(settings.BASE_DIR) / "docs/handbuch"
PICTURES = FOLDER / "bilder"


@dataclass(frozen=True)
class Chapter:
    """A chapter as HTML, with its title, first paragraph and sections."""

    slug: str
    title: str
    lead: str
    html: SafeString
    sections: tuple[tuple[str, str], ...]
    """Anchor and heading of each section of the second level."""

    def get_absolute_url(self) -> str:
        return reverse("handbook_chapter", args=[self.slug])


def anchor(heading: str) -> str:
    """Return the anchor of a heading: "Säule 1: Beschluss" becomes "saeule-1-beschluss"."""
    return re.sub(r"[^a-z0-9]+", "-", fold(heading)).strip("-")


def _picture(token: Token) -> None:
    path = PICTURES / Path(str(token.attrs["src"])).name
    with Image.open(path) as image:
        width, height = image.size
    token.attrs |= {
        "src": static(f"handbuch/{path.name}"),
        "alt": token.content,
        "width": str(width),
        "height": str(height),
        "loading": "lazy",
    }


def _link(token: Token) -> None:
    file, _, part = str(token.attrs["href"]).partition("#")
    if file.endswith(".md"):
        address = reverse("handbook_chapter", args=[file.removesuffix(".md")])
        token.attrs["href"] = f"{address}#{part}" if part else address


@cache
def chapter(slug: str) -> Chapter:
    """Return the chapter. Raises FileNotFoundError where there is none."""
    if slug not in SLUGS:
        raise FileNotFoundError(slug)
    markdown = MarkdownIt("commonmark", {"html": False, "typographer": False, "xhtmlOut": False}).enable(
        "table"
    )
    tokens = markdown.parse((FOLDER / f"{slug}.md").read_text(encoding="utf-8"))
    title, lead, sections = "", "", []
    for position, token in enumerate(tokens):
        inner = tokens[position + 1] if position + 1 < len(tokens) else None
        if token.type == "heading_open" and inner is not None:
            token.attrs["id"] = anchor(inner.content)
            if token.tag == "h1":
                title = inner.content
            elif token.tag == "h2":
                sections.append((str(token.attrs["id"]), inner.content))
        elif token.type == "paragraph_open" and not lead and inner is not None:
            lead = strip_tags(markdown.renderInline(inner.content))
            token.attrs["class"] = "lead"
        for child in token.children or ():
            if child.type == "image":
                _picture(child)
            elif child.type == "link_open":
                _link(child)
    html = markdown.renderer.render(tokens, markdown.options, {})
    # A wide table scrolls inside its frame. To scroll it by keyboard, the frame must take the focus.
    html = html.replace(
        "<table>", '<div class="tablewrap" tabindex="0" role="group" aria-label="Tabelle"><table>'
    )
    html = html.replace("</table>", "</table></div>")
    # Safe: it comes from our own files, and raw HTML is switched off.
    return Chapter(slug, title, lead, mark_safe(html), tuple(sections))  # noqa: S308


def chapters() -> list[Chapter]:
    """Return all chapters in the order of the table of contents."""
    return [chapter(slug) for slug in SLUGS]
