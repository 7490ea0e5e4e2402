"""The shared parts of the look: what the bar draws, and that every icon asked for is there."""

import re
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.paginator import Paginator
from django.template import Context, Template

from members.common.templatetags import look
from projects.models import Project


class Named(SimpleNamespace):
    def __str__(self):
        return "Säule 2 2016"


def pot(allotted, reserved=0, committed=0, paid=0):
    allotted, reserved, committed, paid = map(Decimal, (allotted, reserved, committed, paid))
    return Named(
        allotted=allotted,
        reserved=reserved,
        committed=committed,
        paid=paid,
        available=allotted - reserved - committed,
        outstanding=committed - paid,
    )


def test_segments_follow_each_other_from_left_to_right():
    segments = look.bar_segments(pot(12000, 600, 7200, 4200), Decimal(1200))
    assert [(s.look, s.x, s.width) for s in segments] == [
        ("paid", "0%", "35.0%"),
        ("comm", "35.0%", "25.0%"),
        ("res", "60.0%", "5.0%"),
        ("asked", "65.0%", "10.0%"),
    ]


def test_the_bar_never_runs_over_its_end():
    *_, asked = look.bar_segments(pot(1000, 0, 900, 0), Decimal(5000))
    assert (asked.x, asked.width) == ("90.0%", "10.0%")


def test_a_pot_without_money_has_an_empty_bar():
    assert {s.width for s in look.bar_segments(pot(0), Decimal(100))} == {"0%"}


def test_the_bar_speaks():
    text = look.bar_text(pot(12000, 600, 7200, 4200), Decimal(1200)).replace("\u00a0", " ")
    assert text == (
        "Säule 2 2016, von 12.000,00 €: bezahlt 4.200,00 €, gebunden 3.000,00 €, vorgemerkt 600,00 €, "
        "frei 4.200,00 €, davon beantragt 1.200,00 €"
    )


def test_more_asked_for_than_free_is_not_called_a_part_of_it():
    assert look.asked_label(pot(1000), Decimal(1000)) == "davon beantragt"
    assert look.asked_label(pot(1000), Decimal(1001)) == "beantragt (mehr als frei)"


def test_every_state_has_a_colour_and_an_icon():
    assert set(look.STATES) == set(Project.State.values)
    shown = Template("{% badge project %}").render(Context({"project": Project(state="unknown")}))
    assert "plain" in shown


def test_page_numbers_leave_gaps():
    def numbers(number: int) -> list[int | str]:
        return look.page_numbers(Paginator(range(1000), 50).page(number))

    assert numbers(1) == [1, 2, 3, "…", 20]
    assert numbers(10) == [1, "…", 8, 9, 10, 11, 12, "…", 20]
    assert numbers(20) == [1, "…", 18, 19, 20]


@pytest.mark.parametrize(
    "template", sorted((settings.BASE_DIR / "templates").rglob("*.html")), ids=lambda path: path.name
)
def test_every_icon_is_in_the_sprite(template):
    sprite = Path(settings.BASE_DIR / "static" / "icons.svg").read_text()
    asked = set(re.findall(r'{% icon "([^"]+)"', template.read_text()))
    asked |= {icon for _, icon in look.STATES.values()} | {"info-circle"}
    assert {icon for icon in asked if f'id="{icon}"' not in sprite} == set()
