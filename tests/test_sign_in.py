"""Signing in, staying out, and the way back in by mail."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.core.cache.backends.db import DatabaseCache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.accounts import attempts, devices, services
from members.models import OutboxMail, User
from tests import personas
from tests.mailed import change_address, follow, link_in

pytestmark = pytest.mark.django_db

WRONG = "falsch-falsch-1"
NEW = "ein-neues-langes-Wort-3"


@pytest.fixture(autouse=True)
def outbox(settings):
    settings.EMAIL_BACKEND = "members.post.outbox.OutboxBackend"
    cache.clear()


def sign_in(email: str, password: str = personas.PASSWORD, client: Client | None = None, **data: str) -> Any:
    client = client or Client()
    return client.post(reverse("account_login"), {"login": email, "password": password, **data})


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def ask_for_password(email: str, client: Client | None = None) -> Any:
    return (client or Client()).post(reverse("account_reset_password"), {"email": email})


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
    signed_out = client.post(reverse("account_logout"))
    assert signed_out.url == reverse("home")
    assert not is_in(client)
    assert signed_out["Clear-Site-Data"] == '"cache"', "the pages go, the chosen colours stay"


# Rate limits


def test_the_counters_are_shared_by_all_processes():
    """In memory, every process would count for itself."""
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


def test_the_page_says_when_to_try_again_and_what_helps(wf1, monkeypatch):
    moment = datetime(2026, 11, 2, 13, 0, 30, tzinfo=UTC)
    monkeypatch.setattr("members.accounts.attempts.time", SimpleNamespace(time=moment.timestamp))
    guess(wf1, 5, at_home())
    page = sign_in(wf1.email, client=at_home()).content.decode()
    assert "Ab 14:06 Uhr können Sie es wieder versuchen" in page, "five minutes on, local time, rounded up"
    assert "„Passwort vergessen?“ schickt Ihnen einen Link" in page
    assert reverse("account_reset_password") in page


def guess(user: User, times: int, client: Client | None = None) -> None:
    client = client or elsewhere()
    for _ in range(times):
        assert not is_in(sign_in(user.email, WRONG, client=client).client)


def elsewhere(number: int = 1) -> Client:
    """Another machine on another connection."""
    return Client(REMOTE_ADDR=f"198.51.100.{number}")


def at_home() -> Client:
    return Client(REMOTE_ADDR="192.0.2.7")


def known_device(user: User) -> Client:
    """A browser on which the user has signed in and out again."""
    client = sign_in(user.email, client=at_home()).client
    client.post(reverse("account_logout"))
    assert not is_in(client)
    return client


def test_guessing_from_elsewhere_does_not_lock_the_owner_out(wf1):
    guess(wf1, 6)
    assert is_in(sign_in(wf1.email, client=at_home()).client)


def test_a_right_password_counts_for_nothing(wf1):
    guess(wf1, 4, at_home())
    for _ in range(3):
        assert is_in(sign_in(wf1.email, client=at_home()).client)
    assert "Zu viele" not in sign_in(wf1.email, WRONG, client=at_home()).content.decode()
    assert "Zu viele" in sign_in(wf1.email, WRONG, client=at_home()).content.decode(), (
        "the wrong ones still do"
    )


def test_a_known_device_is_heard_whatever_others_try_beside_it(wf1):
    device = known_device(wf1)
    guess(wf1, 6, at_home())
    assert not is_in(sign_in(wf1.email, client=at_home()).client), "the same connection, another browser"
    assert is_in(sign_in(wf1.email, client=device).client)


def test_an_office_behind_one_address_is_not_locked_by_typing_errors(wf1, wf2):
    office = [personas.director(code) for code in ("APL", "BRA", "HOE")]
    for colleague in office:
        guess(colleague, 4, at_home())
    assert is_in(sign_in(wf1.email, client=at_home()).client)


def test_one_address_does_not_try_many_accounts_for_ever(wf1, wf2, monkeypatch):
    monkeypatch.setattr(attempts, "PER_ADDRESS", attempts.Limit("address", 10, 900))
    device = known_device(wf1)
    for number in range(10):
        sign_in(f"p{number}@example.org", WRONG, client=at_home())
    response = sign_in(wf2.email, client=at_home())
    assert not is_in(response.client)
    assert "Zu viele" in response.content.decode()
    assert is_in(sign_in(wf2.email, client=elsewhere()).client)
    assert is_in(sign_in(wf1.email, client=device).client), "a known device passes by"


def test_many_addresses_guessing_one_account_slow_strangers_alone(wf1, wf2, monkeypatch):
    monkeypatch.setattr(attempts, "PER_ACCOUNT", attempts.Limit("account", 20, 3600))
    device = known_device(wf1)
    for number in range(5):
        guess(wf1, 4, elsewhere(number))
    stranger = sign_in(wf1.email, client=elsewhere(77))
    assert not is_in(stranger.client)
    assert "Zu viele" in stranger.content.decode()
    assert is_in(sign_in(wf1.email, client=device).client)
    assert is_in(sign_in(wf2.email, client=elsewhere(77)).client)


def test_a_device_is_limited_too_and_does_not_lock_others(wf1):
    """A stolen cookie, or somebody at the owner's own computer."""
    device, other = known_device(wf1), known_device(wf1)
    guess(wf1, 5, device)
    assert "Zu viele" in sign_in(wf1.email, client=device).content.decode()
    assert is_in(sign_in(wf1.email, client=other).client)


def test_signing_in_between_as_oneself_gives_a_device_no_new_tries(wf1, wf2):
    device = known_device(wf1)
    guess(wf1, 5, device)
    assert is_in(sign_in(wf2.email, client=device).client)
    device.post(reverse("account_logout"))
    assert not is_in(sign_in(wf1.email, client=device).client)


def test_two_people_at_one_computer_are_both_known(wf1, wf2):
    device = known_device(wf1)
    assert is_in(sign_in(wf2.email, client=device).client)
    device.post(reverse("account_logout"))
    guess(wf1, 6, at_home())
    guess(wf2, 6, at_home())
    for user in (wf1, wf2):
        assert is_in(sign_in(user.email, client=device).client)
        device.post(reverse("account_logout"))


def test_the_cookie_of_a_device_is_signed_and_out_of_reach_of_scripts(wf1, wf2, settings):
    settings.SESSION_COOKIE_SECURE = True
    device = known_device(wf1)
    cookie = device.cookies[devices.COOKIE]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")
    assert cookie["path"] == reverse("account_login")
    assert cookie["max-age"] == 365 * 24 * 60 * 60
    assert wf1.email not in cookie.value

    forged = at_home()
    name, _, signature = cookie.value.partition(":")
    forged.cookies[devices.COOKIE] = f"{name}-{wf2.pk}:{signature}"
    guess(wf2, 5, at_home())
    assert not is_in(sign_in(wf2.email, client=forged).client)


def test_signing_in_by_an_invitation_makes_the_device_known(admin_verein):
    user = services.invite(User.objects.create_user("neu@example.org"), actor=admin_verein)
    device = at_home()
    follow(client=device)
    device.post(reverse("invitation"), {"password1": NEW, "password2": NEW})
    assert is_in(device)
    device.post(reverse("account_logout"))
    guess(user, 6, at_home())
    assert is_in(sign_in(user.email, NEW, client=device).client)


def choose_new_password(user: User, client: Client) -> None:
    ask_for_password(user.email, client)
    follow(client=client)
    done = client.post(reverse("new_password"), {"password1": NEW, "password2": NEW})
    assert done.url == reverse("new_password_done")


def test_a_new_password_by_mail_lifts_every_limit(wf1, monkeypatch):
    monkeypatch.setattr(attempts, "PER_ADDRESS", attempts.Limit("address", 20, 900))
    monkeypatch.setattr(attempts, "PER_ACCOUNT", attempts.Limit("account", 10, 3600))
    guess(wf1, 6, elsewhere())
    owner = at_home()
    guess(wf1, 6, owner)
    for number in range(20):
        sign_in(f"p{number}@example.org", WRONG, client=at_home())
    assert not is_in(sign_in(wf1.email, client=owner).client)
    choose_new_password(wf1, owner)
    assert is_in(sign_in(wf1.email, NEW, client=owner).client), "here the whole address was locked"
    assert is_in(sign_in(wf1.email, NEW, client=elsewhere()).client), "there the account"


def test_tries_at_the_same_moment_are_counted(wf1, monkeypatch):
    """What is read before is old news where five others are at it; adding the place decides."""
    limit = attempts.Limit("together", 5, 300)
    monkeypatch.setattr(type(cache._connections["default"]), "get_many", lambda *_, **__: {})
    for _ in range(5):
        limit.take("here")
    with pytest.raises(attempts.TooMany):
        limit.take("here")


def test_a_guesser_cannot_push_the_counters_out_of_the_cache(wf1):
    """Django's cache in the database throws away a third of its entries at 300."""
    guess(wf1, 5, elsewhere())
    for number in range(400):
        attempts.PER_ACCOUNT_AND_ADDRESS.take(f"p{number}@example.org", "198.51.100.9")
    assert not is_in(sign_in(wf1.email, client=elsewhere()).client)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_what_counts_as_one_address(one, other, same):
    assert (attempts.network_of(one) == attempts.network_of(other)) is same


def test_a_forged_address_does_not_pass_by_the_limit(wf1):
    for number in range(5):
        client = Client(headers={"X-Forwarded-For": f"192.0.2.{number}"})
        sign_in(wf1.email, WRONG, client=client)
    client = Client(headers={"X-Forwarded-For": "192.0.2.99"})
    assert not is_in(sign_in(wf1.email, client=client).client)


def test_behind_a_proxy_the_visitors_address_counts(wf1, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    guess(wf1, 6, Client(headers={"X-Forwarded-For": "198.51.100.1"}))
    assert is_in(sign_in(wf1.email, client=Client(headers={"X-Forwarded-For": "192.0.2.7"})).client)
    forged = Client(headers={"X-Forwarded-For": "192.0.2.99, 198.51.100.1"})
    assert not is_in(sign_in(wf1.email, client=forged).client)


def test_the_administration_has_the_same_door(admin_verein):
    door = reverse("admin:login")
    answer = Client().post(door, {"username": admin_verein.email, "password": personas.PASSWORD})
    assert answer.url == f"{reverse('account_login')}?{urlencode({'next': door})}"
    assert not is_in(answer.client)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("account_reauthenticate", {"password": WRONG}),
        ("account_change_password", {"oldpassword": WRONG, "password1": "x", "password2": "x"}),
    ],
)
def test_a_session_left_open_does_not_guess_the_password(wf1, name, fields):
    """Nor does it lock the owner out of the sign-in, and guesses elsewhere do not disturb who is signed in."""
    client = sign_in(wf1.email, client=at_home()).client
    guess(wf1, 6, at_home())
    for _ in range(5):
        page = client.post(reverse(name), fields)
        assert page.status_code == 200
        assert "Zu viele" not in page.content.decode()
    assert "Zu viele falsche Passwörter" in client.post(reverse(name), fields).content.decode()
    assert is_in(sign_in(wf1.email, client=elsewhere()).client)


def test_a_refused_new_password_is_no_wrong_try(wf1):
    client = sign_in(wf1.email).client
    address = reverse("account_change_password")
    for _ in range(8):
        page = client.post(
            address, {"oldpassword": personas.PASSWORD, "password1": "kurz", "password2": "kurz"}
        )
        assert page.status_code == 200
    done = client.post(address, {"oldpassword": personas.PASSWORD, "password1": NEW, "password2": NEW})
    assert done.status_code == 302


# Mails with a link


def mails_to(email: str) -> int:
    return OutboxMail.objects.filter(recipient=email).count()


def test_nobody_is_flooded_with_links_and_nobody_is_told(wf1):
    answers = [ask_for_password(wf1.email, elsewhere(number)) for number in range(8)]
    assert mails_to(wf1.email) == 5
    assert {(answer.status_code, answer.url) for answer in answers} == {
        (302, reverse("account_reset_password_done"))
    }
    first = link_in(OutboxMail.objects.earliest("pk"))
    assert "Passwort speichern" in follow(first).content.decode(), "each of the five still opens the account"


def test_links_can_be_had_again_once_the_old_ones_are_void(wf1):
    for _ in range(6):
        ask_for_password(wf1.email)
    sign_in(wf1.email)
    wf1.refresh_from_db()
    ask_for_password(wf1.email)
    assert mails_to(wf1.email) == 6


def test_one_address_asking_for_many_mails_gets_a_german_page(wf1, settings):
    for number in range(60):
        assert ask_for_password(f"p{number}@example.org").status_code == 302
    response = ask_for_password(wf1.email)
    assert response.status_code == 429
    assert "Zu viele Versuche in kurzer Zeit" in response.content.decode()
    assert not mails_to(wf1.email)
    assert ask_for_password(wf1.email, elsewhere()).status_code == 302


# The way back in


def test_a_new_password_by_mail_through_the_outbox(wf1, settings):
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    response = ask_for_password(wf1.email)
    assert response.url == reverse("account_reset_password_done")
    mail = OutboxMail.objects.get()
    assert (mail.recipient, mail.state) == (wf1.email, OutboxMail.State.WAITING)
    assert mail.html

    from django.core import mail as django_mail

    assert django_mail.outbox == []
    call_command("send_mail_queue")
    assert [message.to for message in django_mail.outbox] == [[wf1.email]]
    link = re.search(r"http://localhost:8000(/konto/link/\S+)", django_mail.outbox[0].body)[1]

    client = Client()
    form = client.get(link)
    assert form.url == reverse("new_password"), "the token does not stay in the address"
    assert client.get(form.url).status_code == 200
    weak = client.post(form.url, {"password1": "kurz", "password2": "kurz"})
    assert weak.status_code == 422
    done = client.post(form.url, {"password1": NEW, "password2": NEW})
    assert done.url == reverse("new_password_done")
    assert client.get(done.url).status_code == 200
    assert not is_in(sign_in(wf1.email).client)
    assert is_in(sign_in(wf1.email, NEW).client)

    assert "gilt nicht mehr" in follow(link).content.decode(), "a link serves once"


def account(kind: str) -> str:
    """The address of an account to which no link may go."""
    email = f"{kind}@example.org"
    if kind == "gesperrt":
        User.objects.create_user(email, personas.PASSWORD, is_active=False)
    elif kind == "nicht-eingeladen":
        User.objects.create_user(email)
    return email


@pytest.mark.parametrize("kind", ["unbekannt", "gesperrt", "nicht-eingeladen"])
def test_no_mail_goes_to_whoever_has_no_open_account_and_the_answer_is_the_same(wf1, kind):
    email = account(kind)
    known, other = ask_for_password(wf1.email), ask_for_password(email)
    assert (known.status_code, known.url) == (other.status_code, other.url)
    assert known.headers == other.headers
    assert known.client.get(known.url).content == other.client.get(other.url).content
    assert OutboxMail.objects.values_list("recipient", flat=True).get() == wf1.email


@pytest.mark.parametrize("kind", ["unbekannt", "gesperrt", "nicht-eingeladen", "schon-fünf"])
def test_the_time_of_the_answer_tells_nothing_either(wf1, wf2, kind):
    """The work is the same: 8 ms lay between a known and an unknown address."""
    email = account(kind)
    if kind == "schon-fünf":
        email = wf2.email
        for _ in range(5):
            ask_for_password(email)
    asked = []
    for address in (wf1.email, email):
        with CaptureQueriesContext(connection) as queries:
            ask_for_password(address, elsewhere(len(asked)))
        asked.append(sum("members_outboxmail" in query["sql"] for query in queries))
    assert asked[0] == asked[1] > 0


def test_who_lost_the_invitation_comes_in_by_a_link_as_well(admin_verein):
    user = services.invite(User.objects.create_user("neu@example.org"), actor=admin_verein)
    OutboxMail.objects.all().delete()
    choose_new_password(user, at_home())
    assert is_in(sign_in(user.email, NEW, client=elsewhere()).client)


def test_a_link_dies_with_a_changed_address(wf1):
    """Whoever reads the old mailbox must not keep a key to the account."""
    ask_for_password(wf1.email)
    link = link_in()
    change_address(wf1, "wf.neu@example.org")
    assert "gilt nicht mehr" in follow(link).content.decode()
    ask_for_password("wf1@example.org")
    assert OutboxMail.objects.count() == 1, "the old address gets no link"
    assert not is_in(sign_in("wf1@example.org").client)
    assert is_in(sign_in("wf.neu@example.org").client)
    assert not EmailAddress.objects.exists(), "allauth's second list of addresses stays unused"


@pytest.mark.parametrize("forged", ["x", "a:b:c", "WzEsIngiXQ:1abc:def"])
def test_forged_links_open_nothing(wf1, forged):
    client = Client()
    response = client.get(reverse("mailed_link", args=[forged]))
    assert response.status_code == 404
    assert "nicht vollständig" in response.content.decode()
    assert not client.session.keys()
    assert "gilt nicht mehr" in client.get(reverse("new_password")).content.decode()


def test_changing_ones_password(wf1):
    client = sign_in(wf1.email).client
    address = reverse("account_change_password")
    wrong = client.post(address, {"oldpassword": WRONG, "password1": NEW, "password2": NEW})
    assert wrong.status_code == 200
    response = client.post(address, {"oldpassword": personas.PASSWORD, "password1": NEW, "password2": NEW})
    assert response.status_code == 302
    assert is_in(client)
    assert is_in(sign_in(wf1.email, NEW).client)


def test_confirming_ones_password_again(wf1):
    client = sign_in(wf1.email).client
    address = reverse("account_reauthenticate")
    assert client.post(address, {"password": WRONG}).status_code == 200
    assert client.post(address, {"password": personas.PASSWORD}).status_code == 302


def test_a_button_after_the_session_s_end_leads_to_a_page_that_says_so(gf_aplerbeck):
    client, draft = Client(), personas.make_project(gf_aplerbeck)
    asked = client.post(reverse("projects:copy", args=[draft.pk]), {"year": "2027"})
    page = client.post(
        asked.headers["Location"],
        {"login": gf_aplerbeck.email, "password": personas.PASSWORD},
        follow=True,
    )
    assert page.status_code == 405
    assert page.headers["Allow"] == "POST"
    assert "Gespeichert wurde nichts." in page.content.decode()
