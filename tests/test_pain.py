"""The bank's payment file: what stands in it, what was replaced, and that the ISO schema takes it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sepaxml
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from funding.payments.pain import (
    NAMESPACE,
    Account,
    Address,
    Addresses,
    Order,
    Transfer,
    Written,
    for_names,
    for_references,
    write,
)

OURS = Account("StadtbezirksMarketing Dortmund e. V.", "DE89370400440532013000", "COBADEFFXXX")
THEIRS = Account("Förderverein Hörde e. V.", "DE02120300000000202051", "BYLADEM1001")
PAID = Transfer("2026-HOE-007-1", Decimal("1234.50"), THEIRS, "Projekt 2026-HOE-007 Rechnung 12")
ORDER = Order("B-2026-0001", datetime(2026, 3, 2, 9, 30, tzinfo=UTC), OURS, date(2026, 3, 4), [PAID])


@cache
def schema() -> Any:
    [file] = (Path(sepaxml.__file__).parent / "schemas").glob("pain.001.001.09.xsd")
    return etree.XMLSchema(etree.parse(str(file)))


def read(written: Written) -> Any:
    root = etree.fromstring(written.content)
    schema().assertValid(root)
    return root


def one(**changed: Any) -> Order:
    """Return an order with one transfer that has these fields."""
    return replace(ORDER, transfers=[replace(PAID, **changed)])


def text(root: Any, name: str) -> list[str]:
    return [element.text for element in root.iter(f"{{{NAMESPACE}}}{name}")]


def test_a_whole_file() -> None:
    assert write(ORDER).content.decode() == (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        f'<Document xmlns="{NAMESPACE}"><CstmrCdtTrfInitn>'
        "<GrpHdr><MsgId>B-2026-0001</MsgId><CreDtTm>2026-03-02T09:30:00Z</CreDtTm><NbOfTxs>1</NbOfTxs>"
        "<CtrlSum>1234.50</CtrlSum><InitgPty><Nm>StadtbezirksMarketing Dortmund e. V.</Nm></InitgPty></GrpHdr>"
        "<PmtInf><PmtInfId>B-2026-0001</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>true</BtchBookg>"
        "<NbOfTxs>1</NbOfTxs><CtrlSum>1234.50</CtrlSum><PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf>"
        "<ReqdExctnDt><Dt>2026-03-04</Dt></ReqdExctnDt><Dbtr><Nm>StadtbezirksMarketing Dortmund e. V.</Nm></Dbtr>"
        "<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>"
        "<DbtrAgt><FinInstnId><BICFI>COBADEFFXXX</BICFI></FinInstnId></DbtrAgt><ChrgBr>SLEV</ChrgBr>"
        "<CdtTrfTxInf><PmtId><EndToEndId>2026-HOE-007-1</EndToEndId></PmtId>"
        '<Amt><InstdAmt Ccy="EUR">1234.50</InstdAmt></Amt>'
        "<CdtrAgt><FinInstnId><BICFI>BYLADEM1001</BICFI></FinInstnId></CdtrAgt>"
        "<Cdtr><Nm>Förderverein Hörde e. V.</Nm></Cdtr>"
        "<CdtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></CdtrAcct>"
        "<RmtInf><Ustrd>Projekt 2026-HOE-007 Rechnung 12</Ustrd></RmtInf></CdtTrfTxInf></PmtInf>"
        "</CstmrCdtTrfInitn></Document>"
    )
    read(write(ORDER))


def test_many_payments_are_counted_and_summed_to_the_cent() -> None:
    transfers = [replace(PAID, end_to_end=f"E{n}", amount=Decimal(n) / 100) for n in range(1, 2001)]
    written = write(replace(ORDER, transfers=transfers))
    root = read(written)
    assert text(root, "NbOfTxs") == ["2000", "2000"]
    assert text(root, "CtrlSum") == ["20010.00", "20010.00"]
    assert (written.number, written.total) == (2000, Decimal("20010.00"))


def test_the_same_order_is_the_same_bytes() -> None:
    berlin = timezone(timedelta(hours=1))
    same = replace(ORDER, created=datetime(2026, 3, 2, 10, 30, tzinfo=berlin))
    assert write(ORDER) == write(ORDER) == write(same)


def test_each_payment_booked_by_itself() -> None:
    assert text(read(write(replace(ORDER, one_sum=False))), "BtchBookg") == ["false"]


def test_a_bank_whose_bic_nobody_knows() -> None:
    root = read(write(replace(one(creditor=replace(THEIRS, bic="")), debtor=replace(OURS, bic=""))))
    assert text(root, "BICFI") == []
    assert "NOTPROVIDED" in text(root, "Id")


HOME = Address("Dortmund", "DE", "Hörder Straße 5 – 7", "44263")


@pytest.mark.parametrize(
    ("address", "wanted", "elements"),
    [
        (HOME, Addresses.NONE, None),
        (None, Addresses.STRUCTURED, None),
        (replace(HOME, town=""), Addresses.HYBRID, None),
        (replace(HOME, country=""), Addresses.HYBRID, None),
        (
            HOME,
            Addresses.STRUCTURED,
            {"StrtNm": "Hörder Straße 5 - 7", "PstCd": "44263", "TwnNm": "Dortmund", "Ctry": "DE"},
        ),
        (
            HOME,
            Addresses.HYBRID,
            {"PstCd": "44263", "TwnNm": "Dortmund", "Ctry": "DE", "AdrLine": "Hörder Straße 5 - 7"},
        ),
        (Address("Dortmund", "DE"), Addresses.STRUCTURED, {"TwnNm": "Dortmund", "Ctry": "DE"}),
    ],
)
def test_the_address_is_what_the_bank_wants(address: Any, wanted: Addresses, elements: Any) -> None:
    root = read(write(replace(one(address=address), addresses=wanted)))
    found = root.find(".//{*}Cdtr/{*}PstlAdr")
    assert elements == (None if found is None else {etree.QName(e).localname: e.text for e in found})


@pytest.mark.parametrize(
    ("text", "name", "reference"),
    [
        ("Müller & Söhne, Straße 100%", "Müller & Söhne, Straße 100%", "Mueller + Soehne, Strasse 100."),
        ("José Çelik", "Jose Celik", "Jose Celik"),
        ("Łódź–Kreis", "Lodz-Kreis", "Lodz-Kreis"),
        ("Ærø, Þór, Đuro, Œuvre", "Aero, Thor, Duro, Oeuvre", "Aero, Thor, Duro, Oeuvre"),
        ("„Kunst“ ‚im’ »Hof«", "'Kunst' 'im' 'Hof'", "'Kunst' 'im' 'Hof'"),
        ("500 € für info@hoerde.de", "500 EUR für info(at)hoerde.de", "500 EUR fuer info(at)hoerde.de"),
        ("Fest 🎉 in Дортмунд 中", "Fest ? in ???????? ?", "Fest ? in ???????? ?"),
        ("a\x00b\x07c\u200bd\ud800", "a?bcd?", "a?bcd?"),
        ("ﬁn ½ ² №5 ™", "fin 1/2 2 No5 TM", "fin 1/2 2 No5 TM"),
        ("<b>&amp;</b>", "(b)&amp,(/b)", "(b)+amp,(/b)"),
        ("Mu\u0308ller", "Müller", "Mueller"),
        ("x\u0338 y\u20e3", "x y", "x y"),
    ],
)
def test_characters(text: str, name: str, reference: str) -> None:
    assert (for_names(text), for_references(text)) == (name, reference)


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_becomes_one_that_banks_read(typed: str) -> None:
    assert set(for_references(typed)) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ "
    )
    written = write(one(creditor=replace(THEIRS, name=f"X{typed}"), remittance=typed))
    read(written)


def test_a_name_of_which_nothing_is_left_is_unknown_and_told() -> None:
    alone = "\u0301"
    made = write(replace(one(creditor=replace(THEIRS, name=alone)), debtor=replace(OURS, name=alone)))
    assert text(read(made), "Nm") == ["?"] * 3
    assert [(change.before, change.after) for change in made.changes] == [(alone, "?")] * 2


def test_what_was_replaced_is_told() -> None:
    written = write(one(creditor=replace(THEIRS, name="Café Ł🎉"), remittance="Straße"))
    assert [(c.end_to_end, c.before, c.after, c.cut) for c in written.changes] == [
        ("2026-HOE-007-1", "Straße", "Strasse", False),
        ("2026-HOE-007-1", "Café Ł🎉", "Cafe L?", False),
    ]
    assert [c.only_umlauts for c in written.changes] == [True, False]
    assert not write(ORDER).changes


def test_a_name_of_140_characters_is_cut_and_told() -> None:
    long = "Förderverein " + "x" * 127
    [change] = write(one(creditor=replace(THEIRS, name=long))).changes
    assert (change.before, change.after, change.cut) == (long, long[:70], True)
    written = write(one(remittance="Wort " * 50))
    assert text(read(written), "Ustrd") == [("Wort " * 28).strip()]
    assert written.changes[0].cut


@pytest.mark.parametrize(
    "order",
    [
        replace(ORDER, transfers=[]),
        replace(ORDER, transfers=[PAID, PAID]),
        replace(ORDER, message_id="x" * 36),
        replace(ORDER, message_id="Stück 1"),
        replace(ORDER, message_id=""),
        one(end_to_end="/1"),
        one(end_to_end="1/"),
        one(end_to_end="1//2"),
        one(end_to_end="x" * 36),
        one(amount=Decimal("0.00")),
        one(amount=Decimal("-1.00")),
        one(amount=Decimal("1.005")),
        one(amount=Decimal("1000000000.00")),
        one(creditor=replace(THEIRS, name="\u200b")),
        one(creditor=replace(THEIRS, iban="")),
    ],
)
def test_an_order_that_no_bank_takes_is_refused(order: Order) -> None:
    with pytest.raises(ValueError):
        write(order)
