"""Put several notices into one mail: the day's for whoever wants one mail a day, comments for everybody."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from members.common.counting import counted
from members.models import MailFrequency, OutboxMail
from members.post.words import part_of, still_concerns, write_letter

State = OutboxMail.State
#: Comments are collected for so many minutes.
ROUND = 10


def next_digest(now: datetime) -> datetime:
    """Return when the next collected mails go out: the coming MAIL_DIGEST_HOUR, local time."""
    local = timezone.localtime(now)
    day = local.date() if local.hour < settings.MAIL_DIGEST_HOUR else local.date() + timedelta(days=1)
    return datetime.combine(day, time(settings.MAIL_DIGEST_HOUR), tzinfo=timezone.get_current_timezone())


def next_round(now: datetime) -> datetime:
    """Return when collected comments go out: the coming tenth minute, the same for all of these minutes."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=ROUND - now.minute % ROUND)


def gather() -> None:
    """Put everybody's due notices into one mail per person, in a transaction per person."""
    due = OutboxMail.objects.filter(state=State.GATHERED, not_before__lte=timezone.now())
    for user_id in sorted(set(due.values_list("user_id", flat=True))):
        with transaction.atomic():
            rows = list(due.filter(user_id=user_id).select_for_update().order_by("pk"))
            wanted = [
                row
                for row in rows
                if row.user and row.user.mail_frequency != MailFrequency.NEVER and still_concerns(row)
            ]
            left_out = {row.pk for row in rows} - {row.pk for row in wanted}
            OutboxMail.objects.filter(pk__in=left_out).update(state=State.SKIPPED)
            if not wanted:
                continue
            parts = [part_of(row) for row in wanted]
            subject = parts[0].subject
            if len({part.subject for part in parts}) > 1:
                subject = f"{counted(len(parts), 'Neuigkeit', 'Neuigkeiten')} aus Ihren Vorgängen"
            letter = write_letter(parts, subject=subject, can_choose=True)
            OutboxMail.objects.create(
                user_id=user_id,
                recipient=wanted[0].recipient,
                subject=letter.subject,
                occasion="Sammelnachricht" if len(parts) > 1 else wanted[0].occasion,
                body=letter.text,
                html=letter.html,
                key=f"digest:{wanted[0].pk}",
            )
            OutboxMail.objects.filter(pk__in=[row.pk for row in wanted]).update(state=State.MERGED)
