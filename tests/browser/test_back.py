"""The browser's back button: nobody sees what was open before somebody signed out, and what was typed comes back."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Locator, Page, expect

from members.common.middleware import WHO_COOKIE
from members.models import User
from projects.models import Project
from tests import personas

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Playwright switches it off.
MEMORY_OFF = "--disable-back-forward-cache"


@pytest.fixture(scope="module", params=[True, False], ids=["from-memory", "from-cache"])
def keeps_pages(request: pytest.FixtureRequest) -> bool:
    """Whether the browser keeps whole pages in memory; else it makes them anew from its cache."""
    return bool(request.param)


@pytest.fixture
def context(
    keeps_pages: bool, browser_type: Any, browser_type_launch_args: dict[str, Any], live_server: Any
) -> Iterator[BrowserContext]:
    left_out = [MEMORY_OFF] if keeps_pages else []
    browser = browser_type.launch(**browser_type_launch_args, ignore_default_args=left_out)
    context = browser.new_context(base_url=live_server.url, locale="de-DE")
    context.set_default_timeout(30_000)
    yield context
    browser.close()


def sign_in(page: Page, user: User) -> None:
    page.goto(reverse("account_login"))
    page.get_by_label("E-Mail").fill(user.email)
    page.get_by_label("Passwort").fill(personas.PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_text("Konto").first).to_be_attached()


def mark(page: Page) -> None:
    page.evaluate("window.markedByTheTest = true")


def back(page: Page) -> None:
    page.evaluate("setTimeout(() => history.back())")


def came_from_memory(page: Page) -> bool:
    return bool(page.evaluate("window.markedByTheTest === true"))


def made_for(page: Page, user: User) -> Locator:
    return page.locator(f"meta[name=who][content='{user.pk}']")


def end_session(context: BrowserContext) -> None:
    """The session runs out, without the page that tells the browser to forget."""
    context.clear_cookies()


def another_signs_in(context: BrowserContext) -> None:
    client = Client()
    client.force_login(personas.wf2())
    client.get(reverse("home"))
    address = urljoin(context.pages[0].url, "/")
    context.clear_cookies()
    context.add_cookies(
        [
            {"name": name, "value": client.cookies[name].value, "url": address}
            for name in ("sessionid", WHO_COOKIE)
        ]
    )


@pytest.mark.parametrize("name", ["funding:pots", "profile", "admin:index"])
@pytest.mark.parametrize("change", [end_session, another_signs_in])
def test_going_back_shows_nothing_of_who_was_signed_in_before(
    context: BrowserContext, change: Callable[[BrowserContext], None], name: str
) -> None:
    user = personas.superuser() if name == "admin:index" else personas.wf1()
    page = context.new_page()
    sign_in(page, user)
    page.goto(reverse(name))
    expect(made_for(page, user)).to_be_attached()
    mark(page)
    page.goto(reverse("imprint"))
    change(context)
    back(page)
    if change is end_session:
        expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    else:
        expect(made_for(page, personas.wf2())).to_be_attached()
    expect(made_for(page, user)).to_have_count(0)
    assert not came_from_memory(page)


def test_going_back_after_signing_out(context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page, personas.wf1())
    page.goto(reverse("profile"))
    page.evaluate("localStorage.setItem('theme', 'dark')")
    mark(page)
    page.get_by_role("main").get_by_role("button", name="Abmelden").click()
    expect(page.get_by_text("Sie sind abgemeldet.")).to_be_visible()
    back(page)
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    expect(page.get_by_text("wf1@example.org")).to_have_count(0)
    assert page.evaluate("localStorage.getItem('theme')") == "dark"


def test_going_back_to_a_form_brings_back_what_was_typed(context: BrowserContext, keeps_pages: bool) -> None:
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, personas.gf_aplerbeck())
    page.goto(reverse("projects:create"))
    page.get_by_label("Titel").fill("Lesefest im Park")
    mark(page)
    page.goto(reverse("imprint"))
    expect(page.get_by_role("heading", name="Impressum")).to_be_visible()
    back(page)
    expect(page.get_by_label("Titel")).to_have_value("Lesefest im Park")
    assert came_from_memory(page) == keeps_pages


def test_going_back_after_the_first_save_makes_no_second_draft(context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page, personas.gf_aplerbeck())
    page.goto(reverse("projects:create"))
    page.get_by_label("Titel").fill("Lesefest im Park")
    page.get_by_role("button", name="Entwurf speichern").click()
    expect(page.get_by_text("Gespeichert.")).to_be_visible()
    back(page)
    expect(page.get_by_role("heading", name="Neues Projekt")).to_be_visible()
    page.get_by_label("Titel").fill("Lesefest im Westpark")
    page.get_by_role("button", name="Entwurf speichern").click()
    expect(page.get_by_text("Gespeichert.")).to_be_visible()
    assert [project.title for project in Project.objects.all()] == ["Lesefest im Westpark"]
    # A page that is opened anew is another project.
    page.goto(reverse("projects:create"))
    page.get_by_label("Titel").fill("Kinderfest")
    page.get_by_role("button", name="Entwurf speichern").click()
    expect(page.get_by_text("Gespeichert.")).to_be_visible()
    assert Project.objects.count() == 2
