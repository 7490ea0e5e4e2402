"""Two people on one form: the later save shows what differs, field by field, and loses nothing."""

import html
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from projects import drafts
from projects.models import Project
from tests import personas
from tests.test_project_pages import enter, signed_in, text_of

pytestmark = pytest.mark.django_db

INPUT = re.compile(r"<input\b[^>]*>|<textarea\b.*?</textarea>|<select\b.*?</select>", re.S)


def attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


def fields_of(page: Any) -> dict[str, Any]:
    """The project form's fields as a browser would send them back."""
    form = page.content.decode().split('class="plan-form"')[1].split("</form>")[0]
    form = re.sub(r"<template.*?</template>", "", form, flags=re.S)
    data: dict[str, Any] = {}
    for tag in INPUT.findall(form):
        name = attribute(tag, "name")
        if not name or re.search(r"\bdisabled\b", tag.split(">")[0]):
            continue
        if tag.startswith("<textarea"):
            data[name] = html.unescape(tag.split(">", 1)[1].removesuffix("</textarea>")).removeprefix("\n")
        elif tag.startswith("<select"):
            chosen = re.search(r'<option value="([^"]*)"[^>]*\bselected', tag)
            first = re.search(r'<option value="([^"]*)"', tag)
            data[name] = (chosen or first)[1] if chosen or first else ""
        elif attribute(tag, "type") in ("checkbox", "radio"):
            if re.search(r"\bchecked\b", tag):
                value = attribute(tag, "value") or ("on" if attribute(tag, "type") == "checkbox" else "")
                data[name] = [*data[name], value] if isinstance(data.get(name), list) else value
        else:
            data[name] = attribute(tag, "value")
    return {**data, "action": "save"}


@pytest.fixture
def project() -> Project:
    enter(signed_in(personas.gf_aplerbeck()), contact="Frau am Empfang")
    return Project.objects.get()


class Tab:
    """A form that was opened once and is sent with changes, by a person."""

    def __init__(self, persona: Any, project: Project) -> None:
        self.client = signed_in(persona)
        self.address = reverse("projects:edit", args=[project.pk])
        self.page = self.client.get(self.address)
        self.fields = fields_of(self.page)

    def save(self, **changes: Any) -> Any:
        self.fields |= changes
        self.page = self.client.post(self.address, self.fields)
        if self.page.status_code != 302:
            self.fields = fields_of(self.page)
        return self.page

    @property
    def comparison(self) -> Any:
        return self.page.context["comparison"]

    def labels(self, which: str) -> list[str]:
        return [d.label for d in getattr(self.comparison, which)]


@pytest.fixture
def mine(project: Project) -> Tab:
    return Tab(personas.gf_aplerbeck(), project)


@pytest.fixture
def other(project: Project) -> Tab:
    return Tab(personas.deputy_aplerbeck(), project)


def test_only_what_both_changed_is_asked(project: Project, mine: Tab, other: Tab) -> None:
    assert other.save(title="Fest der Vertretung", place="Amtshaus").status_code == 302
    page = mine.save(title="Mein Fest", aims="Meine Ziele")
    assert page.status_code == 409
    assert mine.labels("conflicts") == ["Titel"]
    assert mine.labels("taken") == ["Ort"]
    text = text_of(page)
    for part in ("Vera Vertretung", "Mein Fest", "Fest der Vertretung", "Amtshaus", "vorher: Marktplatz"):
        assert part in text
    project.refresh_from_db()
    assert (project.title, project.aims) == ("Fest der Vertretung", "Mehr Leben im Ortskern.")
    # Saved again as it stands: one's own title, the other's place, nothing lost.
    assert mine.save().status_code == 302
    project.refresh_from_db()
    assert (project.title, project.place, project.aims) == ("Mein Fest", "Amtshaus", "Meine Ziele")


def test_theirs_is_taken_by_choice(project: Project, mine: Tab, other: Tab) -> None:
    year = project.year
    other.save(title="Fest der Vertretung", starts_on=f"{year}-08-31", own_share="1.500")
    mine.save(title="Mein Fest", starts_on=f"{year}-09-02", own_share="1.750,5")
    assert mine.labels("conflicts") == ["Titel", "Beginn", "Säule 1"]
    text = text_of(mine.page)
    assert f"31.08.{year}" in text and f"02.09.{year}" in text
    assert "1.500,00 €" in text and "1.750,50 €" in text
    for each in mine.comparison.conflicts:
        if each.key != "title":
            mine.fields[each.name] = each.token
    assert mine.save().status_code == 302
    project.refresh_from_db()
    assert (project.title, project.starts_on) == ("Mein Fest", date(year, 8, 31))
    assert project.financing_items.get(kind="pillar_1").amount == Decimal("1500")


def test_what_is_typed_after_the_choice_counts(project: Project, mine: Tab, other: Tab) -> None:
    other.save(title="Fest der Vertretung")
    mine.save(title="Mein Fest")
    (title,) = mine.comparison.conflicts
    mine.save(**{title.name: title.token, "title": "Unser Fest"})
    project.refresh_from_db()
    assert project.title == "Unser Fest"


def test_rows_of_the_plan(project: Project, mine: Tab, other: Tab) -> None:
    """One changed by both, one deleted by the other, one added by the other, one added by oneself."""
    stage, music = project.cost_items.all()
    sponsor = project.financing_items.get(kind="third_party")
    other.save(
        **{
            "costs-0-amount": "1.800",
            "costs-1-DELETE": "on",
            "costs-TOTAL_FORMS": "3",
            "costs-2-label": "Strom",
            "costs-2-amount": "300",
            "others-0-third_party_state": "received",
        }
    )
    mine.save(
        **{
            "costs-0-amount": "1.600",
            "costs-TOTAL_FORMS": "4",
            "costs-3-label": "Toiletten",
            "costs-3-amount": "250",
        }
    )
    assert [(d.mine, d.theirs) for d in mine.comparison.conflicts] == [
        ("Bühne: 1.600,00\u00a0€", "Bühne: 1.800,00\u00a0€")
    ]
    assert {(d.mine, d.theirs) for d in mine.comparison.taken} == {
        ("Musik: 1.499,50\u00a0€", ""),
        (
            "Drittmittel, Sparkasse, zugesagt: 1.000,00\u00a0€",
            "Drittmittel, Sparkasse, eingegangen: 1.000,00\u00a0€",
        ),
        ("", "Strom: 300,00\u00a0€"),
    }
    assert mine.save().status_code == 302
    rows = dict(project.cost_items.values_list("label", "amount"))
    assert rows == {"Bühne": Decimal("1600"), "Strom": Decimal("300"), "Toiletten": Decimal("250")}
    assert project.cost_items.filter(pk=stage.pk).exists()
    assert not project.cost_items.filter(pk=music.pk).exists()
    sponsor.refresh_from_db()
    assert sponsor.third_party_state == "received"


def test_a_row_that_one_deleted_and_the_other_changed(project: Project, mine: Tab, other: Tab) -> None:
    other.save(**{"costs-0-amount": "1.800"})
    mine.save(**{"costs-0-DELETE": "on"})
    (row,) = mine.comparison.conflicts
    assert (row.mine, row.theirs) == ("", "Bühne: 1.800,00\u00a0€")
    mine.save(**{row.name: row.token})
    assert project.cost_items.get(label="Bühne").amount == Decimal("1800")


def test_further_districts(project: Project, mine: Tab, other: Tab) -> None:
    brackel, hoerde = personas.district("BRA").pk, personas.district("HOE").pk
    other.save(**{f"takes_part_{brackel}": "on", f"share_{brackel}": "500"})
    mine.save(**{f"takes_part_{hoerde}": "on"})
    assert not mine.comparison.conflicts
    assert set(mine.labels("taken")) == {"Beteiligung Brackel", "Säule 1 Brackel"}
    assert mine.save().status_code == 302
    assert set(project.participations.values_list("district__code", flat=True)) == {"BRA", "HOE"}


def test_the_same_change_twice_is_no_conflict(mine: Tab, other: Tab) -> None:
    other.save(title="Apfelfest")
    mine.save(title="Apfelfest")
    assert not mine.comparison.conflicts
    assert mine.save().status_code == 302


def test_a_third_change_is_shown_again(project: Project, mine: Tab, other: Tab) -> None:
    other.save(title="Fest der Vertretung")
    mine.save(title="Mein Fest")
    again = Tab(personas.deputy_aplerbeck(), project)
    again.save(place="Amtshaus")
    assert mine.save().status_code == 409
    # The title was decided knowingly and is not asked twice.
    assert (mine.labels("conflicts"), mine.labels("taken")) == ([], ["Ort"])
    assert mine.save().status_code == 302
    project.refresh_from_db()
    assert (project.title, project.place) == ("Mein Fest", "Amtshaus")


def test_a_row_added_on_the_page_of_differences_keeps_the_choice(
    project: Project, mine: Tab, other: Tab
) -> None:
    other.save(title="Fest der Vertretung")
    mine.save(title="Mein Fest")
    (title,) = mine.comparison.conflicts
    mine.save(**{title.name: title.token, "action": "add-costs"})
    assert mine.fields["title"] == "Fest der Vertretung"
    assert mine.save().status_code == 302
    project.refresh_from_db()
    assert project.title == "Fest der Vertretung"


@pytest.mark.parametrize("base", ["", "[]", "{", "1"])
def test_a_form_without_digests_asks_everything(mine: Tab, other: Tab, base: str) -> None:
    other.save(place="Amtshaus")
    mine.save(base=base)
    assert mine.labels("conflicts") == ["Ort"]


def test_handed_in_meanwhile(project: Project, mine: Tab) -> None:
    personas.open_year()
    personas.funding.submit(project, actor=personas.deputy_aplerbeck())
    page = mine.save(title="Zu spät", **{"costs-0-amount": "9.999"})
    assert page.status_code == 409
    assert not mine.comparison.conflicts and not mine.comparison.taken
    text = text_of(page)
    for part in ("Zu spät", "Apfelmarkt", "Bühne: 9.999,00 €", "Bühne: 1.500,50 €", "Vera Vertretung"):
        assert part in text
    assert 'value="Zu spät"' in page.content.decode()


def test_decided_meanwhile(project: Project, mine: Tab) -> None:
    """Costs can still be saved; what cannot be any more is shown, not dropped."""
    personas.open_year()
    personas.funding.submit(project, actor=personas.deputy_aplerbeck())
    personas.approve(personas.application(project))
    page = mine.save(title="Zu spät", **{"costs-0-amount": "1.700,50"})
    assert page.status_code == 409
    assert mine.labels("fixed") == ["Titel"]
    assert "Zu spät" in text_of(page)
    assert mine.save().status_code == 302
    project.refresh_from_db()
    assert project.title == "Apfelmarkt"
    assert project.cost_items.get(label="Bühne").amount == Decimal("1700.50")


def test_oneself_in_another_window(project: Project, mine: Tab) -> None:
    Tab(personas.gf_aplerbeck(), project).save(title="Im anderen Fenster")
    assert "von Ihnen selbst in einem anderen Fenster" in text_of(mine.save(title="Hier"))


def test_a_draft_deleted_meanwhile_goes_on_as_a_new_one(project: Project, mine: Tab, other: Tab) -> None:
    drafts.delete_draft(project, actor=personas.deputy_aplerbeck(), version=project.version)
    page = mine.save(title="Trotzdem")
    assert page.status_code == 409
    assert "inzwischen gelöscht" in text_of(page)
    mine.address = reverse("projects:create")
    assert f'action="{mine.address}"' in page.content.decode()
    assert mine.save().status_code == 302
    made = Project.objects.get()
    assert (made.title, made.cost_total) == ("Trotzdem", Decimal("3000"))


def test_a_draft_that_one_may_not_see_any_more_stays_unseen(project: Project, mine: Tab) -> None:
    """A form of somebody else's, or of another page, gets no answer about what is there."""
    stranger = Tab(personas.gf_hoerde(), personas.make_project(personas.gf_hoerde()))
    stranger.address = mine.address
    assert stranger.client.post(mine.address, stranger.fields).status_code == 404
    assert stranger.client.post(mine.address, mine.fields).status_code == 404
