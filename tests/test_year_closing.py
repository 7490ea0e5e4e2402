"""Closing a year by two people, what becomes of its remainders, and opening it again."""

import json
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from funding import services as core
from funding.closing import cash, city, city_papers, services
from funding.closing.models import Adoption, Carryover, RemainderRule, Snapshot, YearClosing
from funding.errors import ConflictOfInterest, TransitionNotAllowed, YearNotOpen
from funding.models import FiscalYear, FundingModel, LedgerEntry, Pot
from funding.payments import services as payments
from funding.payments.models import StatementEntry
from funding.verify import findings
from members.models import Body, OutboxMail, Resolution
from tests import called, statements
from tests import personas as p
from tests.tampering import lift_guards, without_triggers
from tests.test_project_pages import signed_in, text_of

pytestmark = pytest.mark.django_db


def last_year() -> int:
    return p.this_year() - 1


@pytest.fixture
def year(db) -> FiscalYear:
    p.wf2()
    return p.open_year(last_year())


def ask(year: FiscalYear, **more) -> YearClosing:
    return services.request_closing(year, **{"actor": p.wf1(), "reason": "Alles abgerechnet."} | more)


def confirm(closing: YearClosing, **more) -> YearClosing:
    return services.confirm_closing(closing, **{"actor": p.wf2()} | more)


def rule(kind: str, up_to: str | None, **more) -> None:
    amount = None if up_to is None else Decimal(up_to)
    RemainderRule.objects.create(
        funding_model=FundingModel.objects.get(first_year=2016), kind=kind, since=date(2016, 1, 2), carry_up_to=amount,
        **more,
    )  # fmt: skip


def allotted(year: int, code: str) -> Decimal:
    return Pot.objects.get(year__year=year, code=code).allotted


def test_two_people_close_a_year_and_what_is_free_lapses(year):
    closing = ask(year)
    assert (
        year.pots.get(code="S2").allotted == 80000 and LedgerEntry.objects.filter(kind="lapse").count() == 0
    )
    assert {row.place for row in closing.carryovers.all()} == {"zurück an die Stadt"}
    assert OutboxMail.objects.filter(template="year_closing", recipient=p.wf2().email).count() == 1
    confirm(closing)
    year.refresh_from_db()
    assert year.is_closed and sum(e.amount for e in LedgerEntry.objects.filter(kind="lapse")) == 240000
    assert LedgerEntry.objects.filter(kind="lapse").latest("pk").text.endswith("zurück an die Stadt")
    assert list(findings()) == []


def test_the_snapshot_says_for_ever_what_the_year_was(year):
    granted = p.application(p.approved(p.gf_aplerbeck(), year=last_year(), shares={"APL": "700"}), "S1-APL")
    core.revoke(granted, reason="Fällt aus.", actor=p.gf_aplerbeck())
    confirm(ask(year))
    snapshot = Snapshot.objects.get()
    said = json.loads(snapshot.content)
    (row,) = (each for each in said["pots"] if each["code"] == "S1-APL")
    assert (row["allotted"], row["lapsed"], row["carried"], row["paid"]) == (
        "0.00",
        "12000.00",
        "0.00",
        "0.00",
    )
    assert (said["requested_by"], said["confirmed_by"]) == (str(p.wf1()), str(p.wf2()))
    for change in ({"content": "{}"}, {"digest": "0" * 64}):
        with pytest.raises(IntegrityError, match="unveraenderlich"), transaction.atomic():
            Snapshot.objects.update(**change)
    with without_triggers():
        Snapshot.objects.update(content=snapshot.content.replace("12000.00", "12000.01"))
    assert any("ein anderer, als damals aufgenommen" in each for each in findings())


def test_the_snapshot_of_a_year_that_was_opened_again_is_checked_for_ever(year):
    confirm(ask(year))
    confirm(services.request_reopening(year, reason="Ein Beleg fehlte.", actor=p.wf1()))
    assert list(findings()) == []
    with without_triggers():
        Snapshot.objects.update(content="{}")
    [found] = findings()
    assert f"abgeschlossen am {timezone.localdate():%d.%m.%Y}: Der Stand" in found and "ein anderer" in found


def test_a_broken_link_is_named_where_the_guards_are_gone(year):
    p.approved(p.gf_aplerbeck(), year=last_year(), shares={"APL": "700"})
    entry = LedgerEntry.objects.get(kind="commit")
    lift_guards()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE funding_ledgerentry SET text = 'gefälscht' WHERE id = %s", [entry.pk])
    with pytest.raises(CommandError) as said:
        call_command("verify_ledger")
    first, *others = str(said.value).splitlines()
    assert f"Buchung {entry.pk}" in first and "der Trigger" in others[0]


@pytest.mark.parametrize(
    ("consent", "since", "told"), [(1, 0, "schon vor der Zustimmung"), (40, 60, "in der Zukunft")]
)
def test_kept_money_rests_on_a_consent_that_is_given(year, consent, since, told):
    """Days from 1 March 2016, and from today."""
    first = date(2016, 3, 1) if since == 0 else timezone.localdate()
    made = RemainderRule(
        funding_model=year.model, kind="pillar_2", since=first + timedelta(days=since), place="kept",
        consent_on=first + timedelta(days=consent), consent="Schreiben",
    )  # fmt: skip
    with pytest.raises(ValidationError, match=told) as refused:
        made.full_clean()
    assert list(refused.value.message_dict) == ["consent_on"]


def test_a_flipped_bit_in_a_closed_pot_is_found_by_its_name(year):
    confirm(ask(year))
    with without_triggers():
        Pot.objects.filter(code="S2").update(allotted=Decimal(1), committed=Decimal(1), paid=Decimal(1))
    assert any("ein anderer als beim Abschluss" in each for each in findings())


def test_the_snapshot_holds_the_ends_of_the_decisions(year):
    granted = p.application(p.approved(p.gf_aplerbeck(), year=last_year(), shares={"APL": "700"}), "S1-APL")
    core.revoke(granted, reason="Fällt aus.", actor=p.gf_aplerbeck())
    granted.refresh_from_db()
    confirm(ask(year))
    said = json.loads(Snapshot.objects.get().content)
    assert said["decisions"] == {str(granted.pk): f"{granted.chain_length} {granted.chain_end}"}
    with without_triggers():
        granted.links.filter(position=granted.chain_length).update(digest="0" * 64)
    different = f"Antrag {granted.pk}: Seine Entscheidungen sind andere als beim Abschluss {year}."
    assert different in list(findings())
    first = json.dumps({key: value for key, value in said.items() if key != "decisions"})
    with without_triggers():
        Snapshot.objects.update(content=first, digest=sha256(first.encode()).hexdigest())
    assert different not in list(findings())


def test_decisions_that_follow_the_closing_leave_what_the_snapshot_holds(year):
    paid = p.application(p.approved(p.gf_aplerbeck(), year=last_year(), shares={"APL": "700"}), "S1-APL")
    called.pay(paid, amount=Decimal(700), actor=p.wf1())
    confirm(ask(year))
    paid.refresh_from_db()
    length = paid.chain_length
    core.settle(paid, actor=p.wf1())
    paid.refresh_from_db()
    assert paid.chain_length == length + 1 and list(findings()) == []
    # The chain is made anew with another past: its new end is sound, what the snapshot holds is gone.
    with without_triggers():
        paid.links.filter(position=length).update(digest="0" * 64)
    assert f"Antrag {paid.pk}: Seine Entscheidungen sind andere als beim Abschluss {year}." in list(
        findings()
    )


class TestRemainders:
    def test_a_part_goes_to_the_next_year_up_to_a_ceiling_and_the_rest_where_the_rule_says(self, year):
        core.open_year(last_year() + 1, actor=p.wf1())
        rule("pillar_1", "1500")
        rule("pillar_2", "0", place="kept", consent_on=date(2016, 1, 2), consent="Schreiben der Kämmerei")
        confirm(ask(year))
        assert allotted(last_year() + 1, "S1-APL") == 13500 and allotted(last_year() + 1, "S2") == 80000
        text = LedgerEntry.objects.get(kind="lapse", pot__code="S2").text
        assert text.endswith(
            "bleibt mit Zustimmung der Stadt beim Verein (Schreiben der Kämmerei vom 02.01.2016)"
        )
        assert list(findings()) == []

    def test_special_money_goes_on_with_its_source(self, year):
        core.open_pot(last_year(), code="SPK", source="Sparkasse", amount=Decimal(900), actor=p.wf1())
        core.open_year(last_year() + 1, actor=p.wf1())
        confirm(ask(year))
        assert allotted(last_year() + 1, "SPK") == 900

    def test_without_an_open_next_year_nothing_is_carried_over(self, year):
        rule("pillar_1", "1500")
        with pytest.raises(YearNotOpen, match=f"{last_year() + 1} über. Bitte öffnen Sie es zuerst"):
            ask(year)
        assert not YearClosing.objects.exists()

    def test_what_changed_since_is_not_closed_over(self, year):
        closing = ask(year)
        core.open_pot(last_year(), code="SPK", source="Sparkasse", amount=Decimal(900), actor=p.wf1())
        with pytest.raises(TransitionNotAllowed, match="inzwischen etwas anderes frei"):
            confirm(closing)

    def test_kept_money_names_its_consent(self, db):
        with pytest.raises(IntegrityError), transaction.atomic():
            rule("pillar_2", "0", place="kept")


class TestRefusals:
    def test_the_same_person_does_not_confirm(self, year):
        closing = ask(year)
        with pytest.raises(ConflictOfInterest, match="selbst beantragt"):
            confirm(closing, actor=p.wf1())

    def test_nor_anybody_else_than_the_wirtschaftsfoerderung(self, year):
        for person in (p.gf_aplerbeck(), p.auditor(), p.admin_verein(), p.board()):
            with pytest.raises(TransitionNotAllowed, match="Wirtschaftsförderung"):
                ask(year, actor=person)

    def test_who_asked_and_left_has_not_signed(self, year):
        closing = ask(year)
        p.wf1().groups.clear()
        with pytest.raises(ConflictOfInterest, match="zweite Person"):
            confirm(closing)

    def test_not_while_something_is_open(self, year):
        p.handed_in(p.gf_aplerbeck(), year=last_year(), pillar_2="900")
        with pytest.raises(TransitionNotAllowed, match="Dem Abschluss steht noch entgegen"):
            ask(year)

    def test_a_reason_and_one_request_at_a_time(self, year):
        with pytest.raises(TransitionNotAllowed, match="worauf"):
            ask(year, reason="  ")
        ask(year)
        with pytest.raises(TransitionNotAllowed, match="wartet schon"):
            ask(year)

    def test_taken_back_it_can_be_asked_again(self, year):
        services.refuse_closing(ask(year), reason="Noch eine Rechnung.", actor=p.wf1())
        closing = ask(year)
        assert closing.waits and confirm(closing).is_confirmed

    def test_no_sql_closes_a_year_or_opens_it(self, year):
        Pot.objects.update(allotted=0)
        with pytest.raises(IntegrityError, match="zwei Personen"), transaction.atomic():
            FiscalYear.objects.update(state="closed")
        confirm_all = ask(year)
        confirm(confirm_all)
        with pytest.raises(IntegrityError, match="zwei Personen"), transaction.atomic():
            FiscalYear.objects.update(state="open")


class TestReopening:
    def reopen(self, year: FiscalYear, **more) -> YearClosing:
        return services.request_reopening(year, **{"actor": p.wf2(), "reason": "Eine Rechnung fehlt."} | more)

    def test_two_people_open_it_again_and_the_reason_stays(self, year):
        confirm(ask(year))
        confirm(self.reopen(year), actor=p.wf1())
        year.refresh_from_db()
        assert year.is_open and allotted(last_year(), "S2") == 80000
        assert YearClosing.objects.first().reason == "Eine Rechnung fehlt."
        core.book_expense(
            last_year(), amount=Decimal(12), purpose="Porto", payee="Post", actor=p.wf1(), paid=True
        )
        confirm(ask(year))
        assert Snapshot.objects.count() == 2 and allotted(last_year(), "GK") == 12
        assert list(findings()) == []

    def test_not_twice_and_not_an_open_one(self, year):
        with pytest.raises(TransitionNotAllowed, match="geöffnet"):
            self.reopen(year)
        confirm(ask(year))
        again = self.reopen(year)
        with pytest.raises(TransitionNotAllowed, match="wartet schon"):
            self.reopen(year)
        confirm(again, actor=p.wf1())
        with pytest.raises(TransitionNotAllowed, match="schon entschieden"):
            confirm(again, actor=p.wf1())

    def test_it_needs_a_reason_and_a_second_person(self, year):
        confirm(ask(year))
        with pytest.raises(TransitionNotAllowed, match="für immer"):
            self.reopen(year, reason="")
        with pytest.raises(ConflictOfInterest):
            confirm(self.reopen(year), actor=p.wf2())


def test_the_general_meeting_adopts_the_accounts_later(year):
    body = Body.objects.filter(kind=Body.Kind.GENERAL_MEETING).first() or Body.objects.create(
        name="Mitgliederversammlung", kind=Body.Kind.GENERAL_MEETING
    )
    today = timezone.localdate()

    def adopt(what: str = "accounts", date=today, **votes) -> Adoption:
        said = {"votes_yes": 20, "votes_no": 1, "votes_abstained": 0, "amount_cents": 0} | votes
        vote = Resolution(body=body, date=date, **said)
        return services.adopt(year, what=what, resolution=vote, actor=p.wf1())

    with pytest.raises(TransitionNotAllowed, match="abgeschlossen"):
        adopt()
    confirm(ask(year))
    with pytest.raises(TransitionNotAllowed, match="Mehrheit"):
        adopt(votes_yes=1, votes_no=5)
    with pytest.raises(TransitionNotAllowed, match="kannte diesen Abschluss nicht") as early:
        adopt(date=today - timedelta(days=1))
    assert early.value.field == "date"
    with pytest.raises(TransitionNotAllowed, match="zuerst ein"):
        adopt("discharge")
    adopt()
    adopt("discharge")
    with pytest.raises(TransitionNotAllowed, match="schon eingetragen"):
        adopt()
    assert Adoption.objects.count() == 2 and Carryover.objects.exists()
    # It was about that closing: what is closed anew is adopted anew.
    confirm(services.request_reopening(year, reason="Ein Beleg fehlte.", actor=p.wf1()))
    with pytest.raises(TransitionNotAllowed, match="abgeschlossen"):
        adopt()
    again = confirm(ask(year))
    assert adopt().closing == again and Adoption.objects.count() == 3


def test_adoptions_of_before_are_of_the_closing_that_was_in_force(year):
    migration = import_module("funding.closing.migrations.0008_adoption_of_a_closing")
    first = confirm(ask(year))
    confirm(services.request_reopening(year, reason="Ein Beleg fehlte.", actor=p.wf1()))
    found: list[SimpleNamespace] = [
        SimpleNamespace(year_id=year.pk, on=timezone.localdate(), save=lambda **_: None)
    ]
    models = {
        "YearClosing": YearClosing,
        "Adoption": SimpleNamespace(objects=SimpleNamespace(all=lambda: found)),
    }
    old = SimpleNamespace(get_model=lambda app, name: models[name])
    migration.of_closing(old, connection.schema_editor())
    assert found[0].closing == first


class TestPages:
    """A year that is over: asked for, confirmed, opened again, adopted."""

    @pytest.fixture
    def past(self, db) -> FiscalYear:
        p.wf2()
        return p.open_year(last_year())

    def address(self, past: FiscalYear) -> str:
        return reverse("closing:year", args=[past.year])

    def send(self, who, address: str, step: str, **typed):
        client = signed_in(who)
        shown = client.get(address)
        key = next(f["key"].value() for f in forms_of(shown) if f.step == step)
        return client.post(address, {"step": step, "key": key, **typed})

    def test_from_the_request_to_the_snapshot_and_back(self, past):
        asked = self.send(p.wf1(), self.address(past), "close", reason="Alles bezahlt.")
        assert asked.status_code == 302
        closing = YearClosing.objects.get()
        start = reverse("home")
        assert str(closing) not in text_of(signed_in(p.wf1()).get(start))
        assert f"Jahresabschluss {closing}" in text_of(signed_in(p.wf2()).get(start))
        own = text_of(signed_in(p.wf1()).get(closing.get_absolute_url()))
        assert "selbst beantragt" in own and "Zurücknehmen" in own
        assert "12.000,00" in own and "zurück an die Stadt" in own
        self.send(p.wf2(), closing.get_absolute_url(), "confirm")
        past.refresh_from_db()
        assert past.is_closed
        page = signed_in(p.auditor()).get(self.address(past))
        assert "Was aus dem freien Geld wurde" in text_of(page) and "Zusammen" in text_of(page)
        pot = past.pots.get(district__code="APL")
        assert (
            f'<a href="{pot.get_absolute_url()}?art=ansatz">12.000,00' in page.content.decode()
        )  # to what lapsed
        assert "verfallen" in text_of(signed_in(p.auditor()).get(pot.get_absolute_url(), {"art": "ansatz"}))
        shown = text_of(signed_in(p.auditor()).get(closing.get_absolute_url()))
        assert "Prüfsumme" in shown and closing.__class__.objects.get().snapshot.digest[:16] in shown
        self.send(p.wf2(), self.address(past), "reopen", reason="Eine Rechnung fehlt.")
        self.send(p.wf1(), YearClosing.objects.first().get_absolute_url(), "confirm")
        past.refresh_from_db()
        assert past.is_open and "Eine Rechnung fehlt." in text_of(
            signed_in(p.wf1()).get(YearClosing.objects.first().get_absolute_url())
        )

    def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(self, past):
        answer = self.send(p.wf1(), self.address(past), "close", reason=" ")
        assert answer.status_code == 422 and "Bitte eine Begründung eintragen" in text_of(answer)
        closing = ask(past)
        answer = self.send(p.wf2(), closing.get_absolute_url(), "refuse", reason="")
        assert answer.status_code == 422 and closing.waits

    def test_it_leads_to_the_year_after(self, past):
        def said(who) -> str:
            return text_of(signed_in(who).get(self.address(past)))

        assert f"{last_year() + 1} ist noch nicht angelegt" in said(p.wf1())
        core.plan_year(last_year() + 1, actor=p.wf1())
        assert f"{last_year() + 1} öffnen" in said(p.wf1()) and f"{last_year() + 1} öffnen" not in said(
            p.auditor()
        )
        core.open_year(last_year() + 1, actor=p.wf1())
        assert f"{last_year() + 1} ist geöffnet" in said(p.wf1())

    def test_not_offered_while_the_year_runs_or_something_is_open(self, past):
        running = p.open_year()
        assert "Abschluss beantragen" not in text_of(signed_in(p.wf1()).get(self.address(running)))
        with pytest.raises(TransitionNotAllowed, match="läuft noch"):
            ask(running)
        p.handed_in(p.gf_aplerbeck(), year=last_year(), pillar_2="900")
        assert "Abschluss beantragen" not in text_of(signed_in(p.wf1()).get(self.address(past)))
        answer = self.late(past, "close")
        assert answer.status_code == 422 and "Dem Abschluss steht noch entgegen" in text_of(answer)
        assert self.late(past, "something").status_code == 404

    def late(self, past: FiscalYear, step: str):
        """Send from a page that somebody has overtaken."""
        return signed_in(p.wf1()).post(self.address(past), {"step": step, "key": "x" * 20, "reason": "x"})

    def test_a_page_that_somebody_overtook_is_answered_with_a_sentence(self, past):
        closing = ask(past)
        answer = self.late(past, "close")
        assert answer.status_code == 422 and "wartet schon ein Antrag auf eine zweite Person" in text_of(
            answer
        )
        confirm(closing)
        assert "ist abgeschlossen. Es wurde nichts geändert." in text_of(self.late(past, "close"))
        assert YearClosing.objects.count() == 1

    def test_a_closed_year_speaks_of_what_was_and_of_no_hindrance(self, past):
        shown = text_of(signed_in(p.wf1()).get(self.address(past)))
        assert "Steht dem Abschluss entgegen" in shown and "Konto grün" in shown
        confirm(ask(past))
        shown = text_of(signed_in(p.wf1()).get(self.address(past)))
        assert "entgegen" not in shown and "verfällt" not in shown and "frei war" in shown
        kinds = [row.pot.kind for row in signed_in(p.wf1()).get(self.address(past)).context["remainders"]]
        assert kinds[-1] == "overhead" and kinds.count("overhead") == 1

    def test_chosen_grants_are_carried_over_and_freed_each_by_its_own_step(self, past):
        kept, freed, two = (
            p.application(p.approved(p.gf_aplerbeck(), year=last_year(), title=title, pillar_2=euro), "S2")
            for title, euro in (("Bleibt", "300"), ("Entfällt", "200"), ("Zwei", "6000"))
        )
        p.open_year(last_year() + 1)
        address = reverse("closing:rows", args=[past.year, "nicht-abgerufen"])
        client = signed_in(p.wf1())

        def send(step: str, *rows, reason="Im Januar."):
            shown = client.get(address).context["form"]
            typed = {
                "step": step,
                "key": shown["key"].value(),
                "reason": reason,
                "to": shown.fields["to"].queryset[0].pk,
            }
            return client.post(address, {**typed, "row": [row.pk for row in rows]})

        assert "mindestens einen Antrag" in text_of(send("carry"))
        assert send("carry", kept, reason="").status_code == 422
        assert send("carry", kept).status_code == 302
        assert send("free", freed, two).status_code == 302
        for row in (kept, freed, two):
            row.refresh_from_db()
        assert kept.carried_to.year.year == last_year() + 1 and freed.is_revoked
        assert two.is_approved and two.grant_changes.get().waits
        assert signed_in(p.auditor()).post(address, {}).status_code == 403
        assert signed_in(p.auditor()).get(address).context["form"] is None

    def test_the_general_meeting(self, past):
        Body.objects.get_or_create(name="Mitgliederversammlung", kind=Body.Kind.GENERAL_MEETING)
        confirm(ask(past))
        typed = {
            "what": "accounts",
            "date": "01.02.1999",
            "votes_yes": "20",
            "votes_no": "0",
            "votes_abstained": "1",
        }
        answer = self.send(p.wf1(), self.address(past), "adopt", **typed)
        assert answer.status_code == 422 and "keine Mitgliederversammlung" in text_of(answer)
        typed["date"] = f"{timezone.localdate() - timedelta(days=1):%d.%m.%Y}"
        answer = self.send(p.wf1(), self.address(past), "adopt", **typed)
        assert answer.status_code == 422 and "kannte diesen Abschluss nicht" in text_of(answer)
        typed["date"] = f"{timezone.localdate():%d.%m.%Y}"
        assert self.send(p.wf1(), self.address(past), "adopt", **typed).status_code == 302
        assert "Jahresabschluss festgestellt" in text_of(signed_in(p.wf1()).get(self.address(past)))

    def test_who_reads_and_who_acts(self, past):
        closing = ask(past)
        for who, status in ((p.gf_aplerbeck(), 403), (p.auditor(), 200), (p.board(), 200), (p.wf2(), 200)):
            assert signed_in(who).get(closing.get_absolute_url()).status_code == status
        for who in (p.auditor(), p.board()):
            answer = signed_in(who).post(closing.get_absolute_url(), {"step": "confirm", "key": "x" * 20})
            assert answer.status_code == 403
        assert signed_in(p.wf1()).get(reverse("closing:closing", args=[2**63])).status_code == 404


def forms_of(response) -> list:
    context = response.context
    return [
        f for f in (*(context.get("forms") or []), context.get("confirming"), context.get("refusing")) if f
    ]


class TestBackToTheCity:
    """Closed, 240,000 euro of the year lapse to the city: the transfer is explained by that, and by no more than that."""

    def test_the_transfer_is_bounded_by_what_lapsed_and_shown_where_the_money_is(self, year):
        confirm(ask(year))
        out = statements.entry("-1000")
        payments.tick_to_city(out, year=year, actor=p.wf1())
        more = statements.entry("-239000.01")
        with pytest.raises(TransitionNotAllowed, match=r"noch 239\.000,00"):
            payments.tick_to_city(more, year=year, actor=p.wf1())
        with pytest.raises(TransitionNotAllowed, match="noch 0,00"):
            payments.tick_to_city(more, year=p.open_year(p.this_year()), actor=p.wf1())
        with pytest.raises(TransitionNotAllowed, match="eingegangen"):
            payments.tick_to_city(statements.entry("5"), year=year, actor=p.wf1())
        report = cash.report(out.booked_on.year, timezone.localdate())
        [line] = [kind for kind in report.spending if kind.key == "an-die-stadt"]
        assert (line.label, line.number, line.amount) == ("zurückgezahlt an die Stadt", 1, -1000)
        assert sum(kind.amount for kind in report.spending) == sum(each.spent for each in report.accounts)
        proof = city.city_proof(year, timezone.localdate())
        assert (proof.lapsed_to_city, proof.paid_to_city, proof.adds_up) == (240000, 1000, True)
        page = text_of(signed_in(p.auditor()).get(reverse("closing:city", args=[year.year])))
        assert "1.000,00 € von 240.000,00 € , die an sie verfallen sind am" in page  # and when
        assert ("davon laut Kontoauszug zurückgezahlt an die Stadt", "1.000,00\xa0€") in city_papers.facts(
            proof
        )
        assert list(findings()) == []

    def test_the_form_on_the_entry_offers_closed_years(self, year):
        confirm(ask(year))
        out, client = statements.entry("-1000"), signed_in(p.wf1())
        forms = client.get(out.get_absolute_url()).context["others"]
        [form] = [form for form in forms if form.step == "to_city"]
        sent = {"step": "to_city", "key": form["key"].value(), "year": year.year}
        assert client.post(out.get_absolute_url(), sent).status_code == 302
        out.refresh_from_db()
        assert (out.use, out.year) == ("to_city", year)

    def test_the_database_holds_the_bound_and_the_year_stays_closed(self, year):
        confirm(ask(year))
        payments.tick_to_city(statements.entry("-1000"), year=year, actor=p.wf1())
        more = StatementEntry.objects.filter(pk=statements.entry("-239000.01").pk)
        match = {
            "state": "matched", "use": "to_city", "year": year, "done_by": p.wf1(), "done_on": timezone.localdate(),
        }  # fmt: skip
        with pytest.raises(IntegrityError, match="hoechstens"), transaction.atomic():
            more.update(**match)
        with pytest.raises(TransitionNotAllowed, match="bleibt abgeschlossen"):
            services.request_reopening(year, reason="Nachtrag.", actor=p.wf1())
        asked = YearClosing.objects.create(
            year=year, what="reopen", reason="x", requested_by=p.wf1(), requested_on=timezone.localdate()
        )
        with pytest.raises(TransitionNotAllowed, match="bleibt abgeschlossen"):
            services.confirm_closing(asked, actor=p.wf2())
        with pytest.raises(IntegrityError, match="hoechstens"), transaction.atomic():
            asked.decide("confirmed", actor=p.wf2(), on=timezone.localdate())
        with without_triggers():
            more.update(**match)
        assert any("zurückgezahlt sind 240.000,01" in each for each in findings())

    def test_what_stays_or_goes_to_a_source_is_not_owed_to_the_city(self, year):
        rule("pillar_2", "0", place="kept", consent_on=date(2016, 1, 2), consent="Schreiben der Kämmerei")
        confirm(ask(year))
        assert city.city_proof(year, timezone.localdate()).lapsed_to_city == 160000
