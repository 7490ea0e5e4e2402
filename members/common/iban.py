"""Accounts and banks: read an IBAN or BIC as people type it, say what is wrong with it, show it.

Payments are in euro within SEPA. A German IBAN names its bank, and the list of banks knows it. A foreign one
may name a bank that the list does not know: then ``Iban.bic`` is empty, and the BIC has to be asked for.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from members.common import fields
from members.common.forms import CleanCharField
from members.common.texts import normal

#: The longest IBAN that the standard allows, and the longest BIC.
LONGEST_IBAN, LONGEST_BIC = 34, 11
#: The shortest IBAN, that of Norway.
SHORTEST_IBAN = 15
#: Albania, Moldova, Montenegro, North Macedonia and Serbia joined SEPA in 2025 and 2026: schwifty says they did not.
JOINED_LATELY = {"AL", "MD", "ME", "MK", "RS"}

_BETWEEN = re.compile(r"[\s.\-\u2010-\u2015]+")
_LABEL = re.compile(r"^(IBAN:?|BIC:)")
_BEGINNING = re.compile(r"[A-Z]{2}[0-9]{2}")
_FOREIGN_CHARACTER = re.compile(r"[^A-Z0-9]")
_IN_TEXT = re.compile(r"(?=\b([A-Z]{2}[0-9]{2}(?:[\s.\-\u2010-\u2015]*[A-Z0-9]){11,30}))")
_GERMAN = re.compile(r"DE[0-9]{20}")
_BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")


@dataclass(frozen=True)
class Iban:
    """An account: its IBAN without blanks, its bank's name and BIC. Both are empty where no list knows them."""

    value: str
    bank: str
    bic: str


def compact(text: str) -> str:
    """Return an IBAN or BIC as it is stored: capitals, no blanks, points or dashes, no "IBAN:" before it."""
    return _LABEL.sub("", _BETWEEN.sub("", normal(text)).upper())


def checked_iban(text: str) -> Iban:
    """Return the account that was typed. Raises ValidationError with a German sentence for what is wrong."""
    from schwifty import IBAN, exceptions  # takes a tenth of a second

    value = compact(text)
    if found := _FOREIGN_CHARACTER.search(value):
        raise ValidationError(
            f"In einer IBAN stehen nur Buchstaben und Ziffern; „{found[0]}“ gehört nicht dazu.",
            code="characters",
        )
    if not _BEGINNING.match(value):
        raise ValidationError(
            "Eine IBAN beginnt mit dem Land und zwei Prüfziffern, zum Beispiel DE12.", code="beginning"
        )
    country = value[:2]
    iban = IBAN(value, allow_invalid=True)
    try:
        spec = iban.spec
    except exceptions.InvalidCountryCode:
        spec = None
    if spec is None or not (spec.in_sepa_zone or country in JOINED_LATELY):
        raise ValidationError(
            f"Dorthin kann nicht überwiesen werden: „{country}“ gehört nicht zum Zahlungsraum SEPA.",
            code="sepa",
        )
    if len(value) != spec.iban_length:
        raise ValidationError(
            f"Eine IBAN mit {country} hat {spec.iban_length} Stellen; hier sind es {len(value)}.",
            code="length",
        )
    if country == "DE" and not value[2:].isdigit():
        raise ValidationError(
            "Nach DE stehen nur Ziffern. Bitte prüfen Sie, ob ein O statt einer Null oder ein I statt einer Eins dasteht.",
            code="digits",
        )
    if not iban.is_valid:
        raise ValidationError(
            "Bitte prüfen Sie die Ziffern: In dieser IBAN ist mindestens eine Stelle falsch oder vertauscht.",
            code="check_digits",
        )
    if country == "DE" and iban.bank is None:
        raise ValidationError(
            f"Zur Bankleitzahl {value[4:12]} ist keine Bank bekannt. Bitte prüfen Sie die 5. bis 12. Stelle.",
            code="bank",
        )
    return Iban(value, iban.bank_name or "", str(iban.bic or ""))


def checked_bic(text: str) -> str:
    """Return the BIC that was typed, in capitals. Raises ValidationError with a German sentence."""
    from schwifty import BIC

    value = compact(text)
    if not _BIC.fullmatch(value):
        raise ValidationError(
            "Ein BIC hat 8 oder 11 Stellen und beginnt mit sechs Buchstaben, zum Beispiel COBADEFF.",
            code="form",
        )
    if not BIC(value, allow_invalid=True).is_valid:
        raise ValidationError(
            f"Die 5. und 6. Stelle eines BIC nennen das Land; „{value[4:6]}“ ist keins.", code="country"
        )
    return value


def names_iban(text: str) -> bool:
    """Return whether an IBAN stands in the text, however it is spaced. Free texts are read by more people.

    A German one counts with wrong check digits as well. "RE2026-0012 vom 12.03.2026" is none.
    """
    return any(_begins_with_iban(compact(found[1])) for found in _IN_TEXT.finditer(normal(text).upper()))


def iban_in(text: str) -> str:
    """Return the first valid IBAN of the text, without blanks; empty where none stands in it."""
    from schwifty import IBAN

    for found in _IN_TEXT.finditer(normal(text).upper()):
        value = compact(found[1])
        for length in range(SHORTEST_IBAN, len(value) + 1):
            if IBAN(value[:length], allow_invalid=True).is_valid:
                return value[:length]
    return ""


def _begins_with_iban(text: str) -> bool:
    if _GERMAN.match(text):
        return True
    from schwifty import IBAN

    lengths = range(SHORTEST_IBAN, len(text) + 1)
    return any(IBAN(text[:length], allow_invalid=True).is_valid for length in lengths)


def grouped(value: str) -> str:
    """Return the IBAN as people read it: "DE12 3456 7890 ..."."""
    return " ".join(value[i : i + 4] for i in range(0, len(value), 4))


def masked(value: str) -> str:
    """Return what everybody may see of an IBAN: "… 3456"."""
    return f"…\u00a0{value[-4:]}" if value else ""


class _Code(fields.CharField):
    """A text column of an IBAN or BIC: stored without blanks, in capitals, and compared with in that form."""

    longest = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": self.longest, **kwargs})

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def _normal(self, value: Any) -> Any:
        return compact(value) if isinstance(value, str) else value


class _CodeFormField(CleanCharField):
    """A form field of an IBAN or BIC. What is wrong is said beside it, and what was typed stays."""

    longest = 0

    def __init__(self, **kwargs: Any) -> None:
        # A paste may have blanks, a label and more: the length that counts is checked without them.
        kwargs.pop("max_length", None)
        super().__init__(**kwargs)
        self.widget.attrs.update(
            {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        )

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return compact(text) if text else text

    def has_changed(self, initial: Any, data: Any) -> bool:
        return compact(initial or "") != compact(data or "")


class IbanFormField(_CodeFormField):
    """An IBAN. Its cleaned value is stored as it is; ``checked_iban`` of it says which bank it names."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value:
            checked_iban(value)

    def prepare_value(self, value: Any) -> Any:
        return grouped(value) if isinstance(value, str) and value.isalnum() else value


class BicFormField(_CodeFormField):
    """A BIC."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value:
            checked_bic(value)


class IBANField(_Code):
    """A column for an IBAN."""

    longest = LONGEST_IBAN
    form_class = IbanFormField


class BICField(_Code):
    """A column for a BIC."""

    longest = LONGEST_BIC
    form_class = BicFormField
