"""The link by which a recipient reads a letter and accepts it: signed, for some weeks, for one letter.

It opens the letter as long as it is the current one. Its answer is taken once.
"""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from funding.letters.models import Letter
from members.models import OutboxMail
from members.post.links import Mailed

SALT = "funding.letters.links"
VALID_FOR = timedelta(days=60)


def address_of(letter: Letter) -> str:
    """Return the whole address of a new link. The host is that of SITE_URL, whatever host a request names."""
    return settings.SITE_URL + reverse("letters:promise", args=[signing.dumps(letter.pk, salt=SALT)])


def read(token: str) -> Letter | None:
    """Return the letter that the token opens, or None: not ours, too old, replaced, or deleted."""
    try:
        key = signing.loads(token, salt=SALT, max_age=VALID_FOR)
    except signing.BadSignature:
        return None
    related = ("decision__application__project__organiser", "decision__application__pot__district")
    return Letter.objects.current().told().select_related(*related).filter(pk=key).exclude(sha256="").first()


def _letter(mail: OutboxMail) -> Letter | None:
    return Letter.objects.current().filter(pk=mail.about["letter"]["key"]).first()


def _address(mail: OutboxMail) -> str:
    letter = _letter(mail)
    assert letter is not None
    return address_of(letter)


#: What ``members.post`` asks of a mail with such a link.
MAILED = Mailed(address=_address, opens=lambda mail: _letter(mail) is not None)
