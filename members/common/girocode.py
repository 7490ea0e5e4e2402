"""The GiroCode: a QR code by which a banking app fills in a transfer. Euro.

Source: EPC069-12 (European Payments Council), version 002.
"""

from base64 import b64encode
from decimal import Decimal
from io import BytesIO

#: Characters that the standard allows for the payee's name, and for the text reference.
LONGEST_NAME, LONGEST_TEXT = 70, 140


def payload(*, name: str, iban: str, amount: Decimal, text: str) -> str:
    """Return what the code says: version 002, UTF-8, a transfer without a BIC, with a text as reference.

    Raises ValueError where the standard does not allow it: too long, a line break, or not from 0.01 to 999,999,999.99 euro.
    """
    if not name or len(name) > LONGEST_NAME or len(text) > LONGEST_TEXT or "\n" in name + text:
        raise ValueError(name, text)
    if not Decimal("0.01") <= amount <= Decimal("999999999.99"):
        raise ValueError(amount)
    lines = ("BCD", "002", "1", "SCT", "", name, iban, f"EUR{amount:.2f}", "", "", text)
    return "\n".join(lines)


def drawn(said: str) -> str:
    """Return the code as SVG, black on white, the same for the same words. Error correction M, as the standard wants."""
    import segno  # only pages and letters with a code wait for it

    file = BytesIO()
    code = segno.make_qr(said, error="m", boost_error=False, encoding="utf-8")
    code.save(file, kind="svg", xmldecl=False, nl=False, scale=4, light="#fff", svgclass=None, lineclass=None)
    return file.getvalue().decode()


def address(svg: str) -> str:
    """Return the address of the picture for a page, with the picture in it."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
