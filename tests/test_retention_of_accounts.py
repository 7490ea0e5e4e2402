"""Bank details of payees: kept as long as anything they were used for, then deleted by two people; the row stays."""

import hashlib
from datetime import date
from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from funding.closing.models import Deletion, DeletionItem, RetentionHold, RetentionPeriod
from funding.closing.retention import files, services
from funding.closing.retention.listing import parts_of, years
from funding.errors import TransitionNotAllowed
from funding.models import FundingModel
from funding.payments.models import PayeeAccount, Payment
from funding.payments.services.payees import content_of
from funding.verify import findings
from tests import batches
from tests import personas as p
from tests.tampering import without_triggers
from tests.test_project_pages import signed_in, text_of

pytestmark = pytest.mark.django_db


def old_year() -> int:
    return p.this_year() - 12


ERASED = {"iban": "", "bic": "", "bank": "", "holder": "gelöscht", "reason": "gelöscht", "paper": "gelöscht"}


@pytest.fixture
def old() -> PayeeAccount:
    """A confirmed account of a payee who got nothing for twelve years."""
    account = p.payee().accounts.get()
    return aged(account)


def aged(account: PayeeAccount, year: int | None = None) -> PayeeAccount:
    with without_triggers():
        day = date(year or old_year(), 5, 4)
        PayeeAccount.objects.filter(pk=account.pk).update(requested_on=day, decided_on=day, since=day)
    account.refresh_from_db()
    return account


def groups(year: int | None = None, today: date | None = None):
    parts = parts_of(year or old_year(), today or timezone.localdate())
    return next((part.groups for part in parts if part.what == "account"), [])


def ask() -> Deletion:
    return services.request_deletion(old_year(), "account", actor=p.wf1(), reason="Frist vorbei.", seen=1)


def confirm(deletion: Deletion) -> Deletion:
    return services.confirm_deletion(deletion, actor=p.wf2())


class TestWhatMayGo:
    def test_an_account_may_go_ten_years_after_the_year_of_its_last_use(self, old):
        for today, may_go in ((date(old_year() + 10, 12, 31), False), (date(old_year() + 11, 1, 1), True)):
            [group] = groups(today=today)
            assert (group.may_go, group.first_day) == (may_go, date(old_year() + 11, 1, 1))
            assert group.why == "Frist des Gesetzes: 10\u00a0Jahre (§ 147 Abs. 3 AO)"

    def test_a_payment_counts_as_use(self):
        payment = batches.executed().payments.get()
        aged(payment.account)
        assert groups() == []
        assert [row.year for row in years(timezone.localdate())] == [payment.executed_on.year]
        [group] = groups(payment.executed_on.year)
        assert group.why == "Offen: eine Bewilligung ist nicht abgerechnet"

    def test_the_longest_period_of_any_grantor_counts(self, old):
        model = FundingModel.objects.earliest("first_year")
        RetentionPeriod.objects.create(
            kind="books", funding_model=model, since=date(2000, 1, 1), years=30, basis="Richtlinie"
        )
        [group] = groups()
        assert group.why.startswith("Frist des Geldgebers: 30") and not group.may_go

    def test_an_open_call_or_grant_keeps_it(self, old):
        call = batches.checked_call(to=old.payee)
        assert groups()[0].why == "Offen: eine Bewilligung ist nicht abgerechnet"
        with without_triggers():
            call.application.__class__.objects.update(state="settled", called=0)
        assert groups()[0].why == "Offen: ein Abruf ist offen"
        with without_triggers():
            call.__class__.objects.update(state="paid")
        assert groups()[0].may_go
        services.hold(project=call.application.project, actor=p.wf1(), reason="Klage.")
        assert groups()[0].why == "Offen: Löschsperre"

    def test_a_grant_of_the_organisation_keeps_it_before_any_call(self, old):
        project = p.handed_in(p.gf_aplerbeck(), pillar_2="3000")
        project.__class__.objects.update(organiser=old.payee.organisation)
        assert groups()[0].why == "Offen: ein Antrag ist nicht entschieden"

    def test_a_hold_on_any_year_of_its_use_keeps_it(self, old):
        aged(old, old_year() - 1)
        with without_triggers():
            PayeeAccount.objects.update(decided_on=date(old_year(), 1, 2))
        services.hold(year=old_year() - 1, actor=p.wf1(), reason="Klage.")
        assert groups()[0].why == "Offen: Löschsperre"

    def test_a_new_account_that_waits_keeps_the_old_one(self, old):
        p.payee_account(old.payee, actor=p.wf1(), iban=p.IBANS[1])
        assert groups()[0].why == "Offen: eine neue Bankverbindung wartet auf die zweite Person"


class TestDeleting:
    def test_two_people_delete_the_details_and_the_row_stays(self, old, django_capture_on_commit_callbacks):
        content = content_of(old)
        with django_capture_on_commit_callbacks(execute=True):
            done = confirm(ask())
        people = (old.requested_by, old.requested_on, old.decided_by, old.decided_on, old.since)
        old.refresh_from_db()
        assert {name: getattr(old, name) for name in ERASED} == ERASED
        assert people == (old.requested_by, old.requested_on, old.decided_by, old.decided_on, old.since)
        item = DeletionItem.objects.get()
        assert item.sha256 == hashlib.sha256(content).hexdigest() and p.IBANS[0].encode() in content
        assert (item.name, item.size, item.years) == (str(old), 0, 10)
        assert (done.requested_by, done.decided_by) == (p.wf1(), p.wf2())
        assert groups() == [] and files.repair() == 0
        assert list(findings()) == []

    def test_nothing_is_paid_to_it_and_a_new_one_follows(self, old):
        first = old
        confirm(ask())
        assert not first.usable_on(timezone.localdate())
        assert not PayeeAccount.objects.newest().exists()
        new = p.payee_account(first.payee, actor=p.wf1())
        assert new.follows == first and not PayeeAccount.objects.elsewhere("", 0).exists()

    def test_what_is_called_since_is_not_deleted(self, old):
        asked = ask()
        batches.checked_call(to=old.payee)
        with pytest.raises(TransitionNotAllowed, match="muss noch bleiben"):
            confirm(asked)
        old.refresh_from_db()
        assert old.iban == p.IBANS[0]

    def test_the_database_lets_only_the_details_of_this_row_go(self, old):
        other = p.payee("Anderer Verein", iban=p.IBANS[1]).accounts.get()
        with patch.object(files, "let_go"):
            confirm(ask())
        assert "sie stehen noch da" in " ".join(findings())
        row, another = (PayeeAccount.objects.filter(pk=each.pk) for each in (old, other))
        for rows, changes, said in (
            (another, ERASED, "loeschen zwei Personen"),
            (row, ERASED | {"since": date(2020, 1, 1)}, "wird nicht geaendert"),
            (row, ERASED | {"decided_on": date(2020, 1, 1)}, "wird nicht geaendert"),
            (row, ERASED | {"holder": "Erika Muster"}, "payee_account_is_told"),
            (row, {"holder": "gelöscht"}, "wird nicht geaendert"),
        ):
            with pytest.raises(IntegrityError, match=said), transaction.atomic():
                rows.update(**changes)
        row.update(**ERASED)
        for change in ({"iban": p.IBANS[2], "holder": "x"}, {"paper": ""}):
            with pytest.raises(IntegrityError, match="wird nicht geaendert"), transaction.atomic():
                row.update(**change)

    def test_details_that_two_people_did_not_delete_are_found(self, old):
        with without_triggers():
            PayeeAccount.objects.update(**ERASED)
        assert any("keine zwei Personen" in sentence for sentence in findings())

    def test_the_database_deletes_nothing_while_something_is_open(self, old):
        asked = ask()
        with without_triggers():
            RetentionHold.objects.create(
                project=batches.checked_call(to=old.payee).application.project,
                reason="Klage.", entered_by=p.wf1(), entered_on=timezone.localdate(),
            )  # fmt: skip
        with pytest.raises(IntegrityError, match="noch etwas offen"), transaction.atomic():
            asked.decide(Deletion.State.CONFIRMED, actor=p.wf2(), on=timezone.localdate())


def test_the_pages_say_bank_details_and_deleted(old):
    staff = signed_in(p.wf1())
    year = text_of(staff.get(reverse("retention:year", args=[old_year()]))).replace("\u00a0", " ")
    assert "1 Bankverbindung darf gehen." in year and "Byte" not in year
    asked = ask()
    page = text_of(staff.get(asked.get_absolute_url())).replace("\u00a0", " ")
    assert "Bankverbindungen" in page and "Datei" not in page and p.IBANS[0] not in page
    confirm(asked)
    for address in (old.get_absolute_url(), old.payee.get_absolute_url()):
        page = text_of(staff.get(address))
        assert f"gelöscht am {timezone.localdate():%d.%m.%Y} (Aufbewahrung)" in page
        assert str(old) in page and p.IBANS[0][-4:] not in page and "anderen Namen" not in page
    assert Payment.objects.count() == 0
