"""Nobody is shown a page that was made for somebody else."""

import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import reverse

from members.common.middleware import PrivatePagesMiddleware
from members.models import User
from stadtbezirk.middleware import PROBES
from tests import personas, test_access_matrix
from tests.test_access_matrix import PAGES, World, resolve_arguments
from tests.test_search import add

pytestmark = pytest.mark.django_db

world = test_access_matrix.world

#: What differs from load to load: the marks and keys of forms.
FRESH = re.compile(r'<input type="hidden"[^>]*>|hx-headers=\'[^\']*\'')


def shown(user: User | None, address: str) -> tuple[int, str]:
    client = Client()
    if user:
        client.force_login(user)
    answer = client.get(address)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, FRESH.sub("", body.decode(errors="replace"))


def addresses(world: World) -> list[str]:
    """Every page of the matrix."""
    return [reverse(name, args=resolve_arguments(arguments, world)) for name, (arguments, _) in PAGES.items()]


def test_what_staff_saw_does_not_reach_others(world: World) -> None:
    """As visitor and director with nothing seen before; then staff looks; then both look again."""
    director, staff = personas.gf_hoerde(), personas.wf1()
    compared = 0
    for address in addresses(world):
        before = [shown(user, address) for user in (None, director)]
        status, page = shown(staff, address)
        after = [shown(user, address) for user in (None, director)]
        assert before == after, address
        if status == 200 and "Konto</summary>" in page:
            compared += 1
            assert page not in [body for _, body in after], address
    assert compared > 20


def test_no_cache_on_the_way_keeps_a_page(world: World) -> None:
    for user in (None, personas.wf1()):
        client = Client()
        if user:
            client.force_login(user)
        for address in addresses(world):
            answer = client.get(address)
            b"".join(answer)  # read to its end, a file is closed
            rules = {rule.strip().partition("=")[0] for rule in answer["Cache-Control"].split(",")}
            assert "private" in rules, address
            assert rules & {"no-cache", "no-store", "max-age"}, address
            # A probe knows nobody: it says the same to all.
            assert address in PROBES or "Cookie" in answer["Vary"], address


def test_a_stricter_word_of_a_page_stands() -> None:
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Cache-Control": "private, no-store"})

    assert PrivatePagesMiddleware(page)(HttpRequest())["Cache-Control"] == "private, no-store"


def test_a_visitor_gets_no_second_copy_of_an_unchanged_page() -> None:
    browser = Client()
    for address in (reverse("home"), reverse("projects:list"), reverse("reports:index")):
        first = browser.get(address)
        known = {"If-None-Match": first["ETag"]}
        again = browser.get(address, headers=known)
        assert (again.status_code, again.content) == (304, b""), address
        add("Straßenfest")
        changed = browser.get(address, headers=known)
        assert changed.status_code == 200, address
        assert changed.content != first.content, address

        own = Client()
        own.force_login(personas.wf1())
        page = own.get(address, headers={"If-None-Match": changed["ETag"]})
        assert page.status_code == 200, address
        assert "ETag" not in page, address
        assert "Konto</summary>" in page.content.decode(), address
