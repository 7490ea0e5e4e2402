"""The session ends in the middle of a long form: what was typed is there after signing in again, and not saved."""

import re
import time
from decimal import Decimal
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from funding.models import Application, Decision, Expense
from members.common import kept
from members.models import User
from projects.models import Project
from tests import personas
from tests.test_project_pages import change, signed_in, text_of, typed

pytestmark = pytest.mark.django_db

GONE = "Ihre Sitzung war abgelaufen. Ihre Eingaben sind noch da; gespeichert ist noch nichts."


@pytest.fixture
def tab() -> Client:
    return Client(enforce_csrf_checks=True)


def sign_in(client: Client, user: User, address: str = "") -> Any:
    """By the form, as a person does; ``address`` is the sign-in page one was sent to."""
    page = client.get(address or reverse("account_login"))
    return client.post(
        reverse("account_login"),
        {
            "login": user.email,
            "password": personas.PASSWORD,
            "csrfmiddlewaretoken": token_of(page),
            "next": page.context["redirect_field_value"] or "",
        },
    )


def hidden(page: Any, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.content.decode())
    assert found, name
    return found[1]


def token_of(page: Any) -> str:
    return hidden(page, "csrfmiddlewaretoken")


def sent(page: Any, **fields: Any) -> dict[str, Any]:
    """A browser's form of this page with its hidden fields."""
    return {**fields, "csrfmiddlewaretoken": token_of(page), kept.MARK: hidden(page, kept.MARK)}


def end_session(client: Client) -> None:
    """The session runs out; the browser keeps its other cookies."""
    client.session.flush()
    del client.cookies["sessionid"]


def open_form(client: Client, user: User, address: str) -> Any:
    sign_in(client, user)
    page = client.get(address)
    assert page.status_code == 200
    return page


def test_the_project_form_is_there_again_and_nothing_is_saved(tab: Client) -> None:
    user = personas.gf_aplerbeck()
    address = reverse("projects:create")
    page = open_form(tab, user, address)
    end_session(tab)
    refused = tab.post(address, sent(page, **typed(title="Apfelmarkt mit Öl & <Salz>")))
    assert refused.url == f"{reverse('account_login')}?next={address}"
    assert "was Sie eingetragen haben, ist danach noch da" in text_of(tab.get(refused.url))
    back = sign_in(tab, user, refused.url)
    assert back.url == address
    assert not Project.objects.exists()

    again = tab.get(address)
    html = again.content.decode()
    assert GONE in text_of(again)
    assert 'value="Apfelmarkt mit Öl &amp; &lt;Salz&gt;"' in html
    assert 'value="1.500,50"' in html
    assert "Dateien müssen Sie neu auswählen" not in html
    # It is still there when the page is loaded once more, and gone once it was saved.
    assert GONE in text_of(tab.get(address))
    assert tab.post(address, sent(again, **typed())).status_code == 302
    assert Project.objects.get().title == "Apfelmarkt"
    assert GONE not in text_of(tab.get(address))


def test_a_form_with_files_says_that_they_are_not_kept(tab: Client) -> None:
    user = personas.gf_aplerbeck()
    address = reverse("projects:create")
    page = open_form(tab, user, address)
    end_session(tab)
    body = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in sent(page, title="Mit Plan").items()
    )
    body += '--x\r\nContent-Disposition: form-data; name="plan"; filename="p.pdf"\r\n\r\n%PDF\r\n--x--\r\n'
    refused = tab.post(address, body.encode(), content_type="multipart/form-data; boundary=x")
    sign_in(tab, user, refused.url)
    assert "Dateien müssen Sie neu auswählen" in text_of(tab.get(address))


def test_what_was_typed_can_be_thrown_away(tab: Client) -> None:
    user = personas.gf_aplerbeck()
    address = reverse("projects:create")
    page = open_form(tab, user, address)
    end_session(tab)
    sign_in(tab, user, tab.post(address, sent(page, **typed())).url)
    again = tab.get(address)
    thrown = tab.post(
        address, {"csrfmiddlewaretoken": token_of(again), kept.DISCARD: hidden_value(again, kept.DISCARD)}
    )
    assert thrown.url == address
    assert "Apfelmarkt" not in tab.get(address).content.decode()
    assert not Project.objects.exists()


def hidden_value(page: Any, button: str) -> str:
    found = re.search(rf'name="{button}" value="([^"]*)"', page.content.decode())
    assert found
    return found[1]


def test_a_stale_form_is_refused_after_signing_in_too(tab: Client) -> None:
    """What is shown again carries its own version: somebody else's save in between is not overwritten."""
    user = personas.gf_aplerbeck()
    project = personas.make_project(user)
    address = reverse("projects:edit", args=[project.pk])
    page = open_form(tab, user, address)
    data = sent(page, **typed(title="Meine Fassung", version=project.version))
    end_session(tab)
    refused = tab.post(address, data)
    change(signed_in(personas.deputy_aplerbeck()), project, title="Fassung der Vertretung")
    sign_in(tab, user, refused.url)
    again = tab.get(address)
    assert 'value="Meine Fassung"' in again.content.decode()
    data["csrfmiddlewaretoken"] = token_of(again)
    assert tab.post(address, data).status_code == 409
    project.refresh_from_db()
    assert project.title == "Fassung der Vertretung"


def test_a_project_handed_in_meanwhile_still_shows_what_was_typed(tab: Client) -> None:
    user = personas.gf_aplerbeck()
    project = personas.make_project(user)
    address = reverse("projects:edit", args=[project.pk])
    page = open_form(tab, user, address)
    end_session(tab)
    refused = tab.post(address, sent(page, **typed(title="Zu spät", version=project.version)))
    personas.open_year()
    personas.funding.submit(project, actor=personas.deputy_aplerbeck())
    sign_in(tab, user, refused.url)
    again = tab.get(address)
    assert again.status_code == 409
    assert 'value="Zu spät"' in again.content.decode()


def test_nobody_else_sees_what_was_typed(tab: Client) -> None:
    user = personas.gf_aplerbeck()
    address = reverse("projects:create")
    page = open_form(tab, user, address)
    end_session(tab)
    refused = tab.post(address, sent(page, **typed(title="Vertraulich")))
    deputy = personas.deputy_aplerbeck()
    sign_in(tab, deputy, refused.url)
    shown = tab.get(address)
    assert "Vertraulich" not in shown.content.decode()
    assert GONE not in text_of(shown)
    assert str(user) not in text_of(shown)
    assert tab.session.get(kept.SESSION_KEY) == []


def decision_page(tab: Client) -> tuple[Application, Any, dict[str, Any]]:
    application = personas.application(personas.handed_in(personas.gf_aplerbeck(), pillar_2="3000"))
    page = open_form(tab, personas.wf1(), application.get_absolute_url())
    form = page.context["decide"]
    data = {"step": "approve", "seen": form["seen"].value(), "key": form["key"].value()}
    return application, page, sent(page, **data, amount="2.500", financing="fixed", reason="Weniger Technik.")


def test_a_decision_is_there_again_and_books_once(tab: Client) -> None:
    application, _, data = decision_page(tab)
    address = application.get_absolute_url()
    end_session(tab)
    refused = tab.post(address, data)
    sign_in(tab, personas.wf1(), refused.url)
    again = tab.get(address)
    assert GONE in text_of(again)
    assert "Weniger Technik." in again.content.decode()
    assert 'value="2.500"' in again.content.decode()
    application.refresh_from_db()
    assert application.state == Application.State.SUBMITTED
    # The one-time key is still good, once.
    data["csrfmiddlewaretoken"] = token_of(again)
    assert hidden(again, "key") == data["key"]
    assert tab.post(address, data).status_code == 302
    assert tab.post(address, data).status_code in (302, 403)
    application.refresh_from_db()
    assert application.granted == Decimal("2500")
    assert Decision.objects.filter(application=application, step="approve").count() == 1


def test_a_decision_taken_by_somebody_else_meanwhile(tab: Client) -> None:
    application, _, data = decision_page(tab)
    end_session(tab)
    refused = tab.post(application.get_absolute_url(), data)
    personas.approve(application)
    sign_in(tab, personas.wf1(), refused.url)
    again = tab.get(application.get_absolute_url())
    assert again.status_code == 200
    assert "Weniger Technik." in again.content.decode()


def test_other_booking_forms_are_there_again(tab: Client) -> None:
    personas.open_year()
    address = reverse("payments:expense_create", args=[personas.this_year()])
    page = open_form(tab, personas.wf1(), address)
    end_session(tab)
    refused = tab.post(address, sent(page, amount="12,50", purpose="Porto für Einladungen"))
    sign_in(tab, personas.wf1(), refused.url)
    assert "Porto für Einladungen" in tab.get(address).content.decode()
    assert not Expense.objects.exists()


def test_a_button_alone_says_that_nothing_was_done(tab: Client) -> None:
    project = personas.make_project(
        personas.gf_aplerbeck(), shares={"APL": "900", "BRA": "1"}, confirmed=False
    )
    page = open_form(tab, personas.gf_brackel(), project.get_absolute_url())
    end_session(tab)
    refused = tab.post(reverse("projects:confirm", args=[project.pk]), sent(page, district="1", version="1"))
    assert refused.url.endswith(f"?next={project.get_absolute_url()}")
    assert "ausgeführt wurde nichts" in text_of(tab.get(refused.url))
    assert sign_in(tab, personas.gf_brackel(), refused.url).url == project.get_absolute_url()


def test_more_than_the_cap_is_not_kept_and_the_page_says_so(tab: Client) -> None:
    user = personas.gf_aplerbeck()
    address = reverse("projects:create")
    page = open_form(tab, user, address)
    end_session(tab)
    refused = tab.post(address, sent(page, **typed(aims="ä" * kept.LIMIT)))
    assert "zu lang, um sie aufzuheben" in text_of(tab.get(refused.url))
    sign_in(tab, user, refused.url)
    assert GONE not in text_of(tab.get(address))


def test_the_oldest_form_gives_way(tab: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    user = personas.gf_aplerbeck()
    projects = [personas.make_project(user, title=f"Projekt {n}") for n in range(2)]
    addresses = [reverse("projects:edit", args=[p.pk]) for p in projects]
    sign_in(tab, user)
    pages = [tab.get(address) for address in addresses]
    end_session(tab)
    monkeypatch.setattr(kept, "LIMIT", 1_500)
    for address, page in zip(addresses, pages, strict=True):
        refused = tab.post(address, sent(page, **typed(aims="x" * 500)))
    sign_in(tab, user, refused.url)
    assert GONE not in text_of(tab.get(addresses[0]))
    assert GONE in text_of(tab.get(addresses[1]))


def test_after_an_hour_it_is_gone(tab: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    user = personas.gf_aplerbeck()
    address = reverse("projects:create")
    page = open_form(tab, user, address)
    end_session(tab)
    refused = tab.post(address, sent(page, **typed()))
    assert tab.session.get_expiry_age() <= kept.KEPT_FOR
    sign_in(tab, user, refused.url)
    # Signed in, the session lives as long as ever.
    assert tab.session.get_expiry_age() > kept.KEPT_FOR
    assert GONE in text_of(tab.get(address))
    later = time.time() + kept.KEPT_FOR + 1
    monkeypatch.setattr(kept.time, "time", lambda: later)
    assert GONE not in text_of(tab.get(address))


def test_a_form_from_before_a_new_sign_in_is_shown_again_with_a_fresh_token(tab: Client) -> None:
    """Signed out and in again in another tab: the old tab's token is refused, its text is not lost."""
    user = personas.gf_aplerbeck()
    address = reverse("projects:create")
    page = open_form(tab, user, address)
    end_session(tab)
    del tab.cookies["csrftoken"]
    sign_in(tab, user)
    refused = tab.post(address, sent(page, **typed()))
    assert refused.url == address
    again = tab.get(address)
    assert GONE in text_of(again)
    assert not Project.objects.exists()
    assert tab.post(address, sent(again, **typed())).status_code == 302
    assert Project.objects.count() == 1


def test_the_old_tab_of_somebody_else_shows_nothing(tab: Client) -> None:
    address = reverse("projects:create")
    page = open_form(tab, personas.gf_aplerbeck(), address)
    end_session(tab)
    del tab.cookies["csrftoken"]
    sign_in(tab, personas.deputy_aplerbeck())
    refused = tab.post(address, sent(page, **typed(title="Vertraulich")))
    assert refused.status_code == 403
    assert "Dieses Formular ist abgelaufen" in text_of(refused)
    assert "Vertraulich" not in tab.get(address).content.decode()


@pytest.mark.parametrize("origin", ["https://boese.example", "null"])
def test_another_site_plants_nothing(tab: Client, origin: str) -> None:
    address = reverse("projects:create")
    page = open_form(tab, personas.gf_aplerbeck(), address)
    planted = tab.post(address, sent(page, **typed(title="Untergeschoben")), HTTP_ORIGIN=origin)
    assert planted.status_code == 403
    assert "Untergeschoben" not in tab.get(address).content.decode()


@pytest.mark.parametrize(
    "mark",
    ["", "erfunden", signing.dumps({"person": 1, "page": "/", "typed": True})],
    ids=["none", "invented", "signed elsewhere"],
)
def test_a_form_without_our_mark_is_not_kept(tab: Client, mark: str) -> None:
    """Nobody fills the session table from outside, or sends people elsewhere."""
    page = tab.get(reverse("account_login"))
    data = {"csrfmiddlewaretoken": token_of(page), kept.MARK: mark, "title": "Untergeschoben"}
    refused = tab.post(reverse("projects:create"), data)
    assert refused.url == f"{reverse('account_login')}?next={reverse('projects:create')}"
    assert "sessionid" not in tab.cookies


def test_passwords_are_not_kept(tab: Client) -> None:
    page = open_form(tab, personas.gf_aplerbeck(), reverse("projects:create"))
    end_session(tab)
    tab.post(reverse("projects:create"), sent(page, title="A", password="geheim-1", oldpassword="geheim-2"))
    (entry,) = tab.session[kept.SESSION_KEY]
    assert set(entry["typed"]) == {"title"}


def test_a_part_that_htmx_asks_for_sends_the_whole_window_to_sign_in() -> None:
    address = f"{reverse('funding:applications')}?suche=x"
    response = Client().get(
        address, HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL=f"http://testserver{address}"
    )
    assert response.headers["HX-Redirect"].startswith(f"{reverse('account_login')}?next=")
