"""What is due of a grant after its proof: each kind of financing, computed by hand, and what holds for any figures."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funding.proofs.reckoning import Facts, Row, reckon
from members.common.money import ZERO

PLANNED = ("600/600", "400/400")


def facts(
    financing: str,
    *costs: str,
    G: str = "500",
    C: str = "1000",
    own: str = "300/300",
    third: str = "200/200",
    hours: str = "0",
    cap: int | None = None,
    less: bool = False,
    in_kind: str = "0",
) -> Facts:
    """Rows are "planned/actual" or "planned/actual/cut"; an hour counts 10 euro."""
    own_planned, own_actual = map(Decimal, own.split("/"))
    third_planned, third_actual = map(Decimal, third.split("/"))
    return Facts(
        financing, Decimal(G), Decimal(C), tuple(Row(*map(Decimal, row.split("/"))) for row in costs or PLANNED),
        own_planned, own_actual, third_planned, third_actual, Decimal(hours), Decimal(10), cap, less, Decimal(in_kind),
    )  # fmt: skip


def share(*costs: str, **besides: object) -> Facts:
    return facts("share", *costs, **besides)  # type: ignore[arg-type]


def gap(*costs: str, **besides: object) -> Facts:
    return facts("gap", *costs, **besides)  # type: ignore[arg-type]


def fixed(*costs: str, **besides: object) -> Facts:
    return facts("fixed", *costs, **besides)  # type: ignore[arg-type]


# fmt: off
#: (what is due, what was proved), and how it was computed by hand.
SHARE = [
    ("500.00", share()),  # all as planned: 500/1000 x 1000
    ("400.00", share("600/500", "400/300", own="300/100")),  # costs 800: 1/2 x 800
    ("500.00", share("600/720", "400/480")),  # 720 + 480 = 1200, at most 1000 as planned
    ("460.00", share("600/800", "400/200")),  # 800 counts 1.2 x 600 = 720; 720 + 200 = 920; 1/2 x 920
    ("480.00", share("600/720", "400/240")),  # 720 is just within the limit: 960; 1/2 x 960
    ("450.00", share(own="300/200", third="200/300")),  # more = 100 + 0: 1/2 x 900
    ("450.00", share(own="300/400")),  # more = 0 + 100: 1/2 x 900
    ("500.00", share(own="300/400", third="200/100")),  # more = -100 + 100 = 0
    ("500.00", share(own="300/400", third="200/50")),  # more = -150 + 100, at least 0
    ("435.00", share(own="300/350", third="200/280")),  # more = 80 + 50 = 130: 1/2 x 870
    ("100.00", share(own="300/0", third="200/900")),  # 1/2 x (1000 - 700) = 150, but 1000 - 900 is left
    ("0.00", share(third="200/1200")),  # others paid more than all: nothing is left
    ("0.00", share("600/0", "400/0", own="300/0", third="200/0")),  # nothing was spent
    ("450.00", share("600/600", "400/300", "0/100")),  # nobody planned the 100: 900; 1/2 x 900
    ("425.00", share("600/600/150", "400/400")),  # 450 + 400 = 850; 1/2 x 850
    ("360.00", share("600/800/80", "400/0")),  # 720 accepted is within 720: 1/2 x 720
    ("166.68", share("1000/500.05", G="333.33", own="666.67/333", third="0/0")),  # 0.33333 x 500.05 = 166.6816665
    ("500.00", share("1000/999.99")),  # 1/2 x 999.99 = 499.995: half a cent goes up
    ("666.67", share("3000/2000", G="1000", C="3000", own="2000/1333.33", third="0/0")),  # 1/3 x 2000 = 666.666...
    ("500.00", share("800/800", "200/0", own="300/100", hours="20")),  # 800 + 20 x 10; own 100 + 200: as planned
    ("450.00", share("800/800", "200/0", own="300/200", hours="30", cap=10)),  # 300 count 10 % of 1000 = 100: 900
    # Costs 400 + 600; own 600 where 100 was planned: 9/10 x (1000 - 500) = 450, but only 400 was spent.
    ("400.00", share("400/400", "600/0", G="900", own="100/0", third="0/0", hours="60")),
    ("500.00", share("1000/1000", "500/500")),  # 1500 paid, 1000 of them eligible
    ("500.00", share(in_kind="300")),  # 1000 - 300 in kind = 700 were spent: as without
    # 1/2 x 700 = 350, but 700 - 500 in kind = 200 were spent.
    ("200.00", share("500/200", "500/500", own="500/500", third="0/0", in_kind="500")),
    # 1/2 x (700 - (600 - 500)) = 300; 700 - 450 in kind = 250 were spent.
    ("250.00", share("500/200", "500/500", own="500/600", third="0/0", in_kind="450")),
]
GAP = [
    ("500.00", gap()),  # 1000 - 300 - 200
    ("300.00", gap("600/500", "400/300", own="300/100")),  # 800 - 300 (as planned) - 200
    ("500.00", gap("600/720", "400/480")),  # 1200, at most 1000: 1000 - 300 - 200
    ("420.00", gap("600/800", "400/200")),  # 720 + 200 = 920; 920 - 300 - 200
    ("400.00", gap(third="200/300")),  # 1000 - 300 - 300
    ("400.00", gap(own="300/400")),  # 1000 - 400 - 200
    ("500.00", gap(own="300/200")),  # own as planned: 1000 - 300 - 200
    ("500.00", gap(third="200/100")),  # 1000 - 300 - 100 = 600, at most 500
    ("370.00", gap(own="300/350", third="200/280")),  # 1000 - 350 - 280
    ("0.00", gap(third="200/900")),  # 1000 - 300 - 900 is below 0
    ("0.00", gap("600/200", "400/100", third="200/0")),  # 300 - 300
    ("0.00", gap("600/0", "400/0", own="300/0", third="200/0")),  # nothing was spent
    ("400.00", gap("600/600", "400/300", "0/100")),  # 900 - 300 - 200
    ("350.00", gap("600/600/150", "400/400")),  # 850 - 300 - 200
    ("487.60", gap("1000/987.65", third="200/200.05")),  # 987.65 - 300 - 200.05
    ("420.01", gap("100.01/121", "899.99/800")),  # 1.2 x 100.01 = 120.012; 920.012 - 500 = 420.012
    # 15 % of 1000.10 are 150.015: 700 + 150.015 - 300.10 - 200 = 349.915: half a cent goes up.
    ("349.92", gap("800.10/700", "200/0", C="1000.10", own="300.10/100", hours="20", cap=15)),
    ("500.00", gap("800/800", "200/0", own="300/100", hours="20")),  # 1000 - (100 + 200) - 200
    ("400.00", gap("800/800", "200/0", own="300/100", hours="10")),  # 900 - 300 (as planned) - 200
    ("400.00", gap("400/400", "600/0", G="900", own="100/0", third="0/0", hours="60")),  # 1000 - 600
    ("400.00", gap("600/600", "400/300", hours="10")),  # 900 + 100 - (300 + 100) - 200
    ("500.00", gap(in_kind="300")),  # 1000 - 300 in kind = 700 were spent: as without
    ("550.00", gap("600/600/350", "400/400", G="700", own="100/60", third="0/0", in_kind="60")),  # 650 - 100; spent 590
    # 600 - 0 planned own = 600, but own are 400: 200; 600 - 400 in kind = 200 were spent.
    ("200.00", gap("600/600", "400/0", own="0/400", third="0/0", in_kind="400")),
]
FIXED = [
    ("500.00", fixed()),  # as granted
    ("500.00", fixed("600/500", "400/300")),  # 800 is more than 500
    ("500.00", fixed("600/300", "400/200")),  # just 500
    ("400.00", fixed("600/300", "400/100")),  # only 400 was spent
    ("0.00", fixed("600/0", "400/0")),  # nothing was spent
    ("500.00", fixed("600/900", "400/600")),  # 1500, at most 1000, at most 500
    ("499.00", fixed("600/0", "400/499")),  # no row's limit: 499, not 480
    ("350.00", fixed("600/0", "400/0", "0/350")),  # no row's limit, so what nobody planned counts
    ("300.00", fixed("600/600/300", "400/0")),  # 300 accepted
    ("123.46", fixed("600/123.45", "400/0.01")),  # 123.45 + 0.01
    ("500.00", fixed(third="200/900")),  # other money does not lessen it
    ("500.00", fixed(own="300/900")),  # nor own money
    ("500.00", fixed("1000/1000", C="500")),  # 500 are eligible
    ("300.00", fixed("600/300", "400/0", hours="20")),  # 300 + 200 = 500, but 300 was spent
    ("450.00", fixed("800/450", "200/0", hours="30", cap=20)),  # 450 + 200 = 650, at most 500, but 450 was spent
    ("500.00", fixed(less=True)),  # 1000 - 300 - 200
    ("400.00", fixed(third="200/300", less=True)),  # 1000 - 300 - 300
    ("500.00", fixed("600/500", "400/300", own="300/100", less=True)),  # 800 - 100 - 200
    ("300.00", fixed("600/500", "400/300", less=True)),  # 800 - 300 - 200
    ("0.00", fixed(third="200/1200", less=True)),  # 1000 - 300 - 1200 is below 0
    ("400.00", fixed("600/600", "400/0", own="300/0", hours="40", less=True)),  # 600 + 400 - 400 - 200
    ("500.00", fixed(in_kind="300")),  # 1000 - 300 in kind = 700 were spent: as without
    # Material 100, work 500 that nobody paid: costs 600, at most 500, but 600 - 500 = 100 were spent.
    ("100.00", fixed("500/100", "500/500", own="500/500", third="0/0", in_kind="500")),
    ("50.00", fixed("500/100/50", "500/500", own="500/500", third="0/0", in_kind="500")),  # 50 + 500 - 500
    ("0.00", fixed("500/0", "500/450", own="500/500", third="0/0", in_kind="500")),  # 450 - 500 is below 0
    ("100.00", fixed("500/100", "500/500", own="500/500", third="0/0", in_kind="500", hours="20")),  # hours are unpaid, too
]
# fmt: on


@pytest.mark.parametrize(("due", "proved"), [*SHARE, *GAP, *FIXED])
def test_what_is_due_as_computed_by_hand(due: str, proved: Facts) -> None:
    assert str(reckon(proved).amount) == due


@pytest.mark.parametrize("table", [SHARE, GAP, FIXED])
def test_there_are_twenty_of_each(table: list[tuple[str, Facts]]) -> None:
    assert len(set(table)) >= 20


@pytest.mark.parametrize(
    ("proved", "lines"),
    [
        (
            share("600/800", "400/200/50", own="300/350", hours="4.5"),
            {
                "paid": "1000.00",
                "cut": "50.00",
                "limited": "80.00",
                "volunteers": "45.00",
                "eligible": "1000.00",
                "costs": "915.00",
                "own_planned": "300.00",
                "own": "395.00",
                "third_planned": "200.00",
                "third": "200.00",
                "granted": "500.00",
                "more": "95.00",
                "share": "410.00",
                "left": "715.00",
                "result": "410.00",
            },
        ),
        (gap(), {"gap": "500.00", "result": "500.00"}),
        (fixed(less=True), {"left": "500.00", "result": "500.00"}),
        (fixed("600/300", "400/0", hours="20"), {"costs": "500.00", "real": "300.00", "result": "300.00"}),
        (
            fixed("500/100", "500/500", own="500/500", third="0/0", in_kind="500"),
            {"costs": "600.00", "real": "100.00", "result": "100.00"},
        ),
    ],
)
def test_the_lines_say_how(proved: Facts, lines: dict[str, str]) -> None:
    shown = {line.key: str(line.amount) for line in reckon(proved).lines}
    assert shown | lines == shown
    assert [line.text for line in reckon(proved).lines if line.key == "share"] in (
        [], ["Anteil an den Kosten (50,00\N{NO-BREAK SPACE}%)"],
    )  # fmt: skip


NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("proved", "said"),
    [
        (
            share("600/600", "400/300", "0/100"),
            {"unplanned": "nicht geplant, ohne vorherige Zustimmung: zählt nicht"},
        ),
        (
            gap("600/800", "400/200"),
            {"limited": f"mehr als 20{NBSP}% über dem Plan der Position: zählt nicht"},
        ),
        (fixed("600/900", "400/600"), {"costs": "anerkannte Kosten, höchstens die förderfähigen"}),
        (fixed(), {"costs": "anerkannte Kosten"}),
        (fixed(hours="1"), {"volunteers": f"ehrenamtlich: 1{NBSP}Stunde × 10,00{NBSP}€ = 10,00{NBSP}€"}),
        (
            gap(hours="30", cap=20),
            {
                "volunteers": f"ehrenamtlich: 30{NBSP}Stunden × 10,00{NBSP}€ = 300,00{NBSP}€, "
                f"höchstens 200,00{NBSP}€ (20{NBSP}% der förderfähigen Kosten)",
                "own": "Eigenmittel und Eigenleistung laut Nachweis, mit den Stunden",
            },
        ),
    ],
)
def test_the_lines_say_what_counts_and_what_does_not(proved: Facts, said: dict[str, str]) -> None:
    shown = {line.key: line.text for line in reckon(proved).lines}
    assert shown | said == shown


@pytest.mark.parametrize(
    ("proved", "money", "rule"),
    [
        (
            share(),
            ["own_planned", "own", "third_planned", "third"],
            "der kleinste Betrag: bewilligt, der Anteil",
        ),
        (gap(), ["own_planned", "own", "third"], "bewilligt oder der Fehlbedarf"),
        (fixed(), [], "der kleinere Betrag: bewilligt oder anerkannte Kosten"),
        (fixed(less=True), ["own", "third"], "was eigene und andere Mittel davon lassen"),
    ],
)
def test_money_that_plays_no_part_has_no_line(proved: Facts, money: list[str], rule: str) -> None:
    keys = [line.key for line in reckon(proved).lines]
    assert [key for key in keys if key.startswith(("own", "third"))] == money
    assert rule in proved.rule


def test_a_reckoning_without_cuts_or_hours_has_no_line_for_them() -> None:
    assert {line.key for line in reckon(share()).lines} & {
        "cut",
        "limited",
        "unplanned",
        "volunteers",
        "real",
    } == set()


@pytest.mark.parametrize(
    "wrong",
    [
        {"costs_planned": ZERO},
        {"granted": Decimal(-1)},
        {"own_actual": Decimal(-1)},
        {"costs": (Row(Decimal(1), Decimal(-1)),)},
        {"costs": (Row(Decimal(1), Decimal(1), Decimal(2)),)},
        {"in_kind": Decimal("300.01")},
    ],
)
def test_figures_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(share(), **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        reckon(replace(share(), financing="loan"))


cents: Callable[..., st.SearchStrategy[Decimal]] = lambda least=0: st.integers(least, 200_000).map(  # noqa: E731
    lambda n: Decimal(n).scaleb(-2)
)


@st.composite
def proofs(draw: st.DrawFn) -> Facts:
    rows = []
    for _ in range(draw(st.integers(0, 4))):
        actual = draw(cents())
        rows.append(Row(draw(cents()), actual, min(actual, draw(cents()))))
    made = Facts(
        draw(st.sampled_from(["share", "gap", "fixed"])), draw(cents()), draw(cents(1)), tuple(rows),
        *(draw(cents()) for _ in range(6)), draw(st.none() | st.integers(0, 100)), draw(st.booleans()),
    )  # fmt: skip
    return replace(made, in_kind=min(made.own_actual, draw(cents())))


@given(proofs())
def test_for_any_figures_the_result_is_lawful(proved: Facts) -> None:
    due = reckon(proved).amount
    assert 0 <= due <= proved.granted
    assert due <= max(ZERO, sum((row.accepted for row in proved.costs), ZERO) - proved.in_kind)
    assert due == due.quantize(Decimal("0.01"))


@given(proofs(), cents(1))
def test_more_money_of_others_never_raises_a_share_or_a_gap(proved: Facts, more: Decimal) -> None:
    richer = replace(proved, third_actual=proved.third_actual + more)
    assert reckon(richer).amount <= reckon(proved).amount
