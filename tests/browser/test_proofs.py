"""A proof of use on a phone: figures, a voucher and a photo, with and without JavaScript."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from funding.proofs.models import ProofOfUse
from tests import called, files
from tests import personas as p

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenPage = Callable[..., Page]


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("script", [True, False])
def test_a_proof_with_a_photo_on_a_phone(
    open_page: OpenPage, axe: Callable[..., None], tmp_path: Path, script: bool
) -> None:
    grant = p.application(
        p.approved(p.gf_aplerbeck(), shares={"APL": "3000"}, costs=[("Bühne", "3000")]), "S1-APL"
    )
    p.accept(grant)
    called.pay(grant, amount=Decimal(3000), actor=p.wf1())
    picture = tmp_path / "fest.jpg"
    picture.write_bytes(files.photo())
    looks = axe if script else lambda page: None

    page = open_page(p.gf_aplerbeck(), java_script_enabled=script)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(grant.get_absolute_url())
    press(page, "Nachweis beginnen")
    looks(page)
    stage = page.get_by_role("group", name="Bühne", exact=True)
    stage.get_by_label("Belege hinzufügen").set_input_files(picture)
    page.get_by_label("Fotos hinzufügen").set_input_files(picture)
    page.get_by_label("Wo stand „gefördert durch“?").fill("Auf dem Plakat.")
    page.get_by_label("Wer verwahrt die Originalbelege?").fill("Kulturverein")
    press(page, "Einreichen")
    expect(page.locator("body")).to_contain_text("Es fehlt noch etwas")
    expect(page.locator("body")).to_contain_text("Bitte den Betrag des Belegs eintragen.")
    looks(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    stage = page.get_by_role("group", name="Bühne", exact=True)
    stage.get_by_label("Betrag").first.fill("2.980,50")
    stage.get_by_label("bezahlt am").first.fill(str(timezone.localdate()))
    stage.get_by_label("an wen").first.fill("Verleih Muster")
    page.get_by_label("Wer hat fotografiert?").fill("A. Beispiel")
    page.get_by_label("Alle Abgebildeten sind einverstanden.").check()
    page.get_by_text("Presse, Wertschöpfung, Vergabe, Erläuterung").click()
    page.get_by_label("Wie wurden die Aufträge vergeben?").fill("Drei Angebote.")
    page.get_by_label("Die Angaben sind vollständig und richtig.").check()
    press(page, "Einreichen")
    expect(page.locator("body")).to_contain_text("Der Nachweis ist eingereicht.")
    looks(page)
    proof = ProofOfUse.objects.get()
    assert proof.is_handed_in and proof.rows.get(side="cost").actual == Decimal("2980.50")
