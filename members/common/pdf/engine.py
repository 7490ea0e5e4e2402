"""Make a PDF of a template and its data: PDF/A-2a and PDF/UA-1, the same bytes for the same input.

A template is a file ``templates/<name>.typ``. It reads its data by ``json(bytes(sys.inputs.data))``, so text is
only ever text: no ``#``, ``$`` or ``*`` in it is markup. Nothing comes from the machine: no fonts, no day, no place.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from members.common.pdf.printable import FONTS, printable

if TYPE_CHECKING:
    from typst import Fonts

# typst is imported where it is used: most processes never make a PDF.

TEMPLATES = Path(__file__).parent / "templates"


class PdfError(Exception):
    """A PDF could not be made. The message says what typst found."""


def render(
    template: str, data: Mapping[str, Any], *, title: str, author: str, day: date, lang: str = "de"
) -> bytes:
    """Return the PDF of the data in the template called by its name, such as ``letter``.

    ``data`` is what JSON can say; every string in it is made printable first. ``title``, ``author`` and ``day``
    (local date) are the document's own, ``lang`` is its language for readers that speak.
    Raises PdfError. Takes about 20 ms; call it outside a transaction.
    """
    import typst

    document = {"title": title, "author": author, "day": [day.year, day.month, day.day], "lang": lang}
    inputs = json.dumps(_printable({**data, "document": document}), ensure_ascii=False)
    try:
        return typst.compile(
            TEMPLATES / f"{template}.typ",
            root=TEMPLATES,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"data": inputs},
            pdf_standards=["a-2a", "ua-1"],
        )
    except RuntimeError as error:
        raise PdfError(f"{template}: {getattr(error, 'diagnostic', error)}") from error


def _printable(value: Any) -> Any:
    """Return the value with every string in it printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {key: _printable(each) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [_printable(each) for each in value]
    return value


@cache
def _fonts() -> "Fonts":
    """Return our fonts, found once per process; without typst's own and the machine's."""
    from typst import Fonts

    return Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
