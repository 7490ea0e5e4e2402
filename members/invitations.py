"""The link in an invitation: signed, good for some days and for one password."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from members.models import User

VALID_FOR = timedelta(days=7)
SALT = "members.invitation"


@dataclass(frozen=True)
class Found:
    """Whom a link invites. ``trouble`` is empty, "expired" (a new link can be sent), "used" or "unknown"."""

    user: User | None
    trouble: str = ""


def _fingerprint(user: User) -> str:
    """Changes with the password, the address and every new invitation."""
    assert user.invited_at is not None
    state = f"{user.password}|{user.email}|{user.invited_at.timestamp()}"
    return salted_hmac(SALT, state).hexdigest()[:24]


def link(user: User) -> str:
    token = signing.dumps([user.pk, _fingerprint(user)], salt=SALT)
    return settings.SITE_URL + reverse("invitation", args=[token])


def read(token: str) -> Found:
    """Who is invited by the link's token, or why it no longer counts."""
    expired = False
    try:
        pk, fingerprint = signing.loads(token, salt=SALT, max_age=VALID_FOR)
    except signing.SignatureExpired:
        expired = True
        pk, fingerprint = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return Found(None, "unknown")
    user = User.objects.filter(pk=pk).first()
    if user is None or not user.is_active or user.invited_at is None:
        return Found(None, "unknown")
    if user.has_usable_password():
        return Found(user, "used")
    if expired or not constant_time_compare(fingerprint, _fingerprint(user)):
        return Found(user, "expired")
    return Found(user)
