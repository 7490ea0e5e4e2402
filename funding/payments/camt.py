"""The bank's statement: camt.053.001.02 and .08, as XML or inside the bank's ZIP.

Pure: the same bytes give the same statements. Whatever is not a whole statement in euro is refused with a German
sentence. Sources: ISO 20022; Anlage 3 of the German banks' agreement.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import Any

from members.common.counting import counted
from members.common.iban import compact
from members.common.money import CENT, MAXIMUM, ZERO, format_euro
from members.common.texts import normal

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001."
VERSIONS = ("02", "08")
MB = 1024 * 1024
#: Bytes of the file, and of all statements in it when unpacked. A year of a small fund has about one megabyte.
LARGEST_FILE, LARGEST_UNPACKED = 10 * MB, 25 * MB
#: Files of a ZIP: a bank packs one for each day.
MOST_FILES = 400
MOST_ENTRIES = 10_000
#: Characters that are kept of a text, and of an id.
LONGEST_TEXT, LONGEST_ID = 500, 80
WANTED = (
    "Gebraucht wird der Kontoauszug im Format CAMT.053 (XML oder ZIP), wie das Onlinebanking ihn anbietet."
)
#: How a ZIP begins, also an empty one.
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
#: What banks write where there is no reference.
NO_REFERENCE = {"NOTPROVIDED", "NONREF"}
#: Families of the bank's codes that mean its own fees: ISO's, and numbers of the German list.
_FEES, _GERMAN_FEES = {"CHRG", "COMM", "COMT", "FEES"}, {"805", "808", "809"}
#: Why a transfer came back, where the bank gives a code alone. Source: ISO 20022, external return reasons.
RETURNED = {
    "AC01": "IBAN falsch",
    "AC04": "Konto aufgelöst",
    "AC06": "Konto gesperrt",
    "AG01": "auf diesem Konto nicht erlaubt",
    "AM05": "doppelt überwiesen",
    "CUST": "vom Empfänger zurückgegeben",
    "FOCR": "nach einem Rückruf",
    "MD07": "Inhaber des Kontos verstorben",
    "MS02": "vom Empfänger abgelehnt",
    "MS03": "Die Bank nennt keinen Grund",
    "RC01": "BIC falsch",
}


class Unreadable(ValueError):
    """The file is no statement that can be kept. The message says in German why, and what helps."""


@dataclass(frozen=True)
class Detail:
    """One transaction of an entry: whose it was, and what the bank says of it. ``amount`` is signed euro."""

    amount: Decimal
    end_to_end: str = ""
    message_id: str = ""
    payment_info_id: str = ""
    name: str = ""
    iban: str = ""
    remittance: str = ""
    return_reason: str = ""
    charges: Decimal = ZERO


@dataclass(frozen=True)
class Entry:
    """One line of a statement. ``amount`` is signed euro: what came in is positive."""

    amount: Decimal
    booked_on: date
    valued_on: date
    booked: bool = True
    """Not so: the bank only announces it."""
    reversal: bool = False
    bank_reference: str = ""
    code: str = ""
    text: str = ""
    message_id: str = ""
    payment_info_id: str = ""
    number: int | None = None
    total: Decimal | None = None
    charges: Decimal = ZERO
    details: tuple[Detail, ...] = ()

    @property
    def is_fee(self) -> bool:
        """Return whether it is a fee of the bank: that it takes, or gives back."""
        iso, _, german = self.code.partition(" ")
        return (
            iso.rpartition("-")[2] in _FEES
            or german.startswith("NCHG")
            or bool(_GERMAN_FEES & set(german.split("+")))
        )


@dataclass(frozen=True)
class Statement:
    """A statement of one account (euro): opening + booked entries = closing. A long one comes in pages."""

    id: str
    page: int
    number: str
    iban: str
    opening: Decimal
    opened_on: date
    closing: Decimal
    closed_on: date
    entries: tuple[Entry, ...]

    @property
    def bank_id(self) -> str:
        """Return by which id the bank knows it; each page has its own."""
        return f"{self.id}/{self.page}" if self.page > 1 else self.id

    @property
    def booked(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.booked]


def read(content: bytes) -> list[Statement]:
    """Return the statements of the file, oldest first. Raises Unreadable."""
    if not content:
        raise Unreadable("Die Datei ist leer.")
    if len(content) > LARGEST_FILE:
        raise Unreadable(
            f"Die Datei ist mit {len(content) / MB:.0f}\u00a0MB zu groß, möglich sind {LARGEST_FILE // MB}\u00a0MB. Bitte rufen Sie "
            "die Auszüge für einen kürzeren Zeitraum ab."
        )
    found: list[Statement] = []
    left = MOST_ENTRIES
    for part in _unpacked(content):
        for statement in _document(part, left):
            found.append(statement)
            left -= len(statement.entries)
    return sorted(found, key=lambda each: (each.closed_on, each.opened_on, each.id, each.page))


# -- The file ------------------------------------------------------------------------------------------


def _unpacked(content: bytes) -> Iterator[bytes]:
    """Yield the XML files of a ZIP, or the file itself."""
    if not content.startswith(ZIP):
        yield content
        return
    broken = Unreadable(f"Die ZIP-Datei ist beschädigt. {WANTED}")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = [part for part in archive.infolist() if _is_statement(part.filename)]
            _check_parts(parts)
            left = LARGEST_UNPACKED
            for part in parts:
                with archive.open(part) as file:
                    unpacked = file.read(left + 1)  # what the archive says of its size may be a lie
                left -= len(unpacked)
                if left < 0:
                    raise _too_large()
                yield unpacked
    except Unreadable:
        raise
    except Exception as error:
        # The bytes come from a stranger, and zipfile raises undocumented errors for some of them.
        raise broken from error


def _is_statement(name: str) -> bool:
    """Return whether a file of a ZIP is meant to be read: not what an operating system adds, nor a PDF beside it."""
    return name.lower().endswith(".xml") and not _is_hidden(name)


def _is_hidden(name: str) -> bool:
    return name.rpartition("/")[2].startswith(".")


def left_out(content: bytes) -> list[str]:
    """Return the names of the files of a ZIP that ``read`` passed over."""
    if not content.startswith(ZIP):
        return []
    with zipfile.ZipFile(BytesIO(content)) as archive:
        names = [part.filename for part in archive.infolist() if not part.is_dir()]
    beside = [name for name in names if not (_is_statement(name) or _is_hidden(name))]
    return [normal(name)[:80] for name in beside if not name.startswith("__MACOSX/")]


def _too_large() -> Unreadable:
    return Unreadable(
        f"Die ZIP-Datei ist entpackt größer als {LARGEST_UNPACKED // MB}\u00a0MB. Bitte rufen Sie die Auszüge für einen kürzeren "
        "Zeitraum ab."
    )


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    names = [part.filename for part in parts]
    if len(parts) > MOST_FILES or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise _too_large()
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable("Die ZIP-Datei ist mit einem Kennwort geschützt. Bitte ohne Kennwort hochladen.")
    if len(set(names)) < len(names):
        raise Unreadable(f"In der ZIP-Datei sind doppelte Namen; eine Bank packt so nicht. {WANTED}")
    if not parts:
        raise Unreadable(f"In der ZIP-Datei ist keine XML-Datei. {WANTED}")


def _document(content: bytes, most: int) -> Iterator[Statement]:
    """Yield the statements of an XML file. Raises Unreadable, also for more than ``most`` entries."""
    root = _parsed(content)
    entries = sum(1 for _ in root.iter("{*}Ntry"))
    if entries > most:
        raise Unreadable(
            f"In der Datei sind mehr als {counted(MOST_ENTRIES, 'Buchung', 'Buchungen')}. Bitte rufen Sie die Auszüge für "
            "einen kürzeren Zeitraum ab."
        )
    statements = root.findall("{*}BkToCstmrStmt/{*}Stmt")
    if not statements:
        raise Unreadable(f"In der Datei ist kein Kontoauszug. {WANTED}")
    for statement in statements:
        yield _statement(statement)


def _parsed(content: bytes) -> Any:
    from lxml import etree  # takes 0.04 s that other pages need not wait for

    if content.startswith(b"%PDF-"):
        raise Unreadable(f"Das ist eine PDF-Datei; daraus kann nicht gebucht werden. {WANTED}")
    if content.lstrip()[:4] in (b":20:", b"{1:F"):
        raise Unreadable(f"Das ist ein Kontoauszug im alten Format MT940. {WANTED}")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        if b"<!DOCTYPE" in content:
            raise _own_rules() from None
        what = "unvollständig oder beschädigt" if content.lstrip()[:1] == b"<" else "keine XML-Datei"
        raise Unreadable(f"Die Datei ist {what}. {WANTED}") from None
    if root.getroottree().docinfo.doctype:
        raise _own_rules()
    kind = etree.QName(root)
    message = (kind.namespace or "").rpartition(":")[2]
    if kind.localname != "Document" or kind.namespace not in {NAMESPACE + version for version in VERSIONS}:
        told = f"„{message}“" if message.startswith(("camt.", "pain.")) else "etwas anderes"
        raise Unreadable(
            f"In der Datei steht {told}. Gelesen werden Kontoauszüge camt.053 in den Fassungen 2 und 8. {WANTED}"
        )
    return root


def _own_rules() -> Unreadable:
    return Unreadable(
        f"Die Datei bringt eigene Regeln mit (DOCTYPE); das tut kein Kontoauszug einer Bank. {WANTED}"
    )


# -- One statement -------------------------------------------------------------------------------------


def _statement(node: Any) -> Statement:
    named = _text(node, "Id", LONGEST_ID)
    if not named:
        raise Unreadable("Dem Kontoauszug fehlt seine Nummer bei der Bank.")
    iban = compact(_text(node, "Acct/Id/IBAN"))
    if not iban:
        raise Unreadable("Im Kontoauszug steht keine IBAN.")
    entries = tuple(_entry(each, iban) for each in node.findall("{*}Ntry"))
    (opening, opened_on), (closing, closed_on) = _balances(node)
    made = Statement(
        id=named,
        page=_number(node, "StmtPgntn/PgNb") or 1,
        number=_text(node, "LglSeqNb") or _text(node, "ElctrncSeqNb"),
        iban=iban,
        opening=opening,
        opened_on=opened_on,
        closing=closing,
        closed_on=closed_on,
        entries=entries,
    )
    total = sum((entry.amount for entry in made.booked), opening)
    if total != closing:
        raise Unreadable(
            f"Der Kontoauszug vom {closed_on:%d.%m.%Y} geht nicht auf: {format_euro(opening)} am Anfang und alle Buchungen "
            f"ergeben {format_euro(total)}, am Ende stehen {format_euro(closing)}. Vermutlich fehlt ein Teil."
        )
    return made


def _balances(node: Any) -> tuple[tuple[Decimal, date], tuple[Decimal, date]]:
    """Return opening and closing balance with their days. A page of a longer statement has only interim ones."""
    found: dict[str, list[tuple[Decimal, date]]] = {}
    for balance in node.findall("{*}Bal"):
        kind = _text(balance, "Tp/CdOrPrtry/Cd")
        if kind in ("OPBD", "PRCD", "CLBD", "ITBD"):
            found.setdefault(kind, []).append((_signed(balance), _day(balance, "Dt")))
    interim = found.get("ITBD", [])
    opening = found.get("OPBD") or found.get("PRCD") or interim[:1]
    closing = found.get("CLBD") or interim[-1:]
    if not opening or not closing:
        raise Unreadable("Im Kontoauszug fehlt der Saldo am Anfang oder am Ende.")
    return opening[0], closing[-1]


def _entry(node: Any, own: str) -> Entry:
    amount = _signed(node)
    batch = node.find("{*}NtryDtls/{*}Btch")
    nodes = node.findall("{*}NtryDtls/{*}TxDtls")
    details = tuple(_detail(each, amount, own, alone=len(nodes) == 1) for each in nodes)
    booked_on = _day(node, "BookgDt")
    first = details[0] if details else Detail(amount)
    return Entry(
        amount=amount,
        booked_on=booked_on,
        valued_on=_day(node, "ValDt", booked_on),
        booked=(_text(node, "Sts/Cd") or _text(node, "Sts")) == "BOOK",
        reversal=_text(node, "RvslInd") in ("true", "1"),
        bank_reference=_reference(node, "AcctSvcrRef"),
        code=_code(node),
        text=_text(node, "AddtlNtryInf", LONGEST_TEXT),
        message_id=_reference(batch, "MsgId") or first.message_id,
        payment_info_id=_reference(batch, "PmtInfId") or first.payment_info_id,
        number=_number(batch, "NbOfTxs"),
        total=_amount(batch.find("{*}TtlAmt")) if batch is not None else None,
        charges=_charges(node),
        details=details,
    )


def _detail(node: Any, whole: Decimal, own: str, *, alone: bool) -> Detail:
    """Return a transaction. Version 2 has its amount in AmtDtls, version 8 its own; one alone may have none."""
    amount = _euro(node.find("{*}Amt"))
    for path in ("TxAmt", "InstdAmt"):
        if amount is None:
            amount = _euro(node.find(f"{{*}}AmtDtls/{{*}}{path}/{{*}}Amt"))
    side = _text(node, "CdtDbtInd")
    comes_in = side == "CRDT" if side else whole > 0
    if alone:
        amount, comes_in = abs(whole), whole > 0
    amount = amount or ZERO
    code = _text(node, "RtrInf/Rsn/Cd") or _text(node, "RtrInf/Rsn/Prtry")
    reason = " ".join(filter(None, (code, _text(node, "RtrInf/AddtlInf") or RETURNED.get(code))))
    name, iban = _other_side(node, own, debtor=comes_in and not reason)
    lines = [_text(each, ".") for each in node.findall("{*}RmtInf/{*}Ustrd")]
    lines += [_text(each, ".") for each in node.findall("{*}RmtInf/{*}Strd/{*}CdtrRefInf/{*}Ref")]
    return Detail(
        amount=amount if comes_in else -amount,
        end_to_end=_reference(node, "Refs/EndToEndId"),
        message_id=_reference(node, "Refs/MsgId"),
        payment_info_id=_reference(node, "Refs/PmtInfId"),
        name=name,
        iban=iban,
        remittance=normal(" ".join(lines))[:LONGEST_TEXT] or _text(node, "AddtlTxInf", LONGEST_TEXT),
        return_reason=reason[:LONGEST_TEXT],
        charges=_charges(node),
    )


def _other_side(node: Any, own: str, *, debtor: bool) -> tuple[str, str]:
    """Return name and IBAN of the other side. A return names the sides of the payment that comes back."""
    for role in ("Dbtr", "Cdtr") if debtor else ("Cdtr", "Dbtr"):
        iban = compact(_text(node, f"RltdPties/{role}Acct/Id/IBAN"))
        name = _text(node, f"RltdPties/{role}/Pty/Nm") or _text(node, f"RltdPties/{role}/Nm")
        if (name or iban) and iban != own:
            return name[:LONGEST_TEXT], iban[:34]
    return "", ""


def _code(node: Any) -> str:
    """Return the bank's code of the entry: ISO's, and the German one after a blank."""
    iso = [_text(node, f"BkTxCd/Domn/{path}") for path in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return f"{'-'.join(filter(None, iso))} {_text(node, 'BkTxCd/Prtry/Cd')}"[:LONGEST_ID]


def _charges(node: Any) -> Decimal:
    """Return what the bank took off, in euro. Version 2 has the amount in Chrgs, version 8 in its records."""
    records = node.findall("{*}Chrgs/{*}Rcrd/{*}Amt") or node.findall("{*}Chrgs/{*}Amt")
    total = node.find("{*}Chrgs/{*}TtlChrgsAndTaxAmt")
    found = [total] if total is not None else records
    return sum((_euro(each) or ZERO for each in found), ZERO)


# -- Values --------------------------------------------------------------------------------------------


def _text(node: Any, path: str, longest: int = 140) -> str:
    """Return the text below these elements; empty where there is none."""
    if node is None:
        return ""
    found = node if path == "." else node.find("/".join(f"{{*}}{name}" for name in path.split("/")))
    return normal((found.text or "").replace("\x00", ""))[:longest] if found is not None else ""


def _number(node: Any, path: str) -> int | None:
    """Return the whole number below these elements; None where there is none."""
    text = _text(node, path)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def _reference(node: Any, path: str) -> str:
    text = _text(node, path, LONGEST_ID)
    return "" if text.upper() in NO_REFERENCE else text


def _amount(node: Any) -> Decimal | None:
    """Return the euro of an element; None where it is missing."""
    if node is None:
        return None
    if node.get("Ccy") not in (None, "EUR"):
        raise Unreadable(f"Der Kontoauszug ist in {node.get('Ccy')[:3]}. Gelesen werden Konten in Euro.")
    text = (node.text or "").strip()
    try:
        amount = Decimal(text)
        exact = amount.quantize(CENT)
    except InvalidOperation:
        amount, exact = ZERO, CENT
    if not text or amount != exact or not 0 <= amount <= MAXIMUM:
        raise Unreadable("Im Kontoauszug steht ein Betrag, der keiner ist.")
    return exact


def _euro(node: Any) -> Decimal | None:
    """Return the euro of an element that may be in another currency; None where it is, or is missing."""
    return _amount(node) if node is not None and node.get("Ccy") in (None, "EUR") else None


def _signed(node: Any) -> Decimal:
    amount, side = _amount(node.find("{*}Amt")), _text(node, "CdtDbtInd")
    if amount is None or side not in ("CRDT", "DBIT"):
        raise Unreadable("Im Kontoauszug fehlt ein Betrag oder seine Richtung.")
    return amount if side == "CRDT" else -amount


def _day(node: Any, path: str, default: date | None = None) -> date:
    """Return the local date: of the day, or of the moment that stands there."""
    text = _text(node, f"{path}/Dt") or _text(node, f"{path}/DtTm")
    if not text and default is not None:
        return default
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Unreadable("Im Kontoauszug fehlt ein Tag, oder er ist keiner.") from None
