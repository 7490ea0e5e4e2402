"""Fold texts for searching and sorting, so that every spelling of a word is found: "HÖRDE", "Hörde", "hoerde"."""

import re
import unicodedata

from members.common.texts import normal

#: Letters that are written out (DIN 5007-2), and letters that Unicode does not take apart.
_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "æ": "ae", "œ": "oe", "ł": "l", "ø": "o", "đ": "d", "ı": "i", "þ": "th"}
)
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Return the text in small plain letters, its words separated by one blank.

    "HÖRDE", "Hörde" and "hoerde" all become "hoerde". Other accents are dropped; punctuation becomes a blank.
    """
    text = normal(text).casefold()
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text.translate(_LETTERS))
        text = "".join(char for char in apart if not unicodedata.combining(char))
    return _BETWEEN_WORDS.sub(" ", text).strip()


def between_blanks(*texts: str) -> str:
    """Return the folded texts between blanks: a search for " ab" then finds words that begin with "ab"."""
    return f" {fold(' '.join(texts))} "


def key_of(*texts: str) -> str:
    """Return the key by which a name is sorted and found, each of its parts between blanks.

    Two blanks stand between the parts, so that "Müller, Zoe" comes before "Müller-Lüdenscheidt, Anna".
    """
    return "".join(map(between_blanks, texts))
