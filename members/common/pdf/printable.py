"""Bring a text into characters that our fonts can print.

typst refuses a document with a character that no font has a picture of. People paste such characters: Chinese
names, icons of private fonts, halves of characters from a broken export.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from members.common.texts import INVISIBLE, LINE_BREAK

# fontTools is imported where it is used: most processes never make a PDF.

FONTS = Path(__file__).parent / "fonts"
#: What stands for a character without a picture.
REPLACEMENT = "\ufffd"
#: NUL, halves of characters and private use.
_NO_TEXT = re.compile("[\x00\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff]")


def printable(text: str) -> str:
    """Return the text composed (NFC), in characters that our fonts have, its lines ended by "\\n".

    Left out without a trace: control characters, what nobody sees (marks of direction, zero width), halves of
    characters, private use. What else no font has becomes U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return text
    text = LINE_BREAK.sub("\n", text).replace("\t", " ")
    text = unicodedata.normalize("NFC", _NO_TEXT.sub("", INVISIBLE.sub("", text)))
    families = _families()
    if families[0].issuperset(text):
        return text
    return "".join(_drawn(cluster, families) for cluster in _clusters(text))


def _clusters(text: str) -> Iterator[str]:
    """Return the text's characters, each with the accents and points that are set on it."""
    start = 0
    for position, character in enumerate(text):
        if position > start and not unicodedata.category(character).startswith("M"):
            yield text[start:position]
            start = position
    if text:
        yield text[start:]


def _drawn(cluster: str, families: tuple[frozenset[str], ...]) -> str:
    """Return the cluster where one family has all of it, else its first character where one has that."""
    for part in (cluster, cluster[0]):
        if any(family.issuperset(part) for family in families):
            return part
    return " " if cluster[0].isspace() else REPLACEMENT


@cache
def _families() -> tuple[frozenset[str], ...]:
    """Return the characters of each family that all of its files have, the family of the text first."""
    from fontTools.ttLib import TTFont

    found: dict[str, frozenset[str]] = {}
    # From Z to A: SourceSans3 comes first.
    for path in sorted(FONTS.glob("*.ttf"), reverse=True):
        with TTFont(path, lazy=True) as font:
            family = font["name"].getBestFamilyName()
            characters = frozenset(map(chr, font.getBestCmap())) | {"\n"}
        found[family] = found.get(family, characters) & characters
    return tuple(found.values())
