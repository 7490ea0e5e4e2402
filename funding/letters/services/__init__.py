"""Drawing, making, sending and answering letters."""

from funding.letters.services.answers import OVER, answer_by_link, record_answer
from funding.letters.services.drawing import correct, draw, lacking, make, note, repair, unwritten
from funding.letters.services.sending import send

__all__ = [
    "OVER", "answer_by_link", "correct", "draw", "lacking", "make", "note", "record_answer", "repair", "send",
    "unwritten",
]  # fmt: skip
