"""Builds the whole load in portions, each a transaction of its own: memory stays flat at any size."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import accumulate
from random import Random

from django.db import transaction
from django.utils import timezone

from funding import chains
from funding.models import Expense, LedgerEntry
from projects.models import FieldOfAction
from projects.search import remember_all
from tests.load import words
from tests.load.books import Books, open_books
from tests.load.people import Cast, create
from tests.load.story import OVER, RUNNING, Author
from tests.load.writer import Writer

#: Projects per transaction.
PORTION = 1000
#: Overhead expenses: one per so many projects of a year.
PROJECTS_PER_EXPENSE = 50

Report = Callable[[int], None]


def shares(projects: int, years: range, districts: int, random: Random) -> dict[int, Counter[int]]:
    """Projects per year and place: later years have more, the first districts far more than the last."""
    cells = [(year, place) for year in years for place in range(districts)]
    weights = accumulate((10 + year - years.start) / (place + 6) for year, place in cells)
    found: dict[int, Counter[int]] = {year: Counter() for year in years}
    for year, place in random.choices(cells, cum_weights=list(weights), k=projects):
        found[year][place] += 1
    return found


def generate(projects: int, *, years: range, seed: int, report: Report = lambda done: None) -> Writer:
    """Add so many projects. Everything follows from the arguments, for the running year also from the day.

    Raises YearNotOpen for a closed year.
    """
    random = Random(seed)
    today = timezone.localdate()
    with transaction.atomic():
        cast = create(projects, date(years.start, 1, 1))
    counts = shares(projects, years, len(cast.places), random)
    writer = Writer()
    author = Author(writer, cast, list(FieldOfAction.objects.values_list("pk", flat=True)), random, today)
    done = 0
    for year in years:
        books = None
        for portion in _portions(counts[year]):
            with transaction.atomic():
                if books is None:
                    by_key = {cast.places[n].key: count for n, count in counts[year].items()}
                    books = open_books(year, cast.places, by_key, cast.staff[0], today)
                    _spend(writer, books, cast, sum(by_key.values()), random, today)
                    writer.flush()  # before decisions and their bookings, in this order
                for place, outcome in _outcomes(portion, random, running=year == years[-1]):
                    author.write(books, cast.places[place], outcome)
                writer.flush()
                books.flush()
            done += len(portion)
            report(done)
    remember_all()
    chains.catch_up()
    return writer


def _portions(counts: Counter[int]) -> Iterator[list[int]]:
    """The year's projects by place, cut into portions; a year without projects is one empty portion."""
    places = [place for place in sorted(counts) for _ in range(counts[place])]
    for begin in range(0, max(len(places), 1), PORTION):
        yield places[begin : begin + PORTION]


def _outcomes(places: list[int], random: Random, *, running: bool) -> Iterator[tuple[int, str]]:
    """Place and outcome of each project; in the last year every outcome occurs once the portion allows it."""
    weights = RUNNING if running else OVER
    outcomes = list(weights)[: len(places)] if running else []
    outcomes += random.choices(list(weights), list(weights.values()), k=len(places) - len(outcomes))
    random.shuffle(outcomes)
    return zip(places, outcomes, strict=True)


def _spend(writer: Writer, books: Books, cast: Cast, projects: int, random: Random, today: date) -> None:
    """Overhead expenses of the year, together at most what its pot has free."""
    account = books.overhead
    if account is None:
        return
    number = max(4, projects // PROJECTS_PER_EXPENSE)
    most = account.free // number
    for _ in range(number):
        cents = random.randrange(most // 4, most) if most >= 4 else 0
        if not cents:
            continue
        day = min(date(books.year, random.randrange(1, 13), random.randrange(1, 29)), today)
        moment = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        expense = writer.add(
            Expense,
            pot_id=account.key,
            amount=cents,
            purpose=random.choice(words.EXPENSES),
            payee="Lieferbetrieb am Ort",
            dated=day,
            actor_id=cast.staff[0],
            on=day,
            recorded_at=moment,
        )
        for kind in (LedgerEntry.Kind.COMMIT, LedgerEntry.Kind.PAY):
            account.move(kind, cents)
            writer.add(
                LedgerEntry,
                pot_id=account.key,
                kind=kind,
                amount=cents,
                expense_id=expense,
                actor_id=cast.staff[0],
                value_date=day,
                recorded_at=moment,
                text=f"Ausgabe Nr. {expense}",
            )
