"""Tell people what happened: one outbox row each, in the transaction of the occasion."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from members.models import AddressChange, District, MailFrequency, Mandate, OutboxMail, User
from members.post.digest import next_digest, next_round
from members.post.links import PLACE
from members.post.words import reference, write_letter, write_part


def compose(
    recipients: Iterable[tuple[User, District | None]],
    *,
    template: str,
    context: Mapping[str, Any],
    subject: str,
    occasion: str = "",
    group: str = "",
    always: bool = False,
    together: bool = False,
    link: str = "",
) -> list[OutboxMail]:
    """Return a message to each of these people, for ``send``: due at once or with the day's mail, as chosen.

    ``template`` names ``email/<template>.txt`` and ``.html``, the middle part of the letter.
    ``subject`` holds no personal data. ``occasion`` is what the administration reads of it: no project either.
    ``context``: the rows and values of the template; a notice is put into words when it is sent.
    With a district the mail is sent only while the person directs it, with ``group`` only while they belong
    to it. Both are judged on the day of sending.
    ``always`` is for what nobody can switch off, such as an invitation. Its text is written now, and its subject
    is about an account, so that it is the occasion as well.
    ``together`` is for what comes often: it waits some minutes for more, and one mail brings all.
    ``link`` is the kind of link (``MailedLink``) for ``{{ link }}`` in the template.
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
        row.occasion = occasion or (subject if always else row.occasion)
        if always:
            part = write_part(template, {**context, "link": PLACE}, subject)
            letter = write_letter([part], subject=subject, can_choose=False)
            row.body, row.html = letter.text, letter.html
        else:
            row.template, row.about = template, reference(context)
        if frequency == MailFrequency.DAILY:
            row.state, row.not_before = OutboxMail.State.GATHERED, next_digest(now)
        elif together:
            row.state, row.not_before = OutboxMail.State.GATHERED, next_round(now)
        rows.append(row)
    return rows


def send(composed: list[OutboxMail], *, key: str) -> None:
    """Put the messages into the outbox. A person never gets two messages with the same ``key``."""
    for row in composed:
        row.key = f"{key}:{row.user_id}"
    OutboxMail.objects.bulk_create(composed, ignore_conflicts=True)


def write_to(
    email: str,
    *,
    template: str,
    context: Mapping[str, Any],
    subject: str,
    occasion: str = "",
    link: str = "",
    change: AddressChange | None = None,
    about: Mapping[str, Any] | None = None,
) -> None:
    """Write a message to an address without an account, due at once.

    ``change`` is the change of address that it tells, ``about`` are the rows that its link opens.
    """
    part = write_part(template, {**context, "link": PLACE}, subject)
    letter = write_letter([part], subject=part.subject, can_choose=False)
    OutboxMail.objects.create(
        recipient=email,
        subject=letter.subject,
        occasion=occasion or letter.subject,
        about=reference(about or {}),
        body=letter.text,
        html=letter.html,
        link=link,
        address_change=change,
    )


def notify(users: Iterable[User], *, key: str, **message: Any) -> None:
    """Compose and send a message to these accounts, bound to no district."""
    send(compose([(user, None) for user in users], **message), key=key)


def accounts_of(group: str, *, without: User | None) -> "QuerySet[User]":
    """Return the accounts of the group that can sign in, without the one that acted, if one did."""
    members = User.objects.filter(groups__name=group, is_active=True)
    return members.exclude(pk=without.pk) if without else members


def notify_group(group: str, *, without: User | None, key: str, **message: Any) -> None:
    """Compose and send a message to the group, without the account that acted."""
    notify(accounts_of(group, without=without), key=key, group=group, **message)


def forget(key: str) -> None:
    """Delete the messages with this key that have not gone out yet."""
    waiting = (OutboxMail.State.WAITING, OutboxMail.State.GATHERED)
    OutboxMail.objects.filter(key__startswith=f"{key}:", state__in=waiting).delete()


def notify_directors(
    district_ids: Iterable[int], *, day: date, without: User | None, key: str, **message: Any
) -> None:
    """Compose and send a message to who directs these districts on the local date, but not to who acted."""
    directing = Mandate.objects.active_on(day).filter(
        kind__in=Mandate.DIRECTING, district__in=district_ids, person__user__isnull=False
    )
    if without:
        directing = directing.exclude(person__user=without)
    recipients = [
        (mandate.person.user, mandate.district)
        for mandate in directing.select_related("district", "person__user")
    ]
    send(compose(recipients, **message), key=key)
