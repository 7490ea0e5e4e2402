"""Copying last year's project and deleting a draft."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.models import Body
from projects import drafts
from projects.missing import missing
from projects.models import CostItem, FieldOfAction, FinancingItem, Participation, Project, ProjectChange
from projects.services import StaleProject
from tests import personas, plans

pytestmark = pytest.mark.django_db


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("begin", "end", "year", "expected"),
    [
        # Saturday stays Saturday, whichever is nearest.
        ("2025-06-07", "2025-06-08", 2026, ("2026-06-06", "2026-06-07")),
        ("2025-11-28", "2025-12-07", 2026, ("2026-11-27", "2026-12-06")),
        ("2018-06-09", None, 2026, ("2026-06-06", None)),
        # 29 February, a Thursday: the nearest Thursday to the 28th.
        ("2024-02-29", "2024-02-29", 2026, ("2026-02-26", "2026-02-26")),
        # The start does not leave its year.
        ("2025-01-01", "2025-01-01", 2026, ("2026-01-07", "2026-01-07")),
        ("2025-12-31", "2026-01-01", 2026, ("2026-12-30", "2026-12-31")),
        ("2026-12-31", "2026-12-31", 2027, ("2027-12-30", "2027-12-30")),
        # Longer than two weeks: the date stays.
        ("2025-01-01", "2025-12-31", 2026, ("2026-01-01", "2026-12-31")),
        ("2024-02-29", "2025-02-28", 2026, ("2026-02-28", "2027-02-28")),
        ("2025-03-01", "2025-03-16", 2026, ("2026-03-01", "2026-03-16")),
        ("2024-12-20", "2025-01-06", 2026, ("2026-12-20", "2027-01-06")),
        ("2024-02-28", "2028-02-29", 2026, ("2026-02-28", "2030-02-28")),
        # An end alone stays as far from the year that the project is planned for (2024).
        (None, "2024-02-29", 2026, (None, "2026-02-28")),
        (None, "2026-03-31", 2026, (None, "2028-03-31")),
        (None, "2025-02-28", 2027, (None, "2028-02-28")),
        (None, None, 2026, (None, None)),
    ],
)
def test_dates_move(
    begin: str | None, end: str | None, year: int, expected: tuple[str | None, str | None]
) -> None:
    planned = day(begin).year if begin else 2024
    period = drafts.moved(begin and day(begin), end and day(end), planned=planned, year=year)  # type: ignore[arg-type]
    assert (period.starts_on, period.ends_on) == tuple(e and day(e) for e in expected)


def test_every_day_of_ten_years_keeps_weekday_and_year() -> None:
    start = day("2020-01-01")
    for n in range(3653):
        old = start + timedelta(n)
        new = drafts.moved(old, old + timedelta(2), planned=old.year, year=old.year + 1)
        assert new.starts_on is not None
        assert new.ends_on == new.starts_on + timedelta(2)
        assert new.starts_on.weekday() == old.weekday()
        assert new.starts_on.year == old.year + 1


def test_a_copy_takes_texts_plan_and_districts_into_a_new_draft(gf_aplerbeck: Any) -> None:
    year = personas.this_year()
    further = list(FieldOfAction.objects.all()[1:3])
    ended = Body.objects.create(
        district=personas.district("APL"),
        kind=Body.Kind.PROJECT_GROUP,
        name="Alte Runde",
        until=timezone.localdate() - timedelta(1),
    )
    old = personas.approved(
        gf_aplerbeck,
        shares={"APL": "1000", "BRA": "500"},
        pillar_2="3000",
        costs=[("Bühne", "4000"), ("Strom", "800")],
        others=[
            {"kind": "third_party", "label": "Sparkasse", "amount": "300", "third_party_state": "received"}
        ],
        further_fields=further,
        contact="Büro",
        project_group=ended,
    )
    made = drafts.copy_project(old, actor=gf_aplerbeck, year=year + 1)
    assert made.number is None
    assert (made.state, made.year, made.published_on) == ("draft", year + 1, None)
    assert made.provenance == f"Kopie von {old.number}"
    assert [getattr(made, n) for n in drafts.COPIED] == [getattr(old, n) for n in drafts.COPIED]
    assert set(made.further_fields.all()) == set(further)
    assert made.project_group is None
    assert made.starts_on is not None
    assert made.starts_on.year == year + 1
    assert list(made.cost_items.values_list("label", "amount")) == [
        ("Bühne", Decimal(4000)),
        ("Strom", Decimal(800)),
    ]
    rows = {(r.kind, r.district_id and r.district.code): r for r in made.financing_items.all()}
    assert {k: r.amount for k, r in rows.items()} == {
        ("third_party", None): Decimal(300),
        ("pillar_1", "APL"): Decimal(1000),
        ("pillar_1", "BRA"): Decimal(500),
        ("pillar_2", None): Decimal(3000),
    }
    assert rows["third_party", None].third_party_state == "asked"
    assert not any(r.locked or r.granted is not None for r in rows.values())
    assert [(p.district.code, p.confirmed_on) for p in made.participations.all()] == [("BRA", None)]
    assert missing(made) == {}
    assert made.changes.get().what == "created"
    # The template is as it was.
    old.refresh_from_db()
    assert old.state == "approved"


def test_special_money_stays_with_its_year(gf_aplerbeck: Any) -> None:
    personas.allow_transfers()
    personas.open_year()
    personas.more_money()
    old = personas.make_project(gf_aplerbeck, special={"SPENDE": "200"})
    made = drafts.copy_project(old, actor=gf_aplerbeck, year=personas.this_year() + 1)
    assert not made.financing_items.exists()


def test_a_form_that_arrives_twice_makes_one_copy(client: Client, gf_aplerbeck: Any) -> None:
    """By its key, however late: also after the copy was worked on. The page opened again makes another."""
    old = personas.make_project(gf_aplerbeck)
    year = personas.this_year() + 1
    client.force_login(gf_aplerbeck)

    def key() -> str:
        form = client.get(old.get_absolute_url()).content.decode().split(f'action="{address}"')[1]
        found = re.search(r'name="key" value="(\w+)"', form)
        assert found
        return found[1]

    address = reverse("projects:copy", args=[old.pk])
    shown = key()
    client.post(address, {"year": year, "key": shown})
    first = Project.objects.exclude(pk=old.pk).get()
    plans.change(first, gf_aplerbeck, fields={"title": "Anders"})
    again = client.post(address, {"year": year, "key": shown})
    assert again["Location"] == reverse("projects:edit", args=[first.pk])
    assert Project.objects.count() == 2
    client.post(address, {"year": year, "key": key()})
    assert Project.objects.count() == 3


def test_only_the_own_district_copies_and_only_to_years_one_can_plan(
    gf_aplerbeck: Any, gf_brackel: Any, wf1: Any, superuser: Any, former_gf: Any
) -> None:
    year = personas.this_year()
    old = personas.make_project(gf_aplerbeck, further=["BRA"])
    for actor in (gf_brackel, wf1, superuser, former_gf):
        with pytest.raises(PermissionDenied):
            drafts.copy_project(old, actor=actor, year=year + 1)
    for wrong in (year, year + 2, 2003):
        with pytest.raises(ValueError, match="cannot be planned"):
            drafts.copy_project(old, actor=gf_aplerbeck, year=wrong)
    assert drafts.years_for_copy(personas.make_project(gf_aplerbeck, year=2019)) == [year, year + 1]


def test_the_page_copies_and_says_what_moved(client: Client, gf_aplerbeck: Any) -> None:
    year = personas.this_year()
    old = personas.make_project(
        gf_aplerbeck, further=["BRA"], others=[{"kind": "third_party", "amount": "300"}]
    )
    client.force_login(gf_aplerbeck)
    assert f"Als Vorlage für {year + 1} kopieren" in client.get(old.get_absolute_url()).content.decode()
    address = reverse("projects:copy", args=[old.pk])
    answer = client.post(address, {"year": year + 1}, follow=True)
    page = answer.content.decode()
    for sentence in (
        "Kopiert als Entwurf",
        "der Wochentag blieb",
        "wieder auf „angefragt“",
        "bestätigen neu",
    ):
        assert sentence in page
    assert Project.objects.filter(provenance="Kopie von Entwurf „Nachbarschaftsfest am Markt“").count() == 1
    for wrong in ("", "x", "2003", "٢٠٢٧"):
        assert "Bitte ein Jahr wählen" in client.post(address, {"year": wrong}, follow=True).content.decode()
    assert Project.objects.count() == 2


def test_a_copy_with_an_end_alone_keeps_the_years_between(client: Client, gf_aplerbeck: Any) -> None:
    year = personas.this_year()
    old = personas.make_project(gf_aplerbeck, starts_on=None, ends_on=date(year + 2, 3, 31))
    client.force_login(gf_aplerbeck)
    answer = client.post(reverse("projects:copy", args=[old.pk]), {"year": year + 1}, follow=True)
    copied = Project.objects.exclude(pk=old.pk).get()
    assert (copied.starts_on, copied.ends_on) == (None, date(year + 3, 3, 31))
    assert re.search(
        rf"Ende jetzt \w+, 31\.03\.{year + 3} \(vorher \w+, 31\.03\.{year + 2}", answer.content.decode()
    )


class TestDeleting:
    def test_a_draft_goes_with_everything_on_it(self, gf_aplerbeck: Any) -> None:
        draft = personas.make_project(gf_aplerbeck, further=["BRA"])
        drafts.delete_draft(draft, actor=gf_aplerbeck, version=draft.version)
        for model in (Project, CostItem, FinancingItem, Participation, ProjectChange):
            assert not model.objects.exists()

    def test_only_the_own_districts_draft_as_it_was_read(
        self, gf_aplerbeck: Any, gf_brackel: Any, wf1: Any, superuser: Any
    ) -> None:
        draft = personas.make_project(gf_aplerbeck, further=["BRA"])
        for actor in (gf_brackel, wf1, superuser):
            with pytest.raises(PermissionDenied):
                drafts.delete_draft(draft, actor=actor, version=draft.version)
        with pytest.raises(StaleProject):
            drafts.delete_draft(draft, actor=gf_aplerbeck, version=1)
        numbered = personas.handed_in(gf_aplerbeck)
        with pytest.raises(PermissionDenied):
            drafts.delete_draft(numbered, actor=gf_aplerbeck, version=numbered.version)
        assert Project.objects.count() == 2

    def test_asked_first_without_javascript(self, client: Client, gf_aplerbeck: Any) -> None:
        draft = personas.make_project(gf_aplerbeck, further=["BRA"])
        client.force_login(gf_aplerbeck)
        address = reverse("projects:delete", args=[draft.pk])
        assert address in client.get(draft.get_absolute_url()).content.decode()
        asked = client.get(address).content.decode()
        for what in (
            "1\xa0Kostenposition",
            "1\xa0Finanzierungsposition",
            "Brackel (bestätigt)",
            "2\xa0Einträgen",
            "2.000,00",
        ):
            assert what in asked
        plans.change(draft, gf_aplerbeck, fields={"title": "Inzwischen anders"})
        stale = client.post(address, {"version": draft.version})
        assert stale.status_code == 409
        assert "Noch nicht gelöscht" in stale.content.decode()
        done = client.post(address, {"version": draft.version + 1}, follow=True)
        assert "Der Entwurf „Inzwischen anders“ ist gelöscht." in done.content.decode()
        assert not Project.objects.exists()

    def test_a_numbered_project_is_not_deleted(self, client: Client, gf_aplerbeck: Any) -> None:
        project = personas.handed_in(gf_aplerbeck)
        client.force_login(gf_aplerbeck)
        address = reverse("projects:delete", args=[project.pk])
        assert address not in client.get(project.get_absolute_url()).content.decode()
        page = client.post(address, {"version": project.version}, follow=True).content.decode()
        assert "Gelöscht werden kann nur ein Entwurf" in page
        assert Project.objects.exists()
