"""A load of many connections from one process: threads that read pages and save drafts. Loopback only.

Started by ``tests.bench.parts.throughput``; reads its orders as JSON from the first argument and prints what it saw.
"""

import http.client
import json
import sys
import threading
import time
from html.parser import HTMLParser
from random import Random
from typing import Any
from urllib.parse import urlencode

HOST = "127.0.0.1"


class Form(HTMLParser):
    """What a browser would send back from the page's largest form."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[list[tuple[str, str]]] = []
        self.inside = False
        self.select = self.area = ""
        self.chosen: str | None = None
        self.feed(page)

    @property
    def values(self) -> list[tuple[str, str]]:
        return max(self.forms, key=len)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "template":
            self.inside = False
        if tag == "form":
            self.forms.append([])
            self.inside = True
        if not self.inside:
            return
        if tag == "input" and name and given.get("type") not in ("submit", "button", "file"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self.forms[-1].append((name, value or ("on" if given.get("type") == "checkbox" else "")))
        elif tag == "select":
            self.select, self.chosen = name, None
        elif tag == "option" and self.select and ("selected" in given or self.chosen is None):
            self.chosen = value
        elif tag == "textarea":
            self.area = name
            self.forms[-1].append((name, ""))

    def handle_data(self, data: str) -> None:
        if self.area:
            name, text = self.forms[-1][-1]
            self.forms[-1][-1] = (name, text + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "template" and self.forms:
            self.inside = True
        elif tag == "select" and self.select:
            self.forms[-1].append((self.select, self.chosen or ""))
            self.select = ""
        elif tag == "textarea":
            self.area = ""
        elif tag == "form":
            self.inside = False


class Visitor(threading.Thread):
    """One connection. Every tenth thing it does is saving its own draft, where it has one."""

    def __init__(self, orders: dict[str, Any], number: int, until: float) -> None:
        super().__init__(daemon=True)
        self.port, self.until = orders["port"], until
        self.pages: list[tuple[str, str]] = orders["pages"]
        drafts = orders["drafts"]
        self.draft: tuple[str, str] | None = drafts[number] if number < len(drafts) else None
        self.random = Random(number)
        self.times: list[float] = []
        self.writes = 0
        self.errors: list[str] = []
        self.connection = http.client.HTTPConnection(HOST, self.port, timeout=60)

    def run(self) -> None:
        while time.monotonic() < self.until:
            try:
                if self.draft and self.random.random() < 0.1:
                    self.save(*self.draft)
                else:
                    self.ask("GET", *self.random.choice(self.pages))
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.errors.append(repr(error))
                self.connection.close()
        self.connection.close()

    def ask(self, method: str, address: str, cookie: str, body: str = "") -> tuple[int, str, str]:
        """Status, page and the cookies that were set; counts the time."""
        headers = {"Host": "localhost", "X-Forwarded-Proto": "https", "Cookie": cookie}
        if body:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": "https://localhost/"}
        begin = time.perf_counter()
        self.connection.request(method, address, body or None, headers)
        answer = self.connection.getresponse()
        page = answer.read()
        self.times.append(time.perf_counter() - begin)
        if answer.status != (302 if body else 200):
            self.errors.append(f"{method} {address}: {answer.status}")
        cookies = "; ".join(c.split(";")[0] for c in answer.headers.get_all("Set-Cookie") or [])
        return answer.status, page.decode(), cookies

    def save(self, address: str, cookie: str) -> None:
        _, page, token = self.ask("GET", address, cookie)
        values = [(k, f"Entwurf {self.writes}" if k == "title" else v) for k, v in Form(page).values]
        values.append(("action", "save"))
        status, _, _ = self.ask("POST", address, f"{cookie}; {token}", urlencode(values))
        self.writes += status == 302


def main(orders: dict[str, Any]) -> None:
    begin = time.monotonic()
    visitors = [Visitor(orders, n, begin + orders["seconds"]) for n in range(orders["connections"])]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    print(
        json.dumps(
            {
                "seconds": time.monotonic() - begin,
                "times": [t for v in visitors for t in v.times],
                "writes": sum(v.writes for v in visitors),
                "errors": [e for v in visitors for e in v.errors],
            }
        )
    )


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
