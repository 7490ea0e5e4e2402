from funding.letters.models.letter import Letter, LetterSeries, Sending
from funding.letters.models.sender import Letterhead, Signatory
from funding.letters.models.text import GRANTING, KINDS, Form, Kind, LetterText

__all__ = [
    "GRANTING", "KINDS", "Form", "Kind", "Letter", "LetterSeries", "LetterText", "Letterhead", "Sending", "Signatory",
]  # fmt: skip
