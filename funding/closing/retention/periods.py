"""How long a kind of record is kept: the period of the law or of the grantor, whichever is longer."""

from dataclasses import dataclass
from datetime import date

from funding.closing.models import RetentionPeriod
from funding.models import FundingModel
from members.common.counting import counted


@dataclass(frozen=True)
class Kept:
    """For how many years something is kept, and by which rule, in German."""

    years: int
    rule: str

    def until(self, year: int) -> date:
        """Return the first local date on which what arose in the calendar year may go."""
        return date(year + self.years + 1, 1, 1)


class Periods:
    """The periods that apply on a local date. Two queries."""

    def __init__(self, day: date) -> None:
        self.models = list(FundingModel.objects.order_by("first_year"))
        rows = RetentionPeriod.objects.filter(since__lte=day).order_by("since")
        self.found = {(row.kind, row.funding_model_id): row for row in rows}

    def kept(self, kind: str, budget_year: int | None) -> Kept | None:
        """Return how long this kind is kept for a grant of the budget year; without one, for any grant: the longest.

        None: no row says so, so for ever.
        """
        law = self.found.get((kind, None))
        if law is None:
            return None
        models = self.models
        if budget_year is not None:
            models = [each for each in models if each.first_year <= budget_year][-1:]
        grantors = [row for each in models if (row := self.found.get((kind, each.pk)))]
        longest = max([law, *grantors], key=lambda row: row.years)
        whose = "Frist des Gesetzes" if longest is law else "Frist des Geldgebers"
        years = counted(longest.years, "Jahr", "Jahre")
        return Kept(longest.years, f"{whose}: {years} ({longest.basis})")


def lock() -> None:
    """Let nobody else confirm a deletion, enter a hold or change a period before this transaction ends."""
    list(RetentionPeriod.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
