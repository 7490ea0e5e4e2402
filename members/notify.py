"""Telling people what happened: an outbox row each, in the transaction of what it tells about."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from members.mail import Part, next_digest, write_letter, write_part
from members.models import District, MailFrequency, Mandate, OutboxMail, User


def notify(
    users: Iterable[User],
    *,
    template: str,
    context: Mapping[str, Any],
    subject: str,
    key: str,
    district: District | None = None,
    group: str = "",
    always: bool = False,
) -> None:
    """Write a message to each of these people, at once or for the day's collected mail, as they chose.

    ``template`` names ``email/<template>.txt`` and ``.html``, the middle part of the letter. The subject
    holds no personal data. ``key`` names the occasion: the same person never gets two messages with one key.
    With ``district`` the mail goes out only while the person directs it, with ``group`` only while they belong
    to it, judged on the day of sending. ``always`` is for what nobody can switch off, such as an invitation.
    """
    now = timezone.now()
    part = write_part(template, context, subject)
    letter: Part | None = None
    rows = []
    for user in users:
        frequency = MailFrequency.AT_ONCE if always else user.mail_frequency
        if frequency == MailFrequency.NEVER or not user.is_active:
            continue
        row = OutboxMail(
            user=user, recipient=user.email, district=district, group=group, key=f"{key}:{user.pk}"
        )
        if frequency == MailFrequency.DAILY:
            row.state, row.not_before = OutboxMail.State.GATHERED, next_digest(now)
            row.subject, row.body, row.html = part.subject, part.text, part.html
        else:
            letter = letter or write_letter([part], subject=part.subject, can_choose=not always)
            row.subject, row.body, row.html = letter.subject, letter.text, letter.html
        rows.append(row)
    OutboxMail.objects.bulk_create(rows, ignore_conflicts=True)


def notify_group(group: str, *, without: User, **message: Any) -> None:
    """``notify`` the accounts of this group, but not who acted."""
    accounts = User.objects.filter(groups__name=group, is_active=True).exclude(pk=without.pk)
    notify(accounts, group=group, **message)


def forget(key: str) -> None:
    """Take back what was written with this key and has not gone out yet."""
    waiting = (OutboxMail.State.WAITING, OutboxMail.State.GATHERED)
    OutboxMail.objects.filter(key__startswith=f"{key}:", state__in=waiting).delete()


def notify_directors(district_ids: Iterable[int], *, day: date, without: User, **message: Any) -> None:
    """``notify`` the managing directors and deputies of these districts on the day, but not who acted."""
    mandates = Mandate.objects.active_on(day).filter(
        district_id__in=district_ids, kind__in=Mandate.DIRECTING, person__user__isnull=False
    )
    found: dict[District, list[User]] = defaultdict(list)
    for mandate in mandates.select_related("district", "person__user"):
        if mandate.person.user.pk != without.pk:
            found[mandate.district].append(mandate.person.user)
    for district, users in found.items():
        notify(users, district=district, **message)
