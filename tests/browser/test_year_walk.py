"""From the call of the money to the closed year and the auditor's package, as people click it."""

import io
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from funding import services
from funding.models import FiscalYear
from funding.payments.models import PaymentCall
from funding.proofs.models import ProofOfUse
from tests import batches, files, personas
from tests.browser.test_payment_walk import INVOICE, PHONE, follow, press, says

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenPage = Callable[..., Page]


@pytest.mark.parametrize("script", [True, False], ids=["script", "without-script"])
def test_from_the_call_to_the_closed_year(
    open_page: OpenPage, axe: Callable[..., None], tmp_path: Path, script: bool
) -> None:
    """The bank's part of it is walked in ``test_payment_walk``."""
    last = personas.this_year() - 1
    batches.balance("1000")
    grant = personas.application(
        personas.approved(personas.gf_aplerbeck(), year=last, title="Lichterfest", pillar_2="800"), "S2"
    )
    personas.accept(grant)
    batches.payee().districts.add(personas.district("APL"))
    picture = tmp_path / "fest.jpg"
    picture.write_bytes(files.photo())

    def looks(page: Page) -> None:
        if script:
            page.evaluate("document.querySelector('[data-balance]')?.style.setProperty('position', 'static')")
            axe(page)

    # The director calls all of it.
    director = open_page(personas.gf_aplerbeck(), viewport=PHONE, java_script_enabled=script)
    director.goto(grant.get_absolute_url())
    follow(director, "Mittel abrufen")
    director.get_by_label("Empfänger").select_option(index=1)
    director.get_by_label("Betrag").fill("800")
    director.get_by_label("Verwendungszweck").fill("Lampen")
    director.get_by_label("Fällig am").fill(timezone.localdate().isoformat())
    director.get_by_label("Rechnungsnummer").fill("4711")
    director.get_by_label("Rechnung vom").fill(timezone.localdate().isoformat())
    director.get_by_label("Rechnung oder andere Unterlagen").set_input_files([INVOICE])
    press(director, "Abrufen")
    says(director, "über 800,00 € ist bei der Wirtschaftsförderung.")

    # The Wirtschaftsförderung sees that the year cannot be closed, checks the call and pays.
    year = FiscalYear.objects.get(year=last)
    address = reverse("closing:year", args=[last])
    one = open_page(personas.wf1(), java_script_enabled=script)
    one.goto(address)
    says(one, "Abruf offen")
    looks(one)
    follow(one, "Abruf offen")
    looks(one)
    one.goto(PaymentCall.objects.get().get_absolute_url())
    press(one, "Geprüft")
    batches.executed(PaymentCall.objects.get())

    # The district proves what was done, with a photo, on a phone.
    director.goto(grant.get_absolute_url())
    press(director, "Nachweis beginnen")
    director.get_by_role("group", name="Durchführung", exact=True).get_by_label("ausgegeben").fill("795,50")
    director.get_by_label("Wo stand „gefördert durch“?").fill("Auf dem Plakat.")
    director.get_by_label("Wer verwahrt die Originalbelege?").fill("Kulturverein")
    director.get_by_label("Fotos hinzufügen").set_input_files(picture)
    if script:
        expect(director.locator("#fotos [data-status]")).to_have_text("Gespeichert: fest.jpg.")
    else:
        press(director, "Zwischenspeichern")
    director.get_by_label("Wer hat fotografiert?").fill("A. Beispiel")
    director.get_by_label("Alle Abgebildeten sind einverstanden.").check()
    director.get_by_label("Die Angaben sind vollständig und richtig.").check()
    press(director, "Einreichen")
    says(director, "Der Nachweis ist eingereicht.")
    looks(director)

    # It is checked; what was paid too much is claimed back.
    one.goto(ProofOfUse.objects.get().get_absolute_url())
    looks(one)
    one.get_by_label("Ergebnis der Prüfung").fill("Bericht gelesen, nichts zu beanstanden.")
    press(one, "Prüfvermerk unterschreiben")
    says(one, "795,50 €")
    looks(one)
    grant.refresh_from_db()
    assert grant.reclaimed == Decimal("4.50")

    # Two people close the year; what is open of the claim stays open after it.
    one.goto(address)
    says(one, "Rückforderung offen")
    one.get_by_label("Begründung").first.fill("Alles bezahlt und geprüft.")
    press(one, "Abschluss beantragen")
    looks(one)
    two = open_page(personas.wf2(), java_script_enabled=script)
    two.goto(address)
    follow(two, "Antrag ansehen")
    looks(two)
    press(two, "Bestätigen")
    looks(two)
    year.refresh_from_db()
    assert year.is_closed

    # The money comes back in the open year; then the grant is settled.
    personas.open_year()
    services.repay(grant, amount=Decimal("4.50"), actor=personas.wf1())
    one.goto(ProofOfUse.objects.get().get_absolute_url())
    looks(one)
    press(one, "Bewilligung abrechnen")
    says(one, "Nichts mehr zu tun.")
    grant.refresh_from_db()
    assert grant.is_settled

    # An auditor reads it, and takes the whole year along.
    auditor = open_page(personas.auditor(), java_script_enabled=script)
    auditor.goto(address)
    says(auditor, "Das Haushaltsjahr ist abgeschlossen.")
    looks(auditor)
    auditor.goto(reverse("audit:package"))
    auditor.get_by_label("Haushaltsjahr").select_option(str(last))
    with auditor.expect_download() as download:
        auditor.get_by_role("button", name="Prüfpaket herunterladen").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as package:
        assert "LIESMICH.txt" in package.namelist()
        assert any(name.startswith(f"projekte/{grant.project.number}/") for name in package.namelist())
    assert batches.found() == []
