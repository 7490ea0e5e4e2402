"""The links in mails that open an account: signed, good for some days and for one purpose.

A mail in the outbox has ``PLACE`` where its link belongs. The link is made when the mail is handed over and is
written down nowhere. Whoever opens it leaves it at the door: the token moves into the session, and the page's own
address names nothing that a log or a bookmark could keep.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from members.models import MailedLink, OutboxMail, User

#: Stands for the link in the text of a mail.
PLACE = "[Link]"
SALT = "members.links"
VALID_FOR = {MailedLink.INVITATION: timedelta(days=7), MailedLink.PASSWORD: timedelta(days=3)}
SESSION_KEY = "mailed_link"


@dataclass(frozen=True)
class Found:
    """Whose account a link opens. ``trouble`` is empty, "expired", "used" (there is a password) or "unknown"."""

    user: User | None
    trouble: str = ""


def _fingerprint(user: User) -> str:
    """Whatever ends the links that are there: a new password, address or invitation, a sign-in, a lock."""
    moments = (user.invited_at, user.last_login)
    state = [user.password, user.email, user.locks, *(moment and moment.timestamp() for moment in moments)]
    return salted_hmac(SALT, "|".join(map(str, state))).hexdigest()[:24]


def token(user: User, purpose: str) -> str:
    return signing.dumps([purpose, user.pk, _fingerprint(user)], salt=SALT)


def link(user: User, purpose: str) -> str:
    """The whole address: it follows SITE_URL, whatever host a request named."""
    return settings.SITE_URL + reverse("mailed_link", args=[token(user, purpose)])


def still_opens(mail: OutboxMail) -> bool:
    """Whether the link that the mail is about would open anything."""
    if mail.user is None or not mail.user.is_active:
        return False
    return mail.user.is_invited if mail.link == MailedLink.INVITATION else mail.user.may_choose_password


def with_link(mail: OutboxMail) -> tuple[str, str]:
    """Text and HTML of the mail as they go out."""
    if not mail.link:
        return mail.body, mail.html
    assert mail.user is not None
    address = link(mail.user, mail.link)
    return mail.body.replace(PLACE, address), mail.html.replace(PLACE, address)


def valid_until(purpose: MailedLink, since: datetime) -> datetime:
    return since + VALID_FOR[purpose]


def purpose_of(token: str) -> str:
    """What the link was mailed for; empty where it is none of ours."""
    try:
        return str(signing.loads(token, salt=SALT)[0])
    except signing.BadSignature:
        return ""


def read(token: str, purpose: MailedLink) -> Found:
    """Whose account the token opens for this purpose, or why it does not."""
    if purpose_of(token) != purpose:
        return Found(None, "unknown")
    _, pk, fingerprint = signing.loads(token, salt=SALT)
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None:
        return Found(None, "unknown")
    if purpose == MailedLink.INVITATION and user.has_usable_password():
        return Found(user, "used")
    try:
        signing.loads(token, salt=SALT, max_age=VALID_FOR[purpose])
    except signing.SignatureExpired:
        return Found(user, "expired")
    if not constant_time_compare(fingerprint, _fingerprint(user)):
        return Found(user, "expired")
    return Found(user)


# The token between the door and the page


def keep(request: HttpRequest, token: str) -> None:
    request.session[SESSION_KEY] = token


def kept(request: HttpRequest) -> str:
    return str(request.session.get(SESSION_KEY, ""))


def forget(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)
