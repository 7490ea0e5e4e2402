"""What ``verify_ledger`` finds in the tables of payments."""

from collections.abc import Iterator

from django.db.models import Count, F, Q

from funding.payments.models import Payee, PayeeAccount


def accounts() -> Iterator[str]:
    """Yield a German sentence for each account that the second person could not have confirmed, and each broken chain.

    No sentence names an IBAN or a payee.
    """
    alone = PayeeAccount.objects.filter(state=PayeeAccount.State.CONFIRMED, decided_by=F("requested_by"))
    for account in alone.order_by("pk"):
        yield f"{account}: Bestätigt hat sie, wer sie eingetragen hat."
    for account in PayeeAccount.objects.filter(
        Q(follows__isnull=False) & (~Q(follows__payee=F("payee")) | Q(follows__gte=F("pk")))
    ).order_by("pk"):
        yield f"{account}: Sie folgt auf Bankverbindung Nr. {account.follows_id}, die nicht davor steht."
    twice = PayeeAccount.objects.filter(follows__isnull=False).values("follows").annotate(times=Count("pk"))
    for key in twice.filter(times__gt=1).order_by("follows").values_list("follows", flat=True):
        yield f"Bankverbindung Nr. {key}: Auf sie folgen mehrere."
    beginnings = Count("accounts", filter=Q(accounts__follows__isnull=True))
    for payee in Payee.objects.annotate(beginnings=beginnings).filter(beginnings__gt=1).order_by("pk"):
        yield f"Empfänger Nr. {payee.pk}: Mehrere Bankverbindungen folgen auf keine."
