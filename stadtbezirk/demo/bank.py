"""The statements of the demonstration's bank, as camt.053.001.08."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lxml import etree

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@dataclass(frozen=True)
class Line:
    """One entry (signed euro): a batch has a message id and no other side."""

    amount: Decimal
    name: str = ""
    remittance: str = ""
    end_to_end: str = ""
    message_id: str = ""
    return_reason: str = ""
    iban: str = ""
    text: str = ""
    fee: bool = False
    day: date | None = None
    reference: str = ""
    charges: Decimal = Decimal(0)


def statement(
    iban: str, number: int, opening: Decimal, opened_on: date, day: date, lines: Sequence[Line]
) -> bytes:
    """Return the statement of a day: opening and lines give the closing balance."""
    root = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})
    message = _put(root, "BkToCstmrStmt")
    header = _put(message, "GrpHdr")
    _put(header, "MsgId", f"053D{day:%Y%m%d}{number:05d}")
    _put(header, "CreDtTm", f"{day.isoformat()}T20:00:00")
    made = _put(message, "Stmt")
    _put(made, "Id", f"0352C5{day:%Y%m%d}{number:05d}")
    _put(made, "LglSeqNb", str(number))
    _put(made, "CreDtTm", f"{day.isoformat()}T20:00:00")
    account = _put(made, "Acct")
    _put(_put(account, "Id"), "IBAN", iban)
    _put(account, "Ccy", "EUR")
    closing = opening + sum(line.amount for line in lines)
    for kind, amount, on in (("PRCD", opening, opened_on), ("CLBD", closing, day)):
        balance = _put(made, "Bal")
        _put(_put(_put(balance, "Tp"), "CdOrPrtry"), "Cd", kind)
        _amount(balance, amount)
        _put(_put(balance, "Dt"), "Dt", on.isoformat())
    for line in lines:
        _entry(made, line, line.day or day)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _entry(parent: etree._Element, line: Line, day: date) -> None:
    entry = _put(parent, "Ntry")
    _amount(entry, line.amount)
    if line.return_reason:
        _put(entry, "RvslInd", "true")
    _put(_put(entry, "Sts"), "Cd", "BOOK")
    _put(_put(entry, "BookgDt"), "Dt", day.isoformat())
    _put(_put(entry, "ValDt"), "Dt", day.isoformat())
    if line.reference:
        _put(entry, "AcctSvcrRef", line.reference)
    domain = _put(_put(entry, "BkTxCd"), "Domn")
    _put(domain, "Cd", "ACMT" if line.fee else "PMNT")
    family = _put(domain, "Fmly")
    _put(family, "Cd", "MDOP" if line.fee else "RCDT" if line.amount > 0 else "ICDT")
    _put(family, "SubFmlyCd", "CHRG" if line.fee else "ESCT")
    if line.charges:
        _put(_put(entry, "Chrgs"), "TtlChrgsAndTaxAmt", f"{line.charges:.2f}").set("Ccy", "EUR")
    details = _put(entry, "NtryDtls")
    if line.message_id:
        batch = _put(details, "Btch")
        _put(batch, "MsgId", line.message_id)
        _put(batch, "PmtInfId", line.message_id)
    else:
        _transaction(_put(details, "TxDtls"), line)
    if line.text:
        _put(entry, "AddtlNtryInf", line.text)


def _transaction(parent: etree._Element, line: Line) -> None:
    _put(_put(parent, "Refs"), "EndToEndId", line.end_to_end or "NOTPROVIDED")
    _amount(parent, line.amount)
    if line.name:
        parties = _put(parent, "RltdPties")
        role = "Dbtr" if line.amount > 0 and not line.return_reason else "Cdtr"
        _put(_put(_put(parties, role), "Pty"), "Nm", line.name)
        if line.iban:
            _put(_put(_put(parties, f"{role}Acct"), "Id"), "IBAN", line.iban)
    if line.remittance:
        _put(_put(parent, "RmtInf"), "Ustrd", line.remittance)
    if line.return_reason:
        back = _put(parent, "RtrInf")
        _put(_put(back, "Rsn"), "Cd", line.return_reason)


def _put(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    made = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    made.text = text
    return made


def _amount(parent: etree._Element, amount: Decimal) -> None:
    _put(parent, "Amt", f"{abs(amount):.2f}").set("Ccy", "EUR")
    _put(parent, "CdtDbtInd", "CRDT" if amount >= 0 else "DBIT")
