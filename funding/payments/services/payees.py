"""Payees and their accounts: one person enters an account, another confirms or refuses it."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction

from funding.errors import ConflictOfInterest, TransitionNotAllowed
from funding.payments import permissions
from funding.payments.models import Payee, PayeeAccount
from funding.rules import require_reason, value_date
from funding.services.once import spend
from members.common.days import require_day
from members.common.iban import checked_bic, checked_iban
from members.common.texts import normal
from members.models import District, Organisation, Person, User
from members.roles.permissions import Roles

T = TypeVar("T")


@transaction.atomic
def enter_payee(
    who: Organisation | Person,
    *,
    actor: User,
    district: District | None = None,
    key: str | None = None,
    on: date | None = None,
) -> Payee:
    """Return the payee of this organisation or person, entered if there is none.

    ``district`` is whose director enters it and sees it from now on; the Wirtschaftsförderung gives none.
    Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone.
    """
    day = value_date(on)
    if objection := permissions.objection_to_enter(Roles(actor, day), district):
        raise objection
    if key is not None:
        spend(key, actor)
    one = {"organisation": who} if isinstance(who, Organisation) else {"person": who}
    payee, _ = Payee.objects.get_or_create(**one, defaults={"entered_by": actor, "entered_on": day})
    if district is not None:
        payee.districts.add(district)
    return payee


@transaction.atomic
def enter_account(
    payee: Payee,
    *,
    iban: str,
    holder: str,
    since: date,
    reason: str,
    actor: User,
    bic: str = "",
    district: District | None = None,
    key: str | None = None,
    on: date | None = None,
) -> PayeeAccount:
    """Enter an account that waits for a second person. It follows the payee's last one.

    ``since`` is the local date from which money is paid to it. ``reason`` says where the details come from.
    ``bic`` is taken where no list of banks knows it.
    Raises TransitionNotAllowed (with the field at fault), ConflictOfInterest or AlreadyDone.
    """
    day = value_date(on)
    if key is not None:
        spend(key, actor)
    current = _locked(payee)
    if objection := permissions.objection_to_enter_account(Roles(actor, day), current, district):
        raise objection
    last = current.accounts.order_by("-pk").first()
    if last is not None and last.waits:
        raise TransitionNotAllowed(
            "Eine Bankverbindung dieses Empfängers wartet schon auf die zweite Person. Eine weitere kann erst "
            "eingetragen werden, wenn sie bestätigt, abgelehnt oder zurückgenommen ist."
        )
    texts = {"holder": normal(holder), "reason": normal(reason)}
    for field, sentence in (
        ("holder", "Bitte eintragen, auf wen das Konto lautet."),
        ("reason", "Bitte eintragen, woher die Angaben kommen."),
    ):
        if not texts[field]:
            raise TransitionNotAllowed(sentence, field=field)
    found = _checked("iban", lambda: checked_iban(iban))
    _checked("since", lambda: require_day(since))
    before = current.accounts.filter(state=PayeeAccount.State.CONFIRMED).order_by("-pk").first()
    if before is not None and before.iban == found.value:
        raise TransitionNotAllowed(
            "Diese Bankverbindung ist schon bestätigt. Es gibt nichts zu ändern.", field="iban"
        )
    if before is not None and since < before.since:
        raise TransitionNotAllowed(
            f"Die bisherige Bankverbindung gilt ab {before.since:%d.%m.%Y}. Die neue kann nicht früher gelten.",
            field="since",
        )
    account = PayeeAccount.objects.create(
        payee=current,
        iban=found.value,
        bic=found.bic or (_checked("bic", lambda: checked_bic(bic)) if bic else ""),
        bank=found.bank,
        since=since,
        follows=last,
        district=district,
        requested_by=actor,
        requested_on=day,
        **texts,
    )
    if district is not None:
        current.districts.add(district)
    return account


@transaction.atomic
def confirm_account(
    account: PayeeAccount, *, paper: str, actor: User, key: str | None = None, on: date | None = None
) -> PayeeAccount:
    """Confirm an account as the second person. ``paper`` is what was looked at.

    Raises ConflictOfInterest for who entered it, and where that person may no longer enter accounts.
    Raises TransitionNotAllowed or AlreadyDone.
    """
    current, day = _open(account, actor=actor, key=key, on=on)
    if objection := permissions.objection_to_confirm(Roles(actor, day), current):
        raise objection
    if permissions.objection_to_enter(Roles(current.requested_by, day), current.district):
        raise ConflictOfInterest(
            f"{current.requested_by} darf inzwischen selbst keine Bankverbindung mehr eintragen; es fehlt eine "
            "zweite Person. Bitte lehnen Sie diese ab; dann kann sie neu eingetragen werden."
        )
    current.paper = normal(paper)
    if not current.paper:
        raise TransitionNotAllowed("Bitte eintragen, welche Unterlage Sie angesehen haben.", field="paper")
    current.decide(PayeeAccount.State.CONFIRMED, actor=actor, on=day)
    return current


@transaction.atomic
def refuse_account(
    account: PayeeAccount, *, reason: str, actor: User, key: str | None = None, on: date | None = None
) -> PayeeAccount:
    """Refuse an account; nothing is ever paid to it. Whoever entered it takes it back this way.

    Raises TransitionNotAllowed, ConflictOfInterest or AlreadyDone.
    """
    current, day = _open(account, actor=actor, key=key, on=on)
    if objection := permissions.objection_to_refuse(Roles(actor, day), current):
        raise objection
    reason = require_reason(reason, "Bitte begründen Sie, warum die Bankverbindung nicht bestätigt wird.")
    current.decide(PayeeAccount.State.REFUSED, actor=actor, on=day, refusal=reason)
    return current


def _locked(payee: Payee) -> Payee:
    return Payee.objects.select_for_update(of=("self",)).with_names().get(pk=payee.pk)


def _open(
    account: PayeeAccount, *, actor: User, key: str | None, on: date | None
) -> tuple[PayeeAccount, date]:
    """Lock the payee, then the account. Raises TransitionNotAllowed unless it waits for a decision."""
    day = value_date(on)
    if key is not None:
        spend(key, actor)
    payee = _locked(account.payee)
    current = (
        PayeeAccount.objects.select_for_update(of=("self",))
        .select_related("requested_by__person", "district")
        .get(pk=account.pk)
    )
    current.payee = payee
    if sentence := current.objection_on(day):
        raise TransitionNotAllowed(sentence)
    return current, day


def _checked(field: str, check: Callable[[], T]) -> T:
    """Return what the check returns. Raises TransitionNotAllowed with its sentence, beside the field."""
    try:
        return check()
    except ValidationError as error:
        raise TransitionNotAllowed(" ".join(error.messages), field=field) from None
