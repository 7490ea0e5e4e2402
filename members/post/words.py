"""Put mails into words when they are sent, from their template and the rows they are about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model
from django.template.loader import render_to_string

from members.models import OutboxMail
from members.post import links
from members.roles.permissions import Roles


@dataclass(frozen=True)
class Part:
    """The text of one occasion: the middle of a letter, or one section of a collected mail."""

    subject: str
    text: str
    html: str


def write_part(template: str, context: Mapping[str, Any], subject: str) -> Part:
    """Return ``email/<template>.txt`` and ``.html`` rendered; ``site`` is the address before every link."""
    values = {**context, "site": settings.SITE_URL}
    text = render_to_string(f"email/{template}.txt", values).strip()
    html = render_to_string(f"email/{template}.html", values).strip()
    return Part(" ".join(subject.split())[:200], text, html)


def write_letter(parts: Sequence[Part], *, subject: str, can_choose: bool) -> Part:
    """Return the whole letter; ``can_choose`` adds where one sets how often mails come."""
    values = {"parts": parts, "subject": subject, "can_choose": can_choose, "site": settings.SITE_URL}
    text = render_to_string("email/letter.txt", values).strip() + "\n"
    return Part(subject, text, render_to_string("email/letter.html", values))


def reference(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template's context as it is stored with a notice: rows become model and key."""

    def kept(value: Any) -> Any:
        if isinstance(value, Model):
            return {"model": value._meta.label, "key": value.pk}
        return [kept(each) for each in value] if isinstance(value, list) else value

    return {name: kept(value) for name, value in context.items()}


def _context_of(about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored context with its rows as they are now. Raises ObjectDoesNotExist."""

    def read(value: Any) -> Any:
        if isinstance(value, dict) and "model" in value:
            return apps.get_model(value["model"])._default_manager.get(pk=value["key"])
        return [read(each) for each in value] if isinstance(value, list) else value

    return {name: read(value) for name, value in about.items()}


def part_of(mail: OutboxMail) -> Part:
    """Return what a notice says to its reader, with its rows as they are now. Raises ObjectDoesNotExist.

    Templates read ``reader`` (roles) and ``for_district``, the district for which the reader gets it, or None.
    """
    assert mail.user is not None
    told_to = {"reader": Roles(mail.user), "for_district": mail.district}
    return write_part(mail.template, {**_context_of(mail.about), **told_to}, mail.subject)


def word(mail: OutboxMail) -> None:
    """Write the text of a notice that has none yet. Raises ObjectDoesNotExist."""
    if mail.template and not mail.body:
        letter = write_letter([part_of(mail)], subject=mail.subject, can_choose=True)
        mail.body, mail.html = letter.text, letter.html


def still_concerns(mail: OutboxMail) -> bool:
    """Return whether the mail should still go out to its recipient.

    Its rows must exist, its link must still open something, and the recipient must still have the task for
    which it was written: direct the district, belong to the group, or at least be able to sign in.
    """
    if mail.template:
        try:
            _context_of(mail.about)
        except ObjectDoesNotExist:
            return False
    if mail.link:
        return links.still_opens(mail)
    if mail.user is None:
        return True
    roles = Roles(mail.user)
    if mail.district_id is not None:
        return roles.directs(mail.district_id)
    if mail.group:
        return mail.group in roles.group_names
    return roles.signed_in
