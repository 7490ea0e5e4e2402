"""Closing a year while others write: one of two closings counts, and no booking slips in beside it."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from funding import services as core
from funding.closing import services
from funding.closing.models import Deletion, Snapshot, YearClosing
from funding.closing.models.closing import lapsed_to_city
from funding.closing.retention import services as retention
from funding.ledger import differences
from funding.models import Application, FiscalYear, LedgerEntry, Pot
from funding.payments.models import PayeeAccount, StatementEntry
from tests import called, personas, statements
from tests.crowd import Crowd
from tests.tampering import without_triggers

pytestmark = pytest.mark.django_db(transaction=True)


def last_year() -> int:
    return personas.this_year() - 1


def asked(year: FiscalYear) -> YearClosing:
    return services.request_closing(year, reason="Alles bezahlt.", actor=personas.wf1())


def test_two_people_ask_at_once_and_one_request_waits(crowd: Crowd) -> None:
    year, people = personas.open_year(last_year()), [personas.wf1(), personas.wf2()]
    results = crowd.run(*[("request_closing", year.pk, person.pk) for person in people])
    assert sorted(name for name, _ in results) == ["TransitionNotAllowed", "ok"]
    assert any("wartet schon ein Antrag" in str(said) for _, said in results)
    assert YearClosing.objects.get().waits


def test_two_people_confirm_at_once_and_the_year_is_closed_once(crowd: Crowd) -> None:
    closing = asked(personas.open_year(last_year()))
    people = [personas.wf2(), personas.wf_with_mandate()]
    results = crowd.run(*[("confirm_closing", closing.pk, person.pk) for person in people * 2])
    assert sorted(name for name, _ in results) == ["TransitionNotAllowed"] * 3 + ["ok"]
    assert YearClosing.objects.get().decided_by in people
    assert Snapshot.objects.count() == 1 and FiscalYear.objects.get().is_closed
    assert LedgerEntry.objects.filter(kind="lapse").count() == Pot.objects.count()
    assert list(differences()) == []


@pytest.fixture
def paid(db: None) -> Application:
    """A special pot with nothing free: all of it is granted and paid."""
    personas.open_year(last_year())
    core.open_pot(last_year(), code="SPK", source="Sparkasse", amount=Decimal(100), actor=personas.wf1())
    application = personas.application(
        personas.approved(personas.gf_aplerbeck(), year=last_year(), special={"SPK": "100"}), "SPK"
    )
    called.pay(application, amount=Decimal(100), actor=personas.wf1())
    return application


@pytest.mark.parametrize("locked", [True, False])
def test_a_booking_that_is_under_way_is_not_closed_over(
    crowd: Crowd, paid: Application, locked: bool
) -> None:
    """Without the lock the year closes over it: then the pot of a closed year has money that nobody explains.

    On SQLite, who has read the pot before the booking is refused by the database itself: the pot's chain has gone on.
    """
    closing, wf1, wf2 = asked(FiscalYear.objects.get()), personas.wf1(), personas.wf2()
    booked, closed = crowd.run(
        ("repay_slowly", paid.pk, "40", wf1.pk),
        ("confirm_closing_later", closing.pk, wf2.pk, locked),
        rest="idle_twice",
    )
    assert booked[0] == "ok"
    pot = Pot.objects.get(code="SPK")
    if locked:
        assert closed[0] == "TransitionNotAllowed" and FiscalYear.objects.get().is_open, closed[1]
    elif connection.vendor == "sqlite":
        assert closed[0] == "IntegrityError" and FiscalYear.objects.get().is_open, closed[1]
    else:
        assert closed[0] == "ok" and FiscalYear.objects.get().is_closed and pot.available == 40


@pytest.mark.parametrize("locked", [True, False])
def test_no_more_goes_back_to_the_city_than_lapsed_to_it(crowd: Crowd, locked: bool) -> None:
    """Two entries of the bank are explained at once, each with more than half of what lapsed.

    Without the lock both are on PostgreSQL; on SQLite the database itself still refuses the second.
    """
    personas.open_year()
    year = personas.open_year(last_year())
    services.confirm_closing(asked(year), actor=personas.wf2())
    amount = f"-{lapsed_to_city(year) / 2 + 1}"
    both = [statements.entry(amount) for _ in range(2)]
    tasks = [("tick_to_city", each.pk, year.pk, personas.wf1().pk, locked) for each in both]
    results = crowd.run(*tasks, rest="idle_twice")
    said = sorted(name for name, _ in results)
    paid = StatementEntry.objects.paid_to_city(year)
    if locked:
        assert said == ["TransitionNotAllowed", "ok"] and paid <= lapsed_to_city(year), results
    elif connection.vendor == "sqlite":
        assert said == ["IntegrityError", "ok"] and paid <= lapsed_to_city(year), results
    else:
        assert said == ["ok", "ok"] and paid > lapsed_to_city(year), results


@pytest.fixture
def old() -> Deletion:
    """An account may go: of a payee who got nothing for twelve years. Nobody has confirmed it yet."""
    account = personas.payee().accounts.get()
    day = date(personas.this_year() - 12, 5, 4)
    with without_triggers():
        PayeeAccount.objects.update(requested_on=day, decided_on=day, since=day)
    project = personas.handed_in(personas.gf_aplerbeck(), pillar_2="3000")
    core.reject(personas.application(project), reason="Kein Geld.", actor=personas.wf1())
    project.__class__.objects.update(organiser=account.payee.organisation)
    return retention.request_deletion(day.year, "account", reason="Frist vorbei.", actor=personas.wf1())


@pytest.mark.parametrize("locked", [True, False])
def test_a_hold_that_is_being_entered_is_not_deleted_past(crowd: Crowd, old: Deletion, locked: bool) -> None:
    """Without the lock the details go though they are held when both are done."""
    if not locked and connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without a lock")
    account, wf1, wf2 = PayeeAccount.objects.get(), personas.wf1(), personas.wf2()
    [project] = account.payee.organisation.projects.all()
    held, confirmed = crowd.run(
        ("hold_slowly", project.pk, wf1.pk),
        ("confirm_deletion_later", old.pk, wf2.pk, locked),
        rest="idle_twice",
    )
    assert held[0] == "ok"
    account.refresh_from_db()
    if locked:
        assert confirmed[0] == "TransitionNotAllowed" and account.iban, confirmed[1]
    else:
        assert confirmed[0] == "ok" and account.is_erased
