"""A director's new address, from the request to the confirmation, and the former one that stops it."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from members.models import OutboxMail, User
from tests import personas
from tests.mailed import link_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenPage = Callable[..., Page]


def says(page: Page, words: str) -> None:
    expect(page.locator("body")).to_contain_text(words)


def link_to(email: str) -> str:
    return link_in(OutboxMail.objects.filter(recipient=email).latest("pk"))


def test_two_administrators_and_the_owner(open_page: OpenPage, axe, settings) -> None:
    settings.EMAIL_BACKEND = "members.post.outbox.OutboxBackend"
    director, first, second = personas.gf_aplerbeck(), personas.admin_verein(), personas.superuser()
    page = open_page(first)
    page.goto(reverse("admin:members_user_change", args=[director.pk]))
    says(page, "Ereignisse")
    axe(page)
    page.get_by_role("link", name="Adresse ändern").click()
    says(page, "gibt eine zweite Person der Verwaltung die Änderung frei")
    axe(page)
    page.get_by_label("Neue E-Mail-Adresse").fill("gesa.neu@example.org")
    page.get_by_role("button", name="Adresse ändern").click()
    says(page, "wartet auf die Freigabe")
    axe(page)
    expect(page.get_by_role("button", name="Freigeben")).to_have_count(0)

    page = open_page(second)
    page.goto(reverse("admin:members_user_address", args=[director.pk]))
    axe(page)
    page.get_by_role("button", name="Freigeben").click()
    says(page, "Die Änderung ist freigegeben.")

    stopping = link_to(director.email)
    page = open_page()
    page.goto(stopping)
    says(page, "Neue Adresse stoppen?")
    axe(page)
    page = open_page()
    page.goto(link_to("gesa.neu@example.org"))
    says(page, "Ist das Ihre Adresse?")
    axe(page)
    page.get_by_role("button", name="Adresse bestätigen").click()
    says(page, "Ab jetzt gilt gesa.neu@example.org.")

    page = open_page()
    page.goto(stopping)
    axe(page)
    page.get_by_role("button", name="Rückgängig machen").click()
    says(page, f"gilt wieder {director.email}")
    axe(page)
    assert User.objects.get(pk=director.pk).email == director.email

    page = open_page(personas.gf_brackel())
    page.goto(reverse("profile"))
    page.get_by_role("link", name="Adresse ändern").click()
    axe(page)
    page.get_by_label("Neue E-Mail-Adresse").fill("brackel.neu@example.org")
    page.get_by_label("Ihr Passwort").fill(personas.PASSWORD)
    page.get_by_role("button", name="Link an die neue Adresse schicken").click()
    says(page, "wartet darauf, dass Sie den Link öffnen")
    axe(page)
