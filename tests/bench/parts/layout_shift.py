"""How much moves while a page loads for the first time: Chromium's own sum of layout shifts."""

from collections.abc import Iterator

from django.urls import reverse
from playwright.sync_api import Browser, sync_playwright

from tests.bench.parts import Context
from tests.bench.rows import Row
from tests.bench.served import served
from tests.browsers import CHROMIUM, CHROMIUM_FLAGS

#: Of the window's area times the way moved; browsers call up to 0.1 good.
TARGET = 0.0
WIDTHS = (1280, 390)
#: Bytes per second and milliseconds of a slow phone, on which fonts come late.
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 60_000, "uploadThroughput": 60_000}
VISITS = 2
#: Milliseconds in which something late may still move.
REST = 500
OBSERVE = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifted += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""


def run(context: Context) -> Iterator[Row]:
    if not CHROMIUM:
        return
    with served("stadtbezirk.wsgi", "/healthz") as (port, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        for what, address in (("Startseite", reverse("home")), ("Projektliste", reverse("projects:list"))):
            for width in WIDTHS:
                shifts = [
                    _shifted(browser, f"http://localhost:{port}{address}", width, slow)
                    for slow in (False, True)
                    for _ in range(VISITS)
                ]
                yield Row(
                    part="layout_shift", what=f"{what}, {width} px breit", database=context.database,
                    size=context.size, ours=max(shifts), unit="CLS", target=TARGET, repeats=len(shifts),
                    note="the worst of fast and slow first visits",
                )  # fmt: skip
        browser.close()


def _shifted(browser: Browser, address: str, width: int, slow: bool) -> float:
    """A first visit: nothing is cached."""
    visitor = browser.new_context(
        viewport={"width": width, "height": 900},
        locale="de-DE",
        extra_http_headers={"X-Forwarded-Proto": "https"},
    )
    page = visitor.new_page()
    page.add_init_script(OBSERVE)
    if slow:
        network = visitor.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.emulateNetworkConditions", SLOW)
    answer = page.goto(address, wait_until="networkidle")
    assert answer and answer.ok, address
    page.wait_for_timeout(REST)
    shifted: float = page.evaluate("window.shifted")
    visitor.close()
    return shifted
