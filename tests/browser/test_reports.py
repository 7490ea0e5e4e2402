"""The report pages in Chromium: accessible, and readable on a phone."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from projects import services as projects
from tests import personas

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("role", ["visitor", "wf1"])
def test_reports_have_no_finding(role: str, open_page: Callable[..., Page], axe: Callable[..., None]) -> None:
    personas.approved(personas.gf_aplerbeck(), others=[{"kind": "third_party", "amount": "500"}])
    personas.approved(personas.gf_hoerde(), pillar_2="4000")
    archived = personas.make_project(
        personas.gf_hoerde(), year=2007, shares={}, costs=[], provenance="Archiv. Nach: Presse."
    )
    archived = projects.publish_archived(archived, actor=personas.gf_hoerde())
    page = open_page(None if role == "visitor" else personas.wf1())
    for address in (
        archived.get_absolute_url(),
        reverse("reports:index"),
        reverse("reports:year", args=[personas.this_year()]),
    ):
        page.goto(address)
        axe(page)
    page.goto(reverse("reports:index"))
    expect(page.get_by_role("img", name="Projekte je Jahr")).to_be_visible()
    # On a phone a year without figures is one line, and no bar leaves the frame.
    expect(page.get_by_role("row", name="2005").get_by_role("cell")).to_have_count(0)
    boxes = page.locator("svg.bars rect").evaluate_all(
        "all => all.map(r => [r.getBoundingClientRect().left, r.getBoundingClientRect().right])"
    )
    assert boxes and all(0 <= left < right <= 390 for left, right in boxes)
