"""The bank's statement is read in both versions, and whatever is not a whole one is refused with a sentence."""

import zipfile
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

from funding.payments import camt
from funding.payments.camt import Detail, Entry, Unreadable, read

DATA = Path(__file__).parent / "data"
V8 = (DATA / "statement_08.xml").read_bytes()
V2 = (DATA / "statement_02.xml").read_bytes()


def zipped(**files: bytes) -> bytes:
    """Return a ZIP of these files; a double underscore in a name is a folder."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{name.replace('__', '/')}.xml", content)
    return made.getvalue()


@pytest.mark.parametrize(("version", "content"), [("02", V2), ("08", V8)])
def test_the_files_of_these_tests_are_what_the_schema_wants(version: str, content: bytes) -> None:
    schema = etree.XMLSchema(etree.parse(str(DATA / f"camt.053.001.{version}.xsd")))
    schema.assertValid(etree.fromstring(content))


def test_version_8() -> None:
    [statement] = read(V8)
    assert (statement.id, statement.number, statement.iban) == (
        "0352C5320260305200001",
        "7",
        "DE02200505501015871393",
    )
    assert (statement.opening, statement.opened_on) == (Decimal("1000.00"), date(2026, 3, 4))
    assert (statement.closing, statement.closed_on) == (Decimal("120190.10"), date(2026, 3, 5))
    city, batch, back, fee, announced = statement.entries
    assert city == Entry(
        amount=Decimal("120000.00"),
        booked_on=date(2026, 3, 5),
        valued_on=date(2026, 3, 6),
        bank_reference="20260305000001",
        code="PMNT-RCDT-ESCT NTRF+166+00931",
        text="GUTSCHR. ÜBERWEISUNG",
        details=(
            Detail(
                amount=Decimal("120000.00"),
                name="Stadt Dortmund",
                iban="DE02120300000000202051",
                remittance="Zuwendung 2026, 1. Rate",
            ),
        ),
    )
    assert (batch.amount, batch.message_id, batch.payment_info_id) == (
        Decimal("-1300.00"),
        "ZL-000012",
        "ZL-000012",
    )
    assert (batch.number, batch.total, batch.details) == (2, Decimal("1300.00"), ())
    assert back.reversal
    assert back.booked_on == date(2026, 3, 5)
    [detail] = back.details
    assert (detail.end_to_end, detail.return_reason) == ("2026-HOE-007-3-1", "AC04 Konto erloschen")
    assert (detail.name, detail.iban) == ("Kulturverein Hörde", "DE89370400440532013000")
    assert (fee.amount, fee.charges, fee.text) == (Decimal("-9.90"), Decimal("9.90"), "Kontoführung Februar")
    assert [entry.is_fee for entry in statement.entries] == [False, False, False, True, False]
    assert not announced.booked
    assert statement.booked == [city, batch, back, fee]


def test_version_2() -> None:
    [statement] = read(V2)
    assert (statement.opening, statement.closing) == (Decimal("-500.00"), Decimal("-185.00"))
    assert statement.number == "45"
    many, one = statement.entries
    assert many.bank_reference == ""
    assert many.details == (
        Detail(
            amount=Decimal("150.00"),
            end_to_end="R-1",
            name="Bürgerverein Eving",
            iban="DE89370400440532013000",
            remittance="RF18539007547034",
        ),
        Detail(
            amount=Decimal("250.00"), end_to_end="R-2", name="Sparkasse Dortmund", remittance="Spende Licht"
        ),
    )
    assert one.message_id == "ZL-000013"
    assert one.details == (
        Detail(
            amount=Decimal("-85.00"),
            end_to_end="2026-EVI-002-9-1",
            message_id="ZL-000013",
            name="Bürgerverein Eving",
            iban="DE89370400440532013000",
            charges=Decimal("0.50"),
        ),
    )


def test_a_zip_of_the_bank_is_read_oldest_first() -> None:
    assert [each.number for each in read(zipped(b=V2, a=V8))] == ["7", "45"]
    assert [each.number for each in read(zipped(a=V2, b=V8))] == ["7", "45"]


def test_what_lies_beside_the_statements_in_a_zip_is_passed_over_and_named() -> None:
    packed = zipped(a__b=V8, c=V2, readme=b"x", __MACOSX__c=b"x", d=b"").replace(b"readme.xml", b"readme.txt")
    packed = packed.replace(b"/MACOSX/c", b"MACOSX/._").replace(b"d.xml", b"d.pdf")
    assert [each.number for each in read(packed)] == ["7", "45"]
    assert camt.left_out(packed) == ["readme.txt", "d.pdf"]
    assert camt.left_out(V8) == []


def test_the_same_bytes_are_the_same_statements() -> None:
    assert read(V8) == read(V8) == read(zipped(a=V8))


def test_a_page_of_a_longer_statement_has_interim_balances() -> None:
    page = V2.replace(b"<Cd>OPBD</Cd>", b"<Cd>ITBD</Cd>").replace(b"<Cd>CLBD</Cd>", b"<Cd>ITBD</Cd>")
    [statement] = read(page)
    assert (statement.opening, statement.closing) == (Decimal("-500.00"), Decimal("-185.00"))
    numbered = V8.replace(
        b"<ElctrncSeqNb>44",
        b"<StmtPgntn><PgNb>2</PgNb><LastPgInd>true</LastPgInd></StmtPgntn><ElctrncSeqNb>44",
    )
    assert read(numbered)[0].bank_id == "0352C5320260305200001/2"


@pytest.mark.parametrize(
    ("content", "euro", "dollar", "amounts"),
    [
        (
            V2,
            b'<Chrgs><Amt Ccy="EUR">0.50</Amt></Chrgs>',
            b'<AmtDtls><InstdAmt><Amt Ccy="USD">95.00</Amt></InstdAmt></AmtDtls><Chrgs><Amt Ccy="USD">0.50</Amt></Chrgs>',
            [Decimal(400), Decimal(-85)],
        ),
        (
            V8,
            b'<Amt Ccy="EUR">120000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>\n          <RltdPties>',
            b'<Amt Ccy="USD">130000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>\n          <RltdPties>',
            [Decimal(120000), Decimal(-1300), Decimal(500), Decimal("-9.90")],
        ),
    ],
    ids=["02", "08"],
)
def test_what_was_paid_in_another_currency_counts_with_its_euro(
    content: bytes, euro: bytes, dollar: bytes, amounts: list[Decimal]
) -> None:
    """Entry and balances are in euro. What was ordered and what another bank took may be in dollar."""
    assert content.count(euro) == 1
    [statement] = read(content.replace(euro, dollar))
    assert [entry.amount for entry in statement.booked] == amounts
    for entry in statement.booked:
        assert sum(detail.amount for detail in entry.details) in (0, entry.amount)
    assert statement.booked[-1].details == () or statement.booked[-1].details[0].charges == 0


def test_the_pages_of_a_long_statement_are_read_in_their_order() -> None:
    paged = [
        V8.replace(b"<ElctrncSeqNb>44", b"<StmtPgntn><PgNb>%d</PgNb><LastPgInd>false</LastPgInd></StmtPgntn><ElctrncSeqNb>44" % n)
        for n in range(1, 13)
    ]  # fmt: skip
    assert [each.page for each in read(zipped(**{f"p{n:02}": page for n, page in enumerate(paged)}))] == list(
        range(1, 13)
    )


def with_doctype(content: bytes, doctype: bytes) -> bytes:
    declaration, rest = content.split(b"?>", 1)
    return declaration + b"?>" + doctype + rest


ENTITY = b'<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
BOMB = (
    b'<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Die Datei ist leer"),
        (b"%PDF-1.7 ...", "PDF-Datei"),
        (b"\r\n:20:STARTUMSE", "MT940"),
        (b"Buchungstag;Betrag", "keine XML-Datei"),
        (V8[: len(V8) // 2], "unvollständig oder beschädigt"),
        (b"<html/>", "steht etwas anderes"),
        (V8.replace(b"camt.053.001.08", b"camt.052.001.08"), "steht „camt.052.001.08“"),
        (V8.replace(b"camt.053.001.08", b"camt.053.001.06"), "Fassungen 2 und 8"),
        (with_doctype(V8, b"<!DOCTYPE Document>"), "DOCTYPE"),
        (with_doctype(V8, ENTITY).replace(b"Stadt Dortmund", b"&x;"), "DOCTYPE"),
        (with_doctype(V8, BOMB).replace(b"Stadt Dortmund", b"&j;"), "DOCTYPE"),
        (with_doctype(V8, ENTITY).decode().replace("UTF-8", "UTF-16").encode("utf-16"), "DOCTYPE"),
        (V8.replace(b'Ccy="EUR">1300', b'Ccy="CHF">1300'), "in CHF"),
        (V8.replace(b'<Amt Ccy="EUR">1000.00', b'<Amt Ccy="CHF">1000.00'), "in CHF"),
        (V8.replace(b">120190.10<", b">120190.11<"), "geht nicht auf"),
        (V8.replace(b">9.90</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>", b">9.905</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>"), "ein Betrag, der keiner ist"),
        (V8.replace(b">9.90<", b">NaN<"), "ein Betrag, der keiner ist"),
        (V8.replace(b">9.90<", b">1e99<"), "ein Betrag, der keiner ist"),
        (V8.replace(b"<CdtDbtInd>DBIT</CdtDbtInd>", b""), "seine Richtung"),
        (V8.replace(b"<Dt>2026-03-05</Dt></BookgDt>", b"<Dt>2026-13-05</Dt></BookgDt>"), "fehlt ein Tag"),
        (V8.replace(b"CLBD", b"CLAV"), "fehlt der Saldo"),
        (V8.replace(b"IBAN>", b"BBAN>"), "keine IBAN"),
        (V8.replace(b"<Id>0352C5320260305200001</Id>", b""), "fehlt seine Nummer"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>', "kein Kontoauszug"),
        (zipped(a=V8).replace(b"a.xml", b"a.exe"), "keine XML-Datei"),
        (zipped(), "keine XML-Datei"),
        (zipped(a=V8, b=V8).replace(b"b.xml", b"a.xml"), "doppelte Namen"),
        (zipped(a=b"0" * (camt.LARGEST_UNPACKED + 1)), "entpackt größer"),
        (zipped(**{f"n{n}": b"" for n in range(camt.MOST_FILES + 1)}), "entpackt größer"),
        (zipped(a=V8)[:-30], "beschädigt"),
        (zipped(a=V8, b=zipped(a=V8)), "keine XML-Datei"),
        (b" " * (camt.LARGEST_FILE + 1), "zu groß"),
    ],
)  # fmt: skip
def test_what_is_not_a_whole_statement_is_refused(content: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read(content)


def test_an_archive_that_lies_about_its_size_is_not_unpacked() -> None:
    bomb = zipped(a=b"0" * (camt.LARGEST_UNPACKED + 1))
    size = (camt.LARGEST_UNPACKED + 1).to_bytes(4, "little")
    assert bomb.count(size) == 2
    with pytest.raises(Unreadable, match=r"entpackt größer|beschädigt"):
        read(bomb.replace(size, (10).to_bytes(4, "little")))


def test_a_statement_of_a_hundred_thousand_entries_is_refused_in_time() -> None:
    head, rest = V8.split(b"<Ntry>", 1)
    entry = b'<Ntry><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts></Ntry>'
    with pytest.raises(Unreadable, match=r"mehr als 10\.000\sBuchungen"):
        read(head + entry * 100_000 + b"<Ntry>" + rest)


def test_hidden_characters_do_not_reach_the_texts() -> None:
    changed = V8.replace(b"Stadt Dortmund", "Stadt\u202e <!-- x -->  Dortmund".encode())
    assert read(changed)[0].entries[0].details[0].name == "Stadt Dortmund"
