"""Payees and their accounts: one person enters an account, another confirms or refuses it."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.views.decorators.debug import sensitive_variables

from funding.errors import TransitionNotAllowed
from funding.payments import notices, permissions
from funding.payments.models import Payee, PayeeAccount
from funding.rules import require_first_person, require_no_iban, value_date
from members.common.days import require_day
from members.common.erasing import erased
from members.common.iban import checked_bic, checked_iban
from members.common.texts import normal
from members.models import District, Organisation, Person, User
from members.roles.permissions import Roles

T = TypeVar("T")
Who = Organisation | Person


@transaction.atomic
def enter_payee(
    who: Who,
    *,
    actor: User,
    district: District | None = None,
    on: date | None = None,
    address: Mapping[str, str] | None = None,
) -> Payee:
    """Return the payee of this organisation or person, entered if there is none.

    ``who`` may be new; then it is stored, unless an organisation has the name by now.
    ``address`` are fields of ``Addressed``, stored where it has no address.
    ``district`` is whose director enters it and sees it from now on; the Wirtschaftsförderung gives none.
    Raises TransitionNotAllowed or ConflictOfInterest, ValidationError for a name or address that is none.
    """
    day = value_date(on)
    if objection := permissions.objection_to_enter(Roles(actor, day), district):
        raise objection
    who = _stored(who, address or {}, actor)
    one = {"organisation": who} if isinstance(who, Organisation) else {"person": who}
    payee, _ = Payee.objects.get_or_create(**one, defaults={"entered_by": actor, "entered_on": day})
    if district is not None:
        payee.districts.add(district)
    return payee


@sensitive_variables("iban", "found")
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
    on: date | None = None,
) -> PayeeAccount:
    """Enter an account that waits for a second person. It follows the payee's last one.

    ``since`` is the local date from which money is paid to it. ``reason`` says where the details come from.
    ``bic`` is taken where no list of banks knows it.
    Raises TransitionNotAllowed (with the field at fault) or ConflictOfInterest.
    """
    day = value_date(on)
    current = _locked(payee)
    if objection := permissions.objection_to_enter_account(Roles(actor, day), current, district):
        raise objection
    last = current.accounts.order_by("-pk").first()
    if last is not None and last.waits:
        raise TransitionNotAllowed(
            "Eine Bankverbindung dieses Empfängers wartet schon auf die zweite Person. Eine weitere kann erst "
            "eingetragen werden, wenn sie bestätigt, abgelehnt oder zurückgenommen ist."
        )
    holder = _text("holder", holder, "Bitte eintragen, auf wen das Konto lautet.")
    reason = _text("reason", reason, "Bitte eintragen, woher die Angaben kommen.")
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
        holder=holder,
        since=since,
        reason=reason,
        follows=last,
        district=district,
        requested_by=actor,
        requested_on=day,
    )
    if district is not None:
        current.districts.add(district)
    notices.tell_of_account(account)
    notices.tell_others_of_change(account)
    return account


@transaction.atomic
def confirm_account(
    account: PayeeAccount, *, paper: str, actor: User, on: date | None = None
) -> PayeeAccount:
    """Confirm an account as the second person. ``paper`` is what was looked at.

    Raises ConflictOfInterest for who entered it, and where that person may no longer enter accounts.
    Raises TransitionNotAllowed.
    """
    current, day = _open(account, on)
    if objection := permissions.objection_to_confirm(Roles(actor, day), current):
        raise objection
    require_first_person(
        current.requested_by,
        permissions.objection_to_enter(Roles(current.requested_by, day), current.district),
        what="keine Bankverbindung mehr eintragen",
        instead="lehnen Sie diese ab; dann kann sie neu eingetragen werden.",
    )
    current.paper = _text("paper", paper, "Bitte eintragen, welche Unterlage Sie angesehen haben.")
    current.decide(PayeeAccount.State.CONFIRMED, actor=actor, on=day)
    notices.tell_of_decision(current)
    return current


@transaction.atomic
def refuse_account(
    account: PayeeAccount, *, reason: str, actor: User, on: date | None = None
) -> PayeeAccount:
    """Refuse an account; nothing is ever paid to it. Whoever entered it takes it back this way.

    Raises TransitionNotAllowed or ConflictOfInterest.
    """
    current, day = _open(account, on)
    if objection := permissions.objection_to_refuse(Roles(actor, day), current):
        raise objection
    reason = _text("reason", reason, "Bitte begründen Sie, warum die Bankverbindung nicht bestätigt wird.")
    current.decide(PayeeAccount.State.REFUSED, actor=actor, on=day, refusal=reason)
    notices.tell_of_decision(current)
    return current


def content_of(account: PayeeAccount) -> bytes:
    """Return what goes when the account's details are deleted, as JSON. The deletion keeps its hash."""
    names = ("iban", "bic", "bank", "holder", "reason", "paper", "refusal")
    return json.dumps({name: getattr(account, name) for name in names}, ensure_ascii=False).encode()


def erase(accounts: QuerySet[PayeeAccount]) -> None:
    """Delete the details of accounts; the rows stay. Within the transaction in which two people agreed to it."""
    accounts.update(iban="", bic="", bank="", **erased("holder", "reason", "paper", "refusal"))


def _stored(who: Who, address: Mapping[str, str], actor: User) -> Who:
    """Return the row, stored if it is new, and with the address if it has none.

    Somebody else may have entered an organisation of this name just now: then it is that one.
    """
    if who.pk is None:
        _fill(who, address, actor)
        there = Organisation.objects.filter(name=who.name) if isinstance(who, Organisation) else None
        try:
            with transaction.atomic():
                who.save()
            return who
        except IntegrityError:
            if there is None or (found := there.first()) is None:
                raise
            who = found
    current: Any = type(who)._default_manager.select_for_update().get(pk=who.pk)
    if any(address.values()) and not current.has_address:
        _fill(current, address, actor)
        current.save()
    return current


def _fill(who: Any, address: Mapping[str, str], actor: User) -> None:
    for name, value in address.items():
        setattr(who, name, value)
    who.full_clean(validate_unique=False)
    who._history_user = actor


def _locked(payee: Payee) -> Payee:
    return Payee.objects.select_for_update(of=("self",)).with_names().get(pk=payee.pk)


def _open(account: PayeeAccount, on: date | None) -> tuple[PayeeAccount, date]:
    """Lock the payee, then the account. Raises TransitionNotAllowed unless it waits for a decision."""
    day = value_date(on)
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


def _text(field: str, text: str, required: str) -> str:
    """Return the text as it is stored. Raises TransitionNotAllowed for an empty one, and for one with an IBAN."""
    text = normal(text, lines=True)
    if not text:
        raise TransitionNotAllowed(required, field=field)
    require_no_iban(text, field=field)
    return text


def _checked(field: str, check: Callable[[], T]) -> T:
    """Return what the check returns. Raises TransitionNotAllowed with its sentence, beside the field."""
    try:
        return check()
    except ValidationError as error:
        raise TransitionNotAllowed(" ".join(error.messages), field=field) from None
