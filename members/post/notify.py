"""Telling people what happened: an outbox row each, in the transaction of what it tells about."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from members.models import AddressChange, District, MailFrequency, Mandate, OutboxMail, User
from members.post.digest import next_digest
from members.post.links import PLACE
from members.post.words import reference, write_letter, write_part


def compose(
    recipients: Iterable[tuple[User, District | None]],
    *,
    template: str,
    context: Mapping[str, Any],
    subject: str,
    group: str = "",
    always: bool = False,
    link: str = "",
) -> list[OutboxMail]:
    """Return a message to each of these people, at once or for the day's collected mail, as they chose; for ``send``.

    ``template`` names ``email/<template>.txt`` and ``.html``, the middle part of the letter. The subject
    holds no personal data. A notice is put into words when it is sent, from the rows in ``context``.
    With a district the mail goes out only while the person directs it, with ``group`` only while they belong to
    it, judged on the day of sending.
    ``always`` is for what nobody can switch off, such as an invitation: it is worded here. ``link`` is the kind of
    link (``MailedLink``) whose place the template shows as ``{{ link }}``.
    """
    now = timezone.now()
    subject = " ".join(subject.split())[:200]
    rows = []
    for user, district in recipients:
        frequency = MailFrequency.AT_ONCE if always else user.mail_frequency
        if frequency == MailFrequency.NEVER or not user.is_active:
            continue
        row = OutboxMail(
            user=user, recipient=user.email, subject=subject, district=district, group=group, link=link
        )
        if always:
            part = write_part(template, {**context, "link": PLACE}, subject)
            letter = write_letter([part], subject=subject, can_choose=False)
            row.body, row.html = letter.text, letter.html
        else:
            row.template, row.about = template, reference(context)
        if frequency == MailFrequency.DAILY:
            row.state, row.not_before = OutboxMail.State.GATHERED, next_digest(now)
        rows.append(row)
    return rows


def send(composed: list[OutboxMail], *, key: str) -> None:
    """Put them into the outbox. ``key`` names the occasion: the same person never gets two messages with one key."""
    for row in composed:
        row.key = f"{key}:{row.user_id}"
    OutboxMail.objects.bulk_create(composed, ignore_conflicts=True)


def write_to(
    email: str,
    *,
    template: str,
    context: Mapping[str, Any],
    subject: str,
    link: str = "",
    change: AddressChange | None = None,
) -> None:
    """A message about a change of address to one of its two addresses, at once; with a link, to the change."""
    part = write_part(template, {**context, "link": PLACE}, subject)
    letter = write_letter([part], subject=part.subject, can_choose=False)
    OutboxMail.objects.create(
        recipient=email,
        subject=letter.subject,
        body=letter.text,
        html=letter.html,
        link=link,
        address_change=change,
    )


def notify(users: Iterable[User], *, key: str, **message: Any) -> None:
    """``compose`` and ``send`` at once, for no district."""
    send(compose([(user, None) for user in users], **message), key=key)


def group_members(group: str, *, without: User) -> list[tuple[User, None]]:
    """The accounts of this group, but not who acted."""
    accounts = User.objects.filter(groups__name=group, is_active=True).exclude(pk=without.pk)
    return [(account, None) for account in accounts]


def notify_group(group: str, *, without: User, key: str, **message: Any) -> None:
    send(compose(group_members(group, without=without), group=group, **message), key=key)


def forget(key: str) -> None:
    """Take back what was written with this key and has not gone out yet."""
    waiting = (OutboxMail.State.WAITING, OutboxMail.State.GATHERED)
    OutboxMail.objects.filter(key__startswith=f"{key}:", state__in=waiting).delete()


def directors(district_ids: Iterable[int], *, day: date, without: User) -> list[tuple[User, District]]:
    """The managing directors and deputies of these districts on the day, but not who acted."""
    directing = Mandate.objects.active_on(day).filter(
        kind__in=Mandate.DIRECTING, district__in=district_ids, person__user__isnull=False
    )
    return [
        (mandate.person.user, mandate.district)
        for mandate in directing.select_related("district", "person__user")
        if mandate.person.user.pk != without.pk
    ]


def notify_directors(
    district_ids: Iterable[int], *, day: date, without: User, key: str, **message: Any
) -> None:
    send(compose(directors(district_ids, day=day, without=without), **message), key=key)
