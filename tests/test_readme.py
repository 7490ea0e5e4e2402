"""README's six steps, taken from the page as they stand: from an empty machine to a working office."""

import html
import http.client
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest

from members.models import Mandate
from tests import smtp_server
from tests.test_backup import ON_SQLITE, POSTGRES_BIN, empty_database
from tests.test_foreign_ids import Fields

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent
DEPLOYMENT = (ROOT / "README.md").read_text().split("\n## Deployment\n")[1].split("\n## ")[0]
HOST = "stadtbezirke.example.org"
OWN_WORD = "Regenbogen-Schuppen-31"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", DEPLOYMENT, re.M | re.S)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """What a clone holds, with the environment of step 1 in its place: it comes from the package index."""
    place = tmp_path / "srv"
    kept_out = shutil.ignore_patterns(
        ".git", ".venv", "var", ".env", "staticfiles", "__pycache__", ".*_cache"
    )
    shutil.copytree(ROOT, place, ignore=kept_out)
    (place / ".venv").symlink_to(Path(sys.prefix))
    return place


@pytest.fixture
def database() -> Iterator[str]:
    """The line that README adds for PostgreSQL."""
    if ON_SQLITE:
        yield ""
        return
    with empty_database(f"readme_{os.getpid()}") as address:
        yield f"DATABASE_URL={address}\n"


def bare_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def shell(place: Path, script: str) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=place, env=bare_environment(), capture_output=True,
        text=True, check=False, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def typed(place: Path, command: str, answers: dict[str, list[str]]) -> str:
    """Run the command at a terminal and answer its questions; return what the person sees."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(place)
        os.execvpe("bash", ["bash", "-c", command], bare_environment())
    seen, looked_at, until = "", 0, time.monotonic() + 120
    while time.monotonic() < until:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            seen += os.read(terminal, 4096).decode(errors="replace")
        except OSError:
            break
        for question, lines in answers.items():
            if lines and question in seen[looked_at:]:
                looked_at = len(seen)
                os.write(terminal, f"{lines.pop(0)}\n".encode())
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, seen
    return seen


def proxy_headers() -> dict[str, str]:
    """What README's proxy sets, for one visitor."""
    [proxy] = blocks("nginx")
    known = {"$http_host": HOST, "$scheme": "https", "$remote_addr": "203.0.113.7"}
    headers = {name: known[value] for name, value in re.findall(r"proxy_set_header (\S+) (\S+);", proxy)}
    assert headers.keys() == {"Host", "X-Forwarded-Proto", "X-Forwarded-For"}
    return headers


class Visitor:
    """A browser behind the proxy of README, which says who asks and that it was by https."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: SimpleCookie = SimpleCookie()

    def ask(self, path: str, data: dict[str, object] | None = None) -> tuple[int, str]:
        """Return the status and the page that the redirects end at."""
        headers = proxy_headers()
        headers["Cookie"] = "; ".join(f"{name}={cookie.value}" for name, cookie in self.cookies.items())
        body = None
        if data is not None:
            body = urlencode(data, doseq=True)
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"https://{HOST}",
                "Referer": f"https://{HOST}{path}",
            }
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("GET" if data is None else "POST", path, body, headers)
            answer = connection.getresponse()
            page = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or ():
            self.cookies.load(line)
        where = answer.headers.get("Location")
        if where:
            return self.ask(where.removeprefix(f"https://{HOST}"))
        return answer.status, page

    def fill(self, path: str, **changed: object) -> str:
        """Open the form, change these fields, send it; return the page that follows."""
        status, page = self.ask(path)
        assert status == 200, (path, status)
        status, page = self.ask(path, {**Fields(page).data, **changed})
        refused = re.findall(r"errornote|errorlist|is-invalid", page)
        assert status == 200 and not refused, (path, status, page)
        return page


@contextmanager
def served(place: Path, command: str, port: int) -> Iterator[Visitor]:
    process = subprocess.Popen(
        ["bash", "-c", f"exec env {command}"], cwd=place, env=bare_environment(), start_new_session=True
    )
    try:
        visitor = Visitor(port)
        until = time.monotonic() + 60
        while True:
            try:
                if visitor.ask("/healthz")[0] == 200:
                    break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.1)
        yield visitor
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def test_the_six_steps(place: Path, database: str) -> None:
    install, settings, set_up, server = blocks("sh")
    [every_day] = blocks("crontab")
    assert "pip install --require-hashes -r requirements.txt" in install
    with smtp_server.running() as mails, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()

        # 2. Settings: only the mail server is one that is there.
        example = "smtp+tls://user:password@mail.example.org:587"
        assert example in settings
        shell(place, settings.replace(example, f"smtp://127.0.0.1:{mails.port}"))
        environment = place / ".env"
        assert environment.stat().st_mode & 0o077 == 0
        with environment.open("a") as lines:
            lines.write(database)
            if database:
                lines.write(f"POSTGRES_BIN={POSTGRES_BIN}\n")

        # 3. Database, static files, first account.
        migrate, collect, create, check = set_up.strip().splitlines()
        shell(place, f"{migrate}\n{collect}")
        typed(
            place, create,
            {
                "E-Mail-Adresse:": ["Betrieb@example.org"],
                "Password:": [OWN_WORD], "Password (again):": [OWN_WORD],
                "Passwort:": [OWN_WORD], "Passwort (wiederholen):": [OWN_WORD],
            },
        )  # fmt: skip
        shell(place, f"{check} --fail-level WARNING")

        # 4. Server; the proxy's part is played by the visitor.
        assert "127.0.0.1:8000" in server
        command = server.strip().replace("8000", str(port))
        with served(place, command, port) as visitor:
            assert visitor.ask("/")[0] == 200
            assert visitor.ask("/readyz")[0] == 200, visitor.ask("/readyz")
            first_day(visitor, place, every_day, mails)

        # 6. Every day.
        for line in every_day.splitlines():
            shell(place, re.sub(r"^.*? cd /srv/stadtbezirk && ", "", line))
        assert len(list((place / "var/backups").iterdir())) == 1


def first_day(operator: Visitor, place: Path, every_day: str, mails: smtp_server.MailServer) -> None:
    """Step 5, in the words of the page."""
    operator.fill("/konto/", login="betrieb@example.org", password=OWN_WORD)
    for given, family in (("Wilma", "Förder"), ("Wim", "Förder")):
        operator.fill(
            "/verwaltung/members/person/add/",
            given_name=given, family_name=family, country="DE", account_email=f"{given.lower()}@example.org",
        )  # fmt: skip
    send = next(line.partition("&& ")[2] for line in every_day.splitlines() if "run_jobs" in line)
    shell(place, send)
    assert sorted(mails.recipients) == ["wilma@example.org", "wim@example.org"]

    accounts = operator.ask("/verwaltung/members/user/")[1]
    for name in ("wilma", "wim"):
        found = re.search(rf'href="(/verwaltung/members/user/\d+/change/)[^"]*">{name}@example.org', accounts)
        assert found
        page = operator.ask(found[1])[1]
        box = re.search(r'value="(\d+)"[^>]*>\s*Wirtschaftsförderung<', page)
        assert box
        operator.fill(found[1], groups=box[1])

    page = operator.ask("/verwaltung/members/person/add/")[1]
    district = re.search(r'value="(\d+)">Hörde<', page)
    assert district
    operator.fill(
        "/verwaltung/members/person/add/",
        given_name="Gesa", family_name="Leitend", country="DE", account_email="gesa@example.org",
        **{
            "mandates-0-kind": Mandate.Kind.MANAGING_DIRECTOR,
            "mandates-0-district": district[1],
            "mandates-0-since": f"{date.today():%d.%m.%Y}",
        },
    )  # fmt: skip
    shell(place, send)

    for name in ("wilma", "gesa"):
        visitor = Visitor(operator.port)
        assert visitor.ask(link_for(f"{name}@example.org", mails))[0] == 200
        visitor.fill(
            "/konto/einladung/",
            password1=f"{OWN_WORD}-{name}",
            password2=f"{OWN_WORD}-{name}",
        )
        start = html.unescape(visitor.ask("/")[1])
        if name == "gesa":
            assert "Neues Projekt" in start
            assert "Hörde" in start
        else:
            year = date.today().year
            opened = visitor.fill(f"/foerderung/haushaltsjahre/{year}/")
            assert "240.000,00" in opened.replace("\xa0", " ")
            assert "geöffnet" in opened


def link_for(recipient: str, mails: smtp_server.MailServer) -> str:
    """The path of the link in the mail that this person got."""
    [letter] = [mail for mail in mails.received if mail["To"] == recipient]
    text = next(part for part in letter.walk() if part.get_content_type() == "text/plain")
    link = re.search(rf"https://{HOST}(/konto/link/\S+)", text.get_payload(decode=True).decode())  # type: ignore[union-attr]
    assert link
    return link[1]
