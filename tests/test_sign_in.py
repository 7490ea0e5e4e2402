"""Signing in, staying out, and the way back in by mail."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.cache.backends.db import DatabaseCache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from members.models import OutboxMail, User
from tests import personas

pytestmark = pytest.mark.django_db

WRONG = "falsch-falsch-1"


@pytest.fixture(autouse=True)
def outbox(settings):
    settings.EMAIL_BACKEND = "members.mail.OutboxBackend"
    cache.clear()


def sign_in(email: str, password: str = personas.PASSWORD, client: Client | None = None, **data: str) -> Any:
    client = client or Client()
    return client.post(reverse("account_login"), {"login": email, "password": password, **data})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def ask_for_password(email: str, client: Client | None = None) -> Any:
    return (client or Client()).post(reverse("account_reset_password"), {"email": email})


def link_in(mail: OutboxMail) -> str:
    return re.search(r"https?://testserver(/\S+)", mail.body)[1]


@pytest.mark.parametrize("email", ["wf1@example.org", "WF1@Example.org", " wf1@example.org "])
def test_signing_in_by_mail_address(wf1, email):
    response = sign_in(email)
    assert response.url == reverse("home")
    assert is_in(response.client)


def test_a_wrong_password_and_an_unknown_address_read_the_same(wf1):
    texts = set()
    for email in (wf1.email, "unbekannt@example.org"):
        response = sign_in(email, WRONG)
        assert response.status_code == 200
        assert not is_in(response.client)
        content = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
        texts.add(content.replace(email, "E-MAIL"))
    assert len(texts) == 1
    assert "E-Mail-Adresse" in texts.pop()


def test_leading_on_after_signing_in(wf1):
    target = reverse("funding:pots")
    page = Client().get(target)
    assert page.status_code == 302
    assert page.url == f"{reverse('account_login')}?next={target}"
    form = Client().get(page.url)
    assert f'value="{target}"' in form.content.decode()
    assert sign_in(wf1.email, next=target).url == target


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_never_leading_to_another_host(wf1, elsewhere):
    response = sign_in(wf1.email, next=elsewhere)
    assert response.status_code == 302
    assert "evil" not in response.url
    assert "javascript" not in response.url


def test_an_inactive_account_stays_out(wf1):
    wf1.is_active = False
    wf1.save()
    response = sign_in(wf1.email)
    assert not is_in(response.client)
    assert response.url == reverse("account_inactive")
    assert Client().get(response.url).status_code == 200
    wrong = sign_in(wf1.email, WRONG)
    assert wrong.status_code == 200, "only who knows the password learns that the account is blocked"


def test_blocking_an_account_ends_its_session(wf1):
    client = sign_in(wf1.email).client
    assert client.get(reverse("funding:pots")).status_code == 200
    wf1.is_active = False
    wf1.save()
    assert client.get(reverse("funding:pots")).status_code in (302, 403)


def test_nobody_signs_up():
    address = reverse("account_signup")
    assert Client().get(address).status_code == 200
    Client().post(
        address, {"email": "neu@example.org", "password1": personas.PASSWORD, "password2": personas.PASSWORD}
    )
    assert not User.objects.filter(email="neu@example.org").exists()


def test_signing_out_takes_a_post(wf1):
    client = sign_in(wf1.email).client
    assert client.get(reverse("account_logout")).status_code == 200
    assert is_in(client)
    assert client.post(reverse("account_logout")).url == reverse("home")
    assert not is_in(client)


# Rate limits


def test_the_counters_are_shared_by_all_processes():
    """In memory, every process would count for itself."""
    assert django_settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache")
    assert isinstance(cache._connections["default"], DatabaseCache)
    cache.set("probe", 1)
    assert cache.get("probe") == 1


def test_guessing_one_accounts_password_is_stopped(wf1, wf2):
    for _ in range(5):
        assert sign_in(wf1.email, WRONG).status_code == 200
    response = sign_in(wf1.email)
    assert not is_in(response.client), "the right password comes too late"
    assert "Zu viele" in response.content.decode()
    assert is_in(sign_in(wf2.email).client), "others still get in"


def test_guessing_unknown_accounts_is_stopped_alike():
    for _ in range(5):
        sign_in("unbekannt@example.org", WRONG)
    assert "Zu viele" in sign_in("unbekannt@example.org", WRONG).content.decode()


def test_trying_many_accounts_from_one_machine_is_stopped(wf1):
    for number in range(10):
        sign_in(f"p{number}@example.org", WRONG)
    response = sign_in(wf1.email)
    assert not is_in(response.client)
    assert "Zu viele" in response.content.decode()
    client = Client(REMOTE_ADDR="192.0.2.7")
    assert is_in(sign_in(wf1.email, client=client).client)


def test_a_forged_address_does_not_pass_by_the_limit(wf1):
    for number in range(10):
        client = Client(headers={"X-Forwarded-For": f"192.0.2.{number}"})
        sign_in(f"p{number}@example.org", WRONG, client=client)
    client = Client(headers={"X-Forwarded-For": "192.0.2.99"})
    assert not is_in(sign_in(wf1.email, client=client).client)


def test_asking_for_mails_is_limited_with_a_german_page(wf1):
    for _ in range(5):
        assert ask_for_password(wf1.email).status_code == 302
    response = ask_for_password(wf1.email)
    assert response.status_code == 429
    assert "Zu viele Versuche in kurzer Zeit" in response.content.decode()
    assert OutboxMail.objects.count() == 5


# The way back in


def test_a_new_password_by_mail_through_the_outbox(wf1, settings):
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    response = ask_for_password(wf1.email)
    assert response.url == reverse("account_reset_password_done")
    mail = OutboxMail.objects.get()
    assert (mail.recipient, mail.state) == (wf1.email, OutboxMail.State.WAITING)
    assert mail.html
    assert link_in(mail) in mail.html

    from django.core import mail as django_mail

    assert django_mail.outbox == []
    call_command("send_mail_queue")
    assert [message.to for message in django_mail.outbox] == [[wf1.email]]
    assert link_in(mail) in django_mail.outbox[0].body

    client = Client()
    form = client.get(link_in(mail))
    assert form.status_code == 302
    assert form.url.endswith("set-password/"), "the key does not stay in the address"
    assert client.get(form.url).status_code == 200
    weak = client.post(form.url, {"password1": "kurz", "password2": "kurz"})
    assert weak.status_code == 200
    new = "ein-neues-langes-Wort-3"
    done = client.post(form.url, {"password1": new, "password2": new})
    assert done.url == reverse("account_reset_password_from_key_done")
    assert client.get(done.url).status_code == 200
    assert not is_in(sign_in(wf1.email).client)
    assert is_in(sign_in(wf1.email, new).client)

    again = Client().get(link_in(mail))
    assert again.status_code == 200
    assert "gilt nicht mehr" in again.content.decode(), "a link serves once"


def test_an_unknown_address_looks_the_same(wf1):
    known, unknown = ask_for_password(wf1.email), ask_for_password("unbekannt@example.org")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert known.client.get(known.url).content == unknown.client.get(unknown.url).content
    assert "/passwort/neu/" not in OutboxMail.objects.get(recipient="unbekannt@example.org").body


def test_a_blocked_account_gets_no_link(wf1):
    wf1.is_active = False
    wf1.save()
    response = ask_for_password(wf1.email)
    assert response.url == reverse("account_reset_password_done")
    assert not OutboxMail.objects.filter(body__contains="/passwort/neu/").exists()


def test_a_link_dies_with_a_changed_address(wf1):
    """Whoever reads the old mailbox must not keep a key to the account."""
    ask_for_password(wf1.email)
    wf1.email = "wf.neu@example.org"
    wf1.save()
    response = Client().get(link_in(OutboxMail.objects.get()))
    assert response.status_code == 200
    assert "gilt nicht mehr" in response.content.decode()
    ask_for_password("wf1@example.org")
    assert "/passwort/neu/" not in OutboxMail.objects.latest("pk").body
    assert not is_in(sign_in("wf1@example.org").client)
    assert is_in(sign_in("wf.neu@example.org").client)
    assert not EmailAddress.objects.exists(), "allauth's second list of addresses stays unused"


@pytest.mark.parametrize("forged", ["1-abc-def", "zzzzzzzzzz-x-y", "0-set-password", "1-set-password"])
def test_forged_links_open_nothing(wf1, forged):
    response = Client().get(f"/konto/passwort/neu/{forged}/")
    assert response.status_code == 200
    assert "gilt nicht mehr" in response.content.decode()


def test_changing_ones_password(wf1):
    client = sign_in(wf1.email).client
    address = reverse("account_change_password")
    new = "ein-neues-langes-Wort-3"
    wrong = client.post(address, {"oldpassword": WRONG, "password1": new, "password2": new})
    assert wrong.status_code == 200
    response = client.post(address, {"oldpassword": personas.PASSWORD, "password1": new, "password2": new})
    assert response.status_code == 302
    assert is_in(client)
    assert is_in(sign_in(wf1.email, new).client)


def test_confirming_ones_password_again(wf1):
    client = sign_in(wf1.email).client
    address = reverse("account_reauthenticate")
    assert client.post(address, {"password": WRONG}).status_code == 200
    assert client.post(address, {"password": personas.PASSWORD}).status_code == 302
