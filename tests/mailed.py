"""The links in mails, as whoever gets the mail opens them."""

from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from members.models import AddressChange, OutboxMail, User
from members.post import links
from members.post.words import word


def link_in(mail: OutboxMail | None = None) -> str:
    """Path of the link that the mail (default: the latest) would have if it went out now."""
    sent = OutboxMail.objects.get(pk=mail.pk) if mail else OutboxMail.objects.latest("pk")
    text, html = links.with_link(sent)
    [found] = {word for word in text.split() if "/konto/link/" in word}
    assert found.startswith(settings.SITE_URL)
    assert f'href="{found}"' in html
    return found.removeprefix(settings.SITE_URL)


def follow(link: str | None = None, client: Client | None = None) -> Any:
    """The page behind a link (default: that of the latest mail); ``.client`` goes on there."""
    return (client or Client()).get(link or link_in(), follow=True)


def change_address(user: User, email: str) -> None:
    """As if the owner had asked for it and confirmed it."""
    AddressChange.objects.create(
        account=user, email=email, former=user.email, requested_by=user, confirmed_at=timezone.now()
    )
    user.email = email
    user.save()


def worded(notice: OutboxMail) -> OutboxMail:
    """The notice with the text that it would have if it went out now."""
    word(notice)
    return notice
