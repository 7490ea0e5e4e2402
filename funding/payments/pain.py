"""The bank's payment file: pain.001.001.09, one order of SEPA transfers from one account on one day.

Pure: the same order gives the same bytes. Banks accept few characters. Names keep umlauts and what banks allow
beside them; ids and remittances are basic Latin. What had to be written otherwise is returned, so that a page can
show it. Sources: EPC132-08 (customer to bank), EPC217-08 (characters), Anlage 3 of the German banks' agreement.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any

from members.common.money import CENT, MAXIMUM, ZERO
from members.common.texts import normal

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
#: Characters that a name, a remittance, an id and a line of an address may have at most.
LONGEST_NAME, LONGEST_REMITTANCE, LONGEST_ID, LONGEST_TOWN, LONGEST_POSTCODE = 70, 140, 35, 35, 16

_BASIC = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ "
#: What German banks allow in names besides.
_GERMAN = f"{_BASIC}ÄÖÜäöüß&*$%"
#: Written otherwise where the character itself is not allowed. Accents of other letters are dropped before.
REPLACED = {
    "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS",
    "æ": "ae", "œ": "oe", "Æ": "Ae", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
    "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "ħ": "h", "Ħ": "H",
    "„": "'", "“": "'", "”": "'", "‚": "'", "‘": "'", "’": "'", "«": "'", "»": "'", "‹": "'", "›": "'",
    '"': "'", "`": "'", "´": "'", "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "_": "-", "~": "-",
    "…": "...", "·": ".", "•": "-", "€": "EUR", "&": "+", "*": ".", "$": ".", "%": ".", "@": "(at)", "#": ".",
    "!": ".", ";": ",", "=": ".", "^": ".", "[": "(", "]": ")", "{": "(", "}": ")", "<": "(", ">": ")",
    "|": "/", "\\": "/", "§": "Par.", "°": "o", "²": "2", "³": "3", "½": "1/2", "¼": "1/4", "×": "x", "ª": "a", "º": "o",
}  # fmt: skip
UMLAUTS = str.maketrans({char: REPLACED[char] for char in "äöüÄÖÜß"})
#: What nothing is known for: emoji, Cyrillic, Chinese.
UNKNOWN = "?"
_ID = re.compile(rf"(?!/)(?!.*//)[{re.escape(_BASIC)}]{{1,{LONGEST_ID}}}(?<!/)")


#: Elements by name, in their order: text, an amount (euro), what is inside, several of them, or None for none.
Tree = dict[str, Any]


class Addresses(StrEnum):
    """Which addresses of payees the bank wants: none, every line by its name, or street as a line."""

    NONE = "none"
    STRUCTURED = "structured"
    HYBRID = "hybrid"


@dataclass(frozen=True)
class Address:
    """Where a payee is at home. Town and country (two letters) are needed, the rest is not."""

    town: str
    country: str
    street: str = ""
    postcode: str = ""


@dataclass(frozen=True)
class Account:
    """Whose account it is, its IBAN without blanks, and its BIC where one is known."""

    name: str
    iban: str
    bic: str = ""


@dataclass(frozen=True)
class Transfer:
    """One payment (euro). Its id comes back on the statement."""

    end_to_end: str
    amount: Decimal
    creditor: Account
    remittance: str
    address: Address | None = None


@dataclass(frozen=True)
class Order:
    """What the bank shall do: the transfers of one day from one account, booked as one sum or one by one."""

    message_id: str
    created: datetime
    debtor: Account
    execution_day: date
    transfers: Sequence[Transfer]
    one_sum: bool = True
    addresses: Addresses = Addresses.NONE


@dataclass(frozen=True)
class Change:
    """A text that stands otherwise in the file. ``cut``: its end is missing, too. Without an id it is the payer's."""

    end_to_end: str
    before: str
    after: str
    cut: bool

    @property
    def only_umlauts(self) -> bool:
        """Return whether nothing but umlauts was written out."""
        return self.after == self.before.translate(UMLAUTS)


@dataclass(frozen=True)
class Written:
    """The file, how many payments of which sum (euro) it has, and what stands in it otherwise."""

    content: bytes
    number: int
    total: Decimal
    changes: list[Change]


def for_names(text: str) -> str:
    """Return the text in the characters that German banks allow in names. A name of which nothing is left is unknown."""
    return _in(_GERMAN, text).strip() or (UNKNOWN if normal(text) else "")


def for_references(text: str) -> str:
    """Return the text in basic Latin, as references are read by every bank."""
    return _in(_BASIC, text)


def _in(allowed: str, text: str) -> str:
    return "".join(char if char in allowed else _otherwise(allowed, char) for char in normal(text))


def _otherwise(allowed: str, char: str) -> str:
    if char in REPLACED:
        return REPLACED[char]
    apart = "".join(c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c)[0] != "M")
    if not apart:
        return ""
    return apart if all(c in allowed for c in apart) else UNKNOWN


def write(order: Order) -> Written:
    """Return the payment file. Raises ValueError for an order that no bank takes."""
    from lxml import etree  # takes 0.04 s that other pages need not wait for

    _check(order)
    changes: list[Change] = []
    total = sum((transfer.amount for transfer in order.transfers), ZERO)
    number = str(len(order.transfers))
    name = _told(changes, "", order.debtor.name, for_names(order.debtor.name), LONGEST_NAME)
    tree = {
        "CstmrCdtTrfInitn": {
            "GrpHdr": {
                "MsgId": order.message_id,
                "CreDtTm": f"{order.created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
                "NbOfTxs": number,
                "CtrlSum": f"{total:.2f}",
                "InitgPty": {"Nm": name},
            },
            "PmtInf": {
                "PmtInfId": order.message_id,
                "PmtMtd": "TRF",
                "BtchBookg": "true" if order.one_sum else "false",
                "NbOfTxs": number,
                "CtrlSum": f"{total:.2f}",
                "PmtTpInf": {"SvcLvl": {"Cd": "SEPA"}},
                "ReqdExctnDt": {"Dt": order.execution_day.isoformat()},
                "Dbtr": {"Nm": name},
                "DbtrAcct": {"Id": {"IBAN": order.debtor.iban}},
                "DbtrAgt": _bank(order.debtor.bic) or {"FinInstnId": {"Othr": {"Id": "NOTPROVIDED"}}},
                "ChrgBr": "SLEV",
                "CdtTrfTxInf": [
                    _transfer(transfer, order.addresses, changes) for transfer in order.transfers
                ],
            },
        }
    }
    root = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})
    _fill(root, tree, etree.SubElement)
    content = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return Written(content, len(order.transfers), total, changes)


def _check(order: Order) -> None:
    ids = [transfer.end_to_end for transfer in order.transfers]
    if not ids or len(set(ids)) < len(ids):
        raise ValueError("An order has transfers, each with an id of its own.")
    for each in (order.message_id, *ids):
        if not _ID.fullmatch(each):
            raise ValueError(f"{each!r} is no id of basic Latin with at most {LONGEST_ID} characters.")
    for transfer in order.transfers:
        if not CENT <= transfer.amount <= MAXIMUM or transfer.amount != transfer.amount.quantize(CENT):
            raise ValueError(f"{transfer.amount} is no amount that can be paid.")
        if not for_names(transfer.creditor.name) or not transfer.creditor.iban:
            raise ValueError(f"Transfer {transfer.end_to_end} names no account.")


def _transfer(transfer: Transfer, addresses: Addresses, changes: list[Change]) -> Tree:
    told = partial(_told, changes, transfer.end_to_end)
    creditor = transfer.creditor
    remittance = told(transfer.remittance, for_references(transfer.remittance), LONGEST_REMITTANCE)
    return {
        "PmtId": {"EndToEndId": transfer.end_to_end},
        "Amt": {"InstdAmt": transfer.amount},
        "CdtrAgt": _bank(creditor.bic),
        "Cdtr": {
            "Nm": told(creditor.name, for_names(creditor.name), LONGEST_NAME),
            "PstlAdr": _address(transfer.address, addresses, told),
        },
        "CdtrAcct": {"Id": {"IBAN": creditor.iban}},
        "RmtInf": {"Ustrd": remittance} if remittance else None,
    }


def _bank(bic: str) -> Tree | None:
    return {"FinInstnId": {"BICFI": bic}} if bic else None


def _address(address: Address | None, wanted: Addresses, told: Callable[..., str]) -> Tree | None:
    """Return the address as the bank wants it: none, or at least town and country."""
    if wanted is Addresses.NONE or address is None or not (address.town and address.country):
        return None
    street = told(address.street, for_names(address.street), LONGEST_NAME) or None
    hybrid = wanted is Addresses.HYBRID
    return {
        "StrtNm": None if hybrid else street,
        "PstCd": told(address.postcode, for_names(address.postcode), LONGEST_POSTCODE) or None,
        "TwnNm": told(address.town, for_names(address.town), LONGEST_TOWN),
        "Ctry": address.country,
        "AdrLine": street if hybrid else None,
    }


def _told(changes: list[Change], end_to_end: str, before: str, after: str, longest: int) -> str:
    """Return the text as it stands in the file, and note what was changed to get there."""
    short = after[:longest].strip()
    if short != normal(before):
        changes.append(Change(end_to_end, normal(before), short, cut=short != after))
    return short


def _fill(parent: Any, tree: Tree, add: Callable[..., Any]) -> None:
    for name, values in tree.items():
        for value in values if isinstance(values, list) else [values]:
            if value is None:
                continue
            element = add(parent, f"{{{NAMESPACE}}}{name}")
            if isinstance(value, dict):
                _fill(element, value, add)
            elif isinstance(value, Decimal):
                element.set("Ccy", "EUR")
                element.text = f"{value:.2f}"
            else:
                element.text = value
