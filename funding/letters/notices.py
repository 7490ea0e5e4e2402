"""Mails about letters: the link to the recipient, and to the districts and the staff what was answered."""

from django.utils import timezone

from funding.letters.links import VALID_FOR
from funding.letters.models import Letter, Sending
from members.models import User
from members.models.outbox import MailedLink
from members.post.notify import notify_directors, notify_group, write_to
from members.roles import groups


def recipient_of(letter: Letter) -> str:
    """Return the address to which the link goes: the organiser's. Empty where there is none, or for an internal one."""
    if letter.is_internal:
        return ""
    organiser = letter.decision.application.project.organiser
    return organiser.email if organiser else ""


def write_to_recipient(sending: Sending) -> None:
    """Write the mail with the link. It has no attachment and no amount; the letter is behind the link."""
    letter = sending.letter
    write_to(
        recipient_of(letter),
        template="letter_link",
        context={"letter": letter, "author": letter.inputs["author"], "days": VALID_FOR.days},
        subject=f"{letter}",
        occasion="Schreiben an einen Empfänger",
        link=MailedLink.LETTER,
        about={"letter": letter},
    )


def tell_of_answer(letter: Letter, actor: User | None) -> None:
    """Write to the lead district, the pot's and the Wirtschaftsförderung that the recipient answered."""
    if letter.answered_on != timezone.localdate():
        return
    application = letter.decision.application
    project = application.project
    context = {"letter": letter, "project": project}
    key = f"letter-answered:{letter.pk}"
    titles = {
        "subject": f"Projekt {project.number}: {letter} {letter.get_answer_display()}",
        "occasion": "Schreiben: vom Empfänger beantwortet",
    }
    notify_directors(
        {project.lead_district_id, application.calling_district_id},
        day=letter.answered_on, without=actor, template="letter_answered", context=context, key=key, **titles,
    )  # fmt: skip
    notify_group(
        groups.BUSINESS_DEVELOPMENT,
        without=actor,
        template="letter_answered",
        context=context,
        key=key,
        **titles,
    )
