"""A proof of use on a phone: figures, a voucher and a photo, with and without JavaScript."""

from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from funding.proofs import services
from funding.proofs.models import ProofOfUse, Voucher
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

    def looks(page: Page) -> None:
        if script:
            # What the bar at the bottom covers comes into sight on scrolling.
            page.evaluate("document.querySelector('[data-balance]')?.style.setProperty('position', 'static')")
            axe(page)

    page = open_page(p.gf_aplerbeck(), java_script_enabled=script)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(grant.get_absolute_url())
    press(page, "Nachweis beginnen")
    looks(page)
    stage = page.get_by_role("group", name="Bühne", exact=True)
    page.get_by_label("Besucherinnen und Besucher").fill("300")
    stage.get_by_label("Belege hinzufügen").set_input_files(picture)
    if script:
        expect(stage.get_by_role("status")).to_have_text("Gespeichert: fest.jpg.")
        expect(page.get_by_label("Besucherinnen und Besucher")).to_have_value("300")
    page.get_by_label("Fotos hinzufügen").set_input_files(picture)
    if script:
        expect(page.locator("#fotos [data-status]")).to_have_text("Gespeichert: fest.jpg.")
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
    if script:
        expect(stage).to_contain_text("Differenz \u221219,50\u00a0€")
        expect(page.get_by_role("group", name="Kosten und Einnahmen")).to_contain_text(
            "Kosten 2.980,50\u00a0€"
        )
    page.get_by_label("Wer hat fotografiert?").fill("A. Beispiel")
    page.get_by_label("Alle Abgebildeten sind einverstanden.").check()
    page.get_by_label("Wie wurden die Aufträge vergeben?").fill("Drei Angebote.")
    page.get_by_label("Die Angaben sind vollständig und richtig.").check()
    press(page, "Einreichen")
    expect(page.locator("body")).to_contain_text("Der Nachweis ist eingereicht.")
    looks(page)
    proof = ProofOfUse.objects.get()
    assert proof.is_handed_in and proof.rows.get(side="cost").actual == Decimal("2980.50")


DROP = """(zone, files) => {
  const data = new DataTransfer();
  for (const [name, text] of files) data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
  for (const type of ["dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: data}));
  }
}"""


def drop(zone: Locator, **named: bytes) -> None:
    """Drop files with these names, an underscore for the point, and bytes."""
    zone.evaluate(DROP, [(name.replace("_", "."), b64encode(data).decode()) for name, data in named.items()])


def test_files_are_dropped_onto_a_row_and_one_that_is_refused_stops_none(open_page: OpenPage) -> None:
    grant = p.application(
        p.approved(p.gf_aplerbeck(), shares={"APL": "3000"}, costs=[("Bühne", "2000"), ("Ton", "1000")]),
        "S1-APL",
    )
    p.accept(grant)
    called.pay(grant, amount=Decimal(3000), actor=p.wf1())
    proof = services.open_proof(grant, actor=p.gf_aplerbeck())
    page = open_page(p.gf_aplerbeck())
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(proof.get_absolute_url())
    stage, sound = (page.get_by_role("group", name=name, exact=True) for name in ("Bühne", "Ton"))
    sound.get_by_label("ausgegeben").fill("900")
    drop(stage, foto_jpg=files.photo(), bild_gif=b"GIF89a", plan_png=files.picture(), rechnung_pdf=files.PDF)
    expect(stage.get_by_role("status")).to_contain_text(
        "Gespeichert: foto.jpg, plan.png, rechnung.pdf. bild.gif"
    )
    assert list(Voucher.objects.values_list("kind", flat=True)) == ["jpeg", "png", "pdf"]
    expect(sound.get_by_label("ausgegeben")).to_have_value("900")
    stage.get_by_label("Betrag").first.fill("1.500")
    expect(page.get_by_role("group", name="Kosten und Einnahmen")).to_contain_text("Kosten 2.400,00\u00a0€")
    # Saved at once, though a file is still on its way.
    page.set_viewport_size({"width": 1280, "height": 844})
    drop(stage, drei_pdf=files.PDF + b"\n")
    press(page, "Zwischenspeichern")
    expect(page.locator("body")).to_contain_text("Gespeichert.")
    assert Voucher.objects.count() == 4
    # The same file again is named beside its row, and what was said before is gone.
    drop(stage, noch_pdf=files.PDF)
    expect(stage.get_by_role("status")).to_have_text("noch.pdf ist hier schon als rechnung.pdf hinterlegt.")
    expect(page.locator(".messages")).to_be_empty()
    assert proof.rows.get(label="Ton").actual == 900 and proof.rows.get(label="Bühne").actual == 1500
