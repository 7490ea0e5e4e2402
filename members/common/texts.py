"""Bring a typed or pasted text into one form, so that texts that look the same are the same.

Text typed on a Mac has its umlauts in two characters, text from a web page or a PDF has hyphens, marks and
spaces that nobody sees. All of them would make a second organisation of the same name.
"""

import re
import unicodedata

#: Characters without a picture: zero-width, soft hyphen, BOM, marks of direction, fillers, variation selectors
#: and control characters. NUL is left, because forms refuse it.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]"
)
LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_ODD_SPACE = re.compile(r"[^\S\n]")


def normal(text: str, *, lines: bool = False) -> str:
    """Return the text composed (NFC), trimmed, without invisible characters, with plain spaces.

    With ``lines`` its line breaks stay, each as "\\n". Without, the text becomes one line, and several spaces
    become one.
    """
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    if not lines:
        return " ".join(text.split())
    text = _ODD_SPACE.sub(" ", LINE_BREAK.sub("\n", text))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()
