"""The ten questions of the handbook, walked as they are written there: by what the page shows, in three clicks."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page, expect

from funding.models import Pot
from members.common.money import format_euro
from members.models import User
from projects.missing import missing
from projects.models import Project

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHAPTER = settings.BASE_DIR / "docs" / "handbuch" / "zehn-fragen.md"


@dataclass
class Step:
    """One line of a path: in which section of the page, what is typed, and what is clicked then."""

    section: str
    typed: str
    clicked: str


@dataclass
class Question:
    text: str
    #: The account of the demonstration that asks; empty for visitors.
    account: str
    steps: list[Step]


def questions() -> list[Question]:
    """The chapter as it is written."""
    found = []
    for part in re.split(r"^## \d+\. ", CHAPTER.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        text, _, rest = part.partition("\n")
        account = re.search(r"`([^`]+@example\.org)`", rest)
        steps = []
        for line in re.findall(r"^\d+\. (.*)$", rest, flags=re.MULTILINE):
            before, clicked = line.split("**")[:2]
            named = [re.search(pattern, before) for pattern in ("„([^“]+)“", "`([^`]+)`")]
            section, typed = (match[1] if match else "" for match in named)
            steps.append(Step(section, typed, clicked))
        found.append(Question(text, account[1] if account else "", steps))
    return found


def answers() -> list[tuple[str, ...]]:
    """What has to be seen at the end of each path, on the demonstration."""
    draft = next(p for p in Project.objects.filter(state="draft") if len(missing(p)) == 2)
    hoerde = Pot.objects.get(district__slug="hoerde", year__year=timezone.localdate().year)
    return [
        (f"{format_euro(hoerde.available)} frei von {format_euro(hoerde.allotted)}",),
        ("Walter Frühbeirat, WF Do", "Ingo Kammermuster, IHK"),
        ("Begründung: Eine Bedeutung über den Stadtbezirk hinaus ist nicht dargelegt",),
        ("13 Anträge wurden gestellt, 7 davon bewilligt, zusammen 110.500,00 €.",),
        ("Wanda Musterfrau",),
        tuple(missing(draft).values()),
        ("Gebraucht werden 110.000,00 €.", "benannte Sondermittel tragen den Rest (70.000,00 €)"),
        ("Druck der Förderrichtlinie",),
        ("Jury",),
        ("Wen kann ich ansprechen?", "Konrad Muster-Mengede"),
    ]


def walk(page: Page, question: Question) -> None:
    page.goto("/")
    for step in question.steps:
        if step.typed:
            label, _, value = step.typed.partition(": ")
            day = datetime.strptime(value, "%d.%m.%Y").date()
            page.get_by_label(label, exact=True).fill(day.isoformat())
        part: Page | Locator = page
        if step.section:
            heading = page.get_by_role("heading", name=step.section)
            part = page.locator("section").filter(has=heading)
        link, button = (part.get_by_role(role, name=step.clicked) for role in ("link", "button"))  # type: ignore[arg-type]
        link.or_(button).first.click()


def test_ten_answers_within_three_clicks(open_page: Callable[..., Page]) -> None:
    call_command("demo", stdout=StringIO())
    asked = questions()
    assert len(asked) == len(answers()) == 10
    missed = []
    for question, expected in zip(asked, answers(), strict=True):
        assert 1 <= len(question.steps) <= 3, question.text
        page = open_page(User.objects.get(email=question.account) if question.account else None)
        try:
            walk(page, question)
            for sentence in expected:
                # A person sees it: on the page, and not hidden.
                expect(page.locator("main").get_by_text(sentence).filter(visible=True).first).to_be_visible()
        except (AssertionError, PlaywrightError) as error:
            missed.append(f"{question.text}\n{page.url}\n{str(error)[:400]}")
        page.context.close()
    assert not missed, "\n\n".join(missed)
