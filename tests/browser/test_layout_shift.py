"""Pictures that come late move nothing: their place is kept."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from stadtbezirk.handbook import PICTURES, chapters
from tests.bench.parts.layout_shift import OBSERVE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_pictures_of_the_handbook_move_nothing(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.add_init_script(OBSERVE)
    page.route("**/*.png", lambda route: (page.wait_for_timeout(300), route.continue_()))
    shown = 0
    for chapter in chapters():
        if "<img" not in chapter.html:
            continue
        page.goto(reverse("handbook_chapter", args=[chapter.slug]))
        for picture in page.locator(".prose img").all():
            kept = picture.evaluate("each => each.getBoundingClientRect().height")
            picture.scroll_into_view_if_needed()
            picture.evaluate("each => each.complete || new Promise((done) => { each.onload = done; })")
            assert picture.evaluate("each => each.getBoundingClientRect().height") == kept > 0
            shown += 1
        assert page.evaluate("window.shifted") < 0.01, chapter.slug
    assert shown == len(list(PICTURES.glob("*.png"))) > 0
