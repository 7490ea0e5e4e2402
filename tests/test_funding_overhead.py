"""Overhead: what an expense books, what is refused, how one is taken back, and who may read whom was paid."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from funding import guards, services
from funding.errors import PotExhausted, TransitionNotAllowed, YearNotOpen
from funding.ledger import differences
from funding.models import Expense, FiscalYear, LedgerEntry, Pot
from funding.verify import bookings, findings
from members.models import User
from tests import personas as p
from tests.closed import close
from tests.crowd import PROCESSES
from tests.tampering import lift_guards

pytestmark = pytest.mark.django_db
NBSP = "\u00a0"


@pytest.fixture
def year(db: None) -> FiscalYear:
    return p.open_year()


def book(amount: str = "120.50", **changed: Any) -> Expense:
    values: dict[str, Any] = {
        "amount": Decimal(amount),
        "purpose": "Porto für Einladungen",
        "payee": "Deutsche Post",
        "actor": p.wf1(),
        "paid": True,
    }
    return services.book_expense(changed.pop("year", p.this_year()), **{**values, **changed})


def gk() -> tuple[Decimal, ...]:
    pot = p.pot("GK")
    return (pot.allotted, pot.reserved, pot.committed, pot.paid)


def refused(error: type[Exception], match: str, **changed: Any) -> Any:
    before = (gk(), Expense.objects.count(), LedgerEntry.objects.count())
    with pytest.raises(error, match=match) as caught:
        book(**changed)
    assert (gk(), Expense.objects.count(), LedgerEntry.objects.count()) == before
    return caught.value


class TestBooking:
    def test_commits_and_pays_at_once(self, year):
        expense = book(voucher=" R-17 ", dated=date(p.this_year(), 1, 1))
        assert gk() == (16000, 0, Decimal("120.50"), Decimal("120.50"))
        assert [(e.kind, e.amount, e.pot.code) for e in expense.entries.select_related("pot")] == [
            ("commit", Decimal("120.50"), "GK"),
            ("pay", Decimal("120.50"), "GK"),
        ]
        assert (expense.voucher, expense.dated, expense.on) == (
            "R-17",
            date(p.this_year(), 1, 1),
            timezone.localdate(),
        )
        assert expense.actor == p.wf1()
        assert list(differences()) == []

    def test_the_ledger_names_the_expense_and_nobody(self, year):
        expense = book(purpose="Blumen für Frau Beispiel", payee="Gärtnerei Beispiel")
        texts = {e.text for e in expense.entries.all()}
        assert texts == {f"Ausgabe Nr. {expense.pk}"}

    def test_to_the_last_cent_and_not_beyond(self, year):
        book("15999.99")
        error = refused(PotExhausted, "0,01.*frei.*gefragt waren 0,02", amount="0.02")
        assert error.available == Decimal("0.01")
        assert "höchstens ausgegeben" in str(error) and "Antrag" not in str(error)
        book("0.01")
        assert p.pot("GK").available == 0
        assert refused(PotExhausted, "0,00", amount="0.01").available == 0

    @pytest.mark.parametrize(
        "who", ["gf_aplerbeck", "admin_verein", "auditor", "board", "superuser", "nobody"]
    )
    def test_only_staff_book(self, year, who):
        refused(TransitionNotAllowed, "bucht die Wirtschaftsförderung", actor=p.ALL[who]())

    @pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "1000000000"])
    def test_an_amount_is_positive_whole_cents(self, year, amount):
        refused(TransitionNotAllowed, "größer als null", amount=amount)

    @pytest.mark.parametrize(("field", "sentence"), [("purpose", "wofür"), ("payee", "an wen")])
    def test_purpose_and_payee_are_needed(self, year, field, sentence):
        refused(TransitionNotAllowed, sentence, **{field: "  "})

    def test_dates_are_plausible(self, year):
        tomorrow = timezone.localdate() + timedelta(days=1)
        refused(TransitionNotAllowed, "in der Zukunft", dated=tomorrow)
        refused(TransitionNotAllowed, "in der Zukunft", on=tomorrow)
        refused(TransitionNotAllowed, "prüfen Sie das Jahr", dated=date(p.this_year() - 2, 12, 31))
        book(dated=date(p.this_year() - 1, 1, 1))

    @pytest.mark.parametrize(
        ("state", "match"), [("planned", "geplant.*öffnet"), ("closed", "abgeschlossen")]
    )
    def test_only_in_an_open_year(self, year, state, match):
        lift_guards()
        FiscalYear.objects.update(state=state)
        refused(YearNotOpen, match)

    def test_a_year_without_overhead(self, year):
        refused(YearNotOpen, "keinen Topf", year=p.this_year() - 1)
        services.open_year(2015, actor=p.wf1())
        refused(YearNotOpen, "keinen Topf", year=2015)


class TestTakingBack:
    def test_a_counter_booking_frees_the_money(self, year):
        kept, wrong = book("30"), book("70", payee="Falsche Firma")
        reversal = services.reverse_expense(wrong, reason=" Doppelt gebucht ", actor=p.wf2())
        assert gk() == (16000, 0, 30, 30)
        assert [(e.kind, e.amount) for e in reversal.entries.all()] == [("pay_back", 70), ("release", 70)]
        assert (reversal.reverses, reversal.reason, reversal.effect) == (wrong, "Doppelt gebucht", -70)
        assert (reversal.payee, reversal.actor) == ("Falsche Firma", p.wf2())
        assert set(Expense.objects.all()) == {kept, wrong, reversal}
        assert list(differences()) == []

    def test_once_and_never_a_reversal_itself(self, year):
        expense = book()
        reversal = services.reverse_expense(expense, reason="Tippfehler", actor=p.wf1())
        with pytest.raises(TransitionNotAllowed, match="schon storniert"):
            services.reverse_expense(expense, reason="Noch einmal", actor=p.wf1())
        with pytest.raises(TransitionNotAllowed, match="nicht storniert"):
            services.reverse_expense(reversal, reason="Doch richtig", actor=p.wf1())
        assert gk() == (16000, 0, 0, 0)

    def test_the_database_refuses_a_second_reversal(self, year):
        expense = book()
        services.reverse_expense(expense, reason="Tippfehler", actor=p.wf1())
        with pytest.raises(IntegrityError), transaction.atomic():
            Expense.objects.create(
                pot=expense.pot, amount=expense.amount, purpose="x", payee="x", reason="x", reverses=expense,
                dated=expense.dated, on=expense.on, actor=p.wf1(),
            )  # fmt: skip

    def test_what_it_needs(self, year):
        expense = book(on=timezone.localdate())
        with pytest.raises(TransitionNotAllowed, match="begründen"):
            services.reverse_expense(expense, reason=" ", actor=p.wf1())
        with pytest.raises(TransitionNotAllowed, match="Wirtschaftsförderung"):
            services.reverse_expense(expense, reason="x", actor=p.auditor())
        with pytest.raises(TransitionNotAllowed, match="nicht vor der Ausgabe"):
            services.reverse_expense(
                expense, reason="x", actor=p.wf1(), on=timezone.localdate() - timedelta(days=1)
            )
        close()
        with pytest.raises(YearNotOpen):
            services.reverse_expense(expense, reason="x", actor=p.wf1())
        assert gk()[2:] == (Decimal("120.50"), Decimal("120.50"))


def state(expense: Expense) -> tuple[Decimal, Decimal, date | None]:
    """What the pot has committed and paid, and since when the expense is paid."""
    assert list(findings()) == []
    return (*gk()[2:], Expense.objects.get(pk=expense.pk).paid_on)


class TestPaying:
    """An expense that is not paid at once: committed, paid, perhaps sent back by the bank."""

    def test_it_commits_and_is_paid_by_somebody_else_later(self, year):
        day = date(p.this_year(), 1, 1)
        expense = book("70", paid=False, on=day)
        assert state(expense) == (70, 0, None)
        today = timezone.localdate()
        services.pay_expense(expense, actor=p.wf2(), on=today)
        assert state(expense) == (70, 70, today)
        assert [(e.kind, e.actor, e.value_date, e.text) for e in expense.entries.select_related("actor")] == [
            ("commit", p.wf1(), day, str(expense)), ("pay", p.wf2(), today, str(expense)),
        ]  # fmt: skip

    def test_what_is_committed_is_not_free(self, year):
        book("15999", paid=False)
        refused(PotExhausted, "1,00.*frei", amount="1.01")

    def test_what_the_bank_sent_back_can_be_paid_again(self, year):
        expense = book("70", paid=False)
        services.pay_expense(expense, actor=p.wf1())
        services.bounce_expense(expense, reason=" Konto  erloschen ", actor=p.wf2())
        assert state(expense) == (70, 0, None)
        assert expense.entries.last().text == f"{expense}, von der Bank zurück: Konto erloschen"
        services.pay_expense(expense, actor=p.wf1())
        assert state(expense) == (70, 70, timezone.localdate())

    @pytest.mark.parametrize("paid", [False, True])
    def test_a_reversal_takes_back_what_there_is(self, year, paid):
        expense = book("70", paid=paid)
        reversal = services.reverse_expense(expense, reason="Doppelt", actor=p.wf2())
        assert [e.kind for e in reversal.entries.all()] == (["pay_back"] if paid else []) + ["release"]
        assert state(reversal) == (0, 0, None)
        assert p.pot("GK").available == 16000

    def test_a_reversal_after_the_bank_sent_it_back_only_releases(self, year):
        expense = book("70")
        services.bounce_expense(expense, reason="Konto erloschen", actor=p.wf1())
        reversal = services.reverse_expense(expense, reason="Rechnung war falsch", actor=p.wf1())
        assert [e.kind for e in reversal.entries.all()] == ["release"]
        assert state(reversal) == (0, 0, None)

    def refused(self, match: str, act: Any) -> None:
        before = (gk(), LedgerEntry.objects.count())
        with pytest.raises(TransitionNotAllowed, match=match):
            act()
        assert (gk(), LedgerEntry.objects.count()) == before

    def test_what_is_refused(self, year):
        today, earlier = timezone.localdate(), timezone.localdate() - timedelta(days=1)
        expense, wf1 = book("70", paid=False), p.wf1()
        self.refused("nicht bezahlt", lambda: services.bounce_expense(expense, reason="x", actor=wf1))
        self.refused("nicht vor der Ausgabe", lambda: services.pay_expense(expense, actor=wf1, on=earlier))
        services.pay_expense(expense, actor=wf1)
        self.refused(f"schon bezahlt, am {today:%d.%m.%Y}", lambda: services.pay_expense(expense, actor=wf1))
        self.refused("warum die Bank", lambda: services.bounce_expense(expense, reason=" ", actor=wf1))
        self.refused(
            "nicht vor der Zahlung",
            lambda: services.bounce_expense(expense, reason="x", actor=wf1, on=earlier),
        )
        reversal = services.reverse_expense(expense, reason="Doppelt", actor=wf1)
        for row, match in ((expense, "schon storniert"), (reversal, "Storno wird nicht")):
            self.refused(match, lambda row=row: services.pay_expense(row, actor=wf1))
            self.refused(match, lambda row=row: services.bounce_expense(row, reason="x", actor=wf1))

    @pytest.mark.parametrize(
        "who", ["gf_aplerbeck", "admin_verein", "auditor", "board", "superuser", "nobody"]
    )
    def test_only_staff_pay(self, year, who):
        unpaid, paid, actor = book("1", paid=False), book("1"), p.ALL[who]()
        match = "bucht die Wirtschaftsförderung"
        self.refused(match, lambda: services.pay_expense(unpaid, actor=actor))
        self.refused(match, lambda: services.bounce_expense(paid, reason="x", actor=actor))

    def test_not_in_a_closed_year(self, year):
        unpaid, paid = book("1", paid=False), book("1")
        close()
        with pytest.raises(YearNotOpen):
            services.pay_expense(unpaid, actor=p.wf1())
        with pytest.raises(YearNotOpen):
            services.bounce_expense(paid, reason="x", actor=p.wf1())

    def test_the_pages_say_what_is_not_paid(self, year):
        open_, paid = book("30", paid=False), book("70")
        today = f"{timezone.localdate():%d.%m.%Y}"
        client = as_(p.auditor())
        shown = text(client.get(PAGE))
        assert shown.count("noch nicht bezahlt") == 1
        assert "100,00 €" in shown and "davon bezahlt" in shown and "70,00 €" in shown
        assert "noch nicht bezahlt" in text(client.get(open_.get_absolute_url()))
        assert f"bezahlt am {today}" in text(client.get(paid.get_absolute_url()))
        services.pay_expense(open_, actor=p.wf1())
        shown = text(client.get(PAGE))
        assert "noch nicht bezahlt" not in shown and "davon bezahlt" not in shown


#: What can be done with an expense, and where it leads. Everything else is refused.
LEADS = {
    ("open", "pay"): "paid", ("paid", "bounce"): "open", ("open", "reverse"): "over", ("paid", "reverse"): "over",
}  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_random_steps_agree_with_the_table(year, seed):
    """Pay, send back and reverse some expenses in any order: pot and expenses are what the table says."""
    random, acts = Random(seed), {
        "pay": lambda row, who: services.pay_expense(row, actor=who),
        "bounce": lambda row, who: services.bounce_expense(row, reason="Konto erloschen", actor=who),
        "reverse": lambda row, who: services.reverse_expense(row, reason="Doppelt", actor=who),
    }  # fmt: skip
    rows = [[book(str(10**n), paid=bool(n % 2)), "paid" if n % 2 else "open"] for n in range(4)]
    for _ in range(40):
        row, act = random.choice(rows), random.choice(["pay", "pay", "bounce", "bounce", "reverse"])
        target = LEADS.get((row[1], act))
        if target is None:
            with pytest.raises(TransitionNotAllowed):
                acts[act](row[0], random.choice([p.wf1(), p.wf2()]))
        else:
            acts[act](row[0], random.choice([p.wf1(), p.wf2()]))
            row[1] = target
        committed, paid = (
            sum(expense.amount for expense, state in rows if state in states)
            for states in (("open", "paid"), ("paid",))
        )
        assert gk() == (16000, 0, committed, paid)
    assert list(findings()) == []


class TestGuards:
    def execute(self, sql: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE funding_expense SET amount = 1",
            "UPDATE funding_expense SET payee = 'Andere'",
            "DELETE FROM funding_expense",
            "INSERT INTO funding_expense SELECT * FROM funding_expense WHERE true "
            "ON CONFLICT (id) DO UPDATE SET amount = 1",
        ],
    )
    def test_an_expense_is_never_changed(self, year, sql):
        expense = book()
        with pytest.raises(IntegrityError, match="unveraenderlich"):
            self.execute(sql)
        expense.refresh_from_db()
        assert (expense.amount, expense.payee) == (Decimal("120.50"), "Deutsche Post")

    def test_not_from_the_shell_either(self, year):
        expense = book()
        for act in (expense.save, expense.delete, lambda: Expense.objects.update(payee="x")):
            with pytest.raises(DatabaseError), transaction.atomic():
                act()
        assert Expense.objects.get().payee == "Deutsche Post"

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own way round")
    def test_sqlite_replaces_no_row(self, year):
        services.reverse_expense(book(), reason="x", actor=p.wf1())
        with connection.cursor() as cursor:
            names = [
                f'"{c.name}"'
                for c in connection.introspection.get_table_description(cursor, "funding_expense")
            ]
        every, without = ", ".join(names), ", ".join(n for n in names if n != '"id"')
        for sql in (
            f"INSERT OR REPLACE INTO funding_expense ({every}) SELECT {every} FROM funding_expense",
            f"INSERT OR REPLACE INTO funding_expense ({without}) SELECT {without} FROM funding_expense "
            "WHERE reverses_id IS NOT NULL",
        ):
            with pytest.raises(IntegrityError, match="unveraenderlich"):
                self.execute(sql)

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own way round")
    def test_postgresql_truncates_no_expense(self, year):
        book()
        connection.check_constraints()
        with pytest.raises(IntegrityError, match="unveraenderlich"):
            self.execute("TRUNCATE funding_expense CASCADE")

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE funding_expense SET amount = amount + 1",
            "DELETE FROM funding_ledgerentry WHERE kind = 'commit'",
            "UPDATE funding_ledgerentry SET expense_id = NULL, occasion = 'pot' WHERE expense_id > 0",
            "UPDATE funding_expense SET pot_id = (SELECT id FROM funding_pot WHERE code = 'S2')",
        ],
    )
    def test_verify_ledger_finds_what_was_tampered_with(self, year, sql):
        expense = book()
        assert list(differences()) == []
        guards.GUARDS.lift()
        try:
            self.execute(sql)
            assert any(sentence.startswith(f"{expense}: ") for sentence in bookings())
        finally:
            transaction.set_rollback(True)

    def test_the_database_refuses_half_an_expense(self, year):
        values = {
            "pot": p.pot("GK"), "amount": Decimal(1), "purpose": "x", "payee": "x", "dated": date(2026, 1, 1),
            "on": date(2026, 1, 1), "actor": p.wf1(),
        }  # fmt: skip
        for wrong in ({"amount": Decimal(0)}, {"purpose": ""}, {"payee": ""}, {"reason": "ohne Storno"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Expense.objects.create(**{**values, **wrong})

    def test_an_entry_has_one_cause(self, year):
        application = p.application(p.handed_in(p.gf_aplerbeck()))
        with pytest.raises(IntegrityError), transaction.atomic():
            LedgerEntry.objects.create(
                pot=p.pot("GK"), kind="pay", amount=Decimal(1), application=application,
                decision=application.decisions.get(), expense=book(), actor=p.wf1(), value_date=timezone.localdate(),
            )  # fmt: skip


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return response.content.decode().replace(NBSP, " ").replace("&nbsp;", " ")


PAGE = "/foerderung/gemeinkosten/"


class TestPage:
    def test_the_address(self):
        assert reverse("funding:overhead") == PAGE

    def test_readers_read_and_do_not_book(self, year):
        expense = book(voucher="R-17")
        for who in (p.auditor(), p.superuser()):
            client = as_(who)
            for address in (PAGE, expense.get_absolute_url()):
                shown = text(client.get(address))
                assert "Deutsche Post" in shown and "R-17" in shown and "Ausgabe eintragen" not in shown
            assert client.post(PAGE).status_code == 405

    def test_the_advisory_board_reads_figures_without_payees_and_vouchers(self, year):
        expense = book(voucher="R-17")
        client = as_(p.board())
        export = reverse("funding:overhead_export", args=["csv"])
        for address in (PAGE, expense.get_absolute_url(), export):
            response = client.get(address)
            shown = b"".join(response).decode() if response.streaming else text(response)
            assert "120,50" in shown and "Porto für Einladungen" in shown
            assert "Deutsche Post" not in shown and "R-17" not in shown

    def test_directors_see_the_balance_alone(self, year):
        expense = book()
        client = as_(p.gf_aplerbeck())
        shown = text(client.get(PAGE))
        assert "15.879,50 €" in shown and "Deutsche Post" not in shown and "Einladungen" not in shown
        assert client.get(expense.get_absolute_url()).status_code == 403
        shown = text(client.get(p.pot("GK").get_absolute_url()))
        assert "Deutsche Post" not in shown and str(expense) not in shown

    def test_the_pot_leads_to_the_expense(self, year):
        expense = book()
        assert f'href="{expense.get_absolute_url()}"' in text(
            as_(p.auditor()).get(p.pot("GK").get_absolute_url())
        )

    def test_a_closed_year_leads_to_no_form(self, year):
        address = reverse("payments:expense_create", args=[p.this_year()])
        assert address in text(as_(p.wf1()).get(PAGE))
        close()
        shown = text(as_(p.wf1()).get(PAGE))
        assert address not in shown and "abgeschlossen" in shown

    def test_years_without_overhead_and_without_years(self, year):
        services.open_year(2015, actor=p.wf1())
        assert "keine Gemeinkosten vor" in text(as_(p.wf1()).get(PAGE, {"jahr": "2015"}))
        assert as_(p.wf1()).get(PAGE, {"jahr": "1999"}).status_code == 404

    def test_before_the_first_year(self, db):
        assert "kein Haushaltsjahr" in text(as_(p.wf1()).get(PAGE))

    def test_taking_back(self, year):
        expense = book("70")
        client = as_(p.wf2())
        form = client.get(expense.get_absolute_url()).context["form"]
        empty = client.post(expense.get_absolute_url(), {"key": form["key"].value(), "reason": ""})
        assert empty.status_code == 422 and "begründen" in text(empty)
        data = {"key": form["key"].value(), "reason": "Doppelt"}
        shown = text(client.post(expense.get_absolute_url(), data, follow=True))
        assert "storniert: 70,00 €" in shown and "16.000,00 € frei" in shown and "Doppelt" in shown
        # A page that was open all the time.
        late = client.post(expense.get_absolute_url(), {"key": "another", "reason": "Noch einmal"})
        assert late.status_code == 422 and "schon storniert" in text(late)
        shown = text(client.get(PAGE))
        assert "−70,00 €" in shown and f"Storno zu Nr. {expense.pk}" in shown
        reversal = Expense.objects.get(reverses=expense)
        assert client.get(reversal.get_absolute_url()).context["form"] is None
        assert as_(p.auditor()).post(expense.get_absolute_url(), data).status_code == 403

    def test_totals_over_all_pages(self, year):
        for _ in range(51):
            book("1")
        services.reverse_expense(Expense.objects.last(), reason="x", actor=p.wf1())
        for page in ("1", "2"):
            assert "(alle Seiten)</th>" in text(as_(p.wf1()).get(PAGE, {"page": page}))
            assert "50,00 €" in text(as_(p.wf1()).get(PAGE, {"page": page}))

    @pytest.mark.parametrize("count", [1, 60])
    def test_queries(self, year, count):
        for _ in range(count):
            expense = book("1")
        services.reverse_expense(expense, reason="x", actor=p.wf2())
        measured = {}
        for name, user, url in (
            ("staff", p.wf1(), PAGE),
            ("auditor", p.auditor(), PAGE),
            ("director", p.gf_aplerbeck(), PAGE),
            ("one", p.wf1(), expense.get_absolute_url()),
        ):
            client = as_(user)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url).status_code == 200
            measured[name] = len(captured)
        assert measured == {"staff": 9, "auditor": 10, "director": 6, "one": 6}


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_people_with_the_rest_of_the_pot(self, crowd):
        """One books the rest, the other reads that nothing is left."""
        p.open_year()
        book("15000")
        results = crowd.run(
            ("book_expense", p.this_year(), "1000", p.wf1().pk),
            ("book_expense", p.this_year(), "1000", p.wf2().pk),
        )
        assert sorted(results, key=str) == [("PotExhausted", Decimal("0.00")), ("ok", None)]
        assert gk() == (16000, 0, 16000, 15000) and list(differences()) == []

    def test_with_the_lock_one_process_passes_the_check(self, crowd):
        p.open_year()
        book("15000")
        results = crowd.run(*[("race_expense", p.this_year(), "900", p.wf1().pk, True)] * PROCESSES)
        assert sum(passed for passed, _ in results) == 1
        assert {name for passed, (name, _) in results if not passed} == {"PotExhausted"}
        assert Pot.objects.get(code="GK").available == 100

    def test_negative_control_without_the_lock_the_chain_stops_it(self, crowd):
        p.open_year()
        book("15000")
        results = crowd.run(*[("race_expense", p.this_year(), "900", p.wf1().pk, False)] * PROCESSES)
        assert sum(passed for passed, _ in results) == PROCESSES, "the race did not happen: it proves nothing"
        assert sorted({name for _, (name, _) in results}) == ["IntegrityError", "ok"]
        fork = guards.HISTORY if connection.vendor == "sqlite" else "one_link_per_place_of_pot"
        assert all(fork in said for _, (name, said) in results if name != "ok")
        assert Expense.objects.count() == 2 and list(differences()) == []
