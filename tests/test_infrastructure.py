"""What holds the rest: triggers, personas, documents, requirements, the layout of the repository."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.db import connection
from django.db.migrations import Migration
from django.db.models import Model

from funding import guards
from funding.models import LedgerEntry
from members import apps as member_apps
from members.models import District
from projects import guards as project_guards
from tests import personas

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def installed_triggers() -> set[str]:
    sql = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {row[0] for row in cursor.fetchall()}


def rebuild(model: type[Model]) -> None:
    """As SQLite's migrations do for most changes of a table, with the triggers of all apps lifted around it."""
    plan = [(Migration("rebuild", "projects"), False)]
    member_apps.lift_guards(using="default", plan=plan)
    with connection.schema_editor() as editor:
        editor._remake_table(model)
    member_apps.install_guards(using="default", plan=plan)


@pytest.mark.django_db
def test_every_guard_is_installed():
    assert guards.GUARDS.names() | project_guards.GUARDS.names() <= installed_triggers()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("run", ["with the first flush", "after a flush"])
def test_guards_and_loaded_rows_survive_a_flush(run):
    assert guards.GUARDS.names() | project_guards.GUARDS.names() <= installed_triggers()
    assert not LedgerEntry.objects.exists()
    assert District.objects.count() == 12
    project = personas.approved(personas.gf_aplerbeck())
    assert project.state == "approved"
    assert LedgerEntry.objects.exists()


@pytest.mark.django_db
def test_personas_reach_every_state(gf_aplerbeck, wf_with_mandate):
    joint = personas.approved(
        gf_aplerbeck,
        shares={"APL": "1000", "BRA": "500"},
        pillar_2="6000",
        others=[{"kind": "third_party", "amount": "250"}],
    )
    assert joint.state == "approved"
    assert {a.state for a in joint.applications.all()} == {"approved"}
    assert personas.handed_in(gf_aplerbeck, year=2019).number == "2019-APL-001"
    assert personas.gf_aplerbeck() == gf_aplerbeck


def test_every_setting_is_documented():
    read = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', (ROOT / "stadtbezirk/settings.py").read_text()))
    section = README.split("## Configuration")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `([A-Z_]+)`", section, re.MULTILINE)) == read


def test_every_command_is_documented():
    ours = {
        name
        for name, app in get_commands().items()
        if app.partition(".")[0] in {"members", "projects", "funding", "stadtbezirk"}
    }
    section = README.split("## Commands")[1].split("\n## ")[0]
    documented = set(re.findall(r"^\| `manage.py (\w+)", section, re.MULTILINE))
    assert documented == ours


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return python("manage.py", *arguments, **environment)


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it as production would, apart from this process's settings."""
    settings = {
        "APP_ENV": "production",
        "SECRET_KEY": "",
        "ALLOWED_HOSTS": "",
        "DATABASE_URL": "sqlite://:memory:",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "",
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **settings, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


LONG_KEY = "only-for-this-test-0123456789-abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    "given", [{}, {"SECRET_KEY": LONG_KEY}, {"ALLOWED_HOSTS": "example.org"}], ids=["nothing", "key", "hosts"]
)
def test_production_refuses_to_start_without_its_secrets(given):
    lacking = " und ".join(name for name in ("SECRET_KEY", "ALLOWED_HOSTS") if name not in given)
    for refused in (
        manage("check", **given),
        manage("send_mail_queue", **given),
        python("-c", "import stadtbezirk.wsgi", **given),
    ):
        assert refused.returncode != 0
        assert refused.stderr.startswith(f"Es fehlt {lacking}: bitte setzen")
        assert refused.stderr.count("\n") == 1


def test_gunicorn_stops_where_the_settings_are_incomplete():
    refused = python("-m", "gunicorn", "--bind", "127.0.0.1:0")
    assert refused.returncode != 0
    assert "Es fehlt SECRET_KEY und ALLOWED_HOSTS" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_gunicorn_opens_no_socket_through_which_it_could_be_steered():
    """The setting as gunicorn itself reads it, started as README says."""
    shown = python("-m", "gunicorn", "--print-config", SECRET_KEY=LONG_KEY, ALLOWED_HOSTS="example.org")
    assert re.search(r"^control_socket_disable\s+= True$", shown.stdout, re.M), shown.stdout + shown.stderr


def test_production_is_fit_for_deployment():
    done = manage(
        "check", "--deploy", "--fail-level", "WARNING", SECRET_KEY=LONG_KEY, ALLOWED_HOSTS="example.org",
        EMAIL_URL="smtp+tls://user:password@mail.example.org:587",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.django_db
def test_models_have_their_migrations():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_with_hashes_and_name_no_host(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=)", text, re.MULTILINE)
    requirements = re.split(r"\n(?=\S)", text.strip())
    assert len(requirements) > 20
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def test_development_installs_the_versions_of_production():
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9-]+==\S+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") <= pins("requirements-dev.txt")


def test_every_dependency_is_explained():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    listed = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    explained = (ROOT / "docs/decisions.md").read_text().lower()
    names = [re.split(r"[\[<>=]", each)[0] for each in listed]
    assert [name for name in names if name.replace("psycopg", "psycopg 3") not in explained] == []


def page_templates() -> list[Path]:
    """Templates of pages; mails carry their style with them and know no content security policy."""
    return [p for p in sorted((ROOT / "templates").rglob("*.html")) if "email" not in p.parts]


INLINE = re.compile(
    r"<script(?![^>]*\ssrc=)|<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE
)


@pytest.mark.parametrize("path", page_templates(), ids=lambda path: path.name)
def test_templates_hold_no_inline_code_or_style(path):
    assert INLINE.findall(path.read_text()) == []


def test_nothing_is_loaded_from_another_host():
    foreign = re.compile(r"""(?:<(?:script|link|img|iframe)\b[^>]*(?:src|href)=|url\()["']?(?:https?:)?//""")
    sheets = sorted((ROOT / "static").rglob("*.css"))
    found = [p.name for p in [*page_templates(), *sheets] if foreign.search(p.read_text())]
    assert found == []


def test_a_process_starts_without_what_few_requests_need():
    """Every worker pays for it, and so does whoever asks first."""
    names = "import sys, stadtbezirk.wsgi, stadtbezirk.urls; print(*sys.modules)"
    env = {**os.environ, "APP_ENV": "test", "DATABASE_URL": "sqlite://:memory:"}
    started = subprocess.run(
        [sys.executable, "-c", names], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    assert {"xlsxwriter", "PIL", "puremagic", "markdown_it"} & set(started.stdout.split()) == set()


def test_of_the_languages_of_the_admins_chooser_german_alone_is_collected():
    ignored = apps.get_app_config("staticfiles").ignore_patterns
    collected = {path for finder in get_finders() for path, _ in finder.list(ignored)}
    assert {path for path in collected if "select2/i18n" in path} == {"admin/js/vendor/select2/i18n/de.js"}


def test_the_top_level_stays_small():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode != 0:
        pytest.skip("kein Git-Arbeitsverzeichnis")
    allowed = {
        "manage.py", "stadtbezirk", "projects", "funding", "members", "templates", "static", "tests", "docs",
        ".ci", ".gitignore", "pyproject.toml", "requirements.txt", "requirements-dev.txt", "Makefile",
        "README.md", "LICENSE", "gunicorn.conf.py", ".editorconfig", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md",
    }  # fmt: skip
    assert {line.split("/")[0] for line in tracked.stdout.splitlines()} <= allowed


def asked_on_import(node: ast.AST) -> Iterator[int]:
    """Lines that ask for the day while the module is read: decorators and defaults do, the body of a function does not."""
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in ("localdate", "now", "this_year", "today"):
            yield node.lineno
    later: list[ast.AST] = []
    if isinstance(node, ast.FunctionDef):
        later = [*node.body]
    elif isinstance(node, ast.Lambda):
        later = [node.body]
    for child in ast.iter_child_nodes(node):
        if child not in later:
            yield from asked_on_import(child)


def test_no_test_asks_for_the_day_before_it_runs():
    """What a module reads as today may be yesterday when its tests run."""
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in (ROOT / "tests").rglob("*.py")
        for line in asked_on_import(ast.parse(path.read_text()))
    }
    assert found == set()
    tried = "@mark(p.this_year())\ndef f(day=today()):\n    now()\nA = localdate\nB = lambda: today()\nC = [now() if A else A]"
    assert list(asked_on_import(ast.parse(tried))) == [2, 1, 6]
