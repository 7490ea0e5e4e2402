"""Accounts and banks: what people type, what is stored, what is shown."""

import subprocess
import sys

import pytest
from django import forms
from django.core.exceptions import ValidationError

from members.common.iban import (
    BICField,
    BicFormField,
    Iban,
    IBANField,
    IbanFormField,
    checked_bic,
    checked_iban,
    grouped,
    masked,
    names_iban,
)

GERMAN = "DE89370400440532013000"


@pytest.mark.parametrize(
    "typed",
    [
        GERMAN,
        "DE89 3704 0044 0532 0130 00",
        "de89370400440532013000",
        " IBAN: DE89\u00a03704\u202f0044\t0532 0130 00\n",
        "IBAN DE89-3704-0044-0532-0130-00",
        "DE89\u200b3704\u00ad0044\ufeff0532.0130.00",
    ],
)
def test_every_spelling_is_one_account(typed: str) -> None:
    assert checked_iban(typed) == Iban(GERMAN, "Commerzbank", "COBADEFFXXX")


@pytest.mark.parametrize(
    ("typed", "bank", "bic"),
    [
        ("FR14 2004 1010 0505 0001 3M02 606", "LA BANQUE POSTALE", "PSSTFRPP"),
        ("AT61 1904 3002 3457 3201", "", ""),
        ("CH93 0076 2011 6238 5295 7", "", ""),
        ("RS35 2600 0560 1001 6113 79", "", ""),
    ],
)
def test_a_foreign_account_of_sepa_is_lawful(typed: str, bank: str, bic: str) -> None:
    assert checked_iban(typed) == Iban(typed.replace(" ", ""), bank, bic)


@pytest.mark.parametrize(
    ("typed", "code", "sentence"),
    [
        ("DE89 3704 0044 0532 0130 0", "length", "Eine IBAN mit DE hat 22 Stellen; hier sind es 21."),
        ("AT61 1904 3002 3457 3201 0", "length", "Eine IBAN mit AT hat 20 Stellen; hier sind es 21."),
        ("DE89 3704 0044 0532 0130 01", "check_digits", "Bitte prüfen Sie die Ziffern"),
        ("DE89 3704 0044 0532 0310 00", "check_digits", "vertauscht"),
        ("DE37 9999 9999 0123 4567 89", "bank", "Zur Bankleitzahl 99999999 ist keine Bank bekannt."),
        ("DE89 37O4 0044 0532 0130 00", "digits", "O statt einer Null"),
        ("TR33 0006 1005 1978 6457 8413 26", "sepa", "„TR“ gehört nicht zum Zahlungsraum SEPA."),
        ("XX12 3456", "sepa", "„XX“ gehört nicht"),
        ("DE89 3704 0044 0532 013é 00", "characters", "„É“ gehört nicht dazu"),
        ("\uff24\uff25" + GERMAN[2:], "characters", "nur Buchstaben und Ziffern"),
        ("0532013000", "beginning", "beginnt mit dem Land"),
        ("DE", "beginning", "beginnt mit dem Land"),
        ("1" * 100_000, "beginning", "beginnt mit dem Land"),
        ("DE89" + "1" * 100_000, "length", "hier sind es 100004"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(typed: str, code: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        checked_iban(typed)
    assert refused.value.code == code
    assert sentence in refused.value.message


@pytest.mark.parametrize("digit", range(2, 22))
def test_every_single_wrong_digit_of_a_german_account_is_found(digit: int) -> None:
    for other in "0123456789".replace(GERMAN[digit], ""):
        with pytest.raises(ValidationError):
            checked_iban(GERMAN[:digit] + other + GERMAN[digit + 1 :])


@pytest.mark.parametrize(
    ("typed", "bic"),
    [("cobadeff", "COBADEFF"), (" COBA DE FF 060 ", "COBADEFF060"), ("BIC: RZOOAT2L", "RZOOAT2L")],
)
def test_a_bic_is_read(typed: str, bic: str) -> None:
    assert checked_bic(typed) == bic


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("COBADEF", "form"),
        ("COBADEFFXX", "form"),
        ("1234DEFF", "form"),
        ("COBAXYFF", "country"),
        ("é" * 8, "form"),
    ],
)
def test_a_wrong_bic_is_refused(typed: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        checked_bic(typed)
    assert refused.value.code == code


def test_an_account_is_shown_in_fours_and_mostly_hidden() -> None:
    assert grouped(GERMAN) == "DE89 3704 0044 0532 0130 00"
    assert masked(GERMAN) == "…\u00a03000"
    assert (grouped(""), masked("")) == ("", "")


class AccountForm(forms.Form):
    iban = IbanFormField()
    bic = BicFormField(required=False)


def test_a_form_keeps_what_was_typed_and_cleans_what_is_right() -> None:
    good = AccountForm({"iban": " de89 3704 0044 0532 0130 00", "bic": "coba de ff"})
    assert good.is_valid()
    assert good.cleaned_data == {"iban": GERMAN, "bic": "COBADEFF"}
    wrong = AccountForm({"iban": "DE89 3704 0044 0532 0130 01", "bic": "COBA"})
    assert set(wrong.errors) == {"iban", "bic"}
    assert 'value="DE89 3704 0044 0532 0130 01"' in str(wrong["iban"])
    assert set(AccountForm({}).errors) == {"iban"}


def test_a_form_shows_a_stored_account_in_fours_and_sees_no_change_in_blanks() -> None:
    form = AccountForm({"iban": "DE89370400440532013000"}, initial={"iban": GERMAN})
    assert not form.has_changed()
    assert 'value="DE89 3704 0044 0532 0130 00"' in str(AccountForm(initial={"iban": GERMAN})["iban"])


def test_a_column_holds_it_without_blanks() -> None:
    iban, bic = IBANField("IBAN", name="iban"), BICField("BIC", name="bic")
    assert iban.get_prep_value(" de89 3704 0044 0532 0130 00") == GERMAN
    assert (iban.max_length, bic.max_length) == (34, 11)
    assert iban.deconstruct()[1:] == (
        "django.db.models.CharField",
        [],
        {"max_length": 34, "verbose_name": "IBAN"},
    )
    assert isinstance(iban.formfield(), IbanFormField)
    assert isinstance(bic.formfield(), BicFormField)


def test_the_list_of_banks_is_read_only_when_it_is_asked() -> None:
    """It takes a tenth of a second that no other page should wait for."""
    program = (
        "import django, sys; django.setup(); import members.common.iban; sys.exit('schwifty' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("an DE89 3704 0044 0532 0130 00 bitte", True),
        ("an de89-3704-0044-0532-0130-00", True),
        ("an DE88 3704 0044 0532 0130 00, vertippt", True),
        ("auf NO93 8601 1117 947 am 12.03.2026", True),
        ("auf GB29 NWBK 6016 1331 9268 19", True),
        ("zu RE2026-0012 vom 12.03.2026 an DE89 3704 0044 0532 0130 00", True),
        ("Rechnung RE2026-0012 vom 12.03.2026", False),
        ("Umsatzsteuer-Nummer DE123456789 vom 12.03.2026", False),
        ("Konto 532013000", False),
        ("", False),
    ],
)
def test_an_iban_in_a_text_is_found_and_an_invoice_is_none(text: str, there: bool) -> None:
    assert names_iban(text) is there
