"""From a new supplier to a changed account that the second person confirms, with the mistakes on the way."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from funding.models import GrantTerms
from funding.payments.models import Payee
from tests import batches as b
from tests import personas
from tests.personas import IBANS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenPage = Callable[..., Page]

#: What is kept together and yet stands on more than one line.
BROKEN = """
(parts) => parts.filter((each) => {
  const range = document.createRange();
  range.selectNodeContents(each);
  return range.getBoundingClientRect().height > 1.8 * parseFloat(getComputedStyle(each).lineHeight);
}).map((each) => each.textContent.trim())
"""


def says(page: Page, words: str) -> None:
    expect(page.locator("body")).to_contain_text(words)


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("script", [True, False])
def test_from_a_new_supplier_to_a_confirmed_account(open_page: OpenPage, axe, script: bool) -> None:
    personas.open_year()
    personas.wf1()
    director, staff = personas.gf_aplerbeck(), personas.wf2()
    looks = axe if script else lambda page: None

    page = open_page(director, java_script_enabled=script)
    page.goto(reverse("funding:pots"))
    page.get_by_role("link", name="Empfänger und Bankverbindungen").click()
    says(page, "Noch ist niemand eingetragen.")
    looks(page)
    page.locator("main").get_by_role("link", name="Neuer Empfänger").click()
    press(page, "Weiter zur Bankverbindung")
    says(page, "Bitte die Anschrift eintragen.")
    looks(page)
    page.get_by_label("Name", exact=False).first.fill("Druckerei Muster")
    page.get_by_label("Straße und Hausnummer").fill("Musterweg 1")
    page.get_by_label("Postleitzahl").fill("44263")
    page.get_by_label("Ort der Anschrift").fill("Dortmund")
    press(page, "Weiter zur Bankverbindung")

    says(page, "Druckerei Muster ist eingetragen.")
    looks(page)
    page.get_by_label("IBAN", exact=False).first.fill("DE89 3704 0044 0532 0130 01")
    page.get_by_label("Woher die Angaben kommen").fill("Rechnung 4711")
    press(page, "Eintragen")
    says(page, "In dieser IBAN ist mindestens eine Stelle falsch oder vertauscht.")
    looks(page)
    page.get_by_label("IBAN", exact=False).first.fill(IBANS[0])
    page.get_by_label("Konto lautet auf").fill("Muster GmbH")
    press(page, "Eintragen")
    says(page, "Das Konto lautet auf „Muster GmbH“, das Geld bekommt Druckerei Muster.")
    looks(page)
    page.get_by_label("Ja, das ist richtig.").check()
    press(page, "Eintragen")
    says(page, "noch nicht bestätigt")
    looks(page)

    second = open_page(staff, java_script_enabled=script)
    second.goto("/")
    second.get_by_role("link", name="Druckerei Muster").click()
    says(second, "DE89 3704 0044 0532 0130 00")
    press(second, "Bestätigen")
    says(second, "Bitte eintragen, welche Unterlage Sie angesehen haben.")
    looks(second)
    second.get_by_label("Welche Unterlage haben Sie angesehen?").fill("Rechnung 4711 im Original")
    press(second, "Bestätigen")
    says(second, "gilt heute")
    looks(second)

    page.goto(Payee.objects.get().get_absolute_url())
    page.get_by_role("link", name="Bankverbindung ändern").click()
    page.get_by_label("IBAN", exact=False).first.fill(IBANS[1])
    page.get_by_label("Woher die Angaben kommen").fill("Brief")
    press(page, "Eintragen")
    says(page, "geändert und ist noch nicht bestätigt.")
    looks(page)
    page.get_by_role("link", name="Bankverbindung ansehen").click()
    page.get_by_text("Bankverbindung verwerfen").first.click()
    page.get_by_label("Begründung").fill("Vertippt.")
    press(page, "Verwerfen")
    says(page, "zurückgenommen")
    second.goto(reverse("payments:payees"))
    looks(second)


def test_ibans_references_and_days_stand_on_one_line(open_page: OpenPage) -> None:
    call = b.checked_call(amount="100")
    organisation = call.payee.organisation
    organisation.name = (
        "Arbeitsgemeinschaft der Kaufleute und Vereine in Lütgendortmund, Marten und Bövinghausen e. V."
    )
    organisation.save()
    page = open_page(personas.wf2())
    for address in (b.released(call).get_absolute_url(), reverse("payments:payees")):
        page.goto(address)
        kept = page.locator(".tablewrap :is(.iban, .nowrap)")
        expect(kept).not_to_have_count(0)
        for width in (1280, 800, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert not kept.evaluate_all(BROKEN), f"{address}, {width} px wide"
            too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert too_wide <= 0, f"{address}, {width} px wide"


def test_the_enter_key_sends_the_form_and_not_the_way_to_a_new_payee(open_page: OpenPage) -> None:
    # Granted before there were letters: nobody need accept it.
    GrantTerms.objects.update(since=timezone.localdate() + timedelta(days=1))
    grant = personas.application(b.granted("500"))
    b.payee("Bühnenbau Muster").districts.add(personas.district("APL"))
    page = open_page(personas.gf_aplerbeck())
    for address in ("payments:call_money", "payments:plan_create"):
        page.goto(reverse(address, args=[grant.pk]))
        expect(page.get_by_role("button", name="Bankverbindung eintragen")).to_be_visible()
        with page.expect_navigation():
            page.get_by_label("Verwendungszweck").press("Enter")
        says(page, "Bitte")
        assert page.url.endswith(reverse(address, args=[grant.pk]))
