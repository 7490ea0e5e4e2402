"""Adding papers in the browser: by choosing and by dropping, with and without JavaScript, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import FilePayload, Page, expect

from projects.models import Attachment, Project
from tests import files, personas

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenPage = Callable[..., Page]
OFFER = FilePayload(name="Angebot.pdf", mimeType="application/pdf", buffer=files.PDF)
PHOTO = FilePayload(name="Foto.jpg", mimeType="image/jpeg", buffer=files.photo())
PROGRAM = FilePayload(name="Rechnung.pdf", mimeType="application/pdf", buffer=files.PROGRAM)
DROP = """([zone, name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, {type: "application/pdf"}));
  for (const type of ["dragenter", "dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
  }
}"""


@pytest.fixture
def draft() -> Project:
    return personas.make_project(personas.gf_aplerbeck())


def names() -> list[str]:
    return list(Attachment.objects.present().values_list("name", flat=True))


def test_without_javascript(draft: Project, open_page: OpenPage) -> None:
    page = open_page(personas.gf_aplerbeck(), java_script_enabled=False)
    page.goto(draft.get_absolute_url())
    papers = page.get_by_role("region", name="Unterlagen")
    papers.get_by_label("Dateien hinzufügen").set_input_files([OFFER, PHOTO, PROGRAM])
    papers.get_by_label("Bemerkung").fill("zum Aufbau")
    papers.get_by_role("button", name="Hochladen").click()
    expect(page.get_by_text("Hinzugefügt: Angebot.pdf, Foto.jpg.")).to_be_visible()
    expect(page.get_by_text("„Rechnung.pdf“ wurde nicht gespeichert: Das ist ein Programm.")).to_be_visible()
    page.get_by_role("link", name="Entfernen Angebot.pdf").click()
    page.get_by_role("button", name="Entfernen").click()
    expect(page.get_by_text("„Angebot.pdf“ ist entfernt.")).to_be_visible()
    assert names() == ["Foto.jpg"]
    page.get_by_label("Weitere Dateien hinzufügen").set_input_files([OFFER])
    page.get_by_role("button", name="Hochladen").click()
    expect(page.get_by_text("1\xa0Unterlage hinzugefügt.")).to_be_visible()
    expect(page.get_by_role("heading", name=draft.title)).to_be_visible()


def test_chosen_and_dropped_files_are_sent_one_by_one(
    draft: Project, open_page: OpenPage, axe: Callable[..., None]
) -> None:
    page = open_page(personas.gf_aplerbeck())
    page.goto(draft.get_absolute_url())
    papers = page.get_by_role("region", name="Unterlagen")
    papers.get_by_label("Dateien hinzufügen").set_input_files([PHOTO, PROGRAM])
    zone = page.locator("[data-drop]").element_handle()
    page.evaluate(DROP, [zone, "Gezogen.pdf", files.PDF.decode().replace("Catalog", "Catalog ")])
    too_large = FilePayload(name="Film.mp4", mimeType="video/mp4", buffer=bytes(11 * 1024 * 1024))
    papers.get_by_label("Dateien hinzufügen").set_input_files([too_large])
    chosen = papers.locator("[data-chosen] li")
    expect(chosen).to_have_count(4)
    expect(chosen.nth(3)).to_contain_text("Die Datei ist mit 11,0 MB zu groß. Möglich sind 10 MB.")
    papers.get_by_role("button", name="Hochladen").click()
    expect(papers.get_by_role("link", name="Gezogen.pdf", exact=True)).to_be_visible()
    expect(papers.get_by_role("status")).to_have_text(
        "2\xa0Unterlagen hinzugefügt. 2\xa0Dateien wurden nicht gespeichert."
    )
    expect(papers.get_by_role("link", name="Foto.jpg", exact=True)).to_be_visible()
    expect(papers.locator("img")).to_have_js_property("naturalWidth", 40)
    expect(chosen).to_have_count(2)
    expect(chosen.first).to_contain_text("Das ist ein Programm.")
    assert names() == ["Foto.jpg", "Gezogen.pdf"]
    axe(page)
    papers.get_by_role("button", name="Weglassen: Rechnung.pdf").click()
    papers.get_by_role("button", name="Weglassen: Film.mp4").click()
    expect(chosen).to_have_count(0)
    # A second round on the same page: the form still works.
    papers.get_by_label("Dateien hinzufügen").set_input_files([OFFER])
    papers.get_by_role("button", name="Hochladen").click()
    expect(papers.get_by_role("link", name="Angebot.pdf", exact=True)).to_be_visible()


def test_when_the_session_ended_the_chosen_files_stay(draft: Project, open_page: OpenPage) -> None:
    page = open_page(personas.gf_aplerbeck())
    page.goto(reverse("projects:attachments", args=[draft.pk]))
    page.get_by_label("Dateien hinzufügen").set_input_files([OFFER])
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Hochladen").click()
    row = page.locator("[data-chosen] li")
    expect(row).to_contain_text("Sie sind nicht mehr angemeldet.")
    client = Client()
    client.force_login(personas.gf_aplerbeck())
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": page.url}
    page.context.add_cookies([cookie])
    page.get_by_role("button", name="Hochladen").click()
    expect(page.get_by_role("link", name="Angebot.pdf", exact=True)).to_be_visible()


def test_on_a_phone_and_a_lost_connection(
    draft: Project, open_page: OpenPage, axe: Callable[..., None]
) -> None:
    page = open_page(
        personas.gf_aplerbeck(), viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True
    )
    page.goto(reverse("projects:attachments", args=[draft.pk]))
    field = page.get_by_label("Dateien hinzufügen")
    # The camera is offered for pictures, and so is the gallery: nothing forces one of them.
    assert "image/jpeg" in (field.get_attribute("accept") or "")
    assert field.get_attribute("capture") is None
    field.set_input_files([PHOTO])
    page.context.set_offline(True)
    page.get_by_role("button", name="Hochladen").click()
    row = page.locator("[data-chosen] li")
    expect(row).to_contain_text("Keine Verbindung.")
    axe(page)
    page.context.set_offline(False)
    page.get_by_role("button", name="Hochladen").click()
    expect(page.get_by_role("link", name="Foto.jpg", exact=True)).to_be_visible()


def test_a_picture_shows_and_a_paper_is_saved(draft: Project, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(personas.gf_aplerbeck())
    page.goto(draft.get_absolute_url())
    page.get_by_label("Dateien hinzufügen").set_input_files([PHOTO, OFFER])
    page.get_by_role("button", name="Hochladen").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Angebot.pdf", exact=True).click()
    assert download.value.suggested_filename == "Angebot.pdf"
    download.value.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == files.PDF
    page.get_by_role("link", name="Foto.jpg", exact=True).click()
    page.wait_for_url("**/projekte/unterlagen/*/")
    assert page.evaluate("document.contentType") == "image/jpeg"
