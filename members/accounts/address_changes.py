"""Change an account's address: it counts once its owner has confirmed it, and the former address can stop it.

Whoever reads an account's mails owns the account, because a link for a new password goes there. So nobody
sets another person's address. Until the new one is confirmed, sign-in, links and messages stay with the
former one.
The database allows no other change of address for an account in use (``members.accounts.guards``).
"""

from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string

from members.accounts import attempts, events, services
from members.common.texts import normal
from members.models import AccountEvent, AddressChange, MailedLink, OutboxMail, User
from members.post import links
from members.post.notify import notify, write_to
from members.post.outbox import address_works, tick_off
from members.roles import groups
from members.roles.permissions import Roles, may_change_account, needs_two

Kind = AccountEvent.Kind

#: Rows are deleted after this time: the change has lapsed or can no longer be stopped by a link.
KEPT = timedelta(days=30)
OVER = "Diese Änderung wartet nicht mehr: Sie ist schon bestätigt, gestoppt, ersetzt oder abgelaufen."


def open_change(account: User) -> AddressChange | None:
    """Return the account's change that waits for a release or for its owner, or None."""
    found = AddressChange.objects.filter(account=account, confirmed_at=None, stopped_at=None)
    change = found.select_related("account__person", "requested_by__person", "released_by__person").first()
    return change if change and change.is_open else None


def may_ask(actor: User, account: User) -> bool:
    """Return whether the actor may ask for it: the owner, or an administrator who may change the account."""
    return actor.pk == account.pk or (Roles(actor).may_enter_admin and may_change_account(actor, account))


def may_release(actor: User, change: AddressChange) -> bool:
    """Return whether the actor is an administrator who neither asked for the change nor owns the account."""
    return Roles(actor).may_enter_admin and actor.pk not in (change.requested_by_id, change.account_id)


@transaction.atomic
def ask(account: User, *, email: str, actor: User) -> AddressChange | None:
    """Ask for a new address. It replaces what was asked for before.

    The former address is told at once. The new one gets a link; where two people are needed, after the
    release.
    Returns the change, or None where the address changed at once (``at_once``).
    Raises PermissionDenied, and ValidationError with a German sentence.
    """
    account = _locked(account)
    email = normal(email).lower()
    if not may_ask(actor, account):
        raise PermissionDenied
    validate_email(email)
    if email == account.email:
        raise ValidationError("Das ist schon die Adresse dieses Kontos.")
    services.require_free(email, account=account)
    if not account.is_active:
        raise ValidationError("Das Konto ist gesperrt. Bitte heben Sie zuerst die Sperre auf.")
    _require_no_group(account, actor)
    try:
        attempts.NEW_ADDRESSES.take(account.pk)
    except attempts.TooMany as refused:
        raise ValidationError(
            "Für dieses Konto wurden heute schon fünf neue Adressen beantragt. Bitte morgen wieder."
        ) from refused
    for earlier in AddressChange.objects.filter(account=account, confirmed_at=None, stopped_at=None):
        _stop(earlier, actor)
    if at_once(actor, account):
        _change_unused(account, email, actor)
        return None
    change = AddressChange.objects.create(
        account=account,
        email=email,
        former=account.email,
        needs_release=actor.pk != account.pk and needs_two(account),
        requested_by=actor,
    )
    events.note(Kind.ADDRESS_ASKED, account, actor=actor, email=email)
    _write(change, change.former, "address_asked", MailedLink.STOP, "Eine neue E-Mail-Adresse für Ihr Konto")
    if change.needs_release:
        _tell_administration(change)
    else:
        _ask_owner(change)
    return change


def at_once(actor: User, account: User) -> bool:
    """Return whether the address changes without a confirmation, because nobody has used the account yet.

    For an invited account whose address needs two people (``needs_two``) only a superuser's change takes
    effect at once.
    """
    if account.has_usable_password():
        return False
    return actor.is_superuser or not (account.is_invited and needs_two(account))


def _require_no_group(account: User, actor: User) -> None:
    if account.has_usable_password() or actor.is_superuser:
        return
    if account.is_superuser or account.groups.exists():
        raise ValidationError(
            "Dieses Konto hat eine Gruppe und wurde noch nie benutzt. Seine Adresse ändert nur die technische "
            "Administration."
        )


def _change_unused(account: User, email: str, actor: User) -> None:
    """Change it at once. The former address is told without a link: it may be a stranger's."""
    write_to(
        account.email,
        template="address_corrected",
        context={"actor": actor, "invited": account.is_invited},
        subject="Eine andere E-Mail-Adresse für ein Konto",
    )
    account.email = email
    account.save(update_fields=["email"])
    if account.is_invited:
        services.invite(account, actor=actor)


@transaction.atomic
def release(change: AddressChange, *, actor: User) -> AddressChange:
    """Release the change. The link then goes to the new address.

    For an account that nobody has used the address changes at once, and a new invitation goes there.
    Raises PermissionDenied, and ValidationError with a German sentence.
    """
    account = _locked(change.account)
    change = AddressChange.objects.select_related("requested_by").get(pk=change.pk)
    if not may_release(actor, change):
        raise PermissionDenied
    if not change.waits_for_release:
        raise ValidationError(OVER)
    _require_entitled(change, account)
    change.released_by = actor
    change.save(update_fields=["released_by"])
    events.note(Kind.ADDRESS_RELEASED, account, actor=actor, email=change.email)
    if account.has_usable_password():
        _ask_owner(change)
    else:
        _require_no_group(account, change.requested_by)
        _take_effect(change, account)
        services.invite(account, actor=change.requested_by)
    return change


@transaction.atomic
def confirm(token: str) -> User:
    """Put the change into effect, for the owner of the new address who opened the link. Every session ends.

    Returns the account. Raises ValidationError with a German sentence.
    """
    change = links.read_change(token, MailedLink.ADDRESS)
    if change:
        _locked(change.account)
        change = links.read_change(token, MailedLink.ADDRESS)
    if change is None or not change.waits_for_owner:
        raise ValidationError(OVER)
    account = change.account
    _require_entitled(change, account)
    if change.released_by is None and change.requested_by_id != account.pk and needs_two(account):
        raise ValidationError(
            "Das Konto hat inzwischen eine Aufgabe, für die zwei Personen eine neue Adresse eintragen. Bitte lassen "
            "Sie die Änderung neu beantragen."
        )
    _take_effect(change, account)
    address_works(account)
    return account


def _take_effect(change: AddressChange, account: User) -> None:
    services.require_free(change.email, account=account)
    change.confirmed_at = timezone.now()
    change.save(update_fields=["confirmed_at"])
    account.email = change.email
    account.save(update_fields=["email"])
    _write(change, change.former, "address_changed", MailedLink.STOP, "Ihre E-Mail-Adresse wurde geändert")


@transaction.atomic
def stop(change: AddressChange, *, actor: User | None = None) -> User:
    """Take the change back. One that waits is over; one that has taken effect is undone, with all later ones.

    To undo it, the former address is set again, the password is made useless, and a link for a new one is
    mailed.
    Where another account has the former address by now, the account is locked instead. The change then stays
    open to the link, which brings the address back once it is free.
    ``actor`` is None for the link that the former address got.
    Returns the account. Raises ValidationError with a German sentence.
    """
    account = _locked(change.account)
    change = AddressChange.objects.get(pk=change.pk)
    if change.stopped_at:
        raise ValidationError(OVER)
    if change.confirmed_at is None:
        _stop(change, actor)
        return account
    for later in AddressChange.objects.filter(account=account, stopped_at=None, pk__gt=change.pk):
        _stop(later, actor)
    account.set_password(get_random_string(40))
    try:
        services.require_free(change.former, account=account)
    except ValidationError:
        account.is_active = False
        account.save(update_fields=["password", "is_active"])
        return account
    _stop(change, actor)
    account.email = change.former
    account.save(update_fields=["email", "password"])
    services.mail_password_link(account)
    return account


def may_stop(actor: User, change: AddressChange) -> bool:
    """Return whether the actor may stop the waiting change. Once confirmed, only the mailed link does."""
    return change.is_open and (actor.pk == change.account_id or Roles(actor).may_enter_admin)


def sweep() -> int:
    """Delete the changes older than ``KEPT``. Return how many. What did not reach their addresses is ticked off."""
    old = AddressChange.objects.filter(requested_at__lt=timezone.now() - KEPT)
    tick_off(OutboxMail.objects.filter(address_change__in=old, state=OutboxMail.State.FAILED))
    return old.delete()[0]


def _stop(change: AddressChange, actor: User | None) -> None:
    change.stopped_at = timezone.now()
    change.save(update_fields=["stopped_at"])
    events.note(Kind.ADDRESS_STOPPED, change.account, actor=actor, email=change.email)


def _locked(account: User) -> User:
    return User.objects.select_for_update().get(pk=account.pk)


def _require_entitled(change: AddressChange, account: User) -> None:
    """Raise ValidationError where who asked or released has lost the right to do so."""
    asked = may_ask(change.requested_by, account) and change.requested_by.is_active
    released = change.released_by is None or may_release(change.released_by, change)
    if not (asked and released):
        raise ValidationError(
            "Wer die Änderung beantragt oder freigegeben hat, darf das inzwischen nicht mehr. Bitte lassen Sie sie neu "
            "beantragen."
        )


def _ask_owner(change: AddressChange) -> None:
    subject = "Bitte bestätigen Sie Ihre E-Mail-Adresse"
    _write(change, change.email, "address_confirm", MailedLink.ADDRESS, subject)


def _write(change: AddressChange, email: str, template: str, link: MailedLink, subject: str) -> None:
    context = {
        "change": change,
        "own": change.requested_by_id == change.account_id,
        "unused": not change.account.has_usable_password(),
        "days": links.VALID_FOR[link].days,
    }
    write_to(email, template=template, context=context, subject=subject, link=link, change=change)


def _tell_administration(change: AddressChange) -> None:
    second = User.objects.filter(Q(groups__name=groups.ADMINISTRATION) | Q(is_superuser=True), is_staff=True)
    notify(
        second.exclude(pk__in=[change.requested_by_id, change.account_id]).distinct(),
        template="address_release",
        context={"change": change, "lapses_on": timezone.localdate(change.requested_at + change.OPEN_FOR)},
        subject="Eine neue E-Mail-Adresse wartet auf eine Freigabe",
        key=f"address_release:{change.pk}",
        always=True,
    )
