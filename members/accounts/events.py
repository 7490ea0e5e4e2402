"""What happens to accounts, written down once for every door: a row that nobody changes, and a line in the log.

Changes of an account are noticed where the row is saved, so that page, admin and command write the same. Neither row
nor line holds an address.
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

#: Wrong passwords are forgotten after so many days; the database deletes none earlier.
FAILURES_KEPT = timedelta(days=90)
#: Called like a group: its members are the superusers.
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
    """Write it down, in the transaction of what happened. ``actor`` is who is signed in unless somebody is named."""
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
    """Put the name of a person in the place of the key that is written down. At most one query."""
    keys = {event.pk: int(event.detail.removeprefix("Nr. ")) for event in found if event.kind in _OF_PERSONS}
    people = Person.objects.in_bulk(keys.values()) if keys else {}
    for event in found:
        if event.pk in keys:
            event.detail = str(people.get(keys[event.pk], f"({event.detail}, gelöscht)"))


def hash_of(text: str) -> str:
    """Says whether two addresses are the same, and nothing of them, to whoever lacks the secret key."""
    return salted_hmac("members.accounts.events", text, algorithm="sha256").hexdigest()[:32] if text else ""


def _network(request: HttpRequest | None) -> str:
    if request is None or not request.META.get("REMOTE_ADDR"):
        return ""
    return attempts.network_of(get_adapter().get_client_ip(request))


def sweep() -> int:
    """Delete the wrong passwords of more than 90 days ago, by the database's clock; return how many."""
    old = AccountEvent.objects.filter(kind=Kind.REFUSED, at__lt=Now() - FAILURES_KEPT)
    return old.delete()[0]


# What Django tells of every account


def signed_in(user: User, request: HttpRequest | None = None, **kwargs: Any) -> None:
    note(Kind.SIGNED_IN, user, actor=user, request=request)


def signed_out(user: User | None, request: HttpRequest | None = None, **kwargs: Any) -> None:
    if user:
        note(Kind.SIGNED_OUT, user, actor=user, request=request)


def before_save(instance: User, raw: bool, update_fields: Any, **kwargs: Any) -> None:
    """Read what is stored where something may change that is watched."""
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
    """Django tells nothing of the rows that go with a group."""
    groups_changed(instance, "pre_clear", reverse=True, pk_set=None)


def person_deleted(instance: Person, **kwargs: Any) -> None:
    """The account loses its person by an update, of which Django tells nothing."""
    for user in User.objects.filter(person=instance):
        note(Kind.UNLINKED, user, detail=f"Nr. {instance.pk}")


def groups_changed(instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any) -> None:
    """``user.groups`` or ``group.user_set`` gained, lost or is about to lose all."""
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
