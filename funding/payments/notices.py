"""Letters about accounts of payees. None names an IBAN, and no subject names a payee."""

from typing import Any

from django.utils import timezone

from funding.payments import permissions
from funding.payments.models import PayeeAccount
from members.post.notify import accounts_of, compose, forget, notify, notify_directors, send
from members.roles import groups
from members.roles.permissions import Roles


def tell_of_account(account: PayeeAccount) -> None:
    """Write to those of the Wirtschaftsförderung who can confirm the account. One that was entered today only."""
    if account.requested_on != timezone.localdate():
        return
    second = [
        user
        for user in accounts_of(groups.BUSINESS_DEVELOPMENT, without=account.requested_by)
        if permissions.objection_to_confirm(Roles(user, account.requested_on), account) is None
    ]
    what = "geänderte Bankverbindung" if account.is_changed else "neue Bankverbindung"
    notify(
        second,
        group=groups.BUSINESS_DEVELOPMENT,
        template="payee_account",
        context={"account": account},
        subject=f"{account}: {what} bestätigen",
        occasion=f"Auszahlungen: {what}",
        key=_asked(account),
    )


def tell_others_of_change(account: PayeeAccount) -> None:
    """Write to the directors of the other districts that use the payee: a changed account might be a fraud.

    One that was entered today only.
    """
    if not account.is_changed or account.requested_on != timezone.localdate():
        return
    used_by = account.payee.districts.values_list("pk", flat=True)
    notify_directors(
        [key for key in used_by if key != account.district_id],
        day=account.requested_on,
        without=account.requested_by,
        template="payee_account_changed",
        context={"account": account},
        subject=f"{account}: geändert für einen Empfänger, den auch Sie haben",
        occasion="Auszahlungen: geänderte Bankverbindung",
        key=f"payee-account-changed:{account.pk}",
    )


def tell_of_decision(account: PayeeAccount) -> None:
    """Write to the directors of the district that entered the account, or to who entered it for no district.

    The letters that asked for a second person are deleted if they have not gone out.
    """
    forget(_asked(account))
    assert account.decided_by is not None and account.decided_on is not None
    if account.was_taken_back or account.decided_on != timezone.localdate():
        return
    told: dict[str, Any] = {
        "template": "payee_account_decided",
        "context": {"account": account},
        "subject": f"{account}: {account.get_state_display()}",
        "occasion": f"Auszahlungen: Bankverbindung {account.get_state_display()}",
    }
    key = f"payee-account-decided:{account.pk}"
    if account.district_id is not None:
        notify_directors(
            [account.district_id], day=account.decided_on, without=account.decided_by, key=key, **told
        )
    else:
        send(compose([(account.requested_by, None)], group=groups.BUSINESS_DEVELOPMENT, **told), key=key)


def _asked(account: PayeeAccount) -> str:
    return f"payee-account:{account.pk}"
