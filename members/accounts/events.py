"""Record what happens to accounts: as a row that nobody can change, and as a line in the log.

Changes of an account are noticed when its row is saved, so pages, admin and commands record the same. Neither
the row nor the line holds an address.
"""

import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from simple_history.models import HistoricalRecords

from members.accounts import attempts
from members.models import AccountEvent, Person, User

logger = logging.getLogger("stadtbezirk.accounts")
Kind = AccountEvent.Kind

#: Wrong passwords are deleted after this time. The database refuses to delete them earlier.
FAILURES_KEPT = timedelta(days=90)
#: What superusers are called, as if they were a group.
SUPERUSERS = "Technische Administration"
_OF_PERSONS = (Kind.LINKED, Kind.UNLINKED)
_WATCHED = ("email", "is_active", "is_superuser", "person_id")


def note(
    kind: str,
    account: User | None,
    *,
    actor: User | None = None,
    detail: str = "",
    email: str = "",
    request: HttpRequest | None = None,
) -> None:
    """Record an event in the transaction of what happened. Without ``actor`` it is whoever is signed in."""
    request = request or getattr(HistoricalRecords.context, "request", None)
    who: Any = actor or getattr(request, "user", None)
    event = AccountEvent.objects.create(
        kind=kind,
        account_id=account.pk if account else None,
        actor_id=who.pk if who else None,
        detail=detail,
        email_hash=hash_of(email.lower()),
        network_hash=hash_of(_network(request)),
    )
    level = logging.WARNING if kind == Kind.REFUSED else logging.INFO
    transaction.on_commit(
        lambda: logger.log(level, "%s account=%s actor=%s event=%s", kind, event.account_id, event.actor_id, event.pk)
    )  # fmt: skip


def name_people(found: Collection[AccountEvent]) -> None:
    """Replace the stored key of a person by the person's name, for showing. At most one query."""
    keys = {event.pk: int(event.detail.removeprefix("Nr. ")) for event in found if event.kind in _OF_PERSONS}
    people = Person.objects.in_bulk(keys.values()) if keys else {}
    for event in found:
        if event.pk in keys:
            event.detail = str(people.get(keys[event.pk], f"({event.detail}, gelöscht)"))


def hash_of(text: str) -> str:
    """Return a hash by which two addresses can be compared. Without the secret key it tells nothing."""
    return salted_hmac("members.accounts.events", text, algorithm="sha256").hexdigest()[:32] if text else ""


def _network(request: HttpRequest | None) -> str:
    if request is None or not request.META.get("REMOTE_ADDR"):
        return ""
    return attempts.network_of(get_adapter().get_client_ip(request))


def sweep() -> int:
    """Delete the wrong passwords that are older than 90 days by the database's clock. Return how many."""
    old = AccountEvent.objects.filter(kind=Kind.REFUSED, at__lt=Now() - FAILURES_KEPT)
    return old.delete()[0]


# Receivers of Django's signals


def signed_in(user: User, request: HttpRequest | None = None, **kwargs: Any) -> None:
    note(Kind.SIGNED_IN, user, actor=user, request=request)


def signed_out(user: User | None, request: HttpRequest | None = None, **kwargs: Any) -> None:
    if user:
        note(Kind.SIGNED_OUT, user, actor=user, request=request)


def before_save(instance: User, raw: bool, update_fields: Any, **kwargs: Any) -> None:
    """Read the stored values of an account before it is saved, where a watched one may change."""
    named = {"person_id" if name == "person" else name for name in update_fields or _WATCHED}
    reads = instance.pk and not raw and named.intersection(_WATCHED)
    instance.stored = (
        User.objects.filter(pk=instance.pk).values(*named.intersection(_WATCHED)).first() if reads else None
    )


def after_save(instance: User, created: bool, raw: bool, **kwargs: Any) -> None:
    if raw:
        return
    new = {name: getattr(instance, name) for name in _WATCHED}
    if created:
        note(Kind.CREATED, instance, email=instance.email)
        stored = {**new, "is_superuser": False, "person_id": None}
    else:
        stored = {**new, **(instance.stored or {})}
    if stored["email"] != new["email"]:
        note(Kind.ADDRESS, instance, email=instance.email)
    if stored["is_active"] != new["is_active"]:
        note(Kind.UNLOCKED if instance.is_active else Kind.LOCKED, instance)
    if stored["is_superuser"] != new["is_superuser"]:
        note(Kind.JOINED if instance.is_superuser else Kind.LEFT, instance, detail=SUPERUSERS)
    if stored["person_id"] != new["person_id"]:
        for kind, person in ((Kind.UNLINKED, stored["person_id"]), (Kind.LINKED, new["person_id"])):
            if person:
                note(kind, instance, detail=f"Nr. {person}")


def group_deleted(instance: Group, **kwargs: Any) -> None:
    """Record that accounts lose a group that is deleted. Django sends no signal for these rows."""
    groups_changed(instance, "pre_clear", reverse=True, pk_set=None)


def person_deleted(instance: Person, **kwargs: Any) -> None:
    """Record that an account loses its person. Django does this by an update, without a signal."""
    for user in User.objects.filter(person=instance):
        note(Kind.UNLINKED, user, detail=f"Nr. {instance.pk}")


def groups_changed(instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any) -> None:
    """Record that ``user.groups`` or ``group.user_set`` gained or lost rows, or is about to be cleared."""
    if action not in ("post_add", "post_remove", "pre_clear"):
        return
    kind = Kind.JOINED if action == "post_add" else Kind.LEFT
    if reverse:
        users = instance.user_set.all() if pk_set is None else User.objects.filter(pk__in=pk_set)
        changed = [(user, instance) for user in users]
    else:
        found = instance.groups.all() if pk_set is None else Group.objects.filter(pk__in=pk_set)
        changed = [(instance, group) for group in found]
    for user, group in changed:
        note(kind, user, detail=group.name)
