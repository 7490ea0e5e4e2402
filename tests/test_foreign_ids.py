"""Ids that no page offers, in every address, filter and form: a sentence or our own page, never a fault."""

from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from tests import personas
from tests.test_access_matrix import PAGES, World, resolve_arguments, world

pytestmark = pytest.mark.django_db
__all__ = ["world"]

BAD = ("999999999999999999999999999999", "abc", "-1", "²", "9" * 5000)
#: Fields that are no id, and without which a form is not read at all.
NO_IDS = {"csrfmiddlewaretoken", "key", "step", "seen", "base", "_page"}


class Fields(HTMLParser):
    """The largest form of a page: its fields as a browser sends them, and the names that carry a choice or an id."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[tuple[dict[str, list[str]], set[str]]] = []
        self.select = ""
        self.feed(html)
        self.data, self.ids = max(self.forms, key=lambda form: len(form[0]))
        self.ids = {name for name in self.ids - NO_IDS if "__prefix__" not in name}

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        read = {name: value or "" for name, value in attributes}
        name, kind = read.get("name", ""), read.get("type", "text")
        value = read.get("value", "on" if kind in ("checkbox", "radio") else "")
        if tag == "form":
            self.forms.append(({}, set()))
        if not self.forms:
            return
        data, ids = self.forms[-1]
        if tag == "select":
            self.select = name
            ids.add(name)
        elif tag == "option" and "selected" in read:
            data.setdefault(self.select, []).append(value)
        elif tag == "textarea":
            data.setdefault(name, []).append("")
        elif tag == "input" and name and kind not in ("submit", "file") and "disabled" not in read:
            if kind == "hidden" or (kind in ("checkbox", "radio") and value not in ("", "on")):
                ids.add(name)
            if kind not in ("checkbox", "radio") or "checked" in read:
                data.setdefault(name, []).append(value)


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


ADMIN_FORMS = ["user", "person", "mandate", "membership", "seat", "body", "organisation"]


@pytest.mark.parametrize("model", ADMIN_FORMS)
def test_in_a_form_of_the_administration(model: str) -> None:
    client = signed_in(personas.admin_verein())
    address = reverse(f"admin:members_{model}_add")
    fields = Fields(client.get(address).content.decode())
    for name in fields.ids:
        for value in BAD[:1] if name.endswith("_FORMS") else BAD:
            response = client.post(address, {**fields.data, name: value})
            assert response.status_code == 200, (name, value)
            page = response.content.decode()
            assert "errornote" in page or "is-invalid" in page or "errorlist" in page, (name, value)


def test_among_the_rows_chosen_in_a_list_of_the_administration() -> None:
    client = signed_in(personas.admin_verein())
    for model, action in (("user", "invite_chosen"), ("mandate", "end_chosen"), ("outboxmail", "tick_off")):
        for value in BAD:
            response = client.post(
                reverse(f"admin:members_{model}_changelist"), {"action": action, "_selected_action": value}
            )
            assert response.status_code == 400
            assert "haben wir nicht verstanden" in response.content.decode()


def test_in_the_project_form(world: World) -> None:
    client = signed_in(personas.gf_aplerbeck())
    address = reverse("projects:edit", args=[world.draft.pk])
    fields = Fields(client.get(address).content.decode())
    chosen = {
        "main_field",
        "further_fields",
        "lead_district",
        "project_group",
        "year",
        "chosen_kind",
        "version",
    }
    assert chosen < fields.ids
    rows = {"costs-0-id", "costs-TOTAL_FORMS", "others-0-kind", "others-0-third_party_state", "special_code"}
    for name in chosen | rows:
        for value in BAD:
            status = client.post(address, {**fields.data, name: value}).status_code
            assert status in (302, 409, 422), (name, value)


def test_choosing_a_row_that_a_form_does_not_have(world: World) -> None:
    """The page of differences takes rows by the number of lines that was sent."""
    client, address = signed_in(personas.gf_aplerbeck()), reverse("projects:edit", args=[world.draft.pk])
    fields = Fields(client.get(address).content.decode())
    for value in ("9" * 18, "²"):
        data = {**fields.data, "costs-TOTAL_FORMS": value, "take-costs-999": "x"}
        assert client.post(address, data).status_code in (302, 409, 422)


def test_in_the_forms_that_book(world: World) -> None:
    staff, director = signed_in(personas.wf1()), signed_in(personas.gf_aplerbeck())
    own = personas.handed_in(personas.gf_aplerbeck(), shares={"APL": "100"}).applications.get()
    for client, address in (
        (staff, reverse("funding:transfers")),
        (staff, reverse("funding:special")),
        (staff, reverse("payments:expense_create", args=[personas.this_year()])),
        (director, reverse("funding:application", args=[own.pk])),
        (director, reverse("projects:comments", args=[world.submitted.pk])),
    ):
        fields = Fields(client.get(address).content.decode())
        for name in fields.ids:
            for value in BAD:
                status = client.post(address, {**fields.data, name: value}).status_code
                assert status in (302, 403, 404, 422), (address, name, value)


#: Addresses with a secret that was mailed: a wrong one is answered by a page of its own.
TOKENS = ("mailed_link", "letters:promise", "letters:promise_pdf")


@pytest.mark.parametrize("value", BAD[:3])
def test_in_an_address(world: World, value: str) -> None:
    """Converters know no bounds; whatever lies beyond a column's is simply not there."""
    client = signed_in(personas.wf_with_mandate())
    for name, (arguments, _) in PAGES.items():
        if name in TOKENS or not arguments:
            continue
        if not set(map(str, arguments)) - {"csv"}:
            continue
        resolved = [str(a) for a in resolve_arguments(arguments, world)]
        parts = reverse(name, args=resolved).split("/")
        address = "/".join(value if part in resolved else part for part in parts)
        for response in (client.get(address), client.post(address)):
            assert response.status_code in (404, 405), address
            if response.status_code == 404:
                assert "gibt es nicht" in response.content.decode(), address


FILTERS = ["page", "jahr", "feld", "topf", "bezirk", "stand", "art", "am", "ids", "seite", "pruefen"]


@pytest.mark.parametrize("name", [*FILTERS, "p", "o", "id__exact", "district__id__exact", "_to_field"])
def test_in_a_filter(world: World, name: str) -> None:
    client = signed_in(personas.superuser())
    ours = ["home", "projects:list", "bodies:list", "funding:pots", "funding:applications"]
    ours += ["funding:overhead", "funding:special", "funding:transfers", "reports:index"]
    admin = ["admin:members_mandate_changelist", "admin:members_seat_changelist", "admin:members_mandate_end"]
    for address in map(reverse, [*(ours if name in FILTERS else []), *admin]):
        for value in BAD:
            response = client.get(address, {name: value})
            assert response.status_code in (200, 302, 400, 404), (address, value)
            if response.status_code == 400:
                assert "haben wir nicht verstanden" in response.content.decode()
