"""Transfers: only where the model allows, never from or to special pots, with a reason and two people."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from funding import guards, services
from funding.errors import ConflictOfInterest, NotEligible, PotExhausted, TransitionNotAllowed, YearNotOpen
from funding.ledger import differences
from funding.models import FiscalYear, FundingModel, LedgerEntry, Pot, Transfer
from funding.services.transfers import ROUTES, routes
from funding.verify import bookings
from members.models import User
from tests import personas as p
from tests.crowd import PROCESSES
from tests.tampering import lift_guards

pytestmark = pytest.mark.django_db
NBSP = "\u00a0"
PAGE = "/foerderung/umbuchungen/"


@pytest.fixture
def year(db: None) -> FiscalYear:
    p.allow_transfers()
    return p.open_year()


def ask(amount: str = "1000", source: str = "GK", target: str = "S2", **changed: Any) -> Transfer:
    values = {"amount": Decimal(amount), "reason": "Wird hier nicht gebraucht.", "actor": p.wf1()}
    return services.request_transfer(p.pot(source), p.pot(target), **{**values, **changed})


def counters(code: str) -> tuple[Decimal, ...]:
    pot = p.pot(code)
    return (pot.allotted, pot.reserved, pot.committed, pot.paid)


def everything() -> Any:
    return (
        list(Pot.objects.order_by("pk").values()), list(Transfer.objects.order_by("pk").values()),
        LedgerEntry.objects.count(),
    )  # fmt: skip


class TestServices:
    def test_asked_for_by_one_confirmed_by_another(self, year):
        transfer = ask()
        assert counters("GK") == (16000, 1000, 0, 0) and counters("S2") == (80000, 0, 0, 0)
        assert list(differences()) == []
        services.confirm_transfer(transfer, actor=p.wf2())
        assert counters("GK") == (15000, 0, 0, 0) and counters("S2") == (81000, 0, 0, 0)
        transfer.refresh_from_db()
        assert (transfer.state, transfer.requested_by, transfer.decided_by) == ("confirmed", p.wf1(), p.wf2())
        assert [(e.pot.code, e.kind, e.amount) for e in transfer.entries.select_related("pot")] == [
            ("GK", "reserve", 1000),
            ("GK", "unreserve", 1000),
            ("GK", "transfer_out", 1000),
            ("S2", "transfer_in", 1000),
        ]
        texts = " ".join(e.text for e in transfer.entries.all())
        assert f"Umbuchung Nr. {transfer.pk} nach Säule 2" in texts and "von Gemeinkosten" in texts
        assert list(differences()) == []
        assert sum(pot.allotted for pot in Pot.objects.all()) == 240000

    def test_while_it_waits_nobody_spends_the_money(self, year):
        ask("15000")
        with pytest.raises(PotExhausted) as refusal:
            services.book_expense(
                p.this_year(), amount=Decimal("1000.01"), purpose="x", payee="x", actor=p.wf2()
            )
        assert refusal.value.available == 1000
        with pytest.raises(PotExhausted):
            ask("1000.01")

    def test_refused_it_frees_the_money(self, year):
        transfer = ask()
        services.refuse_transfer(transfer, reason="Wird doch gebraucht.", actor=p.wf2())
        assert counters("GK") == (16000, 0, 0, 0) and counters("S2") == (80000, 0, 0, 0)
        transfer.refresh_from_db()
        assert (transfer.state, transfer.refusal) == ("refused", "Wird doch gebraucht.")
        assert list(differences()) == []

    def test_taken_back_by_whoever_asked(self, year):
        services.refuse_transfer(ask(), reason="Irrtum.", actor=p.wf1())
        assert counters("GK") == (16000, 0, 0, 0)

    def test_not_by_the_same_person(self, year):
        transfer = ask()
        before = everything()
        with pytest.raises(ConflictOfInterest, match="selbst beantragt"):
            services.confirm_transfer(transfer, actor=p.wf1())
        assert everything() == before

    def test_not_once_decided(self, year):
        confirmed, refused = ask(), ask()
        services.confirm_transfer(confirmed, actor=p.wf2())
        services.refuse_transfer(refused, reason="Nein.", actor=p.wf2())
        before = everything()
        for transfer in (confirmed, refused):
            with pytest.raises(TransitionNotAllowed, match="schon entschieden"):
                services.confirm_transfer(transfer, actor=p.wf2())
            with pytest.raises(TransitionNotAllowed, match="schon entschieden"):
                services.refuse_transfer(transfer, reason="Nein.", actor=p.wf2())
        assert everything() == before

    @pytest.mark.parametrize("who", ["gf_aplerbeck", "admin_verein", "auditor", "superuser", "nobody"])
    def test_only_staff(self, year, who):
        actor = p.ALL[who]()
        with pytest.raises(TransitionNotAllowed, match="macht die Wirtschaftsförderung"):
            ask(actor=actor)
        transfer = ask()
        with pytest.raises(TransitionNotAllowed):
            services.confirm_transfer(transfer, actor=actor)
        with pytest.raises(TransitionNotAllowed):
            services.refuse_transfer(transfer, reason="Nein.", actor=actor)

    def test_nobody_moves_the_pot_of_a_district_of_their_own(self, year):
        both = p.wf_with_mandate()
        with pytest.raises(ConflictOfInterest, match="Mandat in Aplerbeck"):
            ask(source="S2", target="S1-APL", actor=both)
        transfer = ask(source="S1-APL")
        for act in (
            lambda: services.confirm_transfer(transfer, actor=both),
            lambda: services.refuse_transfer(transfer, reason="Nein.", actor=both),
        ):
            with pytest.raises(ConflictOfInterest):
                act()
        services.confirm_transfer(ask(), actor=both)

    def test_the_first_person_still_counts_only_while_on_the_staff(self, year):
        transfer = ask()
        p.wf1().groups.clear()
        with pytest.raises(ConflictOfInterest, match="zweite Person"):
            services.confirm_transfer(transfer, actor=p.wf2())
        services.refuse_transfer(transfer, reason="Neu beantragen.", actor=p.wf2())

    def test_the_last_cent_and_not_beyond(self, year):
        with pytest.raises(PotExhausted) as refusal:
            ask("16000.01")
        assert refusal.value.available == 16000 and "kleineren Betrag" in str(refusal.value)
        services.confirm_transfer(ask("16000"), actor=p.wf2())
        assert counters("GK") == (0, 0, 0, 0)

    def test_what_it_needs(self, year):
        transfer = ask()
        before = everything()
        today = timezone.localdate()
        for match, act in (
            ("begründen", lambda: ask(reason=" ")),
            ("größer als null", lambda: ask("0")),
            ("größer als null", lambda: ask("0.001")),
            ("Zukunft", lambda: ask(on=today + timedelta(days=1))),
            ("begründen", lambda: services.refuse_transfer(transfer, reason="", actor=p.wf2())),
            (
                "nicht vor dem Tag",
                lambda: services.confirm_transfer(transfer, actor=p.wf2(), on=today - timedelta(days=1)),
            ),
        ):
            with pytest.raises(TransitionNotAllowed, match=match):
                act()
        assert everything() == before

    @pytest.mark.parametrize("state", ["planned", "closed"])
    def test_only_in_an_open_year(self, year, state):
        transfer = ask()
        lift_guards()
        FiscalYear.objects.update(state=state)
        for act in (
            ask,
            lambda: services.confirm_transfer(transfer, actor=p.wf2()),
            lambda: services.refuse_transfer(transfer, reason="Nein.", actor=p.wf2()),
        ):
            with pytest.raises(YearNotOpen):
                act()


class TestWhereTheModelAllows:
    def test_both_models_of_the_association_allow_none(self, db):
        assert [routes(model) for model in FundingModel.objects.all()] == [[], []]
        p.open_year()
        with pytest.raises(NotEligible, match=r"Zwei-Säulen-Modell.*keine Umbuchung von Gemeinkosten"):
            ask()

    @pytest.mark.parametrize(("route", "setting"), list(ROUTES.items()))
    def test_each_direction_has_its_own_setting(self, db, route, setting):
        FundingModel.objects.filter(first_year=2016).update(**{setting: True})
        p.open_year()
        codes = {"pillar_1": "S1-HOE", "pillar_2": "S2", "overhead": "GK"}
        for source, target in ROUTES:
            if (source, target) == route:
                services.confirm_transfer(ask("10", codes[source], codes[target]), actor=p.wf2())
            else:
                with pytest.raises(NotEligible):
                    ask("10", codes[source], codes[target])
        assert Transfer.objects.get().to_pot.kind == route[1]

    def test_never_from_or_to_special_money_or_between_districts(self, year):
        for code in ("A", "B"):
            services.open_pot(
                p.this_year(), code=code, source="Sparkasse", amount=Decimal(500), actor=p.wf1()
            )
        before = everything()
        for other in ("S2", "GK", "S1-APL", "B"):
            for source, target in (("A", other), (other, "A")):
                with pytest.raises(NotEligible, match="nie mit anderen Töpfen vermischt"):
                    ask("10", source, target)
        for source, target in (("S1-APL", "S1-BRA"), ("S2", "S2"), ("GK", "S1-APL"), ("S1-APL", "GK")):
            with pytest.raises(NotEligible):
                ask("10", source, target)
        assert everything() == before

    def test_not_from_one_year_to_another(self, year):
        p.open_year(2016)
        with pytest.raises(NotEligible, match="desselben Haushaltsjahres"):
            services.request_transfer(
                p.pot("GK"), p.pot("S2", 2016), amount=Decimal(1), reason="x", actor=p.wf1()
            )

    def test_the_setting_is_frozen_with_the_model(self, db):
        p.open_year()
        with pytest.raises(DatabaseError, match="eingefroren"), transaction.atomic():
            p.allow_transfers()

    def test_the_administration_sets_it_before_a_year_is_opened(self, db):
        client = as_(p.admin_verein())
        model = FundingModel.objects.get(first_year=2016)
        shown = text(client.get(f"/verwaltung/funding/fundingmodel/{model.pk}/change/"))
        assert "Umbuchungen zwischen Töpfen eines Jahres" in shown
        assert "Von Gemeinkosten nach Säule 2" in shown


class TestGuards:
    def execute(self, sql: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    def test_the_database_wants_two_people_a_reason_and_two_pots(self, year):
        today = timezone.localdate()
        values = {
            "from_pot": p.pot("GK"), "to_pot": p.pot("S2"), "amount": Decimal(1), "reason": "x", "requested_on": today,
            "requested_by": p.wf1(),
        }  # fmt: skip
        decided = {"state": "confirmed", "decided_by": p.wf2(), "decided_on": today}
        lift_guards()
        Transfer.objects.create(**values, **decided)
        for wrong in (
            {**decided, "decided_by": p.wf1()},
            {**decided, "decided_by": None},
            {**decided, "decided_on": None},
            {**decided, "state": "requested"},
            {**decided, "state": "refused"},
            {**decided, "state": "sonstwas"},
            {"reason": ""},
            {"amount": Decimal(0)},
            {"to_pot": p.pot("GK")},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                Transfer.objects.create(**{**values, **wrong})

    @pytest.mark.parametrize(
        "assignment",
        [
            "amount = 1",
            "to_pot_id = (SELECT id FROM funding_pot WHERE code = 'S1-APL')",
            "reason = 'Anders'",
            "requested_by_id = (SELECT max(id) FROM members_user)",
            "state = 'requested', decided_by_id = NULL, decided_on = NULL",
        ],
    )
    def test_a_decided_transfer_never_changes_and_a_waiting_one_only_by_the_decision(self, year, assignment):
        waiting, done = ask(), ask()
        services.confirm_transfer(done, actor=p.wf2())
        for row in (done, *([] if "state" in assignment else [waiting])):
            before = everything()
            with pytest.raises(IntegrityError, match="unveraenderlich"):
                self.execute(f"UPDATE funding_transfer SET {assignment} WHERE id = {row.pk}")
            assert everything() == before
            with pytest.raises(IntegrityError), transaction.atomic():
                row.delete()

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own way round")
    def test_sqlite_replaces_no_row(self, year):
        ask()
        with pytest.raises(IntegrityError, match="unveraenderlich"):
            self.execute("INSERT OR REPLACE INTO funding_transfer SELECT * FROM funding_transfer")

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE funding_transfer SET amount = amount + 1",
            "DELETE FROM funding_ledgerentry WHERE kind = 'transfer_in'",
            "DELETE FROM funding_ledgerentry WHERE kind = 'unreserve'",
            "UPDATE funding_transfer SET state = 'requested', decided_by_id = NULL, decided_on = NULL",
            "UPDATE funding_transfer SET to_pot_id = (SELECT id FROM funding_pot WHERE code = 'S1-APL')",
        ],
    )
    def test_verify_ledger_finds_what_was_tampered_with(self, year, sql):
        transfer = ask()
        services.confirm_transfer(transfer, actor=p.wf2())
        assert list(differences()) == []
        guards.GUARDS.lift()
        try:
            self.execute(sql)
            assert any(sentence.startswith(f"{transfer}: ") for sentence in bookings())
        finally:
            transaction.set_rollback(True)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return response.content.decode().replace(NBSP, " ").replace("&nbsp;", " ")


def typed(**changed: Any) -> dict[str, Any]:
    return {
        "key": "k1", "from_pot": p.pot("GK").pk, "to_pot": p.pot("S2").pk, "amount": "1.000,50",
        "reason": "Für die Lichtkunst.", **changed,
    }  # fmt: skip


class TestPages:
    def test_asking_and_confirming(self, year):
        first, second = as_(p.wf1()), as_(p.wf2())
        response = first.post(PAGE, typed())
        transfer = Transfer.objects.get()
        assert response.url == transfer.get_absolute_url()
        shown = text(first.get(response.url))
        assert f"1.000,50 € sind in Gemeinkosten {p.this_year()} vorgemerkt" in shown
        assert "Vier Augen:" in shown and "Bestätigen und umbuchen" not in shown
        page = second.get(transfer.get_absolute_url())
        data = {"step": "confirm", "key": page.context["confirming"]["key"].value()}
        assert "81.000,50 € frei" in text(second.post(transfer.get_absolute_url(), data, follow=True))
        again = text(second.post(transfer.get_absolute_url(), data, follow=True))
        assert "schon angekommen" in again
        late = second.post(transfer.get_absolute_url(), {"step": "confirm", "key": "k9"})
        assert late.status_code == 422 and "schon entschieden" in text(late)
        assert p.pot("S2").allotted == Decimal("81000.50") and list(differences()) == []
        for code in ("GK", "S2"):
            assert transfer.get_absolute_url() in text(as_(p.auditor()).get(p.pot(code).get_absolute_url()))

    def test_the_first_person_cannot_confirm_by_hand(self, year):
        transfer = ask()
        response = as_(p.wf1()).post(transfer.get_absolute_url(), {"step": "confirm", "key": "k1"})
        assert response.status_code == 403 and "selbst beantragt" in text(response)
        assert Transfer.objects.get().state == "requested"

    def test_refusing(self, year):
        transfer = ask()
        client, url = as_(p.wf2()), transfer.get_absolute_url()
        assert client.post(url, {"step": "refuse", "key": "k1", "reason": ""}).status_code == 422
        shown = text(client.post(url, {"step": "refuse", "key": "k1", "reason": "Nein danke."}, follow=True))
        assert "wieder 16.000,00 € frei" in shown and "Nein danke." in shown
        assert client.post(url, {"step": "other"}).status_code == 404

    def test_the_same_request_twice(self, year):
        client = as_(p.wf1())
        client.post(PAGE, typed())
        assert "schon angekommen" in text(client.post(PAGE, typed(), follow=True))
        assert Transfer.objects.count() == 1

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("amount", "16.000,01", "16.000,00 € sind noch frei"),
            ("amount", "", "Bitte den Betrag"),
            ("reason", "", "Bitte eine Begründung"),
            ("to_pot", "", "Bitte den Topf wählen"),
            ("key", "", "laden Sie die Seite neu"),
        ],
    )
    def test_what_is_wrong_is_said(self, year, field, value, sentence):
        response = as_(p.wf1()).post(PAGE, typed(**{field: value}))
        assert response.status_code == 422 and sentence in text(response)
        assert not Transfer.objects.exists() and counters("GK") == (16000, 0, 0, 0)

    def test_a_pair_of_pots_without_a_route(self, year):
        for source, target, sentence in (
            ("S2", "S2", "zwei verschiedene"),
            ("GK", "S1-APL", "keine Umbuchung von Gemeinkosten nach Säule 1"),
        ):
            response = as_(p.wf1()).post(
                PAGE, typed(from_pot=p.pot(source).pk, to_pot=p.pot(target).pk, key=source)
            )
            assert response.status_code == 422 and sentence in text(response)

    def test_special_pots_are_not_offered(self, year):
        pot = services.open_pot(p.this_year(), code="A", source="Bank", amount=Decimal(5), actor=p.wf1())
        assert "Sondermittel Bank" not in text(as_(p.wf1()).get(PAGE))
        assert as_(p.wf1()).post(PAGE, typed(to_pot=pot.pk)).status_code == 422

    def test_a_model_without_transfers_says_so(self, db):
        p.open_year()
        response = as_(p.wf1()).get(PAGE)
        assert "erlaubt keine Umbuchungen" in text(response) and response.context["form"] is None
        assert as_(p.wf1()).post(PAGE, typed()).status_code == 422

    def test_who_sees_what(self, year):
        pool_only, of_aplerbeck = ask(), ask(source="S1-APL")
        for who in (p.auditor(), p.board(), p.superuser()):
            assert as_(who).get(PAGE).context["form"] is None
            assert as_(who).get(pool_only.get_absolute_url()).status_code == 200
            assert as_(who).post(PAGE, typed()).status_code == 403
            assert as_(who).post(pool_only.get_absolute_url(), {"step": "confirm"}).status_code == 403
        director = as_(p.gf_aplerbeck())
        assert director.get(of_aplerbeck.get_absolute_url()).status_code == 200
        assert director.get(pool_only.get_absolute_url()).status_code == 404
        assert list(director.get(PAGE).context["page"].object_list) == [of_aplerbeck]
        assert list(as_(p.gf_brackel()).get(PAGE).context["page"].object_list) == []

    def test_the_start_page_tells_whoever_can_confirm(self, year):
        address = ask(source="S1-APL").get_absolute_url()
        assert address in text(as_(p.wf2()).get("/"))
        for who in (p.wf1(), p.wf_with_mandate(), p.auditor(), p.gf_brackel()):
            assert address not in text(as_(who).get("/"))
        services.confirm_transfer(Transfer.objects.get(), actor=p.wf2())
        assert address not in text(as_(p.wf2()).get("/"))

    def test_before_the_first_year(self, db):
        assert "kein Haushaltsjahr" in text(as_(p.wf1()).get(PAGE))
        assert as_(p.wf1()).post(PAGE, {"key": "k1"}).status_code == 404

    @pytest.mark.parametrize("count", [1, 60])
    def test_queries(self, year, count):
        for _ in range(count):
            transfer = ask("1")
        measured = {}
        for name, user, url in (
            ("staff", p.wf1(), PAGE),
            ("director", p.gf_aplerbeck(), PAGE),
            ("one", p.wf2(), transfer.get_absolute_url()),
        ):
            client = as_(user)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url).status_code == 200
            measured[name] = len(captured)
        assert measured == {"staff": 8, "director": 6, "one": 6}


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_confirmed_by_many_at_once_it_books_once(self, crowd):
        p.allow_transfers()
        p.open_year()
        transfer = ask()
        others = [p.wf2().pk, p.wf_with_mandate().pk]
        results = crowd.run(*(("confirm_transfers", [transfer.pk], others[i % 2]) for i in range(PROCESSES)))
        names = sorted(name for ((name, _),) in results)
        assert names == ["TransitionNotAllowed"] * (PROCESSES - 1) + ["ok"]
        assert counters("GK") == (15000, 0, 0, 0) and counters("S2") == (81000, 0, 0, 0)
        assert list(differences()) == []

    def test_to_and_fro_at_once_without_a_deadlock(self, crowd):
        """Both pots are locked by key, whichever way the money goes."""
        p.allow_transfers()
        p.open_year()
        there = [ask("10", "GK", "S2").pk for _ in range(4 * 6)]
        back = [ask("10", "S2", "GK").pk for _ in range(4 * 6)]
        results = crowd.run(
            *(("confirm_transfers", there[i::4], p.wf2().pk) for i in range(4)),
            *(("confirm_transfers", back[i::4], p.wf2().pk) for i in range(4)),
        )
        assert {name for result in results for name, _ in result} == {"ok"}
        assert counters("GK") == (16000, 0, 0, 0) and counters("S2") == (80000, 0, 0, 0)
        assert list(differences()) == []
