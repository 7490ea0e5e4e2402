"""A pot's bookings with what was left after each: right on every page, at a cost that does not grow."""

from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from funding.ledger import MOVES, post
from funding.models import LedgerEntry, Pot
from funding.statement import LENSES
from members.models import User
from tests import personas as p
from tests.tampering import lift_guards

pytestmark = pytest.mark.django_db

ZERO = Decimal("0.00")
#: What each figure of a pot is made of, said again without the program's own table.
FIGURES = {
    "": lambda c: c["allotted"] - c["reserved"] - c["committed"],
    "frei": lambda c: c["allotted"] - c["reserved"] - c["committed"],
    "ansatz": lambda c: c["allotted"],
    "vorgemerkt": lambda c: c["reserved"],
    "gebunden": lambda c: c["committed"] - c["paid"],
    "bezahlt": lambda c: c["paid"],
}


def lawful(counters: dict[str, Decimal]) -> bool:
    return (
        counters["reserved"] + counters["committed"] <= counters["allotted"]
        and counters["paid"] <= counters["committed"]
        and min(counters.values()) >= 0
    )


def booked(pots: list[Pot], count: int, seed: int) -> dict[int, list[tuple[LedgerEntry, dict[str, Decimal]]]]:
    """That many random bookings in turn on these pots: each with the counters after it, oldest first."""
    random = Random(seed)
    lift_guards()
    counters = {
        pot.pk: {c: getattr(pot, c) for c in ("allotted", "reserved", "committed", "paid")} for pot in pots
    }
    found: dict[int, list[tuple[LedgerEntry, dict[str, Decimal]]]] = {pot.pk: [] for pot in pots}
    while sum(map(len, found.values())) < count:
        pot, kind = random.choice(pots), random.choice(list(MOVES))
        amount = Decimal(random.randrange(1, 300_000)).scaleb(-2)
        counter, sign = MOVES[kind]
        after = {**counters[pot.pk], counter: counters[pot.pk][counter] + sign * amount}
        if lawful(after):
            entry = post(pot, kind, amount, actor=p.wf1(), value_date=timezone.localdate(), occasion="pot")
            counters[pot.pk] = after
            found[pot.pk].append((entry, after))
    return found


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def pages_of(client: Client, pot: Pot, numbers: "range | list[int]", **query: str) -> Iterator[Any]:
    for number in numbers:
        response = client.get(pot.get_absolute_url(), {**query, "page": number})
        assert response.status_code == 200
        yield response.context["page"]


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("funding.views.pots"), "PER_PAGE", 7)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("art", FIGURES)
def test_what_is_left_is_right_on_every_page(art: str, seed: int, short_pages: None) -> None:
    p.open_year()
    pots = [p.pot("S2"), p.pot("S1-APL")]
    model = booked(pots, 90, seed)
    client = as_(p.wf1())
    for pot in pots:
        opened = pot.entries.earliest("pk")
        start = {"allotted": opened.amount, "reserved": ZERO, "committed": ZERO, "paid": ZERO}
        before, expected = ZERO, []
        for entry, counters in [(opened, start), *model[pot.pk]]:
            figure = FIGURES[art](counters)
            if not art or MOVES[entry.kind][0] in LENSES[art].weights:
                expected.append((entry.pk, figure - before, figure))
            before = figure
        expected.reverse()
        pages = -(-len(expected) // 7)
        shown = [
            (e.pk, e.effect, e.after)
            for page in pages_of(client, pot, range(1, pages + 1), **({"art": art} if art else {}))
            for e in page
        ]
        assert shown == expected


@pytest.mark.parametrize("number", ["99", "9" * 40, "-99"])
def test_beyond_the_end_is_the_last_page(number: str, short_pages: None) -> None:
    p.open_year()
    pot = p.pot("S2")
    booked([pot], 20, 1)
    page = as_(p.wf1()).get(pot.get_absolute_url(), {"page": number}).context["page"]
    assert page.number == 3
    assert len(page) == 7


def test_a_file_has_every_booking_with_what_was_left() -> None:
    p.open_year()
    pot = p.pot("S2")
    (model,) = booked([pot], 120, 4).values()
    address = reverse("funding:pot_export", args=[pot.pk, "csv"])
    lines = b"".join(as_(p.auditor()).get(address).streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    rows = [line.split(";") for line in lines if line.split(";")[0].isdecimal()]
    assert [int(row[0]) for row in rows] == [pot.entries.earliest("pk").pk, *(e.pk for e, _ in model)]
    free = f"{FIGURES['frei'](model[-1][1]):.2f}".replace(".", ",")
    assert rows[-1][-1] == free


def test_a_reader_of_some_bookings_reads_their_sum(short_pages: None) -> None:
    p.open_year()
    project = p.handed_in(p.gf_aplerbeck(), pillar_2="3000")
    pot, decision = p.pot("S2"), p.application(project).decisions.get()
    for kind in ("reserve", "unreserve") * 6 + ("reserve",):
        post(pot, kind, Decimal(50), actor=p.wf1(), value_date=timezone.localdate(), decision=decision)
    director = as_(p.gf_aplerbeck())
    page = director.get(pot.get_absolute_url(), {"page": 2})
    assert page.context["sum"] == Decimal(-50)
    assert "frei danach" not in page.content.decode()
    # Who reads them all has the figure from the pot itself.
    assert as_(p.wf1()).get(pot.get_absolute_url()).context["sum"] == pot.allotted - Decimal(50)


def test_a_late_repayment_is_read_by_whom_its_project_concerns() -> None:
    """It is booked on a pot of another year than its application's."""
    p.open_year()
    application = p.application(p.handed_in(p.gf_aplerbeck(), pillar_2="3000"))
    later = Pot.objects.create(year=p.open_year(2016), kind="special", code="SPK", source="Sparkasse")
    post(
        later,
        "late_repayment",
        Decimal(70),
        actor=p.wf1(),
        value_date=timezone.localdate(),
        decision=application.decisions.get(),
    )
    for user, seen in ((p.gf_aplerbeck(), 1), (p.gf_hoerde(), 0), (p.auditor(), 1)):
        assert len(as_(user).get(later.get_absolute_url()).context["page"]) == seen


@pytest.mark.parametrize("count", [10, 1000])
def test_a_page_costs_the_same_at_any_size(count: int) -> None:
    p.open_year()
    pot, today = p.pot("S2"), timezone.localdate()
    application = p.application(p.handed_in(p.gf_aplerbeck(), pillar_2="3000"))
    lift_guards()
    caused = {"application": application, "decision": application.decisions.get()}
    LedgerEntry.objects.bulk_create(
        LedgerEntry(pot=pot, kind=kind, amount=Decimal(1), actor=p.wf1(), value_date=today, **cause)
        for _ in range(count // 4)
        for cause in ({"occasion": "pot"}, caused)
        for kind in ("reserve", "unreserve")
    )
    measured = {}
    for name, user, query in (
        ("first", p.wf1(), {}),
        ("last", p.wf1(), {"art": "frei", "page": "99"}),
        ("one figure", p.wf1(), {"art": "vorgemerkt"}),
        ("director", p.gf_aplerbeck(), {"art": "frei", "page": "99"}),
    ):
        client = as_(user)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(pot.get_absolute_url(), query).status_code == 200
        measured[name] = len(captured)
    # On the last of many pages no booking is for a project, so no deputy is looked for.
    assert measured == {"first": 11, "last": 9 if count == 10 else 8, "one figure": 9, "director": 10}
