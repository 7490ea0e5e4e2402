"""Batches: put together by one person, released by another, executed by the bank, sent back by it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from funding import services as core
from funding.errors import ConflictOfInterest, FundingError, TransitionNotAllowed
from funding.letters.models import Letter
from funding.models import Application, LedgerEntry
from funding.payments import matching, services
from funding.payments.models import Balance, OwnAccount, Payment, PaymentBatch
from funding.payments.services import files
from members.common import stored
from members.common.target_days import next_target_day
from members.models import OutboxMail
from projects.models import Project
from tests import batches as b
from tests import letters
from tests import personas as p
from tests.closed import close
from tests.personas import today
from tests.statements import entry
from tests.tampering import without_triggers

pytestmark = pytest.mark.django_db


def refused(match: str, act: Any, kind: type[FundingError] = TransitionNotAllowed) -> FundingError:
    """The refusal, whose act wrote nothing."""
    with pytest.raises(kind, match=match) as error, transaction.atomic():
        act()
    return error.value


def state(row: Any) -> str:
    row.refresh_from_db()
    return row.state


class TestPuttingTogether:
    def test_checked_calls_become_payments(self):
        calls = [b.checked_call(amount="500"), b.checked_call(amount="250.50")]
        batch = b.opened(*calls)
        assert [(each.amount, each.state) for each in batch.payments.all()] == [
            (Decimal("500.00"), "planned"), (Decimal("250.50"), "planned"),
        ]  # fmt: skip
        assert {state(call) for call in calls} == {"batch"}
        number = calls[0].application.project.number
        assert batch.payments.all()[0].end_to_end == f"{number}-{calls[0].pk}-1"

    def test_a_call_is_in_one_batch_only(self):
        call = b.checked_call()
        b.opened(call)
        refused("Abruf", lambda: b.opened(call))

    @pytest.mark.parametrize(
        ("day", "said"),
        [
            (date(2026, 5, 1), "nächste Banktag ist der 04.05.2026"),
            (date(2026, 4, 3), "nächste Banktag ist der 07.04.2026"),
            (date(2026, 3, 31), "ist vorbei"),
        ],
    )
    def test_the_day_is_one_on_which_banks_pay(self, day, said):
        error = refused(said, lambda: b.opened(execution_day=day, on=date(2026, 4, 1)))
        assert error.field == "execution_day"
        assert not PaymentBatch.objects.exists()

    @pytest.mark.parametrize("by_file", [True, False])
    def test_a_day_far_ahead_is_a_slip(self, by_file):
        far = next_target_day(today() + timedelta(days=400))
        refused("mehr als 90 Tage voraus", lambda: b.opened(execution_day=far, by_file=by_file, on=today()))

    def test_typed_by_hand_any_day_will_do(self):
        saturday = today() + timedelta(days=(5 - today().weekday()) % 7)
        assert b.opened(by_file=False, execution_day=saturday, on=None).execution_day == saturday

    def test_a_payee_without_a_confirmed_account_is_named(self):
        red = p.payee("Verein ohne Konto", confirmed=False)
        refused(
            "Für Verein ohne Konto ist keine Bankverbindung bestätigt",
            lambda: b.opened(b.checked_call(to=red)),
        )

    def test_only_the_business_development(self):
        call = b.checked_call()
        for actor in (p.gf_aplerbeck(), p.auditor(), p.admin_verein(), p.superuser()):
            refused(
                "bearbeitet die Wirtschaftsförderung",
                lambda actor=actor: services.begin_batch(
                    b.own_account(), calls=[call], execution_day=b.bank_day(), actor=actor, on=b.bank_day()
                ),
            )

    def test_nobody_who_took_part(self):
        call = b.checked_call()
        call.application.project.editors.add(p.wf1())
        refused("mitgewirkt", lambda: b.opened(call), ConflictOfInterest)

    def test_no_larger_than_the_bank_takes(self):
        account = b.own_account(most_payments=1, most_amount=Decimal("600"))
        refused(r"höchstens 1\s+Zahlung in einer Datei", lambda: b.opened(b.checked_call(), b.checked_call()))
        account.most_payments = 5
        account.save()
        refused("höchstens 600,00", lambda: b.opened(b.checked_call(), b.checked_call()))

    def test_a_payment_is_taken_out_by_anybody(self):
        more = b.checked_call()
        batch = b.opened(b.checked_call(), more)
        services.take_out(batch, payment=batch.payments.get(call=more), actor=p.wf2())
        assert (batch.payments.count(), state(more)) == (1, "checked")


class TestReleasing:
    def test_by_a_second_person(self):
        b.balance()
        batch = b.opened()
        refused(
            "zusammengestellt. Freigeben muss ihn eine andere Person",
            lambda: services.release(batch, actor=p.wf1(), on=b.bank_day()),
            ConflictOfInterest,
        )
        services.release(batch, actor=p.wf2(), on=b.bank_day())
        assert state(batch) == "released"
        refused("ist freigegeben", lambda: services.release(batch, actor=p.wf2(), on=b.bank_day()))

    def test_not_by_who_took_part_or_gets_the_money(self):
        b.balance()
        batch = b.opened()
        batch.payments.get().for_call.application.project.editors.add(p.wf2())
        refused(
            "mitgewirkt", lambda: services.release(batch, actor=p.wf2(), on=b.bank_day()), ConflictOfInterest
        )
        person = services.enter_payee(p.wf2().person, actor=p.wf1())
        account = p.payee_account(person, actor=p.wf1(), since=date(2016, 1, 1))
        third = p._account("wf3@example.org", "Dritte", "Person", group="Wirtschaftsförderung")
        services.confirm_account(account, paper="x", actor=third)
        own = b.opened(b.checked_call(to=person))
        refused(
            "geht an Sie selbst",
            lambda: services.release(own, actor=p.wf2(), on=b.bank_day()),
            ConflictOfInterest,
        )

    def test_not_when_the_first_person_is_no_longer_entitled(self):
        b.balance()
        batch = b.opened()
        p.wf1().groups.clear()
        refused(
            "es fehlt eine zweite Person", lambda: services.release(batch, actor=p.wf2(), on=b.bank_day()),
            ConflictOfInterest,
        )  # fmt: skip

    def test_not_what_changed_since_it_was_looked_at(self):
        from funding.payments.batch_transitions import batch_seen

        b.balance()
        batch = b.opened(b.checked_call(), less := b.checked_call(amount="1"))
        seen = batch_seen(batch, list(batch.payments.all()))
        services.take_out(batch, payment=batch.payments.get(call=less), actor=p.wf1())
        refused(
            "hat sich geändert", lambda: services.release(batch, actor=p.wf2(), seen=seen, on=b.bank_day())
        )

    def test_not_without_a_balance_and_not_above_it(self):
        batch = b.opened()
        refused(
            "noch kein Kontostand bestätigt", lambda: services.release(batch, actor=p.wf2(), on=b.bank_day())
        )
        b.balance("900")
        services.release(batch, actor=p.wf2(), on=b.bank_day())
        second = b.opened()
        refused("bleiben 400,00", lambda: services.release(second, actor=p.wf2(), on=b.bank_day()))
        services.dissolve(batch, reason="Doch nicht.", actor=p.wf1())
        services.release(second, actor=p.wf2(), on=b.bank_day())

    @pytest.mark.parametrize("answer", [{}, {"answer": "declined", "answer_message": "So nicht"}])
    def test_not_while_a_corrected_letter_waits_for_its_acceptance(self, answer):
        b.balance()
        call, later = b.checked_call(), b.checked_call()
        batch = b.opened(call)
        for each in (call, later):
            old = Letter.objects.get(decision__application=each.application)
            new = letters.written(old.decision, replaces=old, correction="Anschrift")
        number = call.application.project.number
        error = refused(
            f"{number}: Förderzusage .* ist noch nicht angenommen.*lassen Sie diese Zahlung so lange weg",
            lambda: services.release(batch, actor=p.wf2(), on=b.bank_day()),
        )
        assert error.field == "calls"
        if answer:
            said = {"answered_on": today(), "answer_way": "link", "answer_name": "Toni Probe", **answer}
            Letter.objects.filter(pk=new.pk).update(**said)
        refused("angenommen", lambda: b.opened(later))
        assert (state(later), state(batch)) == ("checked", "open")
        if not answer:
            p.accept(call.application)
            assert services.release(batch, actor=p.wf2(), on=b.bank_day()).is_released

    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ({Project: {"state": "funding_open"}}, "Die Finanzierung ist noch offen"),
            ({}, "ist abgeschlossen"),
        ],
    )
    def test_nothing_goes_to_the_bank_that_could_not_be_booked(self, rows, said):
        b.balance()
        batch, more = b.opened(), b.checked_call()
        for model, changed in rows.items():
            model.objects.update(**changed)
        if not rows:
            close()
        for act in (
            lambda: services.release(batch, actor=p.wf2(), on=b.bank_day()),
            lambda: b.opened(more),
        ):
            assert refused(f"{said}.*lassen Sie diese Zahlung so lange weg", act).field == "calls"
        assert (state(batch), state(more)) == ("open", "checked")

    def test_not_while_a_change_of_the_grant_waits(self):
        b.balance()
        grant = p.accept(p.application(p.approved(p.gf_aplerbeck(), pillar_2="6000"), "S2"))
        batch = b.opened(b.checked_call(grant))
        core.request_change(grant, what="reduce", to=Decimal(5900), reason="Weniger.", actor=p.wf1())
        refused(
            "wartet auf eine zweite Person", lambda: services.release(batch, actor=p.wf2(), on=b.bank_day())
        )

    def test_what_left_before_the_balance_counts_no_more(self):
        b.balance("500", b.bank_day() - timedelta(days=10))
        b.executed()
        third = b.opened()
        refused("bleiben 0,00", lambda: services.release(third, actor=p.wf2(), on=b.bank_day()))
        after = b.balance("500")  # at the end of the day on which the first was paid
        later = after.day + timedelta(days=1)
        left = Payment.objects.off_since(after.account, after.day, read_on=later)
        assert left == 0

    def test_what_left_on_the_day_on_which_the_balance_was_read_counts(self):
        b.balance("500", today())
        b.executed(by_file=False, execution_day=today(), on=today())
        second = b.opened()
        refused("bleiben 0,00", lambda: services.release(second, actor=p.wf2(), on=b.bank_day()))

    def test_what_stands_on_the_statement_of_that_day_counts_once(self):
        batch = b.executed()
        gone = entry("-500", message_id=batch.message_id)  # 500 are left
        services.tick_batch(gone, batch=batch, actor=p.wf1())
        second = b.opened()
        services.release(second, actor=p.wf2(), on=b.bank_day())

    def test_an_account_changed_before_the_release_gets_the_money(self):
        b.balance()
        batch = b.opened()
        payment = batch.payments.get()
        payee = payment.for_call.payee
        new = p.payee_account(payee, actor=p.wf1(), iban=p.IBANS[3], since=date(2016, 1, 1))
        services.confirm_account(new, paper="Brief", actor=p.wf2())
        services.release(batch, actor=p.wf2(), on=b.bank_day())
        payment.refresh_from_db()
        assert payment.account == new


class TestFile:
    def test_it_is_made_once_and_found_by_its_hash(self, django_capture_on_commit_callbacks, tmp_path):
        with django_capture_on_commit_callbacks(execute=True):
            batch = b.released()
        batch.refresh_from_db()
        content = files.content(batch)
        assert f"<MsgId>ZL-{batch.pk:06d}</MsgId>".encode() in content
        assert p.IBANS[0].encode() in content and b.OWN_IBAN.encode() in content
        OwnAccount.objects.update(holder="Anders")
        assert files.content(files.make(batch.pk)) == content

    def test_what_broke_off_before_the_file_goes_on(self):
        batch = b.released()
        assert batch.sha256 == ""
        made = files.make(batch.pk)
        assert made.sha256 and files.content(made)

    def test_what_broke_off_after_the_file_finds_it(self):
        batch = b.released()
        first = files.make(batch.pk)
        path = stored.path_of(first.sha256)
        content = files.content(first)
        _, names = default_storage.listdir(path[:2])
        for left in (content, content[:100]):
            default_storage.delete(path)
            with default_storage.open(path, "wb") as half:
                half.write(left)
            with without_triggers():
                PaymentBatch.objects.filter(pk=batch.pk).update(sha256="")
            assert files.make(batch.pk).sha256 == first.sha256
            assert files.content(first) == content
        # No half-written file is left beside it; the folder may hold files of other tests.
        assert sorted(default_storage.listdir(path[:2])[1]) == sorted(names)

    def test_another_content_is_not_handed_out(self):
        batch = files.make(b.released().pk)
        default_storage.delete(stored.path_of(batch.sha256))
        with default_storage.open(stored.path_of(batch.sha256), "wb") as other:
            other.write(b"<x/>")
        with pytest.raises(FileNotFoundError, match="not the one"):
            files.content(batch)

    def test_none_before_the_release_and_none_without(self):
        assert files.make(b.opened().pk).sha256 == ""
        assert files.make(b.released(by_file=False).pk).sha256 == ""


class TestExecuting:
    def test_each_payment_is_booked_and_the_district_hears_of_it(self):
        calls = [b.checked_call(amount="500"), b.checked_call(amount="250.50")]
        batch = b.released(*calls)
        OutboxMail.objects.all().delete()
        assert services.mark_executed(batch, executed_on=b.bank_day(), actor=p.wf1()) == []
        assert state(batch) == "executed"
        assert {state(call) for call in calls} == {"paid"}
        for call in calls:
            application = Application.objects.get(pk=call.application_id)
            assert (application.paid, application.called) == (call.amount, 0)
            payment = call.payments.get()
            assert payment.decision.amount == call.amount and payment.executed_on == b.bank_day()
        assert OutboxMail.objects.filter(template="paid").count() == 2
        assert not b.found()

    @pytest.mark.parametrize(("number", "queries"), [(1, 34), (3, 90)])
    def test_a_payment_costs_a_fixed_number_of_questions(self, number, queries, django_assert_num_queries):
        """24 each, beside what divides the transaction."""
        batch, actor = b.released(*(b.checked_call(amount=str(100 + n)) for n in range(number))), p.wf1()
        with django_assert_num_queries(queries):
            assert services.mark_executed(batch, executed_on=b.bank_day(), actor=actor) == []

    @pytest.mark.parametrize("number", [1, 3])
    def test_a_release_asks_as_much_for_few_and_many(self, number, django_assert_num_queries):
        b.balance()
        batch, actor = b.opened(*(b.checked_call(amount=str(100 + n)) for n in range(number))), p.wf2()
        with django_assert_num_queries(18):
            services.release(batch, actor=actor, on=b.bank_day())

    def test_not_before_its_day(self):
        tomorrow = next_target_day(today() + timedelta(days=1))
        b.balance()
        batch = services.release(b.opened(execution_day=tomorrow, on=None), actor=p.wf2())
        refused(
            f"frühestens am {tomorrow:%d.%m.%Y}",
            lambda: services.mark_executed(batch, executed_on=today(), actor=p.wf1()),
        )
        refused("in der Zukunft", lambda: services.mark_executed(batch, executed_on=tomorrow, actor=p.wf1()))

    def test_not_before_the_release(self):
        batch = b.opened()
        refused(
            "in Vorbereitung", lambda: services.mark_executed(batch, executed_on=b.bank_day(), actor=p.wf2())
        )

    def test_what_cannot_be_booked_stays_and_goes_on_later(self):
        free, barred = b.checked_call(amount="500"), b.checked_call(amount="300")
        batch = b.released(free, barred)
        barred.application.project.editors.add(p.wf1())
        [(payment, error)] = services.mark_executed(batch, executed_on=b.bank_day(), actor=p.wf1())
        assert payment.call == barred and isinstance(error, ConflictOfInterest)
        assert (state(batch), state(free), state(barred)) == ("released", "paid", "batch")
        assert services.mark_executed(batch, executed_on=b.bank_day(), actor=p.wf2()) == []
        assert (state(batch), state(barred)) == ("executed", "paid")
        assert LedgerEntry.objects.filter(kind="pay").count() == 2

    def test_not_dissolved_when_a_part_is_booked(self):
        free, barred = b.checked_call(amount="500"), b.checked_call(amount="300")
        batch = b.released(free, barred)
        barred.application.project.editors.add(p.wf1())
        services.mark_executed(batch, executed_on=b.bank_day(), actor=p.wf1())
        refused("schon bezahlt", lambda: services.dissolve(batch, reason="x", actor=p.wf2()))

    def test_dissolving_gives_the_calls_back(self):
        call = b.checked_call()
        batch = b.released(call)
        refused("Bitte begründen", lambda: services.dissolve(batch, actor=p.wf2()))
        services.dissolve(batch, reason="Die Datei ging nicht an die Bank.", actor=p.wf2())
        assert (state(batch), state(call), call.payments.get().state) == ("dissolved", "checked", "dropped")
        again = b.executed(call)
        assert again.payments.get().end_to_end.endswith(f"{call.pk}-2")


class TestStriking:
    """What the bank did not execute of a batch leaves it; the rest goes its way."""

    def two(self) -> tuple[PaymentBatch, list[Payment]]:
        batch = b.released(b.checked_call(), b.checked_call(amount="300", to=b.payee("Zwei", p.IBANS[1])))
        return batch, list(batch.payments.order_by("pk"))

    def test_the_rest_is_recognised_and_booked_and_the_call_waits_again(self):
        batch, [one, two] = self.two()
        services.strike(two, reason="Konto erloschen", actor=p.wf1())
        assert (state(two), state(two.for_call), state(batch)) == ("dropped", "checked", "released")
        assert two.for_call.steps.latest("pk").reason == "Konto erloschen"
        gone = entry("-500", message_id=batch.message_id)
        found = matching.proposals([gone])[gone.pk]
        assert found.target == batch
        services.tick_batch(gone, batch=batch, actor=p.wf1())
        assert (state(one), state(batch)) == ("executed", "executed")
        assert not b.found()

    def test_the_last_one_closes_the_batch(self):
        batch, [one, two] = self.two()
        services.tick_payment(entry("-500", end_to_end=one.end_to_end), payment=one, actor=p.wf1())
        services.strike(two, reason="Name passt nicht", actor=p.wf2())
        assert state(batch) == "executed" and batch.closed_by == p.wf2()
        again = b.executed(two.for_call)
        assert again.payments.get().end_to_end.endswith("-2")
        assert not b.found()

    def test_not_without_a_reason_not_the_only_one_and_not_what_is_paid(self):
        [one, two] = self.two()[1]
        refused("warum die Bank nicht", lambda: services.strike(one, reason="", actor=p.wf1()))
        services.strike(two, reason="x", actor=p.wf1())
        refused("lösen Sie bitte", lambda: services.strike(one, reason="x", actor=p.wf1()))
        paid, [first, _] = self.two()
        services.mark_executed(paid, executed_on=b.bank_day(), actor=p.wf1())
        refused("nicht mehr", lambda: services.strike(first, reason="x", actor=p.wf1()))
        stranger = p.gf_aplerbeck()
        refused("bearbeitet die", lambda: services.strike(one, reason="x", actor=stranger))

    def test_the_rest_can_be_taken_apart_when_the_bank_paid_nothing(self):
        batch, [one, two] = self.two()
        services.strike(two, reason="Konto erloschen", actor=p.wf1())
        services.dissolve(batch, reason="Die Bank hat nichts ausgeführt.", actor=p.wf1())
        assert (state(batch), state(one), state(one.for_call)) == ("dissolved", "dropped", "checked")
        assert not b.found()

    def test_the_rest_is_no_reason_to_take_apart_what_was_paid_and_came_back(self):
        batch, [one, two] = self.two()
        services.tick_payment(entry("-500", end_to_end=one.end_to_end), payment=one, actor=p.wf1())
        services.send_back(one, reason="Erloschen", returned_on=b.bank_day(), actor=p.wf1())
        services.strike(two, reason="Name passt nicht", actor=p.wf1())
        assert (state(batch), state(two)) == ("executed", "dropped")
        assert not b.found()

    def test_an_entry_of_the_bank_does_not_revive_it(self):
        _, [_, two] = self.two()
        services.strike(two, reason="Konto erloschen", actor=p.wf1())
        gone = entry("-300", end_to_end=two.end_to_end)
        refused("als nicht ausgeführt", lambda: services.tick_payment(gone, payment=two, actor=p.wf1()))

    def test_not_what_the_statement_has(self):
        batch, [one, two] = self.two()
        Application.objects.filter(pk=two.for_call.application_id).update(called=0)
        services.tick_batch(entry("-800", message_id=batch.message_id), batch=batch, actor=p.wf1())
        assert (state(one), state(two)) == ("executed", "planned")
        refused("steht als eine Summe", lambda: services.strike(two, reason="x", actor=p.wf1()))
        with pytest.raises(IntegrityError), transaction.atomic():
            Payment.objects.filter(pk=two.pk).update(state="dropped")


class TestBankAnswers:
    def answered(self, verified: str = "no_match") -> Payment:
        batch = b.released()
        payment = batch.payments.get()
        answers = {payment.pk: services.Answer(verified, "Vereien Hörde")}
        services.record_answers(batch, answers=answers, actor=p.wf1())
        payment.refresh_from_db()
        return payment

    def test_a_mismatch_is_confirmed_by_another_before_it_is_booked(self):
        payment = self.answered()
        batch = payment.of_batch
        refused(
            "niemand hat sie bestätigt",
            lambda: services.mark_executed(batch, executed_on=b.bank_day(), actor=p.wf2()),
        )
        refused(
            "haben Sie selbst „stimmt nicht überein“ eingetragen",
            lambda: services.accept_mismatch(payment, reason="Telefonat", actor=p.wf1()), ConflictOfInterest,
        )  # fmt: skip
        refused("Bitte begründen", lambda: services.accept_mismatch(payment, reason=" ", actor=p.wf2()))
        services.accept_mismatch(payment, reason="Telefonat mit dem Verein", actor=p.wf2())
        assert services.mark_executed(batch, executed_on=b.bank_day(), actor=p.wf2()) == []

    @pytest.mark.parametrize("other", ["match", "close", "unknown"])
    def test_a_mismatch_is_taken_back_by_another(self, other):
        payment = self.answered()
        answers = {payment.pk: services.Answer(other)}
        refused(
            "haben Sie selbst „stimmt nicht überein“ eingetragen",
            lambda: services.record_answers(payment.of_batch, answers=answers, actor=p.wf1()), ConflictOfInterest,
        )  # fmt: skip
        services.record_answers(payment.of_batch, answers={payment.pk: services.Answer("")}, actor=p.wf2())
        payment.refresh_from_db()
        assert payment.verified == "no_match"
        services.record_answers(payment.of_batch, answers=answers, actor=p.wf2())
        payment.refresh_from_db()
        assert (payment.verified, payment.verified_by) == (other, p.wf2())

    def test_a_mismatch_that_was_recorded_by_who_has_left_is_recorded_again_first(self):
        payment = self.answered()
        batch = payment.of_batch
        p.wf1().groups.clear()
        refused(
            "Wanda Wirtschaft darf inzwischen selbst keine Antworten der Bank mehr erfassen; es fehlt eine zweite Person",
            lambda: services.accept_mismatch(payment, reason="Telefonat", actor=p.wf2()), ConflictOfInterest,
        )  # fmt: skip
        third = p._account("wf3", "Dritte", "Person", group="Wirtschaftsförderung")
        same = {payment.pk: services.Answer(payment.verified, payment.verified_name)}
        services.record_answers(batch, answers=same, actor=p.wf2())
        services.accept_mismatch(payment, reason="Telefonat", actor=third)
        payment.refresh_from_db()
        assert (payment.verified_by, payment.accepted_by) == (p.wf2(), third)

    def test_nobody_takes_back_a_mismatch_of_money_to_themselves(self):
        own = services.enter_payee(p.wf2().person, actor=p.wf1())
        account = p.payee_account(own, actor=p.wf1(), since=date(2016, 1, 1))
        third = p._account("wf3", "Dritte", "Person", group="Wirtschaftsförderung")
        services.confirm_account(account, paper="Brief", actor=third)
        call = b.checked_call(to=own)
        b.balance()
        batch = b.opened(call)
        services.release(batch, actor=third, on=b.bank_day())
        payment = batch.payments.get()
        services.record_answers(batch, answers={payment.pk: services.Answer("no_match")}, actor=p.wf1())
        refused(
            "geht an Sie selbst",
            lambda: services.record_answers(batch, answers={payment.pk: services.Answer("match")}, actor=p.wf2()),
            ConflictOfInterest,
        )  # fmt: skip

    def test_who_saw_the_mismatch_corrects_the_name(self):
        payment = self.answered()
        answers = {payment.pk: services.Answer("no_match", "Verein Hoerde")}
        services.record_answers(payment.of_batch, answers=answers, actor=p.wf1())
        payment.refresh_from_db()
        assert payment.verified_name == "Verein Hoerde"

    @pytest.mark.parametrize("verified", ["match", "close", "unknown", ""])
    def test_other_answers_stop_nothing(self, verified):
        payment = self.answered(verified)
        assert payment.verified == verified and bool(payment.verified_by) == bool(verified)
        assert services.mark_executed(payment.of_batch, executed_on=b.bank_day(), actor=p.wf2()) == []

    def test_a_confirmed_answer_stays(self):
        payment = self.answered()
        services.accept_mismatch(payment, reason="Telefonat", actor=p.wf2())
        answers = {payment.pk: services.Answer("match")}
        services.record_answers(payment.of_batch, answers=answers, actor=p.wf1())
        payment.refresh_from_db()
        assert payment.verified == "no_match"


class TestSentBack:
    def test_it_is_booked_back_and_can_be_paid_again_to_another_account(self):
        batch = b.executed()
        payment = batch.payments.get()
        services.send_back(payment, reason="Konto erloschen", returned_on=b.bank_day(), actor=p.wf1())
        call = payment.for_call
        application = Application.objects.get(pk=call.application_id)
        assert (state(payment), state(call)) == ("returned", "bounced")
        assert (application.paid, application.called) == (0, call.amount)
        new = p.payee_account(call.payee, actor=p.wf1(), iban=p.IBANS[3], since=date(2016, 1, 1))
        services.confirm_account(new, paper="Brief", actor=p.wf2())
        again = b.executed(call).payments.get()
        assert (again.account, again.end_to_end[-2:]) == (new, "-2")
        assert Application.objects.get(pk=call.application_id).paid == call.amount
        assert not b.found()

    def test_only_once_not_before_it_was_paid_and_with_a_reason(self):
        payment = b.executed().payments.get()
        before = b.bank_day() - timedelta(days=1)
        back = {"reason": "Konto erloschen", "returned_on": b.bank_day(), "actor": p.wf1()}
        refused("vorher", lambda: services.send_back(payment, **{**back, "returned_on": before}))
        refused("Grund", lambda: services.send_back(payment, **{**back, "reason": ""}))
        services.send_back(payment, **back)
        refused("zurückgekommen", lambda: services.send_back(payment, **back))


class TestBalance:
    def test_it_counts_when_another_has_confirmed_it(self):
        entered = services.enter_balance(
            b.own_account(), amount=Decimal("-12.50"), day=today(), reason="Auszug 8", actor=p.wf1()
        )
        assert not Balance.objects.latest()
        refused(
            "selbst eingetragen", lambda: services.confirm_balance(entered, actor=p.wf1()), ConflictOfInterest
        )
        refused("wartet schon", lambda: b.balance())
        services.confirm_balance(entered, actor=p.wf2())
        assert Balance.objects.latest().get().amount == Decimal("-12.50")

    def test_the_last_day_counts(self):
        b.balance("200", today() - timedelta(days=1))
        b.balance("100", today() - timedelta(days=5))
        assert Balance.objects.latest().get().amount == 200
        b.balance("300", today() - timedelta(days=1))
        assert Balance.objects.latest().get().amount == 300

    def test_not_of_tomorrow_and_not_refused(self):
        refused("noch nicht vorbei", lambda: b.balance(day=today() + timedelta(days=1)))
        entered = services.enter_balance(
            b.own_account(), amount=Decimal(5), day=today(), reason="x", actor=p.wf1()
        )
        services.refuse_balance(entered, reason="Verlesen", actor=p.wf2())
        assert not Balance.objects.latest()


def test_an_account_of_the_association_is_there_once():
    """Else its balance would count twice."""
    own = b.own_account()
    with pytest.raises(ValidationError, match="gibt es schon"):
        OwnAccount(name="Zweites", holder="x", iban=own.iban, since=own.since).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        OwnAccount.objects.create(name="Zweites", holder="x", iban=own.iban, since=own.since)


def test_the_database_lets_nobody_release_alone_or_pay_a_call_twice():
    batch = b.released()
    call = batch.payments.get().for_call
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentBatch.objects.filter(pk=batch.pk).update(released_by=batch.created_by)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(
            batch=b.opened(),
            call=call,
            amount=call.amount,
            end_to_end="x",
            account=batch.payments.get().account,
        )
