"""The other money of the demonstration: overhead, a special pot of the running year, a transfer that waits.

All of it is invented.
"""

from datetime import date, timedelta
from decimal import Decimal

from funding import services as funding
from funding.models import FundingModel, Pot
from stadtbezirk.demo import entries
from stadtbezirk.demo.people import Cast

#: Overhead of every opened year: month, day, euro, purpose, payee, number of the voucher.
OVERHEAD = (
    (1, 18, "184.50", "Porto für die Einladungen zur Mitgliederversammlung", "Musterpost", "1"),
    (2, 9, "620.00", "Haftpflichtversicherung des Vereins", "Beispiel Versicherung", "2"),
    (3, 4, "1250.00", "Druck der Förderrichtlinie", "Musterdruckerei", "3"),
    (4, 22, "89.90", "Getränke zur Sitzung des Beirats", "Beispielmarkt", "4"),
    (6, 15, "2400.00", "Gemeinsame Werbung auf Bussen und Bahnen", "Muster Außenwerbung", "5"),
)
DONATION = "Spende für Nachbarschaftsfeste (für die Demonstration angenommen)"


def allow_transfers(year: int) -> None:
    """Create a funding model from this budget year on that, unlike the council's, allows transfers.

    Call it before the year is opened: then its model is frozen.
    """
    model = FundingModel.objects.filter(first_year__lt=year).order_by("-first_year")[0]
    model.pk = None
    model._state.adding = True
    model.name = f"{model.name} (Demonstration: mit Umbuchungen)"
    model.first_year = year
    model.transfer_overhead_to_pillar_2 = model.transfer_pillar_1_to_2 = True
    model.assumptions += (
        " Für die Demonstration angenommen: Aus Säule 1 und Gemeinkosten darf in Säule 2 umgebucht werden."
    )
    model.save()


def spend(cast: Cast, years: tuple[int, ...], today: date) -> None:
    """Book overhead in every opened year. In the running year also a few special cases.

    These are an expense booked twice with its counter-booking, a special pot that is raised, and a transfer
    that waits for its second person.
    """
    for year in (*years, today.year):
        opening = min(date(year, 1, 2), today)
        for month, day, amount, purpose, payee, voucher in OVERHEAD:
            on = max(opening, min(date(year, month, day), today))
            funding.book_expense(
                year, amount=Decimal(amount), purpose=purpose, payee=payee, voucher=f"{year}/{voucher}",
                actor=cast.wf1, paid=True, on=on,
            )  # fmt: skip
    noticed = min(on + timedelta(days=9), today)
    twice = funding.book_expense(
        today.year, amount=Decimal("89.90"), purpose=OVERHEAD[3][3], payee=OVERHEAD[3][4],
        voucher=f"{today.year}/4", actor=cast.wf1, paid=True, on=noticed,
    )  # fmt: skip
    funding.reverse_expense(twice, reason="Beleg war schon gebucht", actor=cast.wf2, on=noticed)
    promised, second = (entries.ago(today, days) for days in (41, 14))
    pot = funding.open_pot(
        today.year, code="FESTE", source=DONATION, amount=Decimal(6000), actor=cast.wf1, on=promised
    )
    funding.raise_pot(pot, amount=Decimal(1500), reason="Zweite Rate der Spende", actor=cast.wf1, on=second)
    pots = {p.kind: p for p in Pot.objects.filter(year__year=today.year)}
    funding.request_transfer(
        pots[Pot.Kind.OVERHEAD],
        pots[Pot.Kind.PILLAR_2],
        amount=Decimal(5500),
        reason="Säule 2 reicht nicht für alle wartenden Anträge; die Gemeinkosten brauchen das Geld nicht mehr.",
        actor=cast.wf1,
        on=today,
    )
