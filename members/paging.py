"""Pages of a long list at a cost that does not grow with it."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet

#: Rows that are counted; beyond them a list is long, and only "more than" is said.
COUNTED = 1000
#: Rows that are walked over to a page, from the start or from the end of a long list.
WALKED = 10_000


def counted(rows: "QuerySet[Any]") -> int:
    """How many there are; of a long list, one more than ``COUNTED``."""
    return rows.order_by()[: COUNTED + 1].count()


def among_the_first(*alternatives: "QuerySet[Any]") -> "QuerySet[Any]":
    """The keys of what is among the first rows of one of these, each in the order of an index and cut there.

    As alternatives of one condition they would be found all, brought together and sorted.
    """
    # One more query around each: SQLite cuts no part of a union.
    cut = [rows.model._default_manager.filter(pk__in=rows.values("pk")) for rows in alternatives]
    first, *others = [rows.order_by().values("pk") for rows in cut]
    return first.union(*others)


class ListPage(Sequence[Any]):
    """One page; ``number`` counts from 1, on a long list also from the end: -1 is the last page."""

    def __init__(self, paginator: "ListPaginator", number: int, rows: list[Any], more: bool) -> None:
        self.paginator = paginator
        self.number = number
        self.object_list = rows
        self.more = more

    def __len__(self) -> int:
        return len(self.object_list)

    def __getitem__(self, index: Any) -> Any:
        return self.object_list[index]

    def has_previous(self) -> bool:
        return self.more if self.number < 0 else self.number > 1

    def has_next(self) -> bool:
        return self.number < -1 if self.number < 0 else self.more

    def previous_page_number(self) -> int:
        return self.number - 1

    def next_page_number(self) -> int:
        return self.number + 1


class ListPaginator:
    """Counts no further than ``COUNTED`` rows. A long list is walked from both ends, by page numbers below zero
    from the last one.

    ``count``: give it where it is known, to save the query. With it, ``rows`` that are not long may be a list.
    """

    ELLIPSIS = "…"

    def __init__(self, rows: "QuerySet[Any] | Any", per_page: int, *, count: int | None = None) -> None:
        self.rows = rows
        self.per_page = per_page
        self.count = counted(rows) if count is None else count

    @property
    def is_long(self) -> bool:
        return self.count > COUNTED

    @property
    def num_pages(self) -> int:
        """Of a long list, the pages that one can go to from each end."""
        if self.is_long:
            return WALKED // self.per_page
        return max(1, -(-self.count // self.per_page))

    def get_page(self, asked: str | None) -> ListPage:
        """Nonsense shows the first page, a number beyond the end the last one."""
        try:
            number = int(asked or 1)
        except ValueError:
            number = 1
        if not self.is_long:
            if number < 0:
                number += self.num_pages + 1
            number = min(max(number, 1), self.num_pages)
        elif number > self.num_pages:
            number = -1
        number = max(number or 1, -self.num_pages)
        walked = (abs(number) - 1) * self.per_page
        rows = self.rows if number > 0 else self.rows.reverse()
        found = list(rows[walked : walked + self.per_page + 1])
        more = len(found) > self.per_page
        found = found[: self.per_page]
        return ListPage(self, number, found if number > 0 else found[::-1], more)

    def numbers(self, page: ListPage) -> list[int | str]:
        """The page numbers to offer, with an ellipsis for each gap; a long list ends in -1."""
        if not self.is_long:
            whole = Paginator(range(self.num_pages), 1)
            return [
                n if isinstance(n, int) else self.ELLIPSIS
                for n in whole.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
            ]
        near = [n for n in range(page.number - 2, page.number + 3) if n != 0 and (n > 0) == (page.number > 0)]
        if page.number > 0:
            near = [n for n in near if n <= page.number + (2 if page.more else 0) and n <= self.num_pages]
            return [
                *([1] if near[0] > 1 else []),
                *([self.ELLIPSIS] if near[0] > 2 else []),
                *near,
                self.ELLIPSIS,
                -1,
            ]
        near = [n for n in near if n >= -self.num_pages]
        return [
            1,
            self.ELLIPSIS,
            *near,
            *([self.ELLIPSIS] if near[-1] < -2 else []),
            *([-1] if near[-1] < -1 else []),
        ]
