"""Two web processes behind one address, on one database: people do not notice which one answers."""

import http.client
import http.cookiejar
import itertools
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from members.models import User
from tests import files, personas
from tests.databases import url_of_test
from tests.test_mail_server import ROOT

PASSWORD = "ein-langer-satz-zum-merken"


class RoundRobin(ThreadingHTTPServer):
    """Passes request after request to the next process and notes who answered."""

    daemon_threads = True

    def __init__(self, ports: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        self.next = itertools.cycle(ports)
        self.answered: list[int] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Forward(BaseHTTPRequestHandler):
    server: RoundRobin

    def do_GET(self) -> None:
        port = next(self.server.next)
        self.server.answered.append(port)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(self.command, self.path, body or None, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length", "server", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        connection.close()

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


class Visitor:
    """A browser without a screen: cookies, forms and redirects."""

    def __init__(self, address: str) -> None:
        self.address = address
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def get(self, path: str) -> tuple[int, bytes]:
        return self._open(urllib.request.Request(urllib.parse.urljoin(self.address, path)))

    def post(self, path: str, page: bytes, **typed: str) -> tuple[int, bytes]:
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token(page), **typed}).encode()
        return self._open(self._request(path, body, "application/x-www-form-urlencoded"))

    def upload(self, path: str, page: bytes, field: str, name: str, content: bytes) -> tuple[int, bytes]:
        mark = "grenze"
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token(page)}\r\n'.encode(),
            f'--{mark}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
            f"Content-Type: application/octet-stream\r\n\r\n".encode()
            + content
            + b"\r\n",
            f"--{mark}--\r\n".encode(),
        ]
        return self._open(self._request(path, b"".join(parts), f"multipart/form-data; boundary={mark}"))

    def _request(self, path: str, body: bytes, kind: str) -> urllib.request.Request:
        address = urllib.parse.urljoin(self.address, path)
        return urllib.request.Request(address, body, {"Content-Type": kind, "Referer": address})

    def _open(self, request: urllib.request.Request) -> tuple[int, bytes]:
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()


def token(page: bytes) -> str:
    found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found, page[:2000]
    return found[1].decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def machines(transactional_db: None, tmp_path: Path) -> Iterator[RoundRobin]:
    ports = [free_port(), free_port()]
    environment = {
        **os.environ,
        "APP_ENV": "test",
        "DATABASE_URL": url_of_test(),
        "SECRET_KEY": "shared-by-both-machines-0123456789-abcdefghijklmnop",
        "UPLOAD_DIR": str(tmp_path),
    }
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "2"],
            cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for port in ports
    ]  # fmt: skip
    proxy = RoundRobin(ports)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        for port in ports:
            _wait_for(port)
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10):
                return
        except OSError:
            time.sleep(0.25)
    raise TimeoutError(port)


def director() -> User:
    user = personas.gf_aplerbeck()
    user.set_password(PASSWORD)
    user.save()
    return user


def test_either_machine_goes_on_where_the_other_stopped(machines: RoundRobin) -> None:
    user, browser = director(), Visitor(machines.address)
    _, page = browser.get("/konto/")
    status, page = browser.post("/konto/", page, login=user.email, password=PASSWORD)
    assert status == 200
    for _ in range(4):
        _, page = browser.get("/")
        assert "Geschäftsführung Aplerbeck" in page.decode()

    # A message written by one machine is read on the page that the other serves.
    draft = personas.make_project(user, title="Zwei Maschinen")
    _, page = browser.get(f"/projekte/entwurf/{draft.pk}/")
    before = len(machines.answered)
    status, page = browser.post(f"/projekte/{draft.pk}/kopieren/", page)
    assert status == 200
    assert "Zwei Maschinen" in page.decode()
    assert len(set(machines.answered[before : before + 2])) == 2

    # A paper taken by one machine is served by the other.
    address = f"/projekte/{draft.pk}/unterlagen/"
    _, page = browser.get(address)
    status, page = browser.upload(address, page, "files", "plan.pdf", files.PDF)
    assert status == 200
    paper = draft.attachments.get()
    for _ in range(2):
        status, content = browser.get(f"/projekte/unterlagen/{paper.pk}/")
        assert (status, content) == (200, files.PDF)
    assert machines.answered[-1] != machines.answered[-2]


def test_guessing_on_two_machines_is_counted_together(machines: RoundRobin) -> None:
    user, browser = director(), Visitor(machines.address)
    _, page = browser.get("/konto/")
    refused = 0
    for guess in range(8):
        status, answer = browser.post("/konto/", page, login=user.email, password=f"geraten-{guess}")
        refused += status == 429 or "Zu viele" in answer.decode()
    assert refused == 3, "five guesses for one account, however many machines answer"
    assert len(set(machines.answered)) == 2
