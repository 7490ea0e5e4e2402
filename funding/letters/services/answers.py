"""The recipient answers: on paper, which the Wirtschaftsförderung enters, or by the link."""

from datetime import date

from django.db import transaction

from funding.letters import notices
from funding.letters.errors import LetterRefused
from funding.letters.models import Letter
from funding.letters.permissions import may_record_answer
from funding.rules import value_date
from members.models import User
from members.roles.permissions import Roles

GONE = "Dieses Schreiben ist nach seiner Aufbewahrung gelöscht."
OVER = "Was dieses Schreiben zusagt, wurde inzwischen zurückgenommen; dazu gibt es ein eigenes Schreiben."


@transaction.atomic
def record_answer(
    letter: Letter,
    *,
    name: str,
    actor: User,
    function: str = "",
    message: str = "",
    on: date | None = None,
) -> Letter:
    """Enter that the recipient accepted the letter on paper on the local date; with a ``message``, that they did not.

    Raises LetterRefused.
    """
    day = value_date(on)
    letter = _locked(letter)
    if not may_record_answer(Roles(actor, day), letter):
        raise LetterRefused("Eine Annahme auf Papier trägt die Wirtschaftsförderung ein.")
    if day < letter.drawn_on:
        raise LetterRefused(
            f"Das Schreiben ist vom {letter.drawn_on:%d.%m.%Y}; vorher kann es nicht angenommen worden sein.",
            field="on",
        )
    return _answered(letter, Letter.AnswerWay.PAPER, day, name, function, message, actor)


@transaction.atomic
def answer_by_link(
    letter: Letter, *, name: str, function: str = "", message: str = "", on: date | None = None
) -> Letter:
    """Enter what the recipient answered by the link; with a ``message``, that they do not accept it so.

    Raises LetterRefused where it is answered already or was corrected meanwhile.
    """
    return _answered(_locked(letter), Letter.AnswerWay.LINK, value_date(on), name, function, message, None)


def _locked(letter: Letter) -> Letter:
    related = ("decision__application__project__lead_district", "decision__application__pot__district")
    return Letter.objects.select_for_update(of=("self",)).select_related(*related).get(pk=letter.pk)


def _answered(
    letter: Letter, way: str, day: date, name: str, function: str, message: str, actor: User | None
) -> Letter:
    if not letter.is_current:
        raise LetterRefused("Dieses Schreiben wurde berichtigt. Es gilt das neuere.")
    if letter.is_erased:
        raise LetterRefused(GONE)
    if letter.kind not in Letter.ACCEPTED:
        raise LetterRefused("Auf dieses Schreiben ist keine Antwort nötig.")
    if letter.answer:
        raise LetterRefused(
            f"Dieses Schreiben wurde schon am {letter.answered_on:%d.%m.%Y} von {letter.answer_name} beantwortet: "
            f"{letter.get_answer_display()}."
        )
    if letter.is_over:
        raise LetterRefused(OVER)
    if not name.strip():
        raise LetterRefused("Bitte den Namen eintragen.", field="name")
    letter.answer = Letter.Answer.DECLINED if message.strip() else Letter.Answer.ACCEPTED
    letter.answered_on, letter.answer_way = day, way
    letter.answer_name, letter.answer_function = name.strip(), function.strip()
    letter.answer_message, letter.answer_recorded_by = message.strip(), actor
    letter.save(
        update_fields=[
            "answer", "answered_on", "answer_way", "answer_name", "answer_function", "answer_message", "answer_recorded_by",
        ]
    )  # fmt: skip
    notices.tell_of_answer(letter, actor)
    return letter
