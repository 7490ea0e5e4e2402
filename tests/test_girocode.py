"""The GiroCode: what it says, and that it can be read."""

from decimal import Decimal

import pytest

from members.common.girocode import drawn, payload
from members.common.iban import iban_in

IBAN = "DE02370502990000684712"


def said(**other: object) -> str:
    given = {
        "name": "Förderverein e. V.",
        "iban": IBAN,
        "amount": Decimal("1234.5"),
        "text": "RF-2016-APL-007-1",
    }
    return payload(**{**given, **other})  # type: ignore[arg-type]


def test_it_is_a_transfer_of_version_002_with_a_text_as_reference() -> None:
    assert said().split("\n") == [
        "BCD", "002", "1", "SCT", "", "Förderverein e. V.", IBAN, "EUR1234.50", "", "", "RF-2016-APL-007-1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        {"name": ""}, {"name": "x" * 71}, {"text": "x" * 141}, {"text": "a\nb"}, {"amount": Decimal(0)},
        {"amount": Decimal("1000000000")},
    ],
)  # fmt: skip
def test_what_the_standard_does_not_allow_is_refused(other: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        said(**other)


def test_the_same_words_give_the_same_picture_on_white() -> None:
    picture = drawn(said())
    assert picture == drawn(said())
    assert picture.startswith("<svg")
    assert 'fill="#fff"' in picture
    assert drawn(said(name="x" * 70, text="x" * 140))  # the longest


@pytest.mark.parametrize(
    ("text", "iban"),
    [
        ("Beispielbank, IBAN DE02 3705 0299 0000 6847 12", IBAN),
        ("IBAN: DE02370502990000684712 BIC COKSDE33", IBAN),
        ("AT61 1904 3002 3457 3201, Bank", "AT611904300234573201"),
        ("DE03 3705 0299 0000 6847 12", ""),
        ("Beispielbank, Konto 684712", ""),
        ("", ""),
    ],
)
def test_the_iban_of_a_line_of_text(text: str, iban: str) -> None:
    assert iban_in(text) == iban
