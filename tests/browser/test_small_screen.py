"""Enlarged to 400 %, a usual screen is 320 x 256 pixels: what stays in place there leaves room to read and type."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from members.models import OutboxMail
from tests import personas
from tests.browser.test_axe import OPEN_DISCLOSURES, shown_first
from tests.states import States
from tests.test_access_matrix import admin_addresses, made

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenPage = Callable[..., Page]

SMALL = {"width": 320, "height": 256}
#: Part of the height that may be covered by what does not scroll away.
MOST = 0.34
#: What stays in place while the page scrolls, and covers what scrolls: each with the part of the height it takes.
COVERS = """
() => [...document.querySelectorAll("body, body *")].flatMap((each) => {
  const {position, display} = getComputedStyle(each);
  const {width, height} = each.getBoundingClientRect();
  if (!["fixed", "sticky"].includes(position) || display === "none" || !width || !height) return [];
  return [{what: `${each.tagName}.${each.className}`, part: height / innerHeight}];
})
"""
#: Every link, button and field in turn: those of which nothing is to be seen once the focus is there.
HIDDEN_FOCUS = """
() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].flatMap((each) => {
  if (!each.checkVisibility({visibilityProperty: true}) || each.disabled) return [];
  each.focus();
  if (document.activeElement !== each) return [];
  const {left, top, width, height} = each.getBoundingClientRect();
  for (const x of [.1, .5, .9]) {
    for (const y of [.1, .5, .9]) {
      const seen = document.elementFromPoint(left + x * width, top + y * height);
      if (seen && (each.contains(seen) || seen.contains(each) || seen.closest("label"))) return [];
    }
  }
  return [`${each.outerHTML.slice(0, 150)} at ${left}, ${top}`];
})
"""


def test_nothing_that_stays_covers_the_page(open_page: OpenPage) -> None:
    states = States(made())
    found: list[str] = []
    seen: set[str] = set()
    for persona in (personas.gf_aplerbeck, personas.wf1, personas.superuser):
        addresses = [*states.addresses(), *states.further_addresses()]
        if persona is personas.superuser:
            addresses = list(admin_addresses())
        page = open_page(persona(), viewport=SMALL, reduced_motion="reduce")
        for address in shown_first(persona(), addresses, seen):
            answer = page.goto(address)
            assert answer, address
            page.evaluate(OPEN_DISCLOSURES)
            found += [
                f"{address}: {cover['what']} takes {cover['part']:.0%}"
                for cover in page.evaluate(COVERS)
                if cover["part"] > MOST
            ]
    assert not found, "\n".join(found)
    assert len(seen) > 60


@pytest.mark.parametrize("size", [SMALL, {"width": 640, "height": 512}, {"width": 1280, "height": 800}])
def test_what_has_the_focus_is_in_sight(open_page: OpenPage, size: dict[str, int]) -> None:
    """On the longest form, whose sums and buttons stay in sight on a high screen, and beside the handbook's list."""
    project = personas.make_project(personas.gf_aplerbeck(), costs=[(f"Posten {i}", "10") for i in range(4)])
    page = open_page(personas.gf_aplerbeck(), viewport=size, reduced_motion="reduce")
    for address in (
        reverse("projects:edit", args=[project.pk]),
        reverse("handbook_chapter", args=["geschaeftsfuehrung"]),
    ):
        page.goto(address)
        page.evaluate(OPEN_DISCLOSURES)
        assert page.evaluate(HIDDEN_FOCUS) == [], address


def test_the_balance_stays_in_sight_where_there_is_room(open_page: OpenPage) -> None:
    project = personas.make_project(personas.gf_aplerbeck())
    page = open_page(personas.gf_aplerbeck(), viewport={"width": 1280, "height": 800})
    page.goto(reverse("projects:edit", args=[project.pk]))
    expect(page.locator(".balance")).to_be_in_viewport()
    page.set_viewport_size(SMALL)
    expect(page.locator(".balance")).not_to_be_in_viewport()


def test_word_of_a_lost_connection_leaves_room(open_page: OpenPage) -> None:
    project = personas.make_project(personas.gf_aplerbeck())
    page = open_page(personas.gf_aplerbeck(), viewport=SMALL, reduced_motion="reduce")
    page.goto(reverse("projects:edit", args=[project.pk]))
    page.context.set_offline(True)
    page.get_by_text("Keine Verbindung.").wait_for()
    assert [cover["part"] <= MOST for cover in page.evaluate(COVERS)] == [True]
    assert page.evaluate(HIDDEN_FOCUS) == []


def test_the_outbox_says_on_a_phone_what_a_mail_is_about_and_how_it_stands(open_page: OpenPage) -> None:
    OutboxMail.objects.create(
        recipient="gf.scharnhorst@example.org", occasion="Töpfe: Umbuchung beantragt", body="Hallo"
    )
    page = open_page(personas.admin_verein(), viewport={"width": 390, "height": 844})
    page.goto(reverse("admin:members_outboxmail_changelist"))
    for column in ("occasion", "state"):
        box = page.locator(f"#result_list tbody .field-{column}").bounding_box()
        assert box and box["x"] + box["width"] <= 390, column
