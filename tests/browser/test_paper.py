"""What is printed on A4: amounts in one piece, headings with what follows, and no text over another."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from tests import personas
from tests.states import States
from tests.test_access_matrix import made

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: An A4 page less its margins of 16 mm, in CSS pixels.
A4 = {"width": 673, "height": 990}
#: Every amount whose number and euro sign stand on more than one line.
BROKEN_AMOUNTS = r"""
() => {
  const broken = [];
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const found of texts.currentNode.data.matchAll(/[−\d.,]+\s€/g)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, found.index);
      range.setEnd(texts.currentNode, found.index + found[0].length);
      const lines = new Set([...range.getClientRects()].map((each) => Math.round(each.top)));
      if (lines.size > 1) broken.push(found[0]);
    }
  }
  return broken;
}
"""
#: Labels, texts and cells that lie over each other, reach out of the page, or break inside a word.
OVERLAPS = """
() => {
  const wrong = [];
  for (const parent of document.querySelectorAll("dl > div, tr, .blanks, .sheet-head > div, .plan")) {
    const boxes = [...parent.children].map((each) => [each.textContent.trim().slice(0, 30), each.getBoundingClientRect()]);
    boxes.forEach(([text, a], index) => {
      if (a.right > innerWidth + 1) wrong.push(`${text} reaches ${a.right}`);
      for (const [other, b] of boxes.slice(index + 1)) {
        const over = Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
          && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
        if (over) wrong.push(`${text} over ${other}`);
      }
    });
  }
  for (const each of document.querySelectorAll("main :is(td, th, dt, dd, p, h1, h2, h3, li)")) {
    if (each.scrollWidth > each.clientWidth + 1 && each.clientWidth && getComputedStyle(each).display !== "inline") {
      wrong.push(`${each.textContent.trim().slice(0, 40)} is too wide`);
    }
  }
  return wrong;
}
"""
#: What paper needs where pages end: headings that may part from what follows, rows that may split, heads not repeated.
BREAKS = """
() => {
  const wrong = [];
  const look = (selector, name, value) => {
    for (const each of document.querySelectorAll(selector)) {
      if (each.checkVisibility() && getComputedStyle(each)[name] !== value) wrong.push(`${selector}: ${each.textContent.trim().slice(0, 40)}`);
    }
  };
  look("main :is(h1, h2, h3, caption:not(.visually-hidden))", "breakAfter", "avoid");
  look("main tr", "breakInside", "avoid");
  look("main thead", "display", "table-header-group");
  look("main thead + tbody > tr:first-child", "breakBefore", "avoid");
  return wrong;
}
"""


def papers(states: States) -> Iterator[str]:
    for application in states.applications:
        yield reverse("funding:decision_sheet", args=[application.pk])
    for project in (states.joint, states.incomplete, states.world.published, states.world.submitted):
        yield reverse("projects:sheet", args=[project.pk])
    yield reverse("funding:agenda", args=["aplerbeck"])


def pages(states: States) -> Iterator[str]:
    yield from ("/", reverse("projects:list"), reverse("funding:applications") + "?stand=alle")
    yield from (reverse("reports:index"), reverse("reports:year", args=[personas.this_year()]))
    yield from (reverse("funding:pots"), personas.pot("S2").get_absolute_url(), reverse("funding:overhead"))
    yield from (states.joint.get_absolute_url(), states.signed.get_absolute_url())
    yield from (reverse("district", args=["aplerbeck"]), reverse("bodies:list"))


def long_project() -> Any:
    """Large amounts, long words and long texts."""
    word = "Donaudampfschifffahrtsgesellschaftskapitän"
    project = personas.handed_in(
        personas.gf_aplerbeck(),
        title=f"{word} {word} und ein recht langer Titel für ein Fest",
        summary=f"{word} " * 12,
        aims="Ein langer Satz über die Ziele. " * 60,
        place=word * 2,
        pillar_2="79999.99",
        costs=[(f"{word} Nummer {n}", "40000") for n in range(29)] + [(word, "154567.88")],
        others=[{"kind": "third_party", "amount": "1234567.89", "label": word}],
    )
    return personas.application(project, "S2")


def test_nothing_breaks_or_overlaps(open_page: Callable[..., Page]) -> None:
    states = States(made())
    long = long_project()
    page = open_page(personas.superuser(), viewport=A4)
    page.emulate_media(media="print")
    found: list[str] = []
    long_ones = [
        reverse("funding:decision_sheet", args=[long.pk]),
        reverse("projects:sheet", args=[long.project_id]),
        long.get_absolute_url(),
        long.project.get_absolute_url(),
    ]
    for address in (*papers(states), *pages(states), *long_ones):
        answer = page.goto(address)
        assert answer and answer.ok, address
        for check in (BROKEN_AMOUNTS, OVERLAPS, BREAKS):
            found += [f"{address}: {wrong}" for wrong in page.evaluate(check)]
    assert not found, "\n".join(found)


def test_paper_keeps_its_columns_and_folded_texts_are_printed(open_page: Callable[..., Page]) -> None:
    states = States(made())
    page = open_page(personas.wf1(), viewport=A4)
    page.emulate_media(media="print")
    page.goto(reverse("projects:sheet", args=[states.world.submitted.pk]))
    tops = page.locator(".blank.third").evaluate_all(
        "all => all.slice(0, 3).map((each) => each.getBoundingClientRect().top)"
    )
    assert len(set(tops)) == 1
    page.goto(states.signed.get_absolute_url())
    folded = page.locator("details.more:not([open]) > p").first
    assert folded.evaluate("each => each.checkVisibility({contentVisibilityAuto: true})")
    assert folded.bounding_box()
