"""The way of the money as people click it: from the decision to the ticked statement, by everybody who takes part."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sepaxml
from django.core.management import call_command
from django.forms import HiddenInput
from django.utils import timezone
from lxml import etree
from playwright.sync_api import FilePayload, Locator, Page, expect

from funding.forms.terms import TermsFields
from funding.letters import links
from funding.letters.models import Letter
from funding.models import Application, GrantTerms
from funding.payments import batch_rules
from funding.payments.models import PaymentBatch, PaymentCall
from members.common import target_days
from tests import batches, files, letters, personas, statements

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenPage = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
INVOICE = FilePayload(name="Rechnung 4711.pdf", mimeType="application/pdf", buffer=files.PDF)


def says(page: Page, sentence: str) -> None:
    expect(page.locator("main")).to_contain_text(sentence)


def press(page: Page, name: str, within: Locator | None = None) -> None:
    """Press a button of the page's main part and wait for the answer."""
    with page.expect_navigation():
        (within or page.locator("main")).get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.locator("main").get_by_role("link", name=name).first.click()


def card(page: Page, heading: str) -> Locator:
    return page.locator("section", has=page.get_by_role("heading", name=heading, exact=True))


def start(page: Page) -> None:
    """Go to the start page by the name in the page's head."""
    with page.expect_navigation():
        page.get_by_role("banner").get_by_role("link", name="StadtbezirksMarketing Dortmund").first.click()


def recipient_link() -> str:
    """Path of the link in the mail to the recipient of the only letter."""
    return links.address_of(Letter.objects.current().get()).partition("//")[2].partition("/")[2]


def schema() -> Any:
    [file] = (Path(sepaxml.__file__).parent / "schemas").glob("pain.001.001.09.xsd")
    return etree.XMLSchema(etree.parse(str(file)))


@pytest.fixture
def banks_pay_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the walk comes to its end on a Sunday, too."""
    for module in (target_days, batch_rules, batches):
        monkeypatch.setattr(module, "is_target_day", lambda day: True)


@pytest.fixture
def applied(transactional_db: None, banks_pay_today: None) -> Application:
    """An application on the pool; letterhead, signatory, and the association's account with a balance."""
    letters.ready()
    batches.balance("1000")
    made = personas.handed_in(
        personas.gf_aplerbeck(), title="Lichterfest", pillar_2="800", organiser=letters.organiser()
    )
    return personas.application(made, "S2")


@pytest.mark.parametrize("script", [True, False], ids=["script", "phone-without-script"])
def test_from_the_decision_to_the_ticked_statement(
    applied: Application, open_page: OpenPage, axe: Callable[..., None], script: bool
) -> None:
    def looks(page: Page) -> None:
        """See that axe finds nothing, where the page has JavaScript; else that nothing sticks out of the phone."""
        if script:
            axe(page)
            page.set_viewport_size({"width": 1280, "height": 900})
        else:
            over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert over <= 0, f"{page.url} is {over} px too wide"

    def opened(user: Any = None) -> Page:
        if script:
            return open_page(user, viewport={"width": 1280, "height": 900})
        return open_page(user, viewport=PHONE, java_script_enabled=False)

    # The Wirtschaftsförderung reads the letter before it decides; the letter is there with the decision.
    one = opened(personas.wf1())
    one.goto("/")
    follow(one, "Lichterfest")
    with one.expect_popup() as preview:
        one.get_by_role("button", name="Schreiben ansehen").click()
    preview.value.close()
    press(one, "Bewilligen")
    says(one, "Bewilligt: 800,00 €.")
    looks(one)
    follow(one, "Förderzusage")
    says(one, "noch nicht; vorher wird nichts abgerufen oder ausgezahlt")
    looks(one)
    press(one, "E-Mail mit Link senden")
    says(one, "Sie geht in wenigen Minuten hinaus.")

    # Before the answer the director is told what is missing.
    director = opened(personas.gf_aplerbeck())
    director.goto(applied.get_absolute_url())
    expect(card(director, "Mittel abrufen").get_by_role("link", name="Mittel abrufen")).to_have_count(0)

    # The recipient has no account.
    recipient = opened()
    recipient.goto("/" + recipient_link())
    looks(recipient)
    press(recipient, "Annehmen")
    says(recipient, "Bitte den Namen eintragen.")
    looks(recipient)
    recipient.get_by_label("Name").fill("Toni Probe")
    recipient.get_by_label("Funktion").fill("Vorsitz")
    press(recipient, "Annehmen")
    says(recipient, "Vielen Dank!")
    looks(recipient)

    # The director finds on the start page that money can be called; the payee is not there yet.
    start(director)
    looks(director)
    follow(director, "Lichterfest")
    follow(director, "Mittel abrufen")
    looks(director)
    press(director, "Empfänger mit Bankverbindung eintragen")
    director.get_by_label("Name", exact=False).first.fill("Lichttechnik Muster")
    director.get_by_label("Straße und Hausnummer").fill("Musterweg 1")
    director.get_by_label("Postleitzahl").fill("44263")
    director.get_by_label("Ort der Anschrift").fill("Dortmund")
    press(director, "Weiter zur Bankverbindung")
    director.get_by_label("IBAN", exact=False).first.fill(personas.IBANS[1])
    director.get_by_label("Woher die Angaben kommen").fill("Rechnung 4711")
    press(director, "Eintragen")
    # Back at the call, with the payee chosen.
    says(director, "sobald eine zweite Person der Wirtschaftsförderung sie bestätigt hat.")
    expect(director.get_by_label("Empfänger").locator("option:checked")).to_contain_text(
        "noch nicht bestätigt"
    )
    looks(director)

    # A second person confirms the account, with the invoice at hand.
    start(one)
    looks(one)
    follow(one, "Lichttechnik Muster")
    one.get_by_label("Welche Unterlage haben Sie angesehen?").fill("Rechnung 4711 im Original")
    press(one, "Bestätigen")
    says(one, "gilt heute")
    looks(one)

    # The director calls the money with the invoice.
    start(director)
    follow(director, "Lichterfest")
    follow(director, "Mittel abrufen")
    press(director, "Abrufen")
    says(director, "Bitte den Empfänger wählen.")
    looks(director)
    director.get_by_label("Empfänger").select_option(index=1)
    director.get_by_label("Betrag").fill("500")
    director.get_by_label("Verwendungszweck").fill("Lampen für das Lichterfest")
    director.get_by_label("Fällig am").fill(timezone.localdate().isoformat())
    director.get_by_label("Rechnungsnummer").fill("4711")
    director.get_by_label("Rechnung vom").fill(timezone.localdate().isoformat())
    director.get_by_label("Rechnung oder andere Unterlagen").set_input_files([INVOICE])
    press(director, "Abrufen")
    says(director, "über 500,00 € ist bei der Wirtschaftsförderung. Abrufbar sind noch 300,00 €.")
    looks(director)

    # Three clicks of two people: checked, put together, released.
    start(one)
    follow(one, ", Lichterfest")
    looks(one)
    press(one, "Geprüft")
    looks(one)
    press(one, "Zahlungslauf zusammenstellen")
    says(one, "Jetzt gibt ihn eine zweite Person der Wirtschaftsförderung frei.")
    looks(one)
    two = opened(personas.wf2())
    two.goto("/")
    looks(two)
    batch = PaymentBatch.objects.get()
    follow(two, f"{batch} freigeben")
    looks(two)
    press(two, "Freigeben")
    says(two, "Freigegeben.")
    looks(two)

    # The file for the bank.
    with two.expect_download() as download:
        two.get_by_role("link", name="Datei für die Bank").click()
    schema().assertValid(etree.parse(download.value.path()))

    # What the bank says of the payee's name, and that it paid.
    two.locator("summary", has_text="Antworten eintragen").click()
    two.get_by_label("Alle übrigen stimmen überein.").check()
    press(two, "Antworten speichern")
    says(two, "Die Antworten der Bank sind gespeichert.")
    looks(two)
    two.get_by_label("Ausgeführt von der Bank am").fill(batches.bank_day().isoformat())
    press(two, "Als ausgeführt buchen")
    says(two, "Gebucht: Alle Zahlungen sind bezahlt.")
    looks(two)
    follow(two, batch.payments.get().end_to_end)
    looks(two)
    start(director)
    director.goto(PaymentCall.objects.get().get_absolute_url())
    says(director, "bezahlt")
    looks(director)

    # The statement ticks it off, and explains the bank's balance.
    batch.refresh_from_db()
    statement = statements.file_of(
        statements.line("-500", message_id=batch.message_id), day=batches.bank_day()
    )
    start(one)
    follow(one, "Alle Töpfe")
    looks(one)
    follow(one, "Auszahlungen")
    looks(one)
    follow(one, "Kontoauszüge laden und zuordnen")
    looks(one)
    one.get_by_label("Datei der Bank").set_input_files(
        [FilePayload(name="auszug.xml", mimeType="application/xml", buffer=statement)]
    )
    press(one, "Laden")
    says(one, "1 Kontoauszug mit 1 Buchung geladen")
    looks(one)
    with one.expect_navigation():
        one.get_by_role("button", name="so buchen").click()
    says(one, "auf dem Auszug abgehakt")
    looks(one)
    says(one, "Hier ist alles zugeordnet.")
    follow(one, "Kontostand und Bücher vergleichen")
    expect(one.get_by_role("row", name="Nicht erklärt").get_by_role("cell").last).to_have_text("0,00 €")
    expect(one.get_by_role("row", name="Zusammen")).to_contain_text("0,00 €")
    looks(one)
    call_command("verify_ledger")
    applied.refresh_from_db()
    assert (applied.called, applied.paid) == (Decimal(0), Decimal(500))


def grant_and_letter(page: Page, application: Application) -> None:
    """Grant what was asked for and go to the letter."""
    page.goto(application.get_absolute_url())
    press(page, "Bewilligen")
    says(page, "Bewilligt: 800,00 €.")
    card(page, "Schreiben").get_by_role("link").first.click()
    expect(page.get_by_role("link", name="PDF ansehen")).to_be_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "phone-without-script"])
def test_a_link_that_is_too_old_says_what_to_do(
    applied: Application,
    open_page: OpenPage,
    axe: Callable[..., None],
    script: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = open_page(personas.wf1(), java_script_enabled=script)
    grant_and_letter(one, applied)
    address = "/" + recipient_link()
    recipient = open_page(java_script_enabled=script, **({} if script else {"viewport": PHONE}))
    recipient.goto(address)
    recipient.get_by_label("Name").fill("Toni Probe")
    # While the page is open, the link gets too old.
    with monkeypatch.context() as patch:
        patch.setattr(links, "VALID_FOR", timedelta(seconds=-1))
        press(recipient, "Annehmen")
    expect(recipient.get_by_role("heading", level=1)).to_have_text("Dieser Link gilt nicht mehr")
    if script:
        axe(recipient)
    assert not Letter.objects.get().answer
    # A new mail has a new link, which opens the same letter.
    press(one, "E-Mail mit Link senden")
    recipient.goto("/" + recipient_link())
    recipient.get_by_label("Name").fill("Toni Probe")
    press(recipient, "Annehmen")
    says(recipient, "Vielen Dank!")


def test_an_agreement_signed_by_both(
    applied: Application, open_page: OpenPage, axe: Callable[..., None]
) -> None:
    GrantTerms.objects.update(letter_style=GrantTerms.LetterStyle.AGREEMENT)
    one = open_page(personas.wf1())
    grant_and_letter(one, applied)
    expect(one.get_by_role("heading", level=1)).to_have_text("Fördervereinbarung")
    axe(one)
    one.get_by_label("Auf welchem Weg").select_option("post")
    press(one, "Versand eintragen")
    one.get_by_label("Name").fill("Toni Probe")
    one.get_by_label("Funktion").fill("Vorsitz")
    press(one, "Antwort eintragen")
    says(one, "angenommen am")
    axe(one)
    director = open_page(personas.gf_aplerbeck(), viewport=PHONE)
    director.goto(applied.get_absolute_url())
    card(director, "Mittel abrufen").get_by_role("link", name="Mittel abrufen").click()
    expect(director.get_by_role("heading", level=1)).to_have_text("Mittel abrufen")


def test_money_for_an_own_measure_is_released_without_an_answer(
    applied: Application, open_page: OpenPage, axe: Callable[..., None]
) -> None:
    own = personas.handed_in(personas.gf_aplerbeck(), title="Infostand", pillar_2="800", measure="own")
    application = personas.application(own, "S2")
    one = open_page(personas.wf1())
    grant_and_letter(one, application)
    expect(one.get_by_role("heading", level=1)).to_have_text("Mittelfreigabe")
    says(one, "nicht nötig")
    expect(one.get_by_role("button", name="Antwort eintragen")).to_have_count(0)
    axe(one)
    director = open_page(personas.gf_aplerbeck(), viewport=PHONE)
    director.goto("/")
    follow(director, "Infostand")
    director.goto(application.get_absolute_url())
    card(director, "Mittel abrufen").get_by_role("link", name="Mittel abrufen").click()
    expect(director.get_by_role("heading", level=1)).to_have_text("Mittel abrufen")


def test_each_day_and_amount_that_a_grant_is_tied_to_has_its_name(
    applied: Application, open_page: OpenPage
) -> None:
    """Two days that follow each other without a word would be taken for one another."""
    page = open_page(personas.wf1(), viewport={"width": 1280, "height": 900})
    page.goto(applied.get_absolute_url())
    page.get_by_text("Kosten, Fristen und Nebenbestimmungen der Zusage").click()
    for label in TermsFields.base_fields.values():
        if not isinstance(label.widget, HiddenInput):
            box = page.locator("details").get_by_text(label.label, exact=True).first.bounding_box()
            assert box and box["height"] > 10, f"„{label.label}“ is not to be seen"
