"""Every form of letters and payments: nothing typed is lost with the session, nothing is booked twice by one form."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import reverse
from lxml import html

from tests import batches, personas
from tests.states import NO_PAGES
from tests.test_access_matrix import PAGES, made, resolve_arguments
from tests.test_kept_input import end_session, sign_in, token_of
from tests.test_project_pages import text_of

pytestmark = pytest.mark.django_db

NAMES = [name for name in PAGES if name.startswith(("letters:", "payments:")) and name not in NO_PAGES]
#: The second of two people has every form of the first but those that take back.
WHO = ("wf2", "gf_aplerbeck")
TYPED = "Getippt in Eile"
#: What tells somebody what became of a form.
SENTENCES = (
    "//*[contains(@class, 'callout') or contains(@class, 'invalid-feedback') or contains(@class, 'alert')]"
)


@pytest.fixture
def addresses(db: None) -> list[str]:
    """The pages of letters and payments, and those of a call to pay and of a batch to release."""
    world = made()
    found = [reverse(name, args=resolve_arguments(PAGES[name][0], world)) for name in NAMES]
    application, payee = personas.application(world.published), batches.payee("Zahlbar GmbH")
    to_pay, to_release = (batches.checked_call(application, amount, to=payee) for amount in ("6", "7"))
    return [*found, to_pay.get_absolute_url(), batches.opened(to_release).get_absolute_url()]


def forms_on(client: Client, address: str) -> list[Any]:
    """The forms of the page's main part that change something."""
    page = client.get(address)
    if page.status_code != 200 or not page.headers["Content-Type"].startswith("text/html"):
        if page.streaming:
            list(page.streaming_content)  # read to its end, a download closes its file
        return []
    main = html.fromstring(page.content.decode()).find(".//main")
    return [form for form in main.iter("form") if form.get("method") == "post"]


def filled(form: Any) -> dict[str, Any]:
    """The form as somebody sends it: words in each empty field, the first choice of each list."""
    for field in form.iter("input", "textarea", "select"):
        if field.tag == "select":
            field.value = field.value or next((value for value in field.value_options if value), None)
        elif field.get("type", "text") in ("text", "email", "tel") and not field.value:
            field.value = TYPED
    data: dict[str, Any] = {}
    for name, value in form.form_values():
        data.setdefault(name, []).append(value)
    buttons = list(form.iter("button"))
    if buttons and all(button.get("name") for button in buttons):
        data[buttons[0].get("name")] = buttons[0].get("value")
    return data


def rows() -> dict[str, int]:
    """How many rows each table of the association, its projects and its money has."""
    apps_of_ours = ("funding", "letters", "payments", "proofs", "members", "projects")
    return {
        model._meta.label: model._base_manager.count()
        for model in apps.get_models()
        if model._meta.app_label in apps_of_ours and model.__name__ != "AccountEvent"
    }


def each_form(addresses: list[str], client: Client) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each form that this user can send on these pages: its address, and what is sent."""
    for address in addresses:
        for form in forms_on(client, address):
            yield form.get("action") or address, filled(form)


@pytest.mark.parametrize("who", WHO)
def test_after_the_session_ended_what_was_typed_is_there_and_nothing_is_done(
    addresses: list[str], who: str
) -> None:
    user = personas.ALL[who]()
    client = Client()
    client.force_login(user)
    found = list(each_form(addresses, client))
    before, wrong = rows(), []
    for address, data in found:
        tab = Client(enforce_csrf_checks=True)
        tab.force_login(user)
        data["csrfmiddlewaretoken"] = token_of(tab.get(reverse("profile")))
        end_session(tab)
        answer = tab.post(address, data)
        what = f"{address} {data.get('step', '')}"
        if "/konto/" not in answer.headers.get("Location", ""):
            wrong.append(f"{what}: {answer.status_code}")
            continue
        said = text_of(tab.get(answer.headers["Location"]))
        page = tab.get(sign_in(tab, user, answer.headers["Location"]).headers["Location"])
        if page.status_code != 200 or "Sitzung war abgelaufen" not in said + text_of(page):
            wrong.append(f"{what}: {page.status_code} {text_of(page)[:200]}")
        # An account's number is not kept.
        typed = sum(value == [TYPED] and name != "iban" for name, value in data.items())
        if page.content.decode().count(TYPED) < typed:
            wrong.append(f"{what}: of {typed} inputs {page.content.decode().count(TYPED)} are there")
    assert rows() == before
    assert found
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", WHO)
def test_pressed_twice_a_form_does_once_and_says_so(addresses: list[str], who: str) -> None:
    client = Client()
    client.force_login(personas.ALL[who]())
    wrong = []
    for address, data in each_form(addresses, client):
        what = f"{address} {data.get('step', '')}"
        with transaction.atomic():
            first = client.post(address, data, follow=True)
            after = rows()
            second = client.post(address, data, follow=True)
            if rows() != after:
                wrong.append(f"{what}: done twice")
            for answer in (first, second):
                says = html.fromstring(answer.content.decode()).xpath(SENTENCES)
                if answer.status_code not in (200, 422) or not says:
                    wrong.append(f"{what}: {answer.status_code}, {text_of(answer)[:200]}")
            transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)
