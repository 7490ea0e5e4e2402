"""A stricter ``open_page``, and the clicks that several walks share."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request, Response

# Chromium reports the refusal of a page in the console too; these are answers that walks ask for.
REFUSALS = ("403", "404", "409", "422")
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`Security Policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.fixture
def open_page(open_page: Callable[..., Page], live_server: Any) -> Iterator[Callable[..., Page]]:
    """As in ``tests.conftest``; fails on any error in the console, server error and request to another host too."""
    troubles: list[str] = []

    def new_page(*arguments: Any, **context_arguments: Any) -> Page:
        page = open_page(*arguments, **context_arguments)
        page.set_default_timeout(30_000)
        page.add_init_script(REPORT_VIOLATIONS)

        def on_console(message: ConsoleMessage) -> None:
            asset = "/static/" in message.location.get("url", "")
            refusal = message.text.startswith("Failed to load resource") and any(
                f"status of {status}" in message.text for status in REFUSALS
            )
            # The walk went offline, maybe while a font was still under way.
            offline = "ERR_INTERNET_DISCONNECTED" in message.text
            # Says how slow the machine is: no page waits long enough for its fonts to be late.
            late = "preloaded using link preload but not used within a few seconds" in message.text
            if message.type in ("error", "warning") and (asset or not refusal) and not (late or offline):
                troubles.append(f"{page.url}: {message.text}")

        def on_request(request: Request) -> None:
            address = urlsplit(request.url)
            if address.scheme.startswith("http") and address.netloc != urlsplit(live_server.url).netloc:
                troubles.append(f"{page.url}: asks another host, {request.url}")

        def on_response(response: Response) -> None:
            if response.status >= 500:
                troubles.append(f"{response.url}: {response.status}")

        page.on("console", on_console)
        page.on("request", on_request)
        page.on("response", on_response)
        return page

    yield new_page
    assert not troubles, "\n".join(troubles)
