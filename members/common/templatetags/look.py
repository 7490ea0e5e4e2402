"""Template tags for badges, the bar of a pot, and the order of tiles and page numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import template
from django.core.paginator import Page
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from members.common.money import ZERO, format_euro

register = template.Library()

#: State of a project or an application: its colour class, and its icon for those who do not see the colour.
STATES = {
    "approved": ("good", "check-circle"),
    "settled": ("good", "check2-all"),
    "submitted": ("wait", "hourglass-split"),
    "returned": ("wait", "arrow-return-left"),
    "reserved": ("wait", "pen"),
    "funding_open": ("wait", "exclamation-triangle"),
    "rejected": ("bad", "x-circle"),
    "revoked": ("bad", "slash-circle"),
    "draft": ("plain", "pencil"),
    "withdrawn": ("plain", "arrow-counterclockwise"),
    "unfunded": ("plain", "dash-circle"),
    "archived": ("plain", "archive"),
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return an icon of the sprite as SVG, hidden from screen readers: ``{% icon "pen" %}``."""
    return format_html(
        '<svg class="icon" width="16" height="16" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("icons.svg"),
        name,
    )


@register.inclusion_tag("parts/badge.html")
def badge(row: Any) -> dict[str, str]:
    """Show the badge with the state of a project or an application: ``{% badge project %}``."""
    look, symbol = STATES.get(row.state, ("plain", "info-circle"))
    return {"look": look, "symbol": symbol, "label": row.get_state_display()}


def state_badge(row: Any, looks: Mapping[Any, tuple[str, str]]) -> dict[str, str]:
    """Return the badge with the state of a row: state -> its colour class, and its icon for those who see no colour."""
    look, symbol = looks[row.state]
    return {"look": look, "symbol": symbol, "label": row.get_state_display()}


def percent(part: Decimal, whole: Decimal) -> str:
    """Return the share as an SVG length between 0% and 100%, e.g. "35.4%", with the point that SVG needs."""
    if whole <= 0 or part <= 0:
        return "0%"
    return f"{min(100 * part / whole, Decimal(100)):.1f}%"


@dataclass(frozen=True)
class Segment:
    """One stretch of a pot's bar and its line in the legend. Without an amount it is only in the legend."""

    look: str
    label: str
    amount: Decimal
    x: str
    width: str


@register.simple_tag
def bar_segments(pot: Any, asked: Decimal | None = None) -> list[Segment]:
    """Return the stretches of the bar from left to right: paid, committed, reserved, asked for (euro)."""
    segments = []
    start = ZERO
    for look, label, amount in (
        ("paid", "bezahlt", pot.paid),
        ("comm", "gebunden", pot.outstanding),
        ("res", "vorgemerkt", pot.reserved),
        ("asked", "beantragt", asked or ZERO),
    ):
        if amount > 0 or look in {"paid", "comm"}:
            shown = min(amount, max(pot.allotted - start, ZERO))
            segments.append(
                Segment(look, label, amount, percent(start, pot.allotted), percent(shown, pot.allotted))
            )
        start += amount
    return segments


@register.simple_tag
def bar_text(pot: Any, asked: Decimal | None = None) -> str:
    """Return the bar as a German sentence, for those who do not see it."""
    parts = [f"bezahlt {format_euro(pot.paid)}", f"gebunden {format_euro(pot.outstanding)}"]
    if pot.reserved:
        parts.append(f"vorgemerkt {format_euro(pot.reserved)}")
    parts.append(f"frei {format_euro(pot.available)}")
    if asked:
        parts.append(f"{asked_label(pot, asked)} {format_euro(asked)}")
    return f"{pot}, von {format_euro(pot.allotted)}: {', '.join(parts)}"


@register.simple_tag
def asked_label(pot: Any, asked: Decimal) -> str:
    """Return what the asked-for money is called: a part of what is free, or more than that."""
    return "davon beantragt" if asked <= pot.available else "beantragt (mehr als frei)"


@register.filter
def by_position(tiles: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return the tiles in the reading order of the map, so that the keyboard follows the eye."""
    return sorted(tiles, key=lambda tile: (tile[0].row, tile[0].column))


@register.filter
def soft_hyphens(name: str) -> str:
    """Return the name with a soft hyphen where a long district name may break: Lütgen-dortmund."""
    return name.replace("dortmund", "\u00addortmund")


@register.filter
def page_numbers(page: Page) -> list[int | str]:
    """Return the page numbers to offer, with an ellipsis for each gap."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1))
