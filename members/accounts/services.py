"""Changes of accounts that carry a rule: invitations, passwords, a person's own choices."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from members.accounts import attempts, events
from members.models import AccountEvent, MailedLink, Person, User
from members.post import links
from members.post.notify import notify
from members.post.outbox import address_works
from members.roles.permissions import may_change_account

#: A new link is not sent more often, so that nobody can flood a mailbox.
NEW_LINK_AFTER = timedelta(minutes=5)


def require_free(email: str, *, account: User | None = None) -> None:
    """Raise ValidationError where another account has this address, or may still get it back.

    It may as long as the link that undoes a confirmed change is valid. Otherwise whoever took the address
    could block that link. One query, so that nothing changes in between.
    """
    days = links.VALID_FOR[MailedLink.STOP]
    returns = Q(
        address_changes__former__iexact=email,
        address_changes__stopped_at=None,
        address_changes__confirmed_at__gt=timezone.now() - days,
    )
    others = User.objects.exclude(pk=account.pk) if account and account.pk else User.objects.all()
    found = others.filter(Q(email__iexact=email) | returns).first()
    if found and found.email.lower() == email.lower():
        raise ValidationError("Mit dieser E-Mail-Adresse gibt es schon ein Benutzerkonto.")
    if found:
        raise ValidationError(
            f"Diese E-Mail-Adresse gehörte bis vor Kurzem zu einem anderen Benutzerkonto und kann {days.days} Tage lang "
            "dorthin zurückkehren. So lange ist sie für kein anderes frei."
        )


@transaction.atomic
def open_account(person: Person, *, email: str, actor: User) -> User:
    """Create an account without a password. Raises ValidationError where person or address have one."""
    if User.objects.filter(person=person).exists():
        raise ValidationError(f"{person} hat schon ein Benutzerkonto.")
    require_free(email)
    return User.objects.create_user(email, person=person)


@transaction.atomic
def invite(user: User, *, actor: User) -> User:
    """Mail a link with which the person chooses a password. It replaces an earlier link.

    Raises PermissionDenied where the actor may not change this account.
    Raises ValidationError for an account that is locked or has a password, and after ``INVITATIONS`` in a day.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if not may_change_account(actor, user):
        raise PermissionDenied
    if not user.is_active:
        raise ValidationError("Ein gesperrtes Konto kann nicht eingeladen werden.")
    if user.has_usable_password():
        raise ValidationError(f"Das Konto {user.email} hat schon ein Passwort und braucht keine Einladung.")
    try:
        attempts.INVITATIONS.take(user.pk)
    except attempts.TooMany as refused:
        raise ValidationError(
            f"An {user.email} gingen heute schon {attempts.INVITATIONS.times} Einladungen. Die nächste geht wieder ab "
            f"{refused.clock} Uhr."
        ) from None
    user.invited_by = actor
    return _send_invitation(user)


def _send_invitation(user: User) -> User:
    user.invited_at = timezone.now()
    user.save(update_fields=["invited_at", "invited_by"])
    events.note(AccountEvent.Kind.INVITED, user, actor=user.invited_by)
    _mail_link(user, MailedLink.INVITATION, "invitation", "Ihr Zugang zu StadtbezirksMarketing Dortmund")
    return user


@transaction.atomic
def renew_invitation(token: str) -> None:
    """Mail a new link to the account's own address, for one that has expired (see ``NEW_LINK_AFTER``)."""
    found = links.read(token, MailedLink.INVITATION)
    if found.user is None or found.trouble != "expired":
        return
    user = User.objects.select_for_update().get(pk=found.user.pk)
    if user.is_invited and user.invited_at and timezone.now() - user.invited_at >= NEW_LINK_AFTER:
        _send_invitation(user)


def mail_password_link(user: User) -> None:
    """Mail a link with which the owner chooses a new password."""
    _mail_link(
        user, MailedLink.PASSWORD, "password_link", "Neues Passwort für StadtbezirksMarketing Dortmund"
    )


def _mail_link(user: User, purpose: MailedLink, template: str, subject: str) -> None:
    """Mail a link that opens the account, however the person has chosen to get mail."""
    notify(
        [user],
        template=template,
        context={"user": user, "days": links.VALID_FOR[purpose].days},
        link=purpose,
        subject=subject,
        key=f"{purpose.value}:{timezone.now():%Y%m%d%H%M%S%f}",
        always=True,
    )


@transaction.atomic
def choose_password(token: str, purpose: MailedLink, *, password: str) -> User:
    """Set the password and return the account. Raises ValidationError where the link is no longer valid."""
    found = links.read(token, purpose)
    if found.user and not found.trouble:
        User.objects.select_for_update().get(pk=found.user.pk)
        found = links.read(token, purpose)
    if found.user is None or found.trouble:
        raise ValidationError("Dieser Link gilt nicht mehr.")
    found.user.set_password(password)
    found.user.save(update_fields=["password"])
    address_works(found.user)
    return found.user


@transaction.atomic
def set_preferences(user: User, *, mail_frequency: str, publish_name: bool | None = None) -> None:
    """Store a person's own choices. The consent to publish the name is recorded in the person's history."""
    user.mail_frequency = mail_frequency
    user.save(update_fields=["mail_frequency"])
    if user.person_id is None or publish_name is None:
        return
    person = Person.objects.select_for_update().get(pk=user.person_id)
    if person.publish_name != publish_name:
        person.publish_name = publish_name
        person._history_user = user  # type: ignore[attr-defined]
        person.save()


def show_guide(user: User, shown: bool) -> None:
    user.sees_guide = shown
    user.save(update_fields=["sees_guide"])
