"""Writes of the association that carry a rule."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from members import events, guards, links
from members.models import (
    AccountEvent,
    Body,
    District,
    MailedLink,
    Mandate,
    Membership,
    Organisation,
    Person,
    Resolution,
    Seat,
    Tenure,
    User,
)
from members.notify import notify
from members.permissions import OWN_MANDATE, may_change_account, may_change_mandate

T = TypeVar("T", bound=Tenure)

#: A new link is not sent more often, so that nobody floods a letter box with somebody's link.
NEW_LINK_AFTER = timedelta(minutes=5)


def require_room(row: Any, besides: Sequence[Any] = ()) -> None:
    """Raise ValidationError where the row would be one too many on a day, naming those who are there.

    Call inside the transaction that saves: nobody else counts in the same group until it ends. ``besides``
    are rows of the same form.
    """
    guards.hold(row)
    if found := guards.crowd(row, besides):
        rule, others = found
        names = "; ".join(f"{getattr(other, 'holder', other)}, {other.period}" for other in others)
        raise ValidationError(f"{rule.sentence} Eingetragen: {names}. Bitte zuerst dort das Ende eintragen.")
    if isinstance(row, Seat):
        body, end = row.body, row.until or date.max
        if row.since < body.since or (body.until and end > body.until):
            raise ValidationError(
                f"Das Gremium „{body}“ besteht {body.period}. Der Sitz muss in dieser Zeit liegen."
            )


def _enter(row: T, actor: User) -> T:
    if isinstance(row, Mandate) and not may_change_mandate(actor, row.person_id):
        raise ValidationError(OWN_MANDATE)
    row.full_clean(validate_unique=False)
    require_room(row)
    row._history_user = actor  # type: ignore[attr-defined]
    row.save()
    return row


@transaction.atomic
def seat_person(
    body: Body,
    *,
    since: date,
    actor: User,
    person: Person | None = None,
    organisation: Organisation | None = None,
    role: str = Seat.Role.MEMBER,
    until: date | None = None,
    reason: str = "",
) -> Seat:
    """Give a person, or an organisation represented by one, a seat from a day on.

    Raises ValidationError when one of them has a seat in the body on one of the days already, or when the body
    does not exist on one of them.
    """
    seat = Seat(
        body=body,
        person=person,
        organisation=organisation,
        role=role,
        since=since,
        until=until,
        entry_reason=reason,
    )
    return _enter(seat, actor)


@transaction.atomic
def delegate(
    district: District,
    *,
    person: Person,
    since: date,
    actor: User,
    until: date | None = None,
    reason: str = "",
) -> Membership:
    """Enter a person delegated by a district. Raises ValidationError beside two others (statutes)."""
    row = Membership(district=district, person=person, since=since, until=until, entry_reason=reason)
    return _enter(row, actor)


@transaction.atomic
def admit_city(
    organisation: Organisation, *, since: date, actor: User, until: date | None = None, reason: str = ""
) -> Membership:
    """Enter the membership of the City. Raises ValidationError where it is a member on one of the days."""
    row = Membership(
        kind=Membership.Kind.CITY, organisation=organisation, since=since, until=until, entry_reason=reason
    )
    return _enter(row, actor)


@transaction.atomic
def appoint(
    district: District,
    *,
    person: Person,
    kind: str,
    since: date,
    actor: User,
    until: date | None = None,
    reason: str = "",
) -> Mandate:
    """Give a person a mandate; rights follow from it day by day. Raises ValidationError for one's own."""
    row = Mandate(district=district, person=person, kind=kind, since=since, until=until, entry_reason=reason)
    return _enter(row, actor)


@transaction.atomic
def end(tenure: T, *, on: date, reason: str, actor: User) -> T:
    """Set the last day and its reason. Raises ValidationError without a reason, before the first day, after an
    end that is already entered, and for one's own mandate."""
    row = _locked(tenure)
    if not reason.strip():
        raise ValidationError("Bitte den Grund des Austritts nennen.")
    if on < row.since:
        raise ValidationError(
            f"{row} beginnt erst am {row.since:%d.%m.%Y}. Das Ende darf nicht vor dem Beginn liegen."
        )
    if row.until and on >= row.until:
        raise ValidationError(f"{row} endet schon am {row.until:%d.%m.%Y}.")
    row.until, row.exit_reason = on, reason.strip()
    return _enter(row, actor)


@transaction.atomic
def succeed(tenure: T, *, person: Person, on: date, reason: str, actor: User, entry_reason: str = "") -> T:
    """End ``tenure`` with its last day ``on`` and seat ``person`` in the same place from the next day.

    A tenure that ends on that day anyway keeps its own reason. Raises ValidationError like ``end``, and where
    the new person does not fit. Returns the new row.
    """
    row = _locked(tenure)
    if row.until != on:
        row = end(row, on=on, reason=reason, actor=actor)
    place = {name: getattr(row, name) for name in row.PLACE}
    new = type(row)(
        **place,
        person=person,
        since=on + timedelta(days=1),
        entry_reason=entry_reason or "Nachfolge",
    )
    return _enter(new, actor)


def _locked(tenure: T) -> T:
    """The stored row, under lock: somebody else may have ended it meanwhile."""
    return cast(T, type(tenure)._default_manager.select_for_update().get(pk=tenure.pk))


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
    """Write down a Beschluss with its votes and the resolved ``amount`` in euro; see ``save_resolution``."""
    resolution = Resolution(
        body=body,
        date=date,
        votes_yes=votes_yes,
        votes_no=votes_no,
        votes_abstained=votes_abstained,
        amount_cents=int(amount.scaleb(2)),
        text=text,
    )
    save_resolution(resolution, actor=actor, on=on)
    return resolution


def save_resolution(resolution: Resolution, *, actor: User, on: "date | None" = None) -> None:
    """Store a Beschluss that is not stored yet.

    Raises ValidationError when the meeting lies in the future or nobody voted: a resolution backs a decision
    on money and must be one that was taken.
    """
    if resolution.date > (on or timezone.localdate()):
        raise ValidationError({"date": "Die Sitzung liegt in der Zukunft. Bitte das Datum prüfen."})
    if resolution.votes_yes + resolution.votes_no + resolution.votes_abstained == 0:
        raise ValidationError({"votes_yes": "Bitte die abgegebenen Stimmen eintragen."})
    resolution.recorded_by = actor
    resolution.save()


# Accounts


def require_free(email: str, *, account: User | None = None) -> None:
    """Raise ValidationError where another account has this address, or had it and may still take it back.

    It may while the link that undoes a confirmed change is good; else whoever took the address would hold the
    link off. One query, so that nothing happens between two.
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
    """An account without a password for a person who has none.

    Raises ValidationError where one is there, or the address is not free.
    """
    if User.objects.filter(person=person).exists():
        raise ValidationError(f"{person} hat schon ein Benutzerkonto.")
    require_free(email)
    return User.objects.create_user(email, person=person)


@transaction.atomic
def invite(user: User, *, actor: User) -> User:
    """Mail a link with which the person chooses a password; it replaces an earlier one.

    Raises PermissionDenied where the actor may not keep this account, ValidationError for an account that is
    locked or has a password.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if not may_change_account(actor, user):
        raise PermissionDenied
    if not user.is_active:
        raise ValidationError("Ein gesperrtes Konto kann nicht eingeladen werden.")
    if user.has_usable_password():
        raise ValidationError(f"Das Konto {user.email} hat schon ein Passwort und braucht keine Einladung.")
    user.invited_by = actor
    return _send_invitation(user)


def _send_invitation(user: User) -> User:
    user.invited_at = timezone.now()
    user.save(update_fields=["invited_at", "invited_by"])
    events.note(AccountEvent.Kind.INVITED, user, actor=user.invited_by)
    notify(
        [user],
        template="invitation",
        context={"user": user, "days": links.VALID_FOR[MailedLink.INVITATION].days},
        link=MailedLink.INVITATION,
        subject="Ihr Zugang zu StadtbezirksMarketing Dortmund",
        key=f"invitation:{user.invited_at:%Y%m%d%H%M%S%f}",
        always=True,
    )
    return user


@transaction.atomic
def renew_invitation(token: str) -> None:
    """Mail a new link to the invited account's own address, where the token's link has expired."""
    found = links.read(token, MailedLink.INVITATION)
    if found.user is None or found.trouble != "expired":
        return
    user = User.objects.select_for_update().get(pk=found.user.pk)
    if user.is_invited and user.invited_at and timezone.now() - user.invited_at >= NEW_LINK_AFTER:
        _send_invitation(user)


def mail_password_link(user: User) -> None:
    """Mail a link with which the owner chooses a new password."""
    notify(
        [user],
        template="password_link",
        context={"user": user, "days": links.VALID_FOR[MailedLink.PASSWORD].days},
        link=MailedLink.PASSWORD,
        subject="Neues Passwort für StadtbezirksMarketing Dortmund",
        key=f"password:{timezone.now():%Y%m%d%H%M%S%f}",
        always=True,
    )


@transaction.atomic
def choose_password(token: str, purpose: MailedLink, *, password: str) -> User:
    """Set the password that the owner of the mailbox chose. Raises ValidationError where the link counts no more."""
    found = links.read(token, purpose)
    if found.user and not found.trouble:
        User.objects.select_for_update().get(pk=found.user.pk)
        found = links.read(token, purpose)
    if found.user is None or found.trouble:
        raise ValidationError("Dieser Link gilt nicht mehr.")
    found.user.set_password(password)
    found.user.save(update_fields=["password"])
    return found.user


@transaction.atomic
def set_preferences(user: User, *, mail_frequency: str, publish_name: bool | None = None) -> None:
    """A person's own choices: how often mails come, and whether the name may be published (recorded)."""
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
    """Remember whether the person wants the guide on the start page."""
    user.sees_guide = shown
    user.save(update_fields=["sees_guide"])
