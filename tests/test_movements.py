"""Who hears that a pot was given money or lost it without an application."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from funding import services
from funding.models import LedgerEntry, Pot, Transfer
from funding.movements import HEARS, Movement
from members.models import OutboxMail, User
from members.roles import groups
from tests import personas as p
from tests.mailed import worded

pytestmark = pytest.mark.django_db
K = LedgerEntry.Kind

#: Kind of booking -> the movements that it can belong to. Others follow from steps on applications.
OF_KIND = {
    K.ALLOT: {Movement.YEAR_OPENED, Movement.SPECIAL_OPENED, Movement.SPECIAL_RAISED},
    K.TRANSFER_OUT: {Movement.TRANSFERRED, Movement.SPECIAL_RETURNED},
    K.TRANSFER_IN: {Movement.TRANSFERRED},
    K.RESERVE: {Movement.TRANSFER_ASKED},
    K.UNRESERVE: {Movement.TRANSFER_REFUSED, Movement.TRANSFERRED},
    K.COMMIT: {Movement.EXPENSE},
    K.PAY: {Movement.EXPENSE},
    K.RELEASE: {Movement.EXPENSE_REVERSED},
    K.PAY_BACK: {Movement.EXPENSE_REVERSED},
}

STAFF = {"wf2@example.org", "wf.mandat@example.org"}
APLERBECK = {"gf.apl@example.org", "vertretung.apl@example.org", "wf.mandat@example.org"}
DIRECTORS = APLERBECK | {"gf.bra@example.org", "gf.hoe@example.org"}


@pytest.fixture(autouse=True)
def people() -> None:
    p.allow_transfers()
    for persona in p.ALL.values():
        persona()


def transfer() -> Transfer:
    p.open_year()
    return services.request_transfer(
        p.pot("S1-APL"), p.pot("S2"), amount=Decimal(1200), reason="Wird nicht gebraucht.", actor=p.wf1()
    )


def special() -> Pot:
    p.open_year()
    return services.open_pot(p.this_year(), code="LICHT", source="Bank", amount=Decimal(900), actor=p.wf1())


def with_an_application() -> Pot:
    """And with one that is over: its director is concerned no more."""
    pot = special()
    over = p.application(p.handed_in(p.gf_aplerbeck(), special={"LICHT": "100"}))
    services.reject(over, reason="Passt nicht.", actor=p.wf1())
    p.handed_in(p.gf_hoerde(), special={"LICHT": "100"}, further=["BRA"])
    return pot


def expense() -> Any:
    p.open_year()
    return services.book_expense(
        p.this_year(), amount=Decimal(9), purpose="Porto", payee="Post", actor=p.wf1()
    )


#: Movement -> how it comes about, and who then hears of it.
CASES: dict[Movement, tuple[Callable[[], Any], Callable[[Any], Any], set[str]]] = {
    Movement.TRANSFER_ASKED: (p.open_year, lambda _: transfer(), APLERBECK | {"wf2@example.org"}),
    Movement.TRANSFERRED: (
        transfer, lambda made: services.confirm_transfer(made, actor=p.wf2()),
        APLERBECK | {"wf1@example.org"},
    ),
    Movement.TRANSFER_REFUSED: (
        transfer, lambda made: services.refuse_transfer(made, reason="Nein.", actor=p.wf1()),
        APLERBECK | {"wf2@example.org"},
    ),
    Movement.SPECIAL_OPENED: (p.open_year, lambda _: special(), DIRECTORS | STAFF),
    Movement.SPECIAL_RAISED: (
        with_an_application,
        lambda pot: services.raise_pot(pot, amount=Decimal(50), reason="Rate", actor=p.wf1()),
        {"gf.hoe@example.org", "gf.bra@example.org"} | STAFF,
    ),
    Movement.SPECIAL_RETURNED: (
        with_an_application,
        lambda pot: services.return_unused(pot, amount=Decimal(50), reason="Rest", actor=p.wf1()),
        {"gf.hoe@example.org", "gf.bra@example.org"} | STAFF,
    ),
    Movement.YEAR_PLANNED: (
        lambda: None, lambda _: services.plan_year(p.this_year(), actor=p.wf1()), DIRECTORS | STAFF,
    ),
    Movement.YEAR_OPENED: (
        lambda: None, lambda _: services.open_year(p.this_year(), actor=p.wf1()), DIRECTORS | STAFF,
    ),
    Movement.EXPENSE: (p.open_year, lambda _: expense(), set()),
    Movement.EXPENSE_REVERSED: (
        expense, lambda made: services.reverse_expense(made, reason="Doppelt", actor=p.wf1()), set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("movement", Movement)
def test_it_reaches_those_whom_it_concerns_and_nobody_else(movement: Movement) -> None:
    before, move, hear = CASES[movement]
    made = before()
    OutboxMail.objects.all().delete()
    move(made)
    letters = OutboxMail.objects.all()
    assert {letter.recipient for letter in letters} == hear
    assert len(letters) == len(hear), "nobody gets it twice"
    for letter in letters:
        assert letter.subject.endswith(movement.label) and str(p.this_year()) in letter.subject
        assert letter.subject in worded(letter).subject and letter.body


def test_every_movement_and_every_kind_of_booking_has_its_row() -> None:
    assert set(HEARS) == set(Movement) == set(CASES)
    booked_by_services = set(K) - {K.CARRY_OUT, K.CARRY_IN, K.LATE_REPAYMENT, K.SUPPLEMENT, K.LAPSE}
    assert set(OF_KIND) == booked_by_services
    assert set.union(*OF_KIND.values()) | {Movement.YEAR_PLANNED} == set(Movement)


def test_the_director_of_a_pot_that_lost_money_reads_how_much_and_why() -> None:
    made = transfer()
    OutboxMail.objects.all().delete()
    services.confirm_transfer(made, actor=p.wf2())
    year = p.this_year()
    letter = worded(OutboxMail.objects.get(recipient="gf.apl@example.org"))
    assert letter.subject == f"Säule 1 Aplerbeck {year} nach Säule 2 {year}: umgebucht"
    text = letter.body.replace("\u00a0", " ")
    assert f"aus Säule 1 Aplerbeck {year} wurden 1.200,00 € nach Säule 2 {year} umgebucht" in text
    assert "sind jetzt 10.800,00 € frei" in text and "Wird nicht gebraucht." in text
    assert made.get_absolute_url() in text and "Willi Förderung" in text


def test_it_stands_on_the_directors_start_page_and_on_the_pots() -> None:
    made = transfer()
    director = Client()
    director.force_login(p.gf_aplerbeck())
    for url in ("/", p.pot("S1-APL").get_absolute_url()):
        page = director.get(url).content.decode()
        assert f'href="{made.get_absolute_url()}"' in page and "Umbuchung vom" in page, url
    other = Client()
    other.force_login(p.gf_hoerde())
    for url in ("/", p.pot("S1-APL").get_absolute_url()):
        assert made.get_absolute_url() not in other.get(url).content.decode(), url


def test_a_request_that_was_decided_at_once_calls_nobody_any_more() -> None:
    services.confirm_transfer(transfer(), actor=p.wf2())
    assert not OutboxMail.objects.filter(subject__endswith="Umbuchung beantragt").exists()


def test_who_may_not_confirm_a_transfer_is_not_called_to_it() -> None:
    without_a_person = User.objects.create_user("wf3@example.org", p.PASSWORD)
    without_a_person.groups.add(Group.objects.get(name=groups.BUSINESS_DEVELOPMENT))
    transfer()
    assert not OutboxMail.objects.filter(recipient=without_a_person.email, template="transfer").exists()


def test_what_is_entered_for_an_earlier_day_or_year_is_history() -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    services.open_year(p.this_year(), actor=p.wf1(), on=yesterday)
    services.open_year(p.this_year() - 1, actor=p.wf1())
    assert not OutboxMail.objects.exists()
