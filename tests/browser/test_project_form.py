"""The project form at the browser: two people, an ended session, a lost connection, a phone, the keyboard."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Page, expect

from projects.models import Project
from tests import personas
from tests.browser.test_walks import click, cost, describe, row, says

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenPage = Callable[..., Page]
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])


def edit_address() -> str:
    return reverse("projects:edit", args=[personas.make_project(personas.gf_aplerbeck()).pk])


@SCRIPT
def test_two_people_on_one_form(open_page: OpenPage, axe: Callable[..., None], script: bool) -> None:
    address = edit_address()
    mine = open_page(personas.gf_aplerbeck(), java_script_enabled=script)
    other = open_page(personas.deputy_aplerbeck(), java_script_enabled=script)
    mine.goto(address)
    other.goto(address)
    other.get_by_label("Titel").fill("Fest der Vertretung")
    other.get_by_label("Ort", exact=True).fill("Amtshaus")
    click(other, "Entwurf speichern")
    says(other, "Gespeichert.")

    mine.get_by_label("Titel").fill("Mein Fest")
    mine.get_by_label("Ziele").fill("Meine Ziele")
    click(mine, "Entwurf speichern")
    says(mine, "inzwischen von Vera Vertretung")
    expect(mine.locator(".conflict .callout")).to_be_focused()
    choice = mine.get_by_role("group", name="Titel", exact=True)
    expect(choice.get_by_label("Ihre Eingabe")).to_be_checked()
    expect(mine.get_by_label("Ort", exact=True)).to_have_value("Amtshaus")
    if script:
        axe(mine)
    choice.get_by_label("inzwischen gespeichert").check()
    click(mine, "Entwurf speichern")
    says(mine, "Gespeichert.")
    project = Project.objects.get()
    assert (project.title, project.place, project.aims) == ("Fest der Vertretung", "Amtshaus", "Meine Ziele")


@SCRIPT
def test_the_session_ends_in_the_middle(open_page: OpenPage, script: bool) -> None:
    user = personas.gf_aplerbeck()
    page = open_page(user, java_script_enabled=script)
    page.goto(reverse("projects:create"))
    describe(page, "Lange getippt")
    cost(page, 1, "Bühne", "1.234,5")
    Session.objects.all().delete()
    click(page, "Entwurf speichern")
    says(page, "was Sie eingetragen haben, ist danach noch da")
    page.get_by_label("E-Mail").fill(user.email)
    page.get_by_label("Passwort").fill(personas.PASSWORD)
    click(page, "Anmelden")
    says(page, "Ihre Eingaben sind noch da; gespeichert ist noch nichts.")
    expect(page.get_by_label("Titel")).to_have_value("Lange getippt")
    expect(row(page, "Kostenposition", 1).get_by_label("Betrag")).to_have_value("1.234,5")
    assert not Project.objects.exists()
    click(page, "Entwurf speichern")
    says(page, "Gespeichert.")
    assert Project.objects.get().cost_total == Decimal("1234.50")


@SCRIPT
def test_refused_fields_are_listed_with_links(
    open_page: OpenPage, axe: Callable[..., None], script: bool
) -> None:
    page = open_page(personas.gf_aplerbeck(), java_script_enabled=script)
    page.goto(reverse("projects:create"))
    page.get_by_label("Säule 1", exact=True).fill("abc")
    cost(page, 2, "Bühne", "-3")
    click(page, "Entwurf speichern")
    says(page, "Noch nicht gespeichert.")
    expect(page.locator("main .callout.bad")).to_be_focused()
    links = page.locator("[data-problems] a")
    expect(links).to_have_text(["Kostenposition 2, Betrag", "Säule 1"])
    amount = row(page, "Kostenposition", 2).get_by_label("Betrag")
    if script:
        axe(page)
        # By keyboard: the next stop after the box is its first link.
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(amount).to_be_focused()
    else:
        links.first.click()
        expect(page).to_have_url(re.compile("#id_costs-1-amount$"))
    expect(amount).to_be_in_viewport()
    expect(amount).to_have_attribute("aria-invalid", "true")


def test_a_lost_connection_holds_the_form_back(open_page: OpenPage) -> None:
    page = open_page(personas.gf_aplerbeck())
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.method) if sent.url.endswith("/healthz") else None)
    page.goto(reverse("projects:create"))
    page.get_by_label("Titel").fill("Im Funkloch getippt")
    page.context.set_offline(True)
    bar = page.locator(".connection")
    expect(bar).to_contain_text("Keine Verbindung. Ihre Eingaben bleiben hier stehen")
    click(page, "Entwurf speichern")
    expect(page.get_by_label("Titel")).to_have_value("Im Funkloch getippt")
    assert not Project.objects.exists()
    page.context.set_offline(False)
    expect(bar).to_contain_text("Die Verbindung ist wieder da.")
    click(page, "Entwurf speichern")
    says(page, "Gespeichert.")
    assert Project.objects.get().title == "Im Funkloch getippt"
    # Not HEAD: the web server complains in its log about the body of every such answer.
    assert set(asked) == {"GET"}


def test_a_connection_that_leads_nowhere_holds_it_back_too(open_page: OpenPage) -> None:
    page = open_page(personas.gf_aplerbeck())
    page.goto(reverse("projects:create"))
    page.get_by_label("Titel").fill("Nur scheinbar verbunden")
    page.evaluate(
        "() => { window.real = window.fetch; window.fetch = () => Promise.reject(new TypeError()); }"
    )
    click(page, "Entwurf speichern")
    expect(page.locator(".connection")).to_contain_text("Keine Verbindung.")
    assert not Project.objects.exists()
    page.evaluate("() => { window.fetch = window.real; }")
    expect(page.locator(".connection")).to_contain_text("wieder da", timeout=15_000)
    click(page, "Entwurf speichern")
    says(page, "Gespeichert.")


def test_leaving_with_unsaved_input_asks(open_page: OpenPage) -> None:
    page = open_page(personas.gf_aplerbeck())
    page.goto(reverse("projects:create"))
    page.get_by_label("Titel").press_sequentially("Noch nicht gespeichert")
    asked: list[str] = []

    def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    page.once("dialog", stay)
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Gremien").first.click(no_wait_after=True)
    expect(page.get_by_label("Titel")).to_have_value("Noch nicht gespeichert")
    assert asked == ["beforeunload"]


def test_every_missing_thing_at_its_field_fits_a_phone(open_page: OpenPage) -> None:
    """Date fields have a width of their own, and the mark of an error takes some of theirs."""
    empty = personas.make_project(personas.gf_aplerbeck(), starts_on=None, ends_on=None, place="")
    page = open_page(personas.gf_aplerbeck(), viewport={"width": 390, "height": 844})
    page.goto(reverse("projects:edit", args=[empty.pk]) + "?pruefen=1")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    start, card = page.locator("#id_ends_on").bounding_box(), page.locator("#s-where").bounding_box()
    assert start and card and start["x"] + start["width"] <= card["x"] + card["width"]


def test_a_whole_entry_on_a_phone(open_page: OpenPage) -> None:
    personas.open_year()
    page = open_page(
        personas.gf_aplerbeck(), viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page.emulate_media(reduced_motion="reduce")
    page.goto(reverse("projects:create"))
    importance = page.get_by_label("Besondere Bedeutung")
    expect(importance).not_to_be_visible()
    describe(page, "Vom Telefon")
    page.get_by_label("Veranstalter").fill("Gewerbeverein Musterviertel")
    cost(page, 1, "Bühne", "900")
    expect(row(page, "Kostenposition", 1).get_by_label("Betrag")).to_have_attribute("inputmode", "decimal")
    page.get_by_label("Säule 2").fill("900")
    # The focused field and its label are not under the balance.
    importance.focus()
    balance = page.get_by_role("group", name="Kosten- und Finanzierungsplan")
    box, bar = importance.bounding_box(), balance.bounding_box()
    assert box and bar and box["y"] + box["height"] <= bar["y"]
    importance.fill("Modellhaft für alle Stadtbezirke.")
    expect(balance).to_contain_text("Plan geht auf")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    click(page, "Prüfen und einreichen")
    click(page, "Verbindlich einreichen")
    says(page, "Eingereicht als")
