"""Comments mark themselves as read, with a button where there is no JavaScript; the pages for paper fit A4."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from projects import comments
from projects.models import CommentReading, Project
from tests import personas

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def talked_about() -> Project:
    project = personas.handed_in(personas.gf_aplerbeck(), pillar_2="3000", further=["BRA"])
    comments.write(project, actor=personas.gf_aplerbeck(), text="Bitte bis Freitag.", audience="shared")
    return project


def test_comments_in_view_are_read(talked_about: Project, open_page: Callable[..., Page], axe: Any) -> None:
    wf1 = personas.wf1()
    page = open_page(wf1)
    page.set_viewport_size({"width": 390, "height": 500})
    page.goto(talked_about.get_absolute_url())
    assert not CommentReading.objects.filter(user=wf1).exists()
    page.locator("#kommentare").scroll_into_view_if_needed()
    page.locator(".comment").last.scroll_into_view_if_needed()
    expect(page.locator("form.talk-read")).to_have_count(0)
    assert CommentReading.objects.filter(user=wf1).exists()
    page.goto(reverse("projects:comments", args=[talked_about.pk]))
    expect(page.get_by_text("neu", exact=True)).to_have_count(0)
    axe(page)


def test_without_javascript_a_button_marks_them(
    talked_about: Project, open_page: Callable[..., Page]
) -> None:
    page = open_page(personas.gf_brackel(), java_script_enabled=False)
    page.goto(talked_about.get_absolute_url())
    page.get_by_role("button", name="Als gelesen markieren").click()
    expect(page.get_by_role("button", name="Als gelesen markieren")).to_have_count(0)
    page.locator("#kommentare summary").click()
    page.get_by_label("Kommentar", exact=True).fill("Machen wir.")
    page.get_by_label("Notiz nur für Brackel").check()
    page.get_by_role("button", name="Kommentar senden").click()
    expect(page.get_by_text("Kommentar gesendet.")).to_be_visible()
    expect(page.get_by_text("nur Brackel", exact=True)).to_be_visible()


def test_copying_and_deleting_without_javascript(
    talked_about: Project, open_page: Callable[..., Page]
) -> None:
    page = open_page(personas.gf_aplerbeck(), java_script_enabled=False)
    page.goto(talked_about.get_absolute_url())
    page.get_by_role("button", name="Als Vorlage für").click()
    expect(page.get_by_text("Kopiert als Entwurf")).to_be_visible()
    copy = Project.objects.latest("pk")
    page.goto(copy.get_absolute_url())
    page.get_by_role("link", name="Entwurf löschen").click()
    page.get_by_role("button", name="Endgültig löschen").click()
    expect(page.get_by_text("ist gelöscht")).to_be_visible()
    assert not Project.objects.filter(pk=copy.pk).exists()


def pages_of(pdf: bytes) -> int:
    return int(re.findall(rb"/Count (\d+)", pdf)[0])


def test_sheets_print_on_a4(talked_about: Project, open_page: Callable[..., Page], axe: Any) -> None:
    page = open_page(personas.gf_aplerbeck())
    personas.handed_in(personas.gf_aplerbeck(), title="Noch eines")
    application = personas.application(talked_about)
    for address, sheets in (
        (reverse("projects:sheet", args=[talked_about.pk]), 1),
        (reverse("funding:decision_sheet", args=[application.pk]), 1),
        (reverse("funding:agenda", args=["aplerbeck"]), 2),
    ):
        page.goto(address)
        axe(page)
        page.emulate_media(media="print")
        expect(page.get_by_role("button", name="Drucken")).to_be_hidden()
        pdf = page.pdf(prefer_css_page_size=True)
        assert b"/MediaBox [0 0 594.95" in pdf or b"/MediaBox [0 0 595" in pdf, address
        page.emulate_media(media="screen")
        assert pages_of(pdf) == sheets, address


def test_the_other_pages_are_accessible(
    talked_about: Project, open_page: Callable[..., Page], axe: Any
) -> None:
    draft = personas.make_project(personas.gf_aplerbeck(), title="Entwurf")
    page = open_page(personas.gf_aplerbeck())
    for name, project in (
        ("projects:history", talked_about),
        ("projects:comments", talked_about),
        ("projects:delete", draft),
    ):
        page.goto(reverse(name, args=[project.pk]))
        axe(page)
    page.goto(talked_about.get_absolute_url())
    page.evaluate('document.querySelectorAll("details:not(.menu)").forEach((each) => { each.open = true; })')
    axe(page)
