"""Fixtures: the database with its guards, the personas, and the browser."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from django.apps import apps
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client, TransactionTestCase
from django.utils import timezone
from playwright.sync_api import Page, expect

from funding.models import GrantTerms
from members.common.triggers import SETS
from members.models import User
from tests import personas, smtp_server, verapdf
from tests.browsers import CHROMIUM, CHROMIUM_FLAGS
from tests.crowd import Crowd, processes_on_this_database
from tests.smtp_server import MailServer

# A machine that does other things as well is slow, not wrong.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Have PostgreSQL create the test's database from the template of ``tests.schema``."""
    if connection.vendor == "postgresql" and "TEST_SCHEMA" in os.environ:
        connection.settings_dict["TEST"]["TEMPLATE"] = os.environ["TEST_SCHEMA"]


@pytest.fixture(scope="session")
def django_db_keepdb(
    django_db_keepdb: bool, django_db_createdb: bool, django_db_modify_db_settings: None
) -> bool:
    """Lay the template where SQLite's database of the tests will be, and have it kept."""
    if connection.vendor == "sqlite" and "TEST_SCHEMA" in os.environ and not django_db_createdb:
        shutil.copyfile(os.environ["TEST_SCHEMA"], connection.settings_dict["TEST"]["NAME"])
        return True
    return django_db_keepdb


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Transactional tests flush the database: lift the guards for it, and bring back the migrations' rows.

    The rows come back after the flush, so the order of transactional and other tests does not matter.
    """
    with django_db_blocker.unblock():
        # The template may be of another day: letters are written from today on, as in a new installation.
        GrantTerms.objects.update(since=timezone.localdate())
        models = [
            m for m in apps.get_models(include_auto_created=True) if m._meta.managed and not m._meta.proxy
        ]
        loaded = {model: rows for model in models if (rows := list(model._base_manager.all()))}

    def flush(self: TransactionTestCase) -> None:
        cache.clear()
        for triggers in SETS:
            triggers.lift()
        # Sequences run on: the rows that come back keep their old keys.
        call_command(
            "flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=True
        )
        with transaction.atomic():
            for model, rows in loaded.items():
                model._base_manager.bulk_create(rows)
        for triggers in SETS:
            triggers.install()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush)
        yield
    if connection.vendor == "postgresql":
        # A server thread or process of a test may still hold its connection; the database goes away now.
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(scope="module")
def pool(django_db_setup: None) -> Iterator[ProcessPoolExecutor]:
    yield from processes_on_this_database()


@pytest.fixture
def crowd(db: None, pool: ProcessPoolExecutor) -> Crowd:
    return Crowd(pool)


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    """A mail server, to which the program delivers."""
    with smtp_server.running() as running:
        settings.MAIL_DELIVERY = running.delivery
        settings.EMAIL_TIMEOUT = 0.4
        yield running


def _persona_fixture(name: str, persona: Callable[[], Any]) -> Any:
    @pytest.fixture(name=name)
    def persona_fixture(db: None) -> Any:
        return persona()

    return persona_fixture


for _name, _persona in personas.ALL.items():
    globals()[f"persona_{_name}"] = _persona_fixture(_name, _persona)


AXE_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# A theme changes nothing but colours, a width everything else: what each look is asked beside the first.
COLOURS = ("color-contrast", "link-in-text-block")
AXE_COLOURS = {**AXE_RULES, "runOnly": {"type": "rule", "values": COLOURS}}
AXE_BUT_COLOURS = {**AXE_RULES, "rules": {name: {"enabled": False} for name in COLOURS}}
#: The widths, each with its themes and what is asked in them.
LOOKS = ((1280, {"light": AXE_RULES}), (390, {"light": AXE_BUT_COLOURS, "dark": AXE_COLOURS}))
# All the rest of axe's answer is as large as the page and takes longer to carry over than the check itself.
RUN_AXE = "([part, rules]) => axe.run(part, rules).then(({violations}) => ({violations}))"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Run what needs a browser or reads PDF files on SQLite alone, where the machine has what it takes."""
    for marker, lacking in (("browser", browser_missing), ("pdf", verapdf.missing)):
        if not item.get_closest_marker(marker):
            continue
        if connection.vendor != "sqlite":
            pytest.skip(
                "Seiten im Browser und PDF sind mit jeder Datenbank gleich; geprüft werden sie mit SQLite"
            )
        if reason := lacking():
            if os.environ.get("CI"):
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)


def browser_missing() -> str:
    return "" if CHROMIUM else "kein Chromium gefunden (Variable CHROMIUM oder Paket chromium)"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    # Without the German environment, Chromium shows date fields in US order.
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": CHROMIUM_FLAGS,
        "env": {**os.environ, "LANG": "de_DE.UTF-8", "LANGUAGE": "de"},
    }


@pytest.fixture
def open_page(new_context: Any, live_server: Any) -> Iterator[Callable[..., Page]]:
    """``open_page(user)``: a browser page of our site, signed in by cookie; further arguments go to the context.

    ``open_page()`` is a visitor, ``open_page(user, java_script_enabled=False)`` one without JavaScript.
    Fails the test when a script broke or the content security policy refused something.
    """
    troubles: list[str] = []

    def new_page(user: User | None = None, **context_arguments: Any) -> Page:
        context = new_context(base_url=live_server.url, locale="de-DE", **context_arguments)
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
            context.add_cookies([cookie])
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda message: (
                troubles.append(f"{page.url}: {message.text}") if "Security Policy" in message.text else None
            ),
        )
        return page

    yield new_page
    assert not troubles, "\n".join(troubles)


@pytest.fixture
def axe() -> Callable[..., None]:
    """``axe(page)``: no finding in light and dark, wide and on a phone, and no sideways scrolling there.

    ``axe(page, "header")`` looks at that part alone. The page needs JavaScript; without it the check would
    wait for ever.
    """

    def check(page: Page, part: str = "html") -> None:
        # The address is the new page's from its first byte on; what is looked at has to be there whole.
        page.wait_for_load_state()
        page.evaluate(AXE_SCRIPT)
        for width, schemes in LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            for scheme, rules in schemes.items():
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                found = AxeResults(page.evaluate(RUN_AXE, [part, rules]))
                where = f"{page.url}, {scheme}, {width} px wide"
                assert not found.violations_count, f"{where}\n{found.generate_report()}"
            overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert overflow <= 0, f"{page.url} is {overflow} px too wide at {width} px"

    return check
