"""What ``verify_ledger`` finds of letters: missing numbers. Its check of files looks at their bytes."""

from collections import defaultdict
from collections.abc import Iterator

from funding.letters.models import Letter, LetterSeries


def findings() -> Iterator[str]:
    """Yield a German sentence for each series of numbers with a gap, or without its row. Two queries."""
    given: dict[int, set[int]] = defaultdict(set)
    for number in Letter.objects.order_by("pk").values_list("number", flat=True).iterator():
        year, _, running = number.split("-")
        given[int(year)].add(int(running))
    taken: dict[int, int] = dict(LetterSeries.objects.values_list("year", "last"))
    for series in sorted({*given, *taken}):
        last = taken.get(series, 0)
        if given[series] != set(range(1, last + 1)):
            yield (
                f"Schreiben {series}: Der Nummernkreis nennt {last}, vergeben sind {len(given[series])}, die letzte ist "
                f"{max(given[series], default=0)}."
            )
