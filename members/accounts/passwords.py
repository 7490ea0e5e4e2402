"""Refuse passwords that are short, or that somebody who knows the city would try first.

A password is read as words, digits and other signs, and each part is worth what it costs to guess. Passwords
that were chosen earlier are not judged.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, cached_property
from pathlib import Path

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from members.accounts import events
from members.models import AccountEvent, District, User

#: Origin, version and licence of the lists: members/accounts/data/ORIGIN.md.
DATA = Path(__file__).parent / "data"
#: What a part is worth: a word of the list, a name, any other letter, a group of digits between letters.
WORD, NAME, LETTER, DIGITS = 3, 2, 1, 1
#: What a password must be worth: two words that are nobody's first idea, or six letters that form no word.
ENOUGH = 6
#: The same for a password in one piece, because German joins two words to one.
ENOUGH_IN_ONE_PIECE = 9
#: Characters that are judged. Of a longer password only the beginning counts.
READ = 100

#: Rows of keys and of the alphabet, also read from right to left.
ROWS = ("qwertzuiopü", "asdfghjklöä", "yxcvbnm", "qwertyuiop", "qayxsw", "abcdefghijklmnopqrstuvwxyz")
SWAPPED = {"@": "a", "4": "a", "3": "e", "€": "e", "0": "o", "$": "s", "5": "s", "7": "t", "8": "b"}
READINGS = tuple(str.maketrans({**SWAPPED, "1": one, "!": one, "|": one}) for one in "il")

HOW = "Nehmen Sie drei oder vier Wörter, die nichts miteinander zu tun haben."


class HardToGuess:
    """The validator for AUTH_PASSWORD_VALIDATORS."""

    def __init__(self, min_length: int = 12) -> None:
        self.min_length = min_length
        self.common = CommonPasswordValidator()

    def get_help_text(self) -> str:
        return (
            f"Mindestens {self.min_length} Zeichen, am besten drei oder vier Wörter, die nichts miteinander zu tun haben. "
            "Ein Wort, Name oder Ort mit Zahlen dahinter genügt nicht."
        )

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) < self.min_length:
            raise ValidationError(
                f"Das Passwort ist zu kurz: Es hat {len(password)} Zeichen und braucht {self.min_length}. {HOW}",
                code="password_too_short",
            )
        if self.worth(password, user) < _needed(password):
            raise ValidationError(
                "Das Passwort ist leicht zu erraten: ein bekanntes Wort, ein Name, ein Ort oder eine Reihe wie 1234, mit "
                f"Zahlen und Zeichen daran. {HOW}",
                code="password_easy",
            )

    def password_changed(self, password: str, user: User | None = None) -> None:
        """Record that a password was saved. Django calls this on every way to set one."""
        events.note(AccountEvent.Kind.PASSWORD, user)

    def worth(self, password: str, user: User | None = None) -> int:
        """Return the lowest worth of the password among its readings, e.g. with o for 0 and a for @."""
        typed = _folded(password[:READ])
        inner = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", typed)
        ends = re.sub(r"[\W\d_]+$", "", typed)
        readings = {typed, *(text.translate(table) for text in (typed, inner, ends) for table in READINGS)}
        names = [*District.objects.values_list("name", flat=True), *_names_of(user)]
        worthless = _listed("first_ideas.txt") | _folded_all(names)
        return min(self._worth_of(reading, worthless) for reading in readings)

    def _worth_of(self, text: str, worthless: set[str]) -> int:
        text = re.sub(r"[\W_]", "", text).strip("0123456789")
        letters = re.sub(r"\d", "", text)
        if self._is_common(letters):
            return 0
        period = (letters + letters).find(letters, 1)
        if 0 < period < len(letters):
            text = letters[:period]
        least = [0]
        for end in range(1, len(text) + 1):
            last, before = text[end - 1], text[end - 2 : end - 1]
            group = DIGITS if not before.isdecimal() else 0
            costs = [least[-1] + (0 if last == before else group if last.isdecimal() else LETTER)]
            for begin in range(max(0, end - self._longest), end - 2):
                part = text[begin:end]
                if part in worthless or any(part in row for row in self._rows):
                    costs.append(least[begin])
                elif part in _listed("german_names.txt"):
                    costs.append(least[begin] + NAME)
                elif part in _listed("german_words.txt"):
                    costs.append(least[begin] + WORD)
            least.append(min(costs))
        return least[-1]

    def _is_common(self, text: str) -> bool:
        try:
            self.common.validate(text)
        except ValidationError:
            return True
        return False

    @cached_property
    def _rows(self) -> list[str]:
        rows = [_folded(row) for row in ROWS]
        return [*rows, *(row[::-1] for row in rows)]

    @cached_property
    def _longest(self) -> int:
        return max(map(len, _listed("german_words.txt") | _listed("first_ideas.txt")))


def _needed(password: str) -> int:
    pieces = re.findall(r"[^\W\d_]{2,}", password)
    return ENOUGH if len(pieces) > 1 else ENOUGH_IN_ONE_PIECE


def _folded(text: str) -> str:
    """Return the text in lower case, with ä as ae and é as e."""
    text = text.casefold().translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue"})
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _folded_all(words: Iterable[str]) -> set[str]:
    """Return the words, and their parts of three letters or more at hyphens and blanks, folded."""
    parts = {
        re.sub(r"[\W\d_]", "", _folded(part))
        for word in words
        for part in (word, *re.split(r"[\W_\d]+", word))
    }
    return {part for part in parts if len(part) > 2}


@cache
def _listed(name: str) -> set[str]:
    return _folded_all((DATA / name).read_text("utf-8").split())


def _names_of(user: User | None) -> list[str]:
    """Return what everybody knows about the person: name and address."""
    if user is None:
        return []
    return [user.email, *(str(user.person).split() if user.person else [])]
