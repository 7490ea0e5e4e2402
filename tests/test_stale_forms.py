"""Forms that are older than a new sign-in in another window, or than the end of the session: nobody meets a bare 403."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from members.common import kept
from members.models import Mandate, Organisation, User
from tests import personas
from tests.test_kept_input import end_session, hidden, open_form, sent, sign_in, tab, token_of  # noqa: F401
from tests.test_project_pages import text_of, typed

pytestmark = pytest.mark.django_db

LOGIN = "/konto/"
STILL_THERE = "Was Sie eingetragen hatten, ist noch da"


def sign_in_again(tab: Client, user: User) -> None:  # noqa: F811
    """In another window: signed out and in anew, which makes every older form's token stale."""
    end_session(tab)
    del tab.cookies["csrftoken"]
    sign_in(tab, user)


def old_sign_in(tab: Client, email: str, address: str = LOGIN) -> dict[str, Any]:  # noqa: F811
    """A form of sign-in as a second window still shows it."""
    page = tab.get(address)
    return {
        "login": email,
        "password": personas.PASSWORD,
        "next": page.context["redirect_field_value"] or "",
        "csrfmiddlewaretoken": token_of(page),
    }


# The sign-in form of a second window


@pytest.mark.parametrize("door", ["account_login", "admin:login"])
@pytest.mark.parametrize(("wanted", "led_to"), [("/projekte/", "/projekte/"), ("", "/")])
def test_who_is_signed_in_already_is_led_on(tab: Client, wanted: str, led_to: str, door: str) -> None:  # noqa: F811
    user = personas.gf_aplerbeck()
    form = old_sign_in(tab, user.email.upper(), f"{LOGIN}?next={wanted}")
    sign_in(tab, user)
    answer = tab.post(reverse(door), form)
    assert (answer.status_code, answer.headers["Location"]) == (302, led_to)


def test_nobody_is_led_to_another_site(tab: Client) -> None:  # noqa: F811
    user = personas.gf_aplerbeck()
    form = old_sign_in(tab, user.email)
    sign_in(tab, user)
    answer = tab.post(LOGIN, {**form, "next": "https://boese.example/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


@pytest.mark.parametrize("token", ["stale", "fresh"])
def test_where_another_account_is_signed_in_one_goes_on_or_switches(tab: Client, token: str) -> None:  # noqa: F811
    director, other = personas.gf_aplerbeck(), personas.wf1()
    form = old_sign_in(tab, other.email, f"{LOGIN}?next=/foerderung/antraege/")
    sign_in(tab, director)
    if token == "fresh":
        form["csrfmiddlewaretoken"] = token_of(tab.get(reverse("profile")))
    page = tab.post(LOGIN, form)
    assert page.status_code == 409
    said = text_of(page)
    assert f"ist {director} angemeldet ({director.email})" in said
    assert f"Sie wollten sich als {other.email} anmelden" in said
    assert 'href="/foerderung/antraege/"' in page.content.decode()
    assert personas.PASSWORD not in page.content.decode()
    assert tab.get(reverse("profile")).context["user"] == director

    switched = tab.post(
        reverse("account_logout"), {"csrfmiddlewaretoken": token_of(page), "next": hidden(page, "next")}
    )
    assert switched.headers["Location"] == f"{LOGIN}?next=%2Ffoerderung%2Fantraege%2F"
    assert sign_in(tab, other, switched.headers["Location"]).headers["Location"] == "/foerderung/antraege/"


def test_signed_in_and_out_again_elsewhere_one_may_try_once_more(tab: Client) -> None:  # noqa: F811
    user = personas.gf_aplerbeck()
    form = old_sign_in(tab, user.email, f"{LOGIN}?next=/projekte/")
    sign_in(tab, user)
    end_session(tab)
    page = tab.post(LOGIN, form)
    assert page.status_code == 200
    assert "Bitte melden Sie sich noch einmal an" in text_of(page)
    assert f'value="{user.email}"' in page.content.decode()
    assert personas.PASSWORD not in page.content.decode()
    form["csrfmiddlewaretoken"] = token_of(page)
    assert tab.post(LOGIN, {**form, "next": hidden(page, "next")}).headers["Location"] == "/projekte/"


def test_a_sign_in_from_another_site_stays_refused(tab: Client) -> None:  # noqa: F811
    user = personas.gf_aplerbeck()
    form = old_sign_in(tab, user.email)
    sign_in(tab, user)
    assert tab.post(LOGIN, form, HTTP_ORIGIN="https://boese.example").status_code == 403


def test_without_cookies_the_page_says_so(tab: Client) -> None:  # noqa: F811
    form = old_sign_in(tab, "x@example.org")
    tab.cookies.clear()
    page = tab.post(LOGIN, form)
    assert page.status_code == 403
    assert "der Browser Cookies ablehnt" in text_of(page)


# Signing out


@pytest.mark.parametrize("door", ["account_logout", "admin:logout"])
def test_signing_out_with_an_old_page(tab: Client, door: str) -> None:  # noqa: F811
    user = personas.gf_aplerbeck()
    page = open_form(tab, user, reverse("home"))
    sign_in_again(tab, user)
    asked = tab.post(reverse(door), {"csrfmiddlewaretoken": token_of(page)}, follow=True)
    assert asked.status_code == 200
    assert "Abmelden" in text_of(asked)
    end_session(tab)
    again = tab.post(reverse(door), {"csrfmiddlewaretoken": token_of(page)}, follow=True)
    assert again.status_code == 200
    assert again.redirect_chain[-1][0] == "/"


# All other forms


def required(page: Any, name: str, value: str) -> None:
    assert f'<input type="hidden" name="{name}" value="{value}">' in page.content.decode()


@pytest.mark.parametrize("how", ["signed in anew", "session ended"])
def test_what_was_typed_in_the_administration_can_be_sent_again(tab: Client, how: str) -> None:  # noqa: F811
    admin = personas.admin_verein()
    address = reverse("admin:members_organisation_add")
    page = open_form(tab, admin, address)
    data = sent(page, name="Ruderverein <Süd>", short_name="", place="Hörde", country="DE", _continue="1")
    if how == "signed in anew":
        sign_in_again(tab, admin)
        refused = tab.post(address, data)
        assert refused.headers["Location"] == address
    else:
        end_session(tab)
        refused = tab.post(address, data)
        assert refused.headers["Location"] == f"{LOGIN}?next={address}"
        sign_in(tab, admin, refused.headers["Location"])
    assert not Organisation.objects.filter(place="Hörde").exists()

    again = tab.get(address)
    assert STILL_THERE in text_of(again)
    required(again, "name", "Ruderverein &lt;Süd&gt;")
    required(again, "_continue", "1")
    saved = tab.post(address, {**data, **sent(again)})
    assert saved.status_code == 302
    assert Organisation.objects.get(place="Hörde").name == "Ruderverein <Süd>"
    assert STILL_THERE not in text_of(tab.get(address))


def test_what_was_chosen_in_the_profile_can_be_sent_again_or_thrown_away(tab: Client) -> None:  # noqa: F811
    user = personas.gf_aplerbeck()
    address = reverse("profile")
    page = open_form(tab, user, address)
    sign_in_again(tab, user)
    tab.post(address, sent(page, mail_frequency="daily"))
    again = tab.get(address)
    required(again, "mail_frequency", "daily")
    assert tab.post(address, {**sent(again), kept.DISCARD: f"{address}#"}).status_code == 302
    assert STILL_THERE not in text_of(tab.get(address))
    user.refresh_from_db()
    assert user.mail_frequency != "daily"


def test_ending_a_mandate_keeps_day_and_reason(tab: Client) -> None:  # noqa: F811
    personas.gf_aplerbeck()
    mandate = Mandate.objects.first()
    assert mandate
    address = f"{reverse('admin:members_mandate_end')}?ids={mandate.pk}"
    admin = personas.admin_verein()
    page = open_form(tab, admin, address)
    sign_in_again(tab, admin)
    refused = tab.post(address, sent(page, on="31.12.2026", reason="Wegzug"))
    again = tab.get(refused.headers["Location"])
    required(again, "reason", "Wegzug")
    mandate.refresh_from_db()
    assert mandate.until is None


def test_a_page_that_takes_up_what_was_typed_offers_it_once(tab: Client) -> None:  # noqa: F811
    user = personas.gf_aplerbeck()
    address = reverse("projects:create")
    page = open_form(tab, user, address)
    sign_in_again(tab, user)
    tab.post(address, sent(page, **typed(title="Apfelmarkt")))
    again = text_of(tab.get(address))
    assert "Ihre Eingaben sind noch da" in again
    assert "Noch einmal senden" not in again


@pytest.mark.parametrize("name", ["account_change_password", "account_reset_password"])
def test_a_form_with_a_password_or_of_a_visitor_is_shown_empty_again(tab: Client, name: str) -> None:  # noqa: F811
    user = personas.gf_aplerbeck()
    visitor = name == "account_reset_password"
    page = tab.get(reverse(name)) if visitor else open_form(tab, user, reverse(name))
    sign_in_again(tab, user) if not visitor else sign_in(tab, user)
    if visitor:
        end_session(tab)
    refused = tab.post(reverse(name), sent(page, email=user.email, oldpassword="geheim-1"))
    assert refused.headers["Location"] == reverse(name)
    again = tab.get(reverse(name))
    assert "Bitte senden Sie noch einmal" in text_of(again)
    assert "geheim-1" not in again.content.decode()


def test_deleting_in_the_administration_asks_again(tab: Client) -> None:  # noqa: F811
    """Django's own page carries no mark."""
    admin = personas.admin_verein()
    organisation = Organisation.objects.create(name="Ruderverein")
    address = reverse("admin:members_organisation_delete", args=[organisation.pk])
    page = open_form(tab, admin, address)
    sign_in_again(tab, admin)
    asked = tab.post(address, {"post": "yes", "csrfmiddlewaretoken": token_of(page)}, follow=True)
    assert asked.status_code == 200
    assert kept.STALE in text_of(asked)
    assert Organisation.objects.filter(pk=organisation.pk).exists()


def test_the_old_form_of_somebody_else_names_who_is_signed_in_now(tab: Client) -> None:  # noqa: F811
    address = reverse("profile")
    page = open_form(tab, personas.gf_aplerbeck(), address)
    other = personas.deputy_aplerbeck()
    sign_in_again(tab, other)
    refused = tab.post(address, sent(page, mail_frequency="daily"))
    assert refused.status_code == 403
    assert f"Angemeldet ist in diesem Browser jetzt {other} ({other.email})" in text_of(refused)
    assert STILL_THERE not in text_of(tab.get(address))


def test_every_form_of_ours_says_whose_it_is() -> None:
    """But those of sign-in and sign-out, which have an answer of their own, and one that needs no account."""
    without = {
        str(path.relative_to(settings.BASE_DIR / "templates")): tokens - marks
        for path in Path(settings.BASE_DIR / "templates").rglob("*.html")
        for text in [path.read_text()]
        if (tokens := text.count("{% csrf_token %}"))
        > (marks := len(re.findall(r"{% (?:typed|pressed)_here", text)))
    }
    assert without == {
        "account/login.html": 1,
        "account/logout.html": 1,
        "account/profile.html": 1,
        "account/signed_in_already.html": 1,
        "admin/base_site.html": 1,
        "letters/promise.html": 1,
        "parts/account_items.html": 1,
    }
