"""An administrator's first day: a new director is entered and invited, comes in by the mailed link and works."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from members.models import Mandate, User
from projects.models import Project
from tests import personas
from tests.browser.test_walks import click, cost, describe, says

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OpenPage = Callable[..., Page]


@pytest.fixture(autouse=True)
def delivery(settings: Any, live_server: Any) -> None:
    settings.EMAIL_BACKEND = "members.post.outbox.OutboxBackend"
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    settings.SITE_URL = live_server.url


def test_a_new_director_is_invited_signs_in_and_enters_a_project(open_page: OpenPage, axe: Any) -> None:
    personas.open_year()
    page = open_page(personas.admin_verein())
    page.goto(reverse("home"))
    page.get_by_role("link", name="Neue Person").click()
    axe(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_label("Vorname").fill("Nele")
    page.get_by_label("Nachname").fill("Neuling")
    page.get_by_label("E-Mail-Adresse für das Konto").fill("nele@example.org")
    expect(page.get_by_label("Einladung senden")).to_be_checked()
    page.get_by_label("Art:").first.select_option(label="Geschäftsführung der Bezirksvertretung")
    page.get_by_label("Stadtbezirk:").first.select_option(label="Hörde")
    page.get_by_label("Von:").first.fill(f"{timezone.localdate():%d.%m.%Y}")
    click(page, "Sichern")
    page.get_by_text("Die Einladung an nele@example.org liegt im Postausgang.").wait_for()
    page.goto(reverse("admin:members_user_changelist") + "?einladung=offen")
    expect(page.locator("#result_list")).to_contain_text("noch nicht angenommen")

    call_command("send_mail_queue")
    (message,) = mail.outbox
    assert message.to == ["nele@example.org"]
    link = re.search(r"\S+/konto/link/\S+", str(message.body))
    assert link

    newcomer = open_page()
    newcomer.goto(link[0])
    says(newcomer, "Geschäftsführung der Bezirksvertretung Hörde")
    axe(newcomer)
    newcomer.locator("#id_password1").fill("ein-eigenes-Wort-9")
    newcomer.locator("#id_password2").fill("ein-eigenes-Wort-9")
    click(newcomer, "Passwort speichern und anmelden")
    says(newcomer, "Willkommen!")
    says(newcomer, "Wo finde ich was?")
    axe(newcomer)
    newcomer.set_viewport_size({"width": 1280, "height": 900})
    newcomer.locator(".guide").get_by_role("link", name="Neues Projekt").click()
    describe(newcomer, "Lichter am Markt")
    cost(newcomer, 1, "Lichttechnik", "2.000")
    click(newcomer, "Entwurf speichern")
    says(newcomer, "Lichter am Markt")
    project = Project.objects.get()
    director = User.objects.get(email="nele@example.org")
    assert (project.lead_district.name, project.created_by) == ("Hörde", director)

    newcomer.goto(reverse("home"))
    click(newcomer, "Ausblenden")
    expect(newcomer.get_by_text("Wo finde ich was?")).to_have_count(0)
    newcomer.goto(reverse("profile"))
    axe(newcomer)
    newcomer.set_viewport_size({"width": 1280, "height": 900})
    newcomer.get_by_label("einmal am Tag, gesammelt").check()
    click(newcomer, "Einstellungen speichern")
    says(newcomer, "Ihre Einstellungen sind gespeichert.")
    newcomer.locator("main").get_by_role("button", name="Abmelden").click()

    newcomer.goto(link[0])
    says(newcomer, "Dieser Link wurde schon benutzt")
    newcomer.locator("main").get_by_role("link", name="Anmelden").click()
    newcomer.get_by_label("E-Mail").fill("nele@example.org")
    newcomer.get_by_label("Passwort").fill("ein-eigenes-Wort-9")
    newcomer.locator("main").get_by_role("button", name="Anmelden").click()
    says(newcomer, "Lichter am Markt")

    Mandate.objects.filter(person=director.person).update(
        since=timezone.localdate() - timedelta(days=9),
        until=timezone.localdate() - timedelta(days=1),
    )
    newcomer.goto(reverse("home"))
    says(newcomer, "endete am")
