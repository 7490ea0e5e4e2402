"""Writes of the association that carry a rule."""

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from members.models import Body, Resolution, User


@transaction.atomic
def record_resolution(
    body: Body,
    *,
    date: date,
    votes_yes: int,
    votes_no: int,
    amount: Decimal,
    actor: User,
    votes_abstained: int = 0,
    text: str = "",
    on: "date | None" = None,
) -> Resolution:
    """Record a Beschluss with its votes and the resolved amount in euro.

    Raises ValidationError when the meeting lies in the future or nobody voted: a resolution backs a decision
    on money and must be one that was taken.
    """
    if date > (on or timezone.localdate()):
        raise ValidationError({"date": "Die Sitzung liegt in der Zukunft. Bitte das Datum prüfen."})
    if votes_yes + votes_no + votes_abstained == 0:
        raise ValidationError({"votes_yes": "Bitte die abgegebenen Stimmen eintragen."})
    return Resolution.objects.create(
        body=body,
        date=date,
        votes_yes=votes_yes,
        votes_no=votes_no,
        votes_abstained=votes_abstained,
        amount_cents=int(amount.scaleb(2)),
        text=text,
        recorded_by=actor,
    )
