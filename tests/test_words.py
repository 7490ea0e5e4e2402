"""What stands on the pages reads well: numbers agree, nothing is half rendered, marks and spaces are German."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from funding import services as funding
from funding.models import Application, Decision, Step
from members.models import Resolution, User
from members.statutes import Report
from projects import services as projects
from tests import called, personas
from tests.states import States
from tests.test_access_matrix import ADMINS, World, admin_addresses, made

pytestmark = pytest.mark.django_db

ROLES = ("visitor", "nobody", "admin_verein", "gf_aplerbeck", "gf_brackel", "auditor", "wf1", "superuser")
#: These do not begin a new line of what is read.
INLINE = {"a", "b", "strong", "em", "small", "span", "mark", "time", "ins", "del", "code", "abbr", "i"}
READ_ALOUD = ("aria-label", "alt", "title", "placeholder")
#: What Django's admin calls its pictures of yes and no. The assumptions are the association's own text.
DJANGOS_ICONS = {"True", "False"}
TAG_IN_TEMPLATE = re.compile(r'{% counted \S+ "[^"]+" "([^"]+)"')


class Visible(HTMLParser):
    """Collects the lines that somebody sees or hears: texts, labels, tooltips."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("script", "style", "template")
        if tag not in INLINE:
            self.lines.append("")
        self.lines[:0] = [value for name, value in attrs if name in READ_ALOUD and value]

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("script", "style", "template")
        if tag not in INLINE:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.lines[-1] += data


def lines_of(html: str) -> list[str]:
    """Return the visible lines; blanks are as a browser shows them, non-breaking ones stay."""
    parser = Visible()
    parser.feed(html)
    lines = (re.sub(r"[ \t\n]+", " ", line).strip(" ") for line in parser.lines)
    return [line for line in dict.fromkeys(lines) if line]


def words_for_many() -> set[str]:
    """Return every word that the helper is given for many, and the models' plurals."""
    found = set()
    for path in (settings.BASE_DIR / "templates").rglob("*.*"):
        found |= set(TAG_IN_TEMPLATE.findall(path.read_text()))
    for folder in ("members", "projects", "funding", "stadtbezirk"):
        for path in (settings.BASE_DIR / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "counted":
                    found |= {each.value for each in node.args[2:3] if isinstance(each, ast.Constant)}
    for model in apps.get_models():
        if model._meta.verbose_name != model._meta.verbose_name_plural:
            found.add(str(model._meta.verbose_name_plural))
    return found


def wrong() -> dict[str, re.Pattern[str]]:
    many = "|".join(sorted(map(re.escape, words_for_many()), key=len, reverse=True))
    return {
        "one and many": re.compile(rf"(?<![\d.,/-])1[ \xa0](?:{many})\b"),
        "thousands without a dot": re.compile(
            rf"(?<![\d.,/-])(?!(?:19|20)\d\d[ \xa0])\d{{4,}}[ \xa0](?:{many})\b"
        ),
        "a year with a dot": re.compile(r"[Jj]ahr(?:es)? [12]\.\d{3}\b(?! )"),
        "not rendered": re.compile(r"{{|{%|%\(|\bNone\b|\bTrue\b|\bFalse\b"),
        "quotation marks": re.compile(r'"'),
        "a mark twice": re.compile(r"\.\.|,\.|,,|;\.|::|\?\.|!\."),
        "a blank before a mark": re.compile(r" [.,;:!?](?: |$)"),
        "may break": re.compile(r"e\. V\.|\d €|\d MB\b"),
    }


def findings(html: str, patterns: dict[str, re.Pattern[str]]) -> Iterator[str]:
    for line in lines_of(html):
        if line in DJANGOS_ICONS or line.startswith("Annahmen, vom Verein"):
            continue
        for name, pattern in patterns.items():
            if pattern.search(line):
                yield f"{name}: {line[:200]}"


@pytest.fixture
def world(db: None) -> World:
    return made()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Die Wörter sind auf jeder Datenbank dieselben")
@pytest.mark.parametrize("role", ROLES)
def test_every_page_reads_well(role: str, world: World) -> None:
    states = States(world)
    addresses = [*states.addresses(), *states.further_addresses()]
    if role in ADMINS:
        addresses += admin_addresses()
    client = Client()
    if role != "visitor":
        client.force_login(personas.ALL[role]())
    patterns = wrong()
    found: dict[str, str] = {}
    read = 0
    for address in addresses:
        response = client.get(address, follow=True)
        if response.get("Content-Type", "").startswith("text/html"):
            read += 1
            for finding in findings(response.content.decode(), patterns):
                found.setdefault(finding, address)
    assert not found, "\n".join(f"{address}: {finding}" for finding, address in found.items())
    assert read > 40


@pytest.mark.parametrize(
    "line",
    [
        "1\xa0Anträge warten", "3839 Projekte", "Haushaltsjahr 2.026", "{{ project }}", "Stand: None", 'Er sagte "ja"',
        "Kein Geld..", "Bitte prüfen .", "Marketing e. V.", "12,00 €",
    ],
)  # fmt: skip
def test_the_reading_finds_what_is_wrong(line: str) -> None:
    assert list(findings(f"<p>{line}</p>", wrong()))


@pytest.mark.parametrize(
    "line",
    [
        "1\xa0Antrag wartet",
        "11\xa0Anträge warten",
        "3.839\xa0Projekte",
        "Am 01.01.2026 Projekte",
        "12,00\xa0€",
        "Mehr …",
    ],
)
def test_the_reading_lets_good_sentences_pass(line: str) -> None:
    assert not list(findings(f"<p>{line}</p>", wrong()))


def said(user: User, address: str) -> str:
    """Return what the page says, in one line with ordinary blanks."""
    client = Client()
    client.force_login(user)
    html = client.get(address, follow=True).content.decode()
    return " ".join(" ".join(lines_of(html)).replace("\xa0", " ").split())


@pytest.mark.parametrize(
    ("abstained", "words"),
    [(0, "0 Enthaltungen"), (1, "1 Enthaltung"), (2, "2 Enthaltungen"), (999, "999 Enthaltungen")],
)
def test_votes(abstained: int, words: str) -> None:
    votes = Resolution(votes_yes=1, votes_no=0, votes_abstained=abstained).votes
    assert votes.replace("\xa0", " ") == f"1 Ja, 0 Nein, {words}"


@pytest.mark.parametrize(
    ("number", "counted", "chosen"),
    [
        (0, "Noch kein Projekt.", "Kein Projekt passt zur Auswahl."),
        (1, "1 Projekt.", "1 Projekt passt zur Auswahl."),
        (2, "2 Projekte.", "2 Projekte passen zur Auswahl."),
        (11, "11 Projekte.", "11 Projekte passen zur Auswahl."),
    ],
)
def test_the_list_counts_its_projects(number: int, counted: str, chosen: str) -> None:
    for _ in range(number):
        personas.make_project(personas.gf_aplerbeck(), title="Markt")
    shown = said(personas.gf_aplerbeck(), reverse("projects:list"))
    assert counted in shown
    assert "Summe aller" not in shown
    assert chosen in said(personas.gf_aplerbeck(), reverse("projects:list") + "?suche=markt")


@pytest.mark.parametrize(
    ("waiting", "sentence"),
    [
        (0, "Kein Antrag wartet auf eine Entscheidung der Wirtschaftsförderung."),
        (1, "1 Antrag wartet auf eine Entscheidung der Wirtschaftsförderung."),
        (2, "2 Anträge warten auf eine Entscheidung der Wirtschaftsförderung, am längsten wartende zuerst."),
    ],
)
def test_the_queue_counts_what_waits(waiting: int, sentence: str) -> None:
    personas.open_year()
    for _ in range(waiting):
        personas.handed_in(personas.gf_aplerbeck(), pillar_2="900")
    # What comes first is said of several alone.
    assert sentence in said(personas.wf1(), reverse("funding:applications"))


@pytest.mark.parametrize(("days", "words"), [(0, "heute"), (1, "1 Tag"), (2, "2 Tagen"), (3839, "10 Jahren")])
def test_how_long_an_application_waits(days: int, words: str) -> None:
    application = personas.application(personas.handed_in(personas.gf_aplerbeck(), pillar_2="900"), "S2")
    since = timezone.localdate() - timedelta(days=days)
    Application.objects.filter(pk=application.pk).update(waiting_since=since)
    shown = said(personas.wf1(), reverse("funding:applications"))
    assert f" {words} " in shown
    assert "3839" not in shown


def test_a_draft_without_a_plan_has_no_sums_to_lose() -> None:
    draft = personas.make_project(personas.gf_aplerbeck(), costs=[], shares={})
    shown = said(personas.gf_aplerbeck(), reverse("projects:delete", args=[draft.pk]))
    assert "der Plan: keine Kostenposition, keine Finanzierungsposition" in shown


@pytest.mark.parametrize(
    ("filled", "sentence"),
    [
        (0, "Von 25 Mitgliedschaften ist keine besetzt."),
        (1, "1 von 25 Mitgliedschaften ist besetzt."),
        (2, "2 von 25 Mitgliedschaften sind besetzt."),
    ],
)
def test_memberships_that_are_filled(filled: int, sentence: str) -> None:
    assert Report(filled, 25, []).summary == sentence


def test_several_names_are_joined_as_they_are_spoken() -> None:
    project = personas.handed_in(
        personas.gf_aplerbeck(), pillar_2="900", further=["BRA", "HOE"], confirmed=False
    )
    shown = said(personas.wf1(), personas.application(project, "S2").get_absolute_url())
    assert "Die Bestätigung von Brackel und Hörde fehlt." in shown


def test_a_refusal_that_quotes_a_reason_ends_before_the_next_sentence() -> None:
    project = personas.make_project(personas.gf_aplerbeck(), pillar_2="900", further=["BRA"], confirmed=False)
    projects.decline_participation(
        project, district=personas.district("BRA"), reason="Kein Geld", actor=personas.gf_brackel()
    )
    shown = said(personas.gf_aplerbeck(), project.get_absolute_url())
    assert "Brackel hat abgesagt („Kein Geld“). Bitte den Stadtbezirk herausnehmen" in shown


def test_the_order_is_named_for_what_it_sorts_by() -> None:
    """Applications by the day they were handed in, bookings by when they were booked, not by the number of the row."""
    yesterday = timezone.localdate() - timedelta(days=1)
    personas.handed_in(personas.gf_aplerbeck(), title="Eins", pillar_2="900")
    personas.handed_in(personas.gf_aplerbeck(), title="Zwei", pillar_2="900", on=yesterday)
    shown = said(personas.wf1(), personas.pot("S2").get_absolute_url())
    assert "zuletzt eingereichte zuerst" in shown
    assert "zuletzt gebuchte zuerst" in shown
    assert "neueste zuerst" not in shown
    assert shown.index(" Eins ") < shown.index(" Zwei ")
    assert "beste Treffer, neuestes Jahr zuerst" in said(personas.wf1(), reverse("projects:list"))


class TestReasons:
    """A reason stands where a person gave one; what the program notes is not shown as somebody's words."""

    def test_a_remark_on_settling_is_no_reason(self) -> None:
        project = personas.approved(personas.gf_aplerbeck(), pillar_2="900")
        application = personas.application(project, "S2")
        for each in project.applications.all():
            called.pay(each, amount=each.requested, actor=personas.wf1())
        funding.settle(application, actor=personas.wf1(), reason="Nachweis geprüft")
        shown = said(personas.gf_aplerbeck(), project.get_absolute_url())
        assert "Bemerkung: Nachweis geprüft" in shown
        assert "Begründung: Nachweis geprüft" not in shown

    def test_a_question_is_called_one(self) -> None:
        project = personas.handed_in(personas.gf_aplerbeck(), pillar_2="900")
        funding.return_to_applicant(
            personas.application(project, "S2"), reason="Wer zahlt?", actor=personas.wf1()
        )
        assert "Rückfrage: Wer zahlt?" in said(personas.gf_aplerbeck(), project.get_absolute_url())

    def test_a_rejection_keeps_its_reason(self) -> None:
        project = personas.handed_in(personas.gf_aplerbeck(), pillar_2="900")
        funding.reject(personas.application(project, "S2"), reason="Zu spät.", actor=personas.wf1())
        assert "Begründung: Zu spät." in said(personas.gf_aplerbeck(), project.get_absolute_url())

    @pytest.mark.parametrize(
        "note",
        [
            "Sie gilt nicht mehr: Wer gezeichnet hat, handelt nicht mehr für die Wirtschaftsförderung.",
            "Aus dem Finanzierungsplan genommen.",
            "Ohne Mehrheit: 2 Ja, 5 Nein, 1 Enthaltung.",
        ],
    )
    def test_what_the_program_notes_is_not_quoted(self, note: str) -> None:
        project = personas.handed_in(personas.gf_aplerbeck(), pillar_2="900")
        application = personas.application(project, "S2")
        Decision.objects.create(
            application=application,
            step=Step.REJECT,
            reason=note,
            actor=personas.wf1(),
            on=timezone.localdate(),
        )
        reader = personas.wf1()
        pages = [
            said(reader, application.get_absolute_url()),
            said(reader, reverse("projects:history", args=[project.pk])),
            said(reader, reverse("funding:decision_sheet", args=[application.pk])),
            said(personas.gf_aplerbeck(), project.get_absolute_url()),
        ]
        for shown in pages:
            assert note in shown
            assert f"„{note}" not in shown
            assert f"Begründung: {note}" not in shown
