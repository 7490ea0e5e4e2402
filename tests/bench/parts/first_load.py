"""What a browser loads on its first visit, compressed, beside Bootstrap's own compiled files."""

import re
from collections.abc import Iterator
from pathlib import Path

import brotli
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.urls import reverse

from tests.bench.measure import Site
from tests.bench.parts import Context
from tests.bench.rows import Row

WITHOUT_FONTS, WITH_FONTS = 1.2, 2.0
#: bootstrap.bundle.min.js of Bootstrap 5.3.9, which no page of ours loads, in bytes after brotli at level 11.
BOOTSTRAP_JS = 21_202
IMMUTABLE = "max-age=315360000, public, immutable"


def run(context: Context) -> Iterator[Row]:
    site = Site(WSGIHandler())
    css = compressed(Path(settings.BASE_DIR) / "static" / "vendor" / "bootstrap.min.css")
    floor = (css + BOOTSTRAP_JS) / 1000
    for what, address in (("Startseite", reverse("home")), ("Projektliste", reverse("projects:list"))):
        page = site.page(address).body
        files = loaded(page.decode())
        fonts = sum(compressed(path) for path in files if path.suffix == ".woff2")
        rest = len(brotli.compress(page)) + sum(compressed(p) for p in files if p.suffix != ".woff2")
        uncached = [
            p.name
            for p in files
            if dict(site.get(f"{settings.STATIC_URL}{p.relative_to(settings.STATIC_ROOT)}").headers).get(
                "Cache-Control"
            )
            != IMMUTABLE
        ]
        common = {
            "part": "first_load", "database": context.database, "size": context.size, "unit": "KB", "floor": floor,
            "against": "bootstrap css+js", "note": f"not cached for ever: {', '.join(uncached)}" if uncached else "",
        }  # fmt: skip
        yield Row(
            **common, what=f"{what}, erster Aufruf ohne Schriften", ours=rest / 1000, target=WITHOUT_FONTS
        )
        yield Row(
            **common,
            what=f"{what}, erster Aufruf mit Schriften",
            ours=(rest + fonts) / 1000,
            target=WITH_FONTS,
        )


def compressed(path: Path) -> int:
    """Bytes over the wire: brotli at the level WhiteNoise uses; fonts are compressed already."""
    content = path.read_bytes()
    return len(content) if path.suffix == ".woff2" else len(brotli.compress(content))


def loaded(page: str) -> list[Path]:
    """The files that the page names in its head and icons, and the fonts of its first paint."""
    root, prefix = Path(settings.STATIC_ROOT), re.escape(settings.STATIC_URL)
    names = re.findall(rf'(?:src|href)="{prefix}([^"#]+)', page)
    found = {root / name for name in names}
    for sheet in [path for path in found if path.suffix == ".css"]:
        for url in re.findall(r'url\("?([^")]+\.woff2)"?\)', sheet.read_text()):
            font = (sheet.parent / url).resolve()
            if "latin-ext" not in font.name:  # loaded only where a page has such letters
                found.add(font)
    return sorted(found)
