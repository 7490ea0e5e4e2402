"""What is on the association's accounts: one person reads it off, another confirms it."""

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from funding.errors import TransitionNotAllowed
from funding.payments import batch_permissions as permissions
from funding.payments.models import Balance, OwnAccount
from funding.rules import require_first_person, require_reason, value_date
from funding.services.once import spend
from members.common.days import require_day
from members.common.money import MAXIMUM
from members.common.texts import normal
from members.models import User
from members.roles.permissions import Roles


@transaction.atomic
def enter_balance(
    account: OwnAccount,
    *,
    amount: Decimal,
    day: date,
    reason: str,
    actor: User,
    key: str | None = None,
    on: date | None = None,
) -> Balance:
    """Enter what was on the account at the end of ``day`` (euro); it counts when another person has confirmed it.

    ``reason`` says where it was read. Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone.
    """
    today = value_date(on)
    if key is not None:
        spend(key, actor)
    if objection := permissions.objection_to_handle(Roles(actor, today)):
        raise objection
    if day > today:
        raise TransitionNotAllowed("Dieser Tag ist noch nicht vorbei.", field="day")
    try:
        require_day(day)
    except ValidationError as error:
        raise TransitionNotAllowed(" ".join(error.messages), field="day") from None
    if abs(amount) > MAXIMUM:
        raise TransitionNotAllowed("Bitte den Betrag prüfen.", field="amount")
    OwnAccount.objects.select_for_update().get(pk=account.pk)
    if statement := account.statements.filter(closed_on__gte=day).order_by("-closed_on").first():
        raise TransitionNotAllowed(
            f"Bis zum {statement.closed_on:%d.%m.%Y} gelten die Kontoauszüge. Ein eingetragener Kontostand zählt erst für einen "
            "späteren Tag.",
            field="day",
        )
    if account.balances.waiting().exists():
        raise TransitionNotAllowed(
            "Ein Kontostand dieses Kontos wartet schon auf die zweite Person. Bitte lassen Sie ihn zuerst bestätigen oder "
            "ablehnen."
        )
    return Balance.objects.create(
        account=account,
        amount=amount,
        day=day,
        reason=normal(require_reason(reason, "Bitte eintragen, woher der Kontostand stammt.")),
        requested_by=actor,
        requested_on=today,
    )


@transaction.atomic
def confirm_balance(
    balance: Balance, *, actor: User, key: str | None = None, on: date | None = None
) -> Balance:
    """Confirm the balance as the second person.

    Raises ConflictOfInterest for who entered it, and where that person may no longer; TransitionNotAllowed or
    AlreadyDone.
    """
    current, today = _open(balance, key, actor, on)
    if objection := permissions.objection_to_confirm_balance(Roles(actor, today), current):
        raise objection
    require_first_person(
        current.requested_by,
        permissions.objection_to_handle(Roles(current.requested_by, today)),
        what="keinen Kontostand mehr eintragen",
        instead="lehnen Sie ihn ab; dann kann er neu eingetragen werden.",
    )
    current.decide(Balance.State.CONFIRMED, actor=actor, on=today)
    return current


@transaction.atomic
def refuse_balance(
    balance: Balance, *, reason: str, actor: User, key: str | None = None, on: date | None = None
) -> Balance:
    """Refuse the balance. Whoever entered it takes it back this way.

    Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone.
    """
    current, today = _open(balance, key, actor, on)
    if objection := permissions.objection_to_handle(Roles(actor, today)):
        raise objection
    reason = require_reason(reason, "Bitte begründen Sie, was an diesem Kontostand nicht stimmt.")
    current.decide(Balance.State.REFUSED, actor=actor, on=today, refusal=reason)
    return current


def _open(balance: Balance, key: str | None, actor: User, on: date | None) -> tuple[Balance, date]:
    """Lock the account, then the balance. Raises TransitionNotAllowed unless it waits for a decision."""
    today = value_date(on)
    if key is not None:
        spend(key, actor)
    OwnAccount.objects.select_for_update().get(pk=balance.account_id)
    rows = Balance.objects.select_for_update(of=("self",)).select_related("requested_by__person", "account")
    current = rows.get(pk=balance.pk)
    if sentence := current.objection_on(today):
        raise TransitionNotAllowed(sentence)
    return current, today
