"""How costs grow, as an SVG of our own: one panel per database, one line per page, both axes logarithmic."""

from collections import defaultdict
from collections.abc import Sequence
from html import escape
from math import log10

from tests.bench.rows import Row, rows_shown

WIDTH, HEIGHT, LEFT, TOP, PANEL_WIDTH, PANEL_HEIGHT = 920, 480, 70, 60, 360, 320
GAP = 70
#: Pages that get a colour and a name; the others are drawn in grey behind them.
NAMED = {
    "Projektliste, staff": "#005fa3",
    "Projektliste, häufiges Wort, staff": "#b34700",
    "Startseite, director": "#2b7a3d",
    "Warteschlange, staff": "#7b3fa0",
    "Antragsseite, Säule 2, staff": "#a3003c",
}
LOWEST, HIGHEST = 0.5, 100.0
TICKS = (0.5, 1, 2, 5, 10, 20, 50, 100)


def draw(rows: Sequence[Row], sizes: Sequence[int]) -> str:
    """Multiples of the floor over the number of projects."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13" role="img">',
        "<title>Kosten der Seiten in Vielfachen des Bodens über der Zahl der Projekte</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for number, (database, name) in enumerate((("sqlite", "SQLite"), ("postgresql", "PostgreSQL"))):
        left = LEFT + number * (PANEL_WIDTH + GAP)
        found = [r for r in rows if r.part == "pages" and r.against == "list view" and r.database == database]
        parts += _panel(name, left, found, sizes)
    for number, (what, colour) in enumerate(NAMED.items()):
        x, y = LEFT + number % 2 * (PANEL_WIDTH + GAP), TOP + PANEL_HEIGHT + 48 + number // 2 * 20
        label = ", ".join(filter(None, [what, _rows_of(what, rows)]))
        parts.append(f'<line x1="{x}" y1="{y}" x2="{x + 22}" y2="{y}" stroke="{colour}" stroke-width="2.5"/>')
        parts.append(f'<text x="{x + 28}" y="{y + 4}">{escape(label)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _rows_of(what: str, rows: Sequence[Row]) -> str:
    found = [row for row in rows if row.what == what]
    return rows_shown(found[0], found[-1]) if found else ""


def _panel(name: str, left: int, rows: Sequence[Row], sizes: Sequence[int]) -> list[str]:
    def across(size: int) -> float:
        span = log10(sizes[-1] / sizes[0]) or 1
        return left + log10(size / sizes[0]) / span * PANEL_WIDTH

    def down(ratio: float) -> float:
        place = log10(min(max(ratio, LOWEST), HIGHEST) / LOWEST) / log10(HIGHEST / LOWEST)
        return TOP + PANEL_HEIGHT * (1 - place)

    parts = [
        f'<text x="{left}" y="{TOP - 24}" font-size="16" font-weight="600">{name}: Vielfaches des Bodens</text>'
    ]
    for tick in TICKS:
        y = down(tick)
        parts.append(
            f'<line x1="{left}" y1="{y:.1f}" x2="{left + PANEL_WIDTH}" y2="{y:.1f}" stroke="#ddd"/>'
            f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#444">{str(tick).replace(".", ",")}×</text>'
        )
    for size in sizes:
        label = f"{size:,}".replace(",", ".")
        parts.append(
            f'<text x="{across(size):.1f}" y="{TOP + PANEL_HEIGHT + 20}" text-anchor="middle" fill="#444">{label}</text>'
        )
    lines: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        lines[row.what].append(row)
    for what in sorted(lines, key=lambda what: what in NAMED):
        points = " ".join(f"{across(r.size):.1f},{down(r.ratio or LOWEST):.1f}" for r in lines[what])
        colour, width = (NAMED[what], 2.5) if what in NAMED else ("#b5b5b5", 1)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>')
    return parts
