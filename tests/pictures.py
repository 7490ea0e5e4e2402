"""``make pictures``: take the handbook's pictures and README's anew, from a fresh demonstration."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browsers import CHROMIUM, CHROMIUM_FLAGS

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs/handbuch/bilder"
PASSWORD = "Regen-Tasche-Probe-4"


@dataclass(frozen=True)
class Picture:
    """One picture: who looks at which page, what is clicked before, and how much of it is shown."""

    name: str
    account: str
    path: str
    clicks: tuple[str, ...] = ()
    """Texts of links or buttons, one after the other."""
    height: int = 900
    at: str = ""
    """A selector that is scrolled to the top."""


PICTURES = (
    Picture("anmelden", "", "/konto/", height=620),
    Picture("start-oeffentlich", "", "/", height=1000),
    Picture("projekte", "", "/projekte/"),
    Picture("profil", "gf.aplerbeck", "/konto/profil/"),
    Picture("start-geschaeftsfuehrung", "gf.aplerbeck", "/", height=1000),
    Picture("projekt-formular", "gf.aplerbeck", "/", ("Aplerbecker Kunstfrühling – noch",), height=1000),
    Picture("beschluss", "gf.aplerbeck", "/", ("Reinigung der Stolpersteine – Beschluss",), at="#a-decide"),
    Picture("projekt", "gf.aplerbeck", "/projekte/?stand=approved&jahr=" + str(time.localtime().tm_year), ("Mittelaltermarkt Schlossfehde",)),
    Picture("start-wirtschaftsfoerderung", "wf1", "/", height=1000),
    Picture("entscheidung", "wf1", "/foerderung/antraege/", ("Pfandbecher für Hörde und Aplerbeck",), height=1000),
    Picture("gemeinkosten", "wf1", "/foerderung/gemeinkosten/"),
    Picture("schreiben", "wf1", "/foerderung/schreiben/", height=800),
    Picture("abrufe", "wf1", "/foerderung/auszahlungen/abrufe/"),
    Picture("mittel-abrufen", "gf.aplerbeck", "/projekte/?stand=approved", ("Aplerbecker Bierfest", "Mittel abrufen"), height=1000),
    Picture("auszahlungen", "wf1", "/foerderung/auszahlungen/", height=1000),
    Picture("zahlungslauf", "wf1", "/foerderung/auszahlungen/", ("Nr. 8",), height=1000),
    Picture("kontoauszug", "wf1", "/foerderung/auszahlungen/kontoauszuege/", ("Kontoauszug 24",), height=800),
    Picture("abgleich", "pruefung", "/foerderung/auszahlungen/kontoauszuege/abgleich/", height=1000),
    Picture("nachweis", "gf.hombruch", "/foerderung/nachweise/", ("Hombrucher Straßenfest",), height=1100),
    Picture("nachweis-pruefen", "wf1", "/foerderung/nachweise/", ("Mittelaltermarkt Schlossfehde",), height=1100),
    Picture("jahresabschluss", "wf1", f"/foerderung/jahresabschluss/{time.localtime().tm_year}/", height=1100),
    Picture("pruefpaket", "kasse", "/pruefpaket/", height=800),
    Picture("start-verein", "verein", "/"),
    Picture("person", "verein", "/verwaltung/members/person/add/", height=1000),
    Picture("toepfe", "pruefung", "/foerderung/", height=1000),
)  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, seconds: int = 180) -> None:
    for _ in range(seconds * 2):
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(f"{address} does not answer")


def signed_in(browser: Browser, address: str, account: str) -> Page:
    page = browser.new_context(base_url=address, locale="de-DE", color_scheme="light").new_page()
    if account:
        page.goto("/konto/")
        page.fill("input[name=login]", f"{account}@example.org")
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_load_state()
    return page


def take(page: Page, picture: Picture) -> None:
    page.set_viewport_size({"width": 1280, "height": picture.height})
    page.goto(picture.path)
    for text in picture.clicks:
        page.locator("main").get_by_text(text).first.click()
        page.wait_for_load_state()
    if picture.at:
        page.eval_on_selector(picture.at, "each => each.scrollIntoView()")
    path = FOLDER / f"{picture.name}.png"
    page.screenshot(path=path)
    # 96 colours are enough for pages of this look and a quarter of the size.
    with Image.open(path) as image:
        image.convert("RGB").quantize(96, dither=Image.Dither.NONE).save(path, optimize=True)


def start_page(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/")
    page.screenshot(path=ROOT / "docs/bild-start.png")


def main() -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "APP_ENV": "demo",
            "DATA_DIR": folder,
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        }
        command = [sys.executable, "manage.py", "demo", "--serve", "--port", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        try:
            wait_for(address)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=CHROMIUM,
                    args=CHROMIUM_FLAGS,
                    env={**os.environ, "LANG": "de_DE.UTF-8", "LANGUAGE": "de"},
                )
                pages: dict[str, Page] = {}
                for picture in PICTURES:
                    if picture.account not in pages:
                        pages[picture.account] = signed_in(browser, address, picture.account)
                    take(pages[picture.account], picture)
                start_page(pages["wf1"])
                browser.close()
        finally:
            server.terminate()
            server.wait(30)


if __name__ == "__main__":
    main()
