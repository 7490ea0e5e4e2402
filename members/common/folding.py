"""Fold texts for searching, so that every spelling of a word is found: "HÖRDE", "Hörde", "hoerde"."""

import re
import unicodedata

_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe"}
_UMLAUTS = {
    **_LETTERS,
    **{char.upper(): plain for char, plain in _LETTERS.items() if char != "ß"},
    "ẞ": "ss",
}
#: What separates words. Everything between two words becomes one blank.
_SEPARATORS = (
    "".join(c for c in map(chr, range(1, 128)) if not c.isalnum() and c != " ") + "\u00a0–—„“”‚‘’»«…€§·•"
)
#: Composed accents, to be dropped.
_COMBINING = "".join(map(chr, (0x300, 0x301, 0x302, 0x303, 0x308, 0x30A, 0x30C, 0x327)))


def _accents() -> dict[str, str]:
    """Return each letter with an accent and its plain letter. The signs × and ÷ become blanks."""
    plain = {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "İ": "i", "×": " ", "÷": " "}
    for char in "áàâãåāăąçćčďéèêëēėęěğíìîïīįñńňóòôõőřśşšťúùûūůűųýÿźżž":
        plain[char] = unicodedata.normalize("NFKD", char)[0]
    return {
        form: letter
        for char, letter in plain.items()
        for form in dict.fromkeys((char, char.upper()))
        if len(form) == 1
    }


_TABLE = str.maketrans(
    {**_UMLAUTS, **_accents(), **dict.fromkeys(_SEPARATORS, " "), **dict.fromkeys(_COMBINING)}
)


def fold(text: str) -> str:
    """Return the text in small plain letters, its words separated by one blank.

    "HÖRDE", "Hörde" and "hoerde" all become "hoerde". Other accents are dropped; punctuation becomes a blank.
    """
    text = unicodedata.normalize("NFC", text).translate(_TABLE).lower()
    return re.sub(r"\s+", " ", text).strip()


def between_blanks(*texts: str) -> str:
    """Return the folded texts between blanks: a search for " ab" then finds words that begin with "ab"."""
    return f" {fold(' '.join(texts))} "
