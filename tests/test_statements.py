"""Statements are loaded once, and each of their entries is booked once, by a click, with what belongs to it."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from lxml import etree

from funding import hooks
from funding import services as core
from funding.errors import AlreadyDone, FundingError, TransitionNotAllowed
from funding.models import Application, Expense, FiscalYear, LedgerEntry
from funding.payments import bookkeeping, matching, reconcile, services
from funding.payments.models import BankStatement, StatementEntry
from funding.payments.statement_forms import PaymentEntryForm, ReturnEntryForm
from funding.proofs.models import InterestRule
from members.common import stored
from members.common.keys import new_key
from tests import batches as b
from tests import called
from tests import personas as p
from tests.statements import entry, file_of, line
from tests.test_camt import zipped

pytestmark = pytest.mark.django_db

Use = StatementEntry.Use


def proposal(of: StatementEntry) -> matching.Proposal:
    return matching.proposals([of])[of.pk]


def year() -> FiscalYear:
    """The open year of the last bank day: on New Year's Day the former one."""
    return p.open_year(b.bank_day().year)


def claimed(basis: str = "Nr. 7 der Vereinbarung") -> tuple[Application, str]:
    """A grant of which 400 euro are paid and 300 claimed back, with the reference of the claim."""
    grant = p.application(p.approved(p.gf_aplerbeck(), pillar_2="1000"), "S2")
    if basis:
        InterestRule.objects.create(
            funding_model=grant.pot.year.model, since="2016-01-01", percent=Decimal(5), legal_basis=basis
        )
    called.pay(grant, amount=Decimal(400), actor=p.wf1())
    core.reclaim(grant, amount=Decimal(300), reason="Weniger Kosten.", actor=p.wf1())
    grant.refresh_from_db()
    return grant, grant.claims.get().reference


def owes(monkeypatch, euro: str) -> None:
    """So much interest is computed and open."""
    monkeypatch.setattr(
        hooks, "interest", [lambda *_: SimpleNamespace(left=Decimal(euro), asked=Decimal(euro))]
    )


class TestLoading:
    def test_the_file_is_what_the_schema_wants(self):
        made = file_of(
            line("5", name="Ä", remittance="x", text="y"), line("-1", fee=True), line("2", return_reason="AC04", name="Z")
        )  # fmt: skip
        schema = Path(__file__).parent / "data" / "camt.053.001.08.xsd"
        etree.XMLSchema(etree.parse(str(schema))).assertValid(etree.fromstring(made))

    def test_a_statement_is_kept_with_its_entries_and_its_file(self):
        content = file_of(line("250.50", name="Stadt Dortmund"), line("-9.90", fee=True, text="Kontoführung"))
        loaded = services.load_statements(content, actor=p.wf1())
        [row] = loaded.new
        assert (loaded.entries, loaded.there) == (2, 0)
        assert (row.opening, row.closing) == (Decimal("1000.00"), Decimal("1240.60"))
        assert [(e.amount, e.name, e.fee, e.state) for e in row.entries.all()] == [
            (Decimal("250.50"), "Stadt Dortmund", False, "open"),
            (Decimal("-9.90"), "", True, "open"),
        ]
        with stored.get(row.sha256) as file:
            assert file.read() == content
        assert not b.found()

    def test_the_same_file_twice_changes_nothing(self):
        content = file_of(line("5"))
        services.load_statements(content, actor=p.wf1())
        loaded = services.load_statements(content, actor=p.wf2())
        assert (loaded.new, loaded.entries, loaded.there) == ([], 0, 1)
        assert (BankStatement.objects.count(), StatementEntry.objects.count()) == (1, 1)

    def test_an_entry_that_another_statement_brought_is_there_once(self):
        services.load_statements(file_of(line("5", reference="R1")), actor=p.wf1())
        month = file_of(line("5", reference="R1"), line("7", reference="R2"))
        loaded = services.load_statements(month, actor=p.wf1())
        assert loaded.entries == 1
        counted = StatementEntry.objects.counted()
        assert sorted(counted.values_list("amount", flat=True)) == [Decimal(5), Decimal(7)]
        assert not b.found()

    def test_two_entries_of_one_day_that_look_the_same_are_two(self):
        [row] = services.load_statements(file_of(line("5", name="A"), line("5", name="A")), actor=p.wf1()).new
        assert row.entries.count() == 2

    def test_several_transactions_that_came_in_as_one_sum_are_one_entry_each(self):
        b.own_account()
        content = (Path(__file__).parent / "data" / "statement_02.xml").read_bytes()
        [row] = services.load_statements(content, actor=p.wf1()).new
        assert [(e.position, e.part, e.amount, e.name) for e in row.entries.all()] == [
            (1, 0, Decimal("150.00"), "Bürgerverein Eving"),
            (1, 1, Decimal("250.00"), "Sparkasse Dortmund"),
            (2, 0, Decimal("-85.00"), "Bürgerverein Eving"),
        ]

    def test_the_pages_of_a_long_statement_are_what_their_file_says(self):
        first = file_of(line("5"), number=7)
        second = file_of(line("6"), opening="1005", number=7)
        paged = b"<StmtPgntn><PgNb>2</PgNb><LastPgInd>true</LastPgInd></StmtPgntn><LglSeqNb>"
        loaded = services.load_statements(
            zipped(one=first, two=second.replace(b"<LglSeqNb>", paged)), actor=p.wf1()
        )
        assert [each.closing for each in loaded.new] == [Decimal(1005), Decimal(1011)]
        assert not b.found()

    def test_the_same_statement_with_another_balance_is_refused(self):
        services.load_statements(file_of(line("5"), number=77), actor=p.wf1())
        with pytest.raises(TransitionNotAllowed, match="mit anderen Salden"):
            services.load_statements(file_of(line("6"), number=77), actor=p.wf1())

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"iban": "DE89370400440532013000"}, r"gehört zum Konto …\s3000; das ist keins des Vereins"),
            ({"day": timedelta(days=1)}, "noch nicht vorbei"),
        ],
    )
    def test_what_is_refused_leaves_nothing(self, changed, sentence):
        content = file_of(line("5"), **p.dated(changed))
        with pytest.raises(TransitionNotAllowed, match=sentence) as refused:
            services.load_statements(content, actor=p.wf1())
        assert refused.value.field == "file"
        assert not BankStatement.objects.exists()
        assert not default_storage.exists(stored.path_of(stored.hashlib.sha256(content).hexdigest()))

    def test_only_the_wirtschaftsfoerderung_loads(self):
        content = file_of(line("5"))
        with pytest.raises(FundingError, match="Auszahlungen bearbeitet die Wirtschaftsförderung"):
            services.load_statements(content, actor=p.gf_aplerbeck())

    def test_a_form_that_arrives_twice_loads_once(self):
        key, content = new_key(), file_of(line("5"))
        services.load_statements(content, actor=p.wf1(), key=key)
        with pytest.raises(AlreadyDone):
            services.load_statements(content, actor=p.wf1(), key=key)


def load(*lines, **more) -> services.Loaded:
    return services.load_statements(file_of(*lines, **more), actor=p.wf1())


def same() -> tuple:
    """Two lines that look the same, without a reference of the bank."""
    return line("-5", name="Laden"), line("-5", name="Laden")


class TestTheSameEntry:
    @pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "the later one first"])
    def test_in_a_second_statement_of_the_day_is_another_one(self, order):
        one, two = same()
        parts = (file_of(one, number=1), file_of(two, opening="995", number=2))
        found = [services.load_statements(parts[at], actor=p.wf1()) for at in order]
        assert [(each.entries, each.again) for each in found] == [(1, 0), (1, 0)]
        last = BankStatement.objects.newest()
        assert last is not None and last.closing == Decimal(990)
        assert not found[1].gaps
        # The statement of the whole day has both, and the one of the afternoon too.
        whole = load(*same(), line("7"), number=3)
        assert (whole.entries, whole.again) == (1, 2)
        assert not b.found()

    def test_of_a_whole_day_stands_in_its_parts_too(self):
        assert load(*same()).entries == 2
        assert [load(line("-5", name="Laden"), opening=opening).again for opening in ("1000", "995")] == [
            1,
            1,
        ]
        assert StatementEntry.objects.counted().count() == 2
        third = load(line("-5", name="Laden"), opening="990")
        assert (third.entries, third.again) == (1, 0)
        assert not b.found()

    def test_with_a_statement_missing_in_between_is_taken_for_the_same_until_somebody_says_otherwise(self):
        first = load(line("-5", name="Laden")).new[0].entries.get()
        loaded = load(line("-5", name="Laden"), opening="500")
        again = loaded.new[0].entries.get()
        assert (loaded.entries, loaded.again) == (0, 1)
        assert (again.state, again.same_as) == ("again", first)
        assert not StatementEntry.objects.waiting().filter(pk=again.pk).exists()
        with pytest.raises(TransitionNotAllowed, match="anderswo gezählt"):
            services.set_aside(again, reason="x", actor=p.wf1())
        with pytest.raises(TransitionNotAllowed, match="begründen"):
            services.tell_apart(again, reason=" ", actor=p.wf1())
        services.tell_apart(again, reason="Zwei Einkäufe an einem Tag", actor=p.wf2())
        again.refresh_from_db()
        assert (again.state, again.same_as, again.further_by) == ("open", first, p.wf2())
        with pytest.raises(TransitionNotAllowed, match="zählt schon selbst"):
            services.tell_apart(again, reason="x", actor=p.wf1())
        assert not b.found()
        # The other one of the two is what a further statement has twice.
        assert load(*same(), opening="500").again == 2

    def test_in_other_words_is_said_to_be_the_same(self):
        first = load(line("-5", name="Laden")).new[0].entries.get()
        other = load(line("-5", name="LADEN GMBH"), line("-6")).new[0].entries
        twice, six = other.get(amount=Decimal(-5)), other.get(amount=Decimal(-6))
        with pytest.raises(TransitionNotAllowed, match="mit demselben Betrag"):
            services.take_for_same(six, same_as=first, actor=p.wf1())
        services.take_for_same(twice, same_as=first, actor=p.wf1())
        twice.refresh_from_db()
        assert (twice.state, twice.same_as, twice.done_by) == ("again", first, p.wf1())
        with pytest.raises(TransitionNotAllowed, match="mit demselben Betrag"):
            services.take_for_same(first, same_as=twice, actor=p.wf1())
        with pytest.raises(TransitionNotAllowed, match="schon anderswo gezählt"):
            services.take_for_same(twice, same_as=first, actor=p.wf1())
        third = load(line("-5", name="x")).new[0].entries.get()
        with pytest.raises(TransitionNotAllowed, match="Eine andere Buchung gilt"):
            services.take_for_same(first, same_as=third, actor=p.wf1())
        services.tell_apart(twice, reason="Doch zwei", actor=p.wf1())
        twice.refresh_from_db()
        assert (twice.state, twice.done_by) == ("open", None)
        assert not b.found()


class TestBatches:
    def test_a_batch_is_recognised_by_its_id_and_ticks_off_all_its_payments(self):
        calls = [b.checked_call(amount=amount) for amount in ("100", "200")]
        batch = b.released(*calls)
        found = entry("-300", message_id=batch.message_id)
        assert proposal(found).target == batch
        assert "nennt die Datei" in proposal(found).why
        assert LedgerEntry.objects.filter(kind="pay").count() == 0
        assert services.tick_batch(found, batch=batch, actor=p.wf1()) == []
        batch.refresh_from_db()
        found.refresh_from_db()
        assert (batch.state, found.state, found.use, found.batch) == ("executed", "matched", "batch", batch)
        assert {payment.executed_on for payment in batch.payments.all()} == {found.booked_on}
        assert LedgerEntry.objects.filter(kind="pay").count() == 2
        assert not b.found()

    def test_without_an_id_sum_and_day_recognise_it(self):
        batch = b.released(b.checked_call(amount="321"))
        assert "Summe und Tag" in proposal(entry("-321")).why
        other = b.released(b.checked_call(amount="321"))
        assert matching.proposals([found := entry("-321")]).get(found.pk) is None, "two batches fit"
        assert batch != other

    def test_another_sum_is_a_hint_and_books_nothing(self):
        batch = b.released(b.checked_call(amount="100"))
        found = entry("-99", message_id=batch.message_id)
        assert proposal(found).target is None
        with pytest.raises(TransitionNotAllowed, match="hat die Summe"):
            services.tick_batch(found, batch=batch, actor=p.wf1())
        assert not LedgerEntry.objects.filter(kind="pay").exists()

    def test_a_batch_that_was_booked_on_its_page_is_only_ticked(self):
        batch = b.executed(b.checked_call(amount="100"))
        services.tick_batch(entry("-100", message_id=batch.message_id), batch=batch, actor=p.wf1())
        assert LedgerEntry.objects.filter(kind="pay").count() == 1
        with pytest.raises(TransitionNotAllowed, match="schon mit einer anderen Buchung"):
            services.tick_batch(entry("-100"), batch=batch, actor=p.wf1())

    def test_a_click_twice_books_once(self):
        batch = b.released(b.checked_call(amount="100"))
        found, key = entry("-100"), new_key()
        services.tick_batch(found, batch=batch, actor=p.wf1(), key=key)
        with pytest.raises(AlreadyDone):
            services.tick_batch(found, batch=batch, actor=p.wf1(), key=key)
        with pytest.raises(TransitionNotAllowed, match="schon zugeordnet"):
            services.tick_batch(found, batch=batch, actor=p.wf2())
        assert LedgerEntry.objects.filter(kind="pay").count() == 1

    def test_single_payments_are_recognised_by_reference_or_by_name(self):
        batch = b.released(*(b.checked_call(amount=amount) for amount in ("100", "200")))
        one, two = batch.payments.order_by("pk")
        first = entry("-100", end_to_end=one.end_to_end)
        assert proposal(first).target == one
        services.tick_payment(first, payment=one, actor=p.wf1())
        batch.refresh_from_db()
        assert batch.state == "released"
        second = entry("-200", name="VEREIN HÖRDE")
        assert "Name und Betrag" in proposal(second).why
        services.tick_payment(second, payment=two, actor=p.wf1())
        batch.refresh_from_db()
        assert batch.state == "executed"
        with pytest.raises(TransitionNotAllowed, match="schon einzeln zugeordnet"):
            services.tick_batch(entry("-300"), batch=batch, actor=p.wf1())
        assert not b.found()


class TestMoneyIn:
    def test_what_the_bank_sends_back_is_booked_back(self):
        payment = b.executed(b.checked_call(amount="100")).payments.get()
        found = entry("100", end_to_end=payment.end_to_end, return_reason="AC04")
        assert proposal(found).use == Use.RETURN
        services.tick_return(found, payment=payment, actor=p.wf1())
        payment.refresh_from_db()
        assert (payment.state, payment.returned_because) == ("returned", "AC04 Konto aufgelöst")
        assert payment.for_call.application.called == Decimal(100)
        with pytest.raises(TransitionNotAllowed, match="schon mit einer anderen"):
            services.tick_return(entry("100", name="x"), payment=payment, actor=p.wf1())
        assert not b.found()

    def test_a_payment_that_stands_on_a_statement_by_itself_can_come_back_once(self):
        payment = b.executed(b.checked_call(amount="100")).payments.get()
        gone = entry("-100", end_to_end=payment.end_to_end)
        assert payment in PaymentEntryForm(gone).fields["payment"].queryset
        services.tick_payment(gone, payment=payment, actor=p.wf1())
        assert payment not in PaymentEntryForm(gone).fields["payment"].queryset
        found = entry("100", end_to_end=payment.end_to_end, return_reason="AC04")
        assert proposal(found).target == payment
        assert payment in ReturnEntryForm(found).fields["payment"].queryset
        services.tick_return(found, payment=payment, actor=p.wf1())
        again = entry("100", end_to_end=payment.end_to_end, return_reason="AC04")
        assert matching.proposals([again]).get(again.pk) is None
        assert payment not in ReturnEntryForm(again).fields["payment"].queryset

    def test_a_reason_of_the_bank_with_an_iban_stays_in_the_statement(self):
        payment = b.executed(b.checked_call(amount="100")).payments.get()
        found = entry("100", return_reason="Konto DE89 3704 0044 0532 0130 00 erloschen")
        services.tick_return(found, payment=payment, actor=p.wf1())
        payment.refresh_from_db()
        assert payment.returned_because == "Den Grund nennt der Kontoauszug"

    def test_what_came_back_before_it_was_booked_is_explained(self):
        batch = b.released()
        payment = batch.payments.get()
        early = entry("500", end_to_end=payment.end_to_end, return_reason="AC04")
        hint = proposal(early)
        assert hint.target is None and "noch nicht als ausgeführt gebucht" in hint.why
        services.mark_executed(batch, executed_on=b.bank_day(), actor=p.wf1())
        assert proposal(early).target == payment

    @pytest.mark.parametrize(
        "told", [{"return_reason": "AC04"}, {"charges": Decimal("2.50")}], ids=["a reason", "the charges"]
    )
    def test_what_comes_back_less_a_fee_is_booked_back_in_full_and_the_fee_as_overhead(self, told):
        year()
        payment = b.executed(b.checked_call(amount="100")).payments.get()
        found = entry("97.50", end_to_end=payment.end_to_end, **told)
        assert proposal(found).target == payment
        assert "2,50" in proposal(found).why and not Expense.objects.exists()
        services.tick_return(found, payment=payment, actor=p.wf1())
        payment.refresh_from_db()
        found.refresh_from_db()
        assert (payment.state, payment.for_call.application.paid, found.taken_off) == (
            "returned",
            0,
            Decimal("2.50"),
        )
        assert (found.expense.amount, found.expense.paid_on, found.expense.pot.year) == (
            Decimal("2.50"),
            found.booked_on,
            year(),
        )
        assert not b.found()

    def test_a_return_that_was_booked_on_its_page_only_lacks_the_fee(self):
        year()
        payment = b.executed(b.checked_call(amount="100")).payments.get()
        services.send_back(payment, reason="Konto erloschen", returned_on=b.bank_day(), actor=p.wf1())
        found = entry("97.50", remittance=f"RETOURE {payment.end_to_end}", return_reason="AC04")
        assert proposal(found).target == payment
        services.tick_return(found, payment=payment, actor=p.wf1())
        assert LedgerEntry.objects.filter(kind="pay_back").count() == 1
        assert Expense.objects.get().amount == Decimal("2.50")
        assert not b.found()

    def test_less_without_a_word_of_the_bank_and_much_less_is_not_called_a_fee(self):
        year()
        payment = b.executed(b.checked_call(amount="100")).payments.get()
        hint = proposal(entry("97.50", end_to_end=payment.end_to_end))
        assert hint.target is None and "bezahlt waren 100,00" in hint.why
        much = entry("49.99", end_to_end=payment.end_to_end, return_reason="AC04")
        assert proposal(much).target is None
        with pytest.raises(TransitionNotAllowed, match="zählen höchstens 50,00"):
            services.tick_return(much, payment=payment, actor=p.wf1())
        with pytest.raises(TransitionNotAllowed, match="zurückgekommen sind 100,01"):
            services.tick_return(entry("100.01"), payment=payment, actor=p.wf1())
        assert not Expense.objects.exists() and not LedgerEntry.objects.filter(kind="pay_back").exists()

    def test_a_fee_above_what_is_free_books_neither(self):
        year()
        payment = b.executed(b.checked_call(amount="100")).payments.get()
        left = p.pot("GK", year().year).available
        core.book_expense(year().year, amount=left, purpose="x", payee="y", actor=p.wf1())
        found = entry("97.50", end_to_end=payment.end_to_end, return_reason="AC04")
        with pytest.raises(FundingError, match="frei"):
            services.tick_return(found, payment=payment, actor=p.wf1())
        payment.refresh_from_db()
        found.refresh_from_db()
        assert (payment.state, found.state) == ("executed", "open")

    def test_a_fee_that_the_bank_gives_back_reverses_its_expense(self):
        year()
        services.tick_expense(entry("-9.90", fee=True), year=year(), actor=p.wf1())
        expense = Expense.objects.get()
        found = entry("9.90", fee=True)
        assert proposal(found).target == expense
        services.tick_refund(found, expense=expense, actor=p.wf1())
        found.refresh_from_db()
        assert (found.expense, found.expense.reverses) == (expense.reversal, expense)
        assert p.pot("GK", year().year).paid == 0
        with pytest.raises(TransitionNotAllowed, match="schon mit einer anderen"):
            services.tick_refund(entry("9.90"), expense=expense, actor=p.wf1())
        assert not b.found()

    def test_what_was_reversed_by_hand_is_only_ticked_and_what_was_not_paid_does_not_come_back(self):
        year()
        paid, bound = (
            core.book_expense(
                year().year,
                amount=Decimal(20),
                purpose="x",
                payee="y",
                paid=paid,
                actor=p.wf1(),
                on=b.bank_day(),
            )
            for paid in (True, False)
        )
        core.reverse_expense(paid, reason="Gutschrift", actor=p.wf1())
        services.tick_refund(entry("20"), expense=paid, actor=p.wf1())
        assert Expense.objects.count() == 3
        with pytest.raises(TransitionNotAllowed, match="nicht bezahlt"):
            services.tick_refund(entry("20"), expense=bound, actor=p.wf1())
        with pytest.raises(TransitionNotAllowed, match="zurückgekommen sind 19,00"):
            services.tick_refund(entry("19"), expense=bound, actor=p.wf1())
        assert not b.found()

    def test_the_citys_money_moves_no_pot(self):
        year()
        found = entry("120000", name="Stadt Dortmund", iban="DE02120300000000202051")
        before = LedgerEntry.objects.count()
        assert (proposal(found).use, proposal(found).target) == (Use.INSTALMENT, year())
        services.tick_instalment(found, year=year(), actor=p.wf1())
        assert LedgerEntry.objects.count() == before
        again = entry("120000", name="Kämmerei", iban="DE02120300000000202051")
        assert "kam schon eine Rate" in proposal(again).why

    def test_special_money_raises_its_pot_or_is_there_already(self):
        year()
        pot = core.open_pot(
            year().year, source="Sparkasse, Licht", code="LICHT", amount=Decimal(500), actor=p.wf1()
        )
        found = entry("250", name="Sparkasse", remittance="Spende LICHT")
        assert proposal(found).target == pot
        services.tick_special(found, pot=pot, raises=True, actor=p.wf1())
        pot.refresh_from_db()
        found.refresh_from_db()
        assert (pot.allotted, found.raised.amount) == (Decimal(750), Decimal(250))
        services.tick_special(entry("500"), pot=pot, raises=False, actor=p.wf1())
        pot.refresh_from_db()
        assert pot.allotted == Decimal(750)
        with pytest.raises(TransitionNotAllowed, match="Sondertopf"):
            services.tick_special(entry("1"), pot=p.pot("GK", year().year), raises=True, actor=p.wf1())
        assert not b.found()

    def test_a_repayment_is_booked_on_its_grant(self):
        grant = p.application(b.granted("1000"))
        called.pay(grant, amount=Decimal(1000), actor=p.wf1())
        found = entry("200", remittance=f"Rest {grant.project.number}")
        assert proposal(found).target == grant
        services.tick_repayment(found, application=grant, actor=p.wf1())
        grant.refresh_from_db()
        found.refresh_from_db()
        assert (grant.paid, found.decision.amount) == (Decimal(800), Decimal(200))
        assert not b.found()

    def test_the_reference_of_a_claim_finds_its_grant_among_those_of_the_project(self):
        project = p.approved(p.gf_aplerbeck(), shares={"APL": "500"}, pillar_2="1000")
        grants = [p.application(project, code) for code in ("S1-APL", "S2")]
        for grant in grants:
            called.pay(grant, amount=Decimal(400), actor=p.wf1())
        core.reclaim(grants[1], amount=Decimal(300), reason="Weniger Kosten.", actor=p.wf1())
        assert not matching.proposals([entry("200", remittance=project.number)])
        reference = grants[1].claims.get().reference
        assert proposal(entry("500", remittance=f"Zu viel {reference}")).target is None  # more than is paid
        found = entry("200", remittance=f"rest {reference.lower()}")
        made = proposal(found)
        assert (made.target, reference in made.why, "300,00" in made.why) == (grants[1], True, True)
        services.tick_repayment(found, application=made.target, actor=p.wf1())
        grants[1].refresh_from_db()
        assert (grants[1].reclaimed, grants[1].paid) == (Decimal(100), Decimal(200))
        assert not b.found()

    def test_what_comes_with_the_reference_after_the_money_is_interest(self, monkeypatch):
        grant, reference = claimed()
        said = f"Zinsen {reference}"
        later = entry("4.50", remittance=said)
        with pytest.raises(TransitionNotAllowed, match=r"300,00.€; das kommt vor den Zinsen"):
            services.tick_interest(later, application=grant, actor=p.wf1())
        core.repay(grant, amount=Decimal(300), actor=p.wf1())
        made = proposal(later)
        assert (made.use, made.target, made.label) == (Use.INTEREST, grant, "Zinsen")
        with pytest.raises(TransitionNotAllowed, match="keine Zinsen offen"):
            services.tick_interest(later, application=grant, actor=p.wf1())
        owes(monkeypatch, "4.49")
        with pytest.raises(
            TransitionNotAllowed, match=r"4,49.€ Zinsen berechnet und noch offen; 4,50.€ sind mehr"
        ):
            services.tick_interest(later, application=grant, actor=p.wf1())
        owes(monkeypatch, "4.50")
        done = services.tick_interest(later, application=grant, actor=p.wf1())
        assert (done.use, done.decision, done.interest.step, done.of_interest) == (
            Use.INTEREST,
            None,
            "interest",
            Decimal("4.50"),
        )
        assert (done.application, done.interest.on) == (grant, later.booked_on)
        with pytest.raises(TransitionNotAllowed, match="schon zugeordnet"):
            services.tick_interest(later, application=grant, actor=p.wf1())
        assert not b.found()

    def test_what_is_more_than_the_claim_is_repaid_first_and_then_interest(self, monkeypatch):
        grant, reference = claimed()
        pot = grant.pot
        whole = entry("304.50", remittance=reference)
        made = proposal(whole)
        assert (made.use, made.target, made.label) == (Use.INTEREST, grant, "Rückzahlung mit Zinsen")
        assert "300,00 € davon sind noch offen, 4,50 € kommen als Zinsen dazu" in made.why.replace(
            "\xa0", " "
        )
        owes(monkeypatch, "4")
        with pytest.raises(TransitionNotAllowed, match=r"4,00.€ Zinsen"):
            services.tick_interest(whole, application=grant, actor=p.wf1())
        grant.refresh_from_db()
        whole.refresh_from_db()
        assert (grant.reclaimed, whole.state) == (300, "open")  # nothing of it
        owes(monkeypatch, "5")
        done = services.tick_interest(whole, application=grant, actor=p.wf1())
        grant.refresh_from_db()
        assert (done.use, done.decision.amount, done.of_interest) == (Use.REPAYMENT, 300, Decimal("4.50"))
        assert (grant.reclaimed, grant.paid) == (0, 100)
        allotted = pot.allotted
        pot.refresh_from_db()
        assert pot.allotted - allotted == Decimal("4.50")
        repaid, interest = list(bookkeeping.lines())
        assert [(each.amount, each.kind, each.project) for each in (repaid, interest)] == [
            (300, "Rückzahlung", grant.project.number), (Decimal("4.50"), "Zinsen", grant.project.number),
        ]  # fmt: skip
        books = reconcile.with_books()
        compared = next(row for row in books.rows if row.key == "rueckzahlungen")
        assert (compared.books, compared.bank) == (Decimal("304.50"), Decimal("304.50"))
        assert not [
            each
            for each in books.loose
            if "Zahlung" not in each.label and grant.project.number not in each.label
        ]
        assert not b.found()

    def test_a_claim_without_a_basis_takes_no_interest(self):
        _, reference = claimed(basis="")
        made = proposal(entry("304.50", remittance=reference))
        assert made.use == Use.REPAYMENT

    def test_a_grant_of_two_people_asks_the_second_one(self):
        project = p.approved(p.gf_aplerbeck(), pillar_2="6000", further=["HOE"], shares={})
        grant = p.application(project, "S2")
        called.pay(grant, amount=Decimal(6000), actor=p.wf1())
        found = entry("1000", remittance=project.number)
        services.tick_repayment(found, application=grant, actor=p.wf1())
        found.refresh_from_db()
        grant.refresh_from_db()
        assert (found.state, found.waits_for_second, grant.paid) == ("matched", True, Decimal(6000))
        core.refuse_change(found.change, reason="Anderes Projekt.", actor=p.wf2())
        found = StatementEntry.objects.waiting().get()
        services.tick_repayment(found, application=grant, actor=p.wf1())
        found.refresh_from_db()
        core.confirm_change(found.change, actor=p.wf2())
        grant.refresh_from_db()
        assert grant.paid == Decimal(5000)
        assert not StatementEntry.objects.waiting().exists()
        assert not b.found()


class TestMoneyOut:
    def test_a_fee_is_committed_and_paid_as_overhead(self):
        year()
        found = entry("-9.90", fee=True, text="Kontoführung")
        assert (proposal(found).use, proposal(found).target) == (Use.EXPENSE, year())
        services.tick_expense(found, year=year(), purpose="Kontoführung", payee="Bank", actor=p.wf1())
        expense = Expense.objects.get()
        assert (expense.amount, expense.on, expense.dated) == (
            Decimal("9.90"),
            found.booked_on,
            found.booked_on,
        )
        assert {e.kind for e in expense.entries.all()} == {"commit", "pay"}
        assert not b.found()

    def test_an_expense_in_the_books_is_paid_and_not_booked_again(self):
        year()
        for number, paid in (("48", False), ("49", True)):
            expense = core.book_expense(
                year().year, amount=Decimal(number), purpose="Papier", payee="Laden", actor=p.wf1(), paid=paid, on=b.bank_day()
            )  # fmt: skip
            found = entry(f"-{number}")
            assert proposal(found).target == expense
            services.tick_booked_expense(found, expense=expense, actor=p.wf1())
            found.refresh_from_db()
            assert (found.expense, found.expense.paid_on) == (expense, found.booked_on)
            with pytest.raises(TransitionNotAllowed, match="schon mit einer anderen"):
                services.tick_booked_expense(entry(f"-{number}"), expense=expense, actor=p.wf1())
        assert Expense.objects.count() == 2
        assert not b.found()

    def test_more_than_the_pot_has_stays_open(self):
        year()
        found = entry("-999999", fee=True)
        with pytest.raises(FundingError, match="frei"):
            services.tick_expense(found, year=year(), purpose="x", payee="Bank", actor=p.wf1())
        found.refresh_from_db()
        assert found.state == "open"

    def test_what_belongs_to_nothing_is_put_aside_and_taken_up_again(self):
        found = entry("-20")
        with pytest.raises(TransitionNotAllowed, match="begründen"):
            services.set_aside(found, reason=" ", actor=p.wf1())
        services.set_aside(found, reason="Umbuchung auf das Sparkonto", actor=p.wf1())
        found.refresh_from_db()
        assert (found.state, found.reason) == ("aside", "Umbuchung auf das Sparkonto")
        with pytest.raises(TransitionNotAllowed, match="zur Seite gelegt"):
            services.set_aside(found, reason="noch einmal", actor=p.wf2())
        services.take_up(found, actor=p.wf2())
        found.refresh_from_db()
        assert (found.state, found.reason, found.done_by) == ("open", "", None)


def test_nobody_but_the_wirtschaftsfoerderung_books():
    with pytest.raises(FundingError, match="Auszahlungen bearbeitet die Wirtschaftsförderung"):
        services.set_aside(entry("-20"), reason="x", actor=p.gf_aplerbeck())
