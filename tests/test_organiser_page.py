"""The page on which districts and Wirtschaftsförderung maintain an organiser's address."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from members.models import Organisation, User
from projects import organisers
from projects.models import Project
from tests import personas
from tests.test_kept_input import open_form, sent, tab  # noqa: F401
from tests.test_project_pages import signed_in, text_of
from tests.test_stale_forms import sign_in_again

pytestmark = pytest.mark.django_db

PLACE = {"street": "Wannestraße 1", "postcode": "44135", "town": "Dortmund"}
TYPED = {
    **PLACE, "address_extra": "", "country": "DE", "email": "post@example.org", "phone": "0231 123456",
    "legal_form": "association", "register_court": "Amtsgericht Dortmund", "register_number": "VR 1234",
    "signatories": "Erika Beispiel, 1. Vorsitzende\r\nMax Mustermann, Kassenführung",
}  # fmt: skip


@pytest.fixture
def draft(gf_aplerbeck: User) -> Project:
    return personas.make_project(gf_aplerbeck)


def page_of(project: Project) -> str:
    return reverse("projects:organiser", args=[project.organiser_id])


def stored(project: Project) -> Organisation:
    return Organisation.objects.get(pk=project.organiser_id)


def version(page: Any) -> int:
    return page.context["version"]


# Entering


@pytest.mark.parametrize("persona", ["gf_aplerbeck", "deputy_aplerbeck", "wf1"])
def test_the_district_and_those_who_advise_it_enter_it_from_the_projects_page(
    persona: str, draft: Project
) -> None:
    client = signed_in(personas.ALL[persona]())
    assert "Anschrift fehlt noch" in text_of(client.get(draft.get_absolute_url()))
    page = client.get(page_of(draft))
    assert "Schreiben können nicht verschickt werden" in text_of(page)
    assert draft.title in text_of(page)
    saved = client.post(page_of(draft), {**TYPED, "version": version(page)}, follow=True)
    assert "Gespeichert." in text_of(saved)
    assert "Wannestraße 1 44135 Dortmund" in text_of(saved)
    row = stored(draft)
    assert row.address_lines == ["Gewerbeverein Musterviertel", "Wannestraße 1", "44135 Dortmund"]
    assert row.signatory_lines == ["Erika Beispiel, 1. Vorsitzende", "Max Mustermann, Kassenführung"]
    assert (row.legal_form, row.email, row.register_number) == ("association", "post@example.org", "VR 1234")
    assert row.history.latest().history_user == personas.ALL[persona]()
    assert "Anschrift und Kontakt" in text_of(client.get(draft.get_absolute_url()))


def test_who_decides_reads_it_on_the_application(gf_aplerbeck: User) -> None:
    project = personas.handed_in(gf_aplerbeck, pillar_2="3000")
    address = personas.application(project, "S2").get_absolute_url()
    client = signed_in(personas.wf1())
    assert "Anschrift fehlt noch" in text_of(client.get(address))
    Organisation.objects.filter(pk=project.organiser_id).update(**PLACE)
    assert "Wannestraße 1, 44135 Dortmund" in text_of(client.get(address))
    assert page_of(project) in client.get(address).content.decode()
    auditor = signed_in(personas.auditor()).get(address)
    assert "Wannestraße" not in text_of(auditor)
    assert page_of(project) not in auditor.content.decode()


def test_whoever_hands_in_hears_that_a_letter_needs_an_address(gf_aplerbeck: User) -> None:
    personas.open_year()
    grant = personas.make_project(gf_aplerbeck)
    own = personas.make_project(gf_aplerbeck, measure=Project.Measure.OWN)
    client = signed_in(gf_aplerbeck)

    def told(project: Project) -> bool:
        page = client.get(reverse("handing_in:hand_in", args=[project.pk]))
        assert "Verbindlich einreichen" in text_of(page)
        return "fehlt noch die Anschrift" in text_of(page) and page_of(project) in page.content.decode()

    assert (told(grant), told(own)) == (True, False)
    Organisation.objects.filter(pk=grant.organiser_id).update(**PLACE)
    assert not told(grant)


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(
    draft: Project, gf_aplerbeck: User
) -> None:
    client = signed_in(gf_aplerbeck)
    wrong = {**TYPED, "postcode": "4413", "street": "x" * 46, "register_court": "", "email": "post@"}
    answer = client.post(page_of(draft), {**wrong, "version": 0})
    assert answer.status_code == 422
    said = text_of(answer)
    for sentence in (
        "Noch nicht gespeichert.",
        "Eine deutsche Postleitzahl hat fünf Ziffern, zum Beispiel 44135.",
        "Bitte auf höchstens 45 Zeichen kürzen; es sind 46.",
        "Registergericht und Registernummer gehören zusammen.",
        "gültige E-Mail-Adresse",
    ):
        assert sentence in said
    assert 'value="4413"' in answer.content.decode()
    assert not stored(draft).has_address


def test_what_does_not_change_leaves_no_trace(draft: Project, gf_aplerbeck: User) -> None:
    client = signed_in(gf_aplerbeck)
    client.post(page_of(draft), {**TYPED, "version": version(client.get(page_of(draft)))})
    before = stored(draft).history.count()
    client.post(page_of(draft), {**TYPED, "version": version(client.get(page_of(draft)))})
    assert stored(draft).history.count() == before


# Two at the same time


def test_who_saves_later_reads_what_was_saved_meanwhile_and_decides(
    draft: Project, gf_aplerbeck: User
) -> None:
    first, second = signed_in(gf_aplerbeck), signed_in(personas.wf1())
    first.post(page_of(draft), {**TYPED, "version": version(first.get(page_of(draft)))})
    opened = version(second.get(page_of(draft)))
    first.post(page_of(draft), {**TYPED, "postcode": "44263", "phone": "0231 999999", "version": opened})
    late = second.post(page_of(draft), {**TYPED, "postcode": "44287", "email": "", "version": opened})
    assert late.status_code == 409
    said = text_of(late)
    assert f"Inzwischen hat {gf_aplerbeck} gespeichert." in said
    assert "Postleitzahl: 44263" in said
    assert "Telefon: " not in said  # nobody else's change is undone there
    assert stored(draft).postcode == "44263"
    form = late.context["form"]
    # One's own entries stay, the other person's are taken over where nothing was changed.
    assert [form[name].value() for name in ("postcode", "phone", "email")] == ["44287", "0231 999999", ""]
    values = {name: form[name].value() for name in form.fields}
    assert second.post(page_of(draft), {**values, "version": version(late)}).status_code == 302
    row = stored(draft)
    assert (row.postcode, row.phone, row.email) == ("44287", "0231 999999", "")


def test_without_a_version_nothing_is_overwritten(draft: Project, gf_aplerbeck: User) -> None:
    client = signed_in(gf_aplerbeck)
    client.post(page_of(draft), {**TYPED, "version": version(client.get(page_of(draft)))})
    for read in ("", "x", "0", "9" * 30):
        answer = client.post(page_of(draft), {**TYPED, "town": "Lünen", "version": read})
        assert answer.status_code == 409
        assert "Ort: Dortmund" in text_of(answer)
    assert stored(draft).town == "Dortmund"


def test_what_was_typed_survives_the_end_of_the_session(
    tab: Client,  # noqa: F811
    draft: Project,
    gf_aplerbeck: User,
) -> None:
    page = open_form(tab, gf_aplerbeck, page_of(draft))
    sign_in_again(tab, gf_aplerbeck)
    tab.post(page_of(draft), sent(page, **TYPED))
    assert 'value="Wannestraße 1"' in tab.get(page_of(draft)).content.decode()
    assert not stored(draft).has_address


# Who may not


@pytest.mark.parametrize("persona", ["gf_brackel", "auditor", "board", "superuser", "admin_verein"])
def test_who_reads_the_name_reads_no_address(persona: str, gf_aplerbeck: User) -> None:
    project = personas.approved(gf_aplerbeck, shares={"APL": "500"})
    Organisation.objects.filter(pk=project.organiser_id).update(**PLACE, email="post@example.org")
    user = personas.ALL[persona]()
    client = signed_in(user)
    for address in (
        project.get_absolute_url(), reverse("projects:list"), reverse("projects:export", args=["csv"]),
        reverse("projects:sheet_by_number", args=[project.number]),
    ):  # fmt: skip
        answer = client.get(address)
        content = b"".join(answer) if answer.streaming else answer.content
        assert b"Wannestra" not in content and b"post@example.org" not in content, address
    assert page_of(project) not in client.get(project.get_absolute_url()).content.decode()
    assert client.get(page_of(project)).status_code == 403
    with pytest.raises(PermissionDenied):
        organisers.maintain(stored(project), actor=user, values=TYPED, version=0)
    assert stored(project).street == "Wannestraße 1"


def test_an_organiser_of_a_draft_elsewhere_is_not_known(draft: Project) -> None:
    assert signed_in(personas.gf_brackel()).get(page_of(draft)).status_code == 404
    assert Client().get(page_of(draft)).status_code == 302


def test_taking_part_is_not_leading(gf_aplerbeck: User) -> None:
    project = personas.make_project(gf_aplerbeck, further=("BRA",), shares={"APL": "500", "BRA": "500"})
    client = signed_in(personas.gf_brackel())
    assert client.get(project.get_absolute_url()).status_code == 200
    assert client.get(page_of(project)).status_code == 403


@pytest.mark.parametrize("count", [1, 30])
def test_queries_of_the_page(
    count: int, draft: Project, gf_aplerbeck: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        personas.make_project(gf_aplerbeck, title=f"Markt {number}")
    client = signed_in(gf_aplerbeck)
    client.post(page_of(draft), {**TYPED, "version": 0})
    with django_assert_num_queries(8):
        client.get(page_of(draft))
