"""A letter goes out: by a link in a mail, by post, or handed over."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from funding.letters import notices
from funding.letters.errors import LetterRefused
from funding.letters.models import Letter, Sending
from funding.letters.permissions import may_record_sending
from funding.letters.services.answers import GONE, OVER
from funding.rules import value_date
from members.models import User
from members.roles.permissions import Roles


@transaction.atomic
def send(letters: Sequence[Letter], *, way: str, actor: User, on: date | None = None) -> list[Sending]:
    """Record that the letters went out this way on the local date; by link, a mail is written to each recipient.

    A letter may go out again: a mail does not always arrive. All or none of the letters are sent.
    Raises LetterRefused with what stands against it.
    """
    day = value_date(on)
    roles = Roles(actor, day)
    related = (
        "decision__application__project__organiser", "decision__application__pot", "decision__application__project",
    )  # fmt: skip
    rows = Letter.objects.select_for_update(of=("self",)).select_related(*related)
    found = list(rows.filter(pk__in=[letter.pk for letter in letters]).order_by("pk"))
    if not found:
        raise LetterRefused("Bitte mindestens ein Schreiben auswählen.")
    for letter in found:
        if objection := objection_to_send(letter, way, roles, day):
            raise LetterRefused(objection)
    sent = [Sending.objects.create(letter=letter, way=way, on=day, by=actor) for letter in found]
    if way == Sending.Way.LINK:
        for each in sent:
            notices.write_to_recipient(each)
    return sent


def objection_to_send(letter: Letter, way: str, roles: Roles, day: date) -> str:
    """Return what stands against sending the letter this way, as a German sentence; empty where nothing does."""
    if not may_record_sending(roles, letter):
        return "Schreiben versenden die Wirtschaftsförderung und die Geschäftsführung des Stadtbezirks."
    if not letter.is_made:
        return f"{letter} ist noch nicht fertig. Bitte versuchen Sie es in einigen Minuten noch einmal."
    if letter.is_erased:
        return f"{letter}: {GONE}"
    if not letter.is_current:
        return f"{letter} wurde berichtigt. Bitte versenden Sie das neuere Schreiben."
    if way == Sending.Way.LINK and letter.is_over:
        return f"{letter}: {OVER}"
    if day < letter.drawn_on:
        return f"{letter} ist vom {letter.drawn_on:%d.%m.%Y}; vorher kann es nicht versandt worden sein."
    if way == Sending.Way.LINK and letter.is_internal:
        return f"{letter} bleibt im Verein: Die Geschäftsführung findet es beim Projekt. Ein Link wird dafür nicht versandt."
    if way == Sending.Way.LINK and not notices.recipient_of(letter):
        return (
            f"Für {letter} ist keine E-Mail-Adresse des Empfängers eingetragen; das geht auf der Seite des Veranstalters, zu "
            "der das Projekt führt. Oder versenden Sie das Schreiben mit der Post oder übergeben Sie es."
        )
    return ""
