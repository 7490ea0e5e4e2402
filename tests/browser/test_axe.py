"""axe finds nothing on any page in any role, light and dark, wide and on a phone.

The pages are those of the access matrix, in the states that look different; Django admin's own pages are in
``test_admin``.
"""

import re
from collections.abc import Callable, Iterable, Iterator

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, Page

from members.models import User
from members.post import links
from tests import personas
from tests.states import States, error_pages
from tests.test_access_matrix import PAGES, World, made, resolve_arguments

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenPage = Callable[..., Page]
Step = Callable[[Page, "States"], Iterator[None]]

#: One persona per role, and those that see something else: a further district's director, staff with a mandate.
#: Two groups, for two processors.
ROLES = (
    ("visitor", "nobody", "admin_verein", "gf_aplerbeck", "gf_brackel"),
    ("auditor", "board", "superuser", "wf1", "wf_with_mandate"),
)
OPEN_DISCLOSURES = 'document.querySelectorAll("details:not(.menu)").forEach((each) => { each.open = true; })'
#: The title and the main part, without what is new at every load (keys of forms).
TITLE_AND_MAIN = re.compile(r"<title>.*?</title>|<main.*</main>", re.DOTALL)
HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
ANOTHER_FONT = """
document.addEventListener("DOMContentLoaded", () =>
  document.documentElement.style.setProperty("--font", "DejaVu Sans, sans-serif"));
"""
OPEN_MENUS = 'document.querySelectorAll("details.menu").forEach((each) => { each.open = true; })'


@pytest.fixture
def world(transactional_db: None) -> World:
    """Committed: a server beside the test waits for an open transaction."""
    return made()


def shown_first(user: User | None, addresses: Iterable[str], seen: set[str]) -> Iterator[str]:
    """The start page, and every address whose title and main part nobody was shown before."""
    client = Client()
    if user:
        client.force_login(user)
    for address in addresses:
        html = client.get(address, follow=True).content.decode()
        shown = HIDDEN.sub("", "".join(TITLE_AND_MAIN.findall(html)))
        if address == "/" or shown not in seen:
            seen.add(shown)
            yield address


def serve(page: Page, path: str, body: str) -> None:
    """Answer this path in the browser: a page that cannot be provoked by clicking."""
    page.route(f"**{path}", lambda route: route.fulfill(content_type="text/html", body=body))


def press(page: Page, button: Locator) -> None:
    """Send the form and wait for the answer: what the page says may stand on it already."""
    with page.expect_navigation():
        button.click()


def visitor_goes_wrong(page: Page, states: States) -> Iterator[None]:
    page.goto(reverse("account_login"))
    page.get_by_label("E-Mail").fill("niemand@example.org")
    page.get_by_label("Passwort").fill("falsch-geraten")
    press(page, page.get_by_role("button", name="Anmelden"))
    page.locator(".invalid-feedback, .callout.bad, .alert").first.wait_for()
    yield
    page.goto(reverse("mailed_link", args=[links.token(personas.nobody(), "password")]))
    for field in page.locator("input[type=password]").all():
        field.fill("kurz")
    press(page, page.locator("main button[type=submit]"))
    page.locator(".invalid-feedback").first.wait_for()
    yield
    for template, html in error_pages():
        serve(page, f"/{template}", html)
        page.goto(f"/{template}")
        yield


def director_goes_wrong(page: Page, states: States) -> Iterator[None]:
    page.goto(reverse("projects:edit", args=[states.world.draft.pk]))
    page.get_by_label("Beginn", exact=True).fill("2001-01-01")
    page.get_by_label("Säule 1", exact=True).fill("1e5")
    page.get_by_role("group", name="Kostenposition").first.get_by_label("Betrag").fill("-3")
    press(page, page.get_by_role("button", name="Prüfen und einreichen"))
    page.get_by_text("Noch nicht gespeichert.").wait_for()
    yield
    page.goto(states.resolvable.get_absolute_url())
    press(page, page.get_by_role("button", name="Beschluss erfassen").last)
    page.locator(".invalid-feedback").first.wait_for()
    yield
    page.goto(reverse("account_change_password"))
    page.locator("main button[type=submit]").click()
    yield


def staff_goes_wrong(page: Page, states: States) -> Iterator[None]:
    page.goto(states.too_much.get_absolute_url())
    page.get_by_role("textbox", name="Betrag").fill("80.000")
    press(page, page.get_by_role("button", name="Erste Unterschrift leisten", exact=True))
    page.get_by_text("sind noch frei (Säule 2 ").wait_for()
    yield
    press(page, page.get_by_role("button", name="einsetzen"))
    press(page, page.get_by_role("button", name="Erste Unterschrift leisten", exact=True))
    page.get_by_text("Sie bewilligen weniger als beantragt.").wait_for()
    yield
    press(page, page.get_by_role("button", name="Antrag ablehnen"))
    page.locator(".invalid-feedback").first.wait_for()
    yield


WRONG_TURNS: dict[str, Step] = {
    "visitor": visitor_goes_wrong,
    "gf_aplerbeck": director_goes_wrong,
    "wf1": staff_goes_wrong,
}


@pytest.mark.parametrize("personas_of_group", ROLES, ids=" ".join)
def test_no_page_has_a_finding(
    personas_of_group: tuple[str, ...], world: World, open_page: OpenPage, axe: Callable[..., None]
) -> None:
    """Every page is asked for in every role; what an earlier role was shown too is not opened again.

    The frame around it is checked with the menus open, on each role's start page.
    """
    states = States(world)
    findings: list[str] = []
    seen: set[str] = set()

    def check(page: Page, role: str, part: str = "html") -> None:
        try:
            axe(page, part)
        except AssertionError as finding:
            findings.append(f"{role}: {finding}")

    for role in personas_of_group:
        user = None if role == "visitor" else personas.ALL[role]()
        page = open_page(user)
        for address in shown_first(user, states.addresses_for(role), seen):
            assert page.goto(address), address
            page.evaluate(OPEN_DISCLOSURES)
            check(page, role)
            if address == "/":
                # An open menu covers what lies under it.
                page.evaluate(OPEN_MENUS)
                check(page, role, "header")
        if role in WRONG_TURNS:
            for _ in WRONG_TURNS[role](page, states):
                page.evaluate(OPEN_DISCLOSURES)
                check(page, role)
    assert not findings, "\n\n".join(findings)
    assert len(seen) > 40


#: Persona, page and button: sent as they are, these forms come back with their mistakes.
MONEY_FORMS = (
    ("wf1", "payments:payouts", "Kontostand eintragen"),
    ("wf1", "payments:statements", "Laden"),
    ("wf1", "payments:call", "Zurückgeben"),
    ("wf1", "payments:expense_create", "Ausgabe eintragen"),
    ("wf1", "payments:entry", "Als Gemeinkosten buchen"),
    ("wf1", "letters:letter", "Berichtigtes Schreiben erstellen"),
    ("wf2", "payments:account", "Bestätigen"),
    ("gf_aplerbeck", "payments:call_money", "Abrufen"),
    ("gf_aplerbeck", "payments:plan_create", "Ratenplan eintragen"),
    ("gf_aplerbeck", "payments:payee_create", "Weiter zur Bankverbindung"),
)


def test_no_form_of_money_with_mistakes_has_a_finding(
    world: World, open_page: OpenPage, axe: Callable[..., None]
) -> None:
    pages = {role: open_page(personas.ALL[role]()) for role in {role for role, _, _ in MONEY_FORMS}}
    for role, name, button in MONEY_FORMS:
        page = pages[role]
        page.goto(reverse(name, args=resolve_arguments(PAGES[name][0], world)))
        page.evaluate(OPEN_DISCLOSURES)
        for field in page.locator("main input[type=text]:visible, main textarea:visible").all():
            field.fill("")
        press(page, page.locator("main").get_by_role("button", name=button, exact=True).first)
        page.locator("main .invalid-feedback").first.wait_for()
        page.evaluate(OPEN_DISCLOSURES)
        axe(page)
        page.set_viewport_size({"width": 1280, "height": 900})


def test_pages_fit_a_phone_in_any_font(world: World, open_page: OpenPage) -> None:
    """A font that comes late waits for the next page; until then the machine's own, often wider, has to fit."""
    states = States(world)
    too_wide: list[str] = []
    seen: set[str] = set()
    for user in (None, personas.gf_aplerbeck()):
        page = open_page(user, viewport={"width": 390, "height": 900})
        page.add_init_script(ANOTHER_FONT)
        addresses = (*states.addresses(), *(states.further_addresses() if user else ()))
        for address in shown_first(user, addresses, seen):
            page.goto(address)
            page.evaluate(OPEN_DISCLOSURES)
            for width in (390, 320):
                page.set_viewport_size({"width": width, "height": 900})
                if over := page.evaluate("document.documentElement.scrollWidth - window.innerWidth"):
                    too_wide.append(f"{user}: {page.url} is {over} px too wide at {width} px")
    assert not too_wide, "\n".join(too_wide)


def test_the_check_itself_finds_something(open_page: OpenPage, axe: Callable[..., None]) -> None:
    """The negative control: dark grey that is legible on white alone, and a paragraph wider than a phone."""
    page = open_page()
    page.goto(reverse("imprint"))
    page.evaluate('document.querySelector("main p").style.color = "#555"')
    with pytest.raises(AssertionError, match=r"dark, 390 px wide\n(.|\n)*color-contrast"):
        axe(page)
    page.goto(reverse("imprint"))
    page.evaluate('document.querySelector("main p").style.width = "600px"')
    with pytest.raises(AssertionError, match="too wide at 390 px"):
        axe(page)
