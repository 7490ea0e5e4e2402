"""Querysets that are built and compiled once per process and then run with values.

Half of a page's time went into composing SQL that was, but for its values, that of the request before. A function
that returns a queryset becomes a prepared one by ``@prepared``; called, it gives the rows as a list::

    @prepared
    def published_of(district: int, years: Collection[int]) -> QuerySet[Project]:
        return Project.objects.filter(lead_district=district, year__in=years)

Everything that differs between calls is an argument: a key, text, day or moment, a collection of these, or None. The
function runs once for each shape of its arguments, with placeholders in their place. It must not look at them, nor at
the clock. The test suite compares every call with the queryset that Django composes from the values.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, update_wrapper
from typing import Any, Generic, ParamSpec

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import (
    FlatValuesListIterable,
    ModelIterable,
    ValuesIterable,
    ValuesListIterable,
    prefetch_related_objects,
)
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

P = ParamSpec("P")


class Placeholder(Expression):
    """Stands for an argument: a value, or the values of a collection for ``__in``."""

    def __init__(self, argument: int, size: int | None = None) -> None:
        super().__init__()
        self.argument = argument
        self.size = size
        self.resolved = False

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        copied: Any = super().resolve_expression(*args, **kwargs)
        copied.resolved = True
        return copied

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:
        if self.size is None:
            return "%s", [Slot(self.argument)]
        slots = [Slot(self.argument, item) for item in range(self.size)]
        return f"({', '.join(['%s'] * self.size)})", slots

    def __bool__(self) -> bool:
        # Django asks once the placeholder is part of a query; until then only the function itself does.
        if not self.resolved:
            raise TypeError("A prepared queryset is composed without its values; decide outside of it")
        return True


@dataclass(frozen=True)
class Slot:
    """Which value goes there: an argument, or one item of it."""

    argument: int
    item: int | None = None

    def value(self, arguments: tuple[Any, ...]) -> Any:
        found = arguments[self.argument]
        return found if self.item is None else found[self.item]


def _plain(value: Any) -> Any:
    """A collection as its different values; anything else as it is."""
    return tuple(dict.fromkeys(value)) if isinstance(value, set | frozenset | list | tuple) else value


def _shape(value: Any) -> int | str | None:
    """What the SQL depends on: how many values a collection has, and whether there is a value at all."""
    if value is None:
        return None
    return len(value) if isinstance(value, tuple) else "value"


def _absurd(value: Any) -> bool:
    """Whether it is, or has among its items, a number that no column of a database holds."""
    items = value if isinstance(value, tuple) else (value,)
    return any(isinstance(item, int) and not -(2**63) <= item < 2**63 for item in items)


def _stand_in(argument: int, value: Any) -> Any:
    """Nothing stands in for no value: it compares as IS NULL, and no collection has it."""
    if value is None or value == ():
        return value
    return Placeholder(argument, len(value) if isinstance(value, tuple) else None)


def _adapted(value: Any, connection: BaseDatabaseWrapper) -> Any:
    """A value as the database's driver takes it, as the model fields would hand it over."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value


def _maker(info: Any, select: Any) -> Callable[[Any, str], Any]:
    """What makes a row's object with what it is related to; None where an outer join found nothing."""
    model, (first, *_), last = info["model"], info["select_fields"], info["select_fields"][-1] + 1
    names = [column.target.attname for column, *_ in select[first:last]]
    key = first + names.index(model._meta.pk.attname)
    related = [
        (_maker(other, select), other["local_setter"], other["remote_setter"])
        for other in info.get("related_klass_infos", ())
    ]

    def make(row: Any, using: str) -> Any:
        if row[key] is None:
            return None
        found = model.from_db(using, names, row[first:last])
        for make_other, keep, keep_there in related:
            other = make_other(row, using)
            keep(found, other)
            if other is not None:
                keep_there(other, found)
        return found

    return make


@dataclass(frozen=True)
class Composed:
    """A queryset's SQL with slots among its parameters, and what turns rows into objects."""

    queryset: Any
    compiler: Any
    sql: str
    params: tuple[Any, ...]

    def values(self, arguments: tuple[Any, ...], connection: BaseDatabaseWrapper) -> tuple[Any, ...]:
        return tuple(
            _adapted(param.value(arguments), connection) if isinstance(param, Slot) else param
            for param in self.params
        )

    @cached_property
    def conversions(self) -> list[tuple[int, Any, Any]]:
        """Which column's value becomes another one, how, and for which expression."""
        columns = self.compiler.select[: self.compiler.col_count]
        converters = self.compiler.get_converters([expression for expression, *_ in columns])
        return [(at, by, expression) for at, (every, expression) in converters.items() for by in every]

    @cached_property
    def make(self) -> Callable[[Any, str], Any]:
        """What Django's own iterable makes of a row. Which column goes where, it finds anew for every statement."""
        query, select, count = self.queryset.query, self.compiler.select, self.compiler.col_count
        iterable = self.queryset._iterable_class
        if iterable is FlatValuesListIterable:
            return lambda row, using: row[0]
        if iterable is ValuesListIterable:
            return lambda row, using: tuple(row[:count])
        if iterable is ValuesIterable:
            named = [*(query.selected or (*query.values_select, *query.annotation_select))]
            return lambda row, using: dict(zip(named, row, strict=False))
        assert iterable is ModelIterable, iterable
        model = _maker(self.compiler.klass_info, select)
        annotations = self.compiler.annotation_col_map or {}

        def make(row: Any, using: str) -> Any:
            found = model(row, using)
            for name, at in annotations.items():
                setattr(found, name, row[at])
            return found

        return make

    def rows(self, arguments: tuple[Any, ...], using: str) -> list[Any]:
        connection = connections[using]
        if self.queryset.query.select_for_update and not connection.in_atomic_block:
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.values(arguments, connection))
            found = cursor.fetchall()
        if self.conversions:
            found = [*map(list, found)]
            for row in found:
                for at, convert, expression in self.conversions:
                    row[at] = convert(row[at], expression, connection)
        rows = [self.make(row, using) for row in found]
        if self.queryset._prefetch_related_lookups:
            prefetch_related_objects(rows, *self.queryset._prefetch_related_lookups)
        return rows

    def sums(self, columns: tuple[str, ...], arguments: tuple[Any, ...], using: str) -> tuple[int, ...]:
        connection = connections[using]
        summed = "".join(f", COALESCE(SUM({column}), 0)" for column in columns)
        with connection.cursor() as cursor:
            summing = f"SELECT COUNT(*){summed} FROM ({self.sql}) summed"  # noqa: S608 - Django's own SQL
            cursor.execute(summing, self.values(arguments, connection))
            return tuple(map(int, cursor.fetchone()))


def compose(queryset: "QuerySet[Any, Any]", using: str) -> Composed | None:
    """None where Django knows without asking that there are no rows."""
    compiler = queryset.query.get_compiler(using=using)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    return Composed(queryset, compiler, sql, tuple(params))


class Prepared(Generic[P]):
    """``build`` as a function that gives its queryset's rows as a list; ``sums`` gives only how many and what they sum up to."""

    def __init__(self, build: Callable[P, "QuerySet[Any, Any]"]) -> None:
        self.build = build
        self._composed: dict[Any, Composed | None] = {}
        update_wrapper(self, build)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[Any]:
        composed, values, using = self._ready(args, kwargs)
        return composed.rows(values, using) if composed else []

    def sums(self, *columns: str) -> Callable[P, tuple[int, ...]]:
        """How many rows, and the sums of these columns as the database has them: money in cents."""

        def sums(*args: P.args, **kwargs: P.kwargs) -> tuple[int, ...]:
            composed, values, using = self._ready(args, kwargs)
            return composed.sums(columns, values, using) if composed else (0,) * (len(columns) + 1)

        return sums

    def _ready(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Composed | None, tuple[Any, ...], str]:
        """The composed queryset for arguments of this shape (None where it can have no rows), and their values."""
        values = tuple(_plain(value) for value in (*args, *kwargs.values()))
        shape = (*kwargs, *map(_shape, values))
        using = DEFAULT_DB_ALIAS
        if any(map(_absurd, values)):
            # Django knows which columns cannot hold it; not kept, or anybody could fill the memory.
            return self._compose(values, kwargs, using), values, using
        if shape not in self._composed:
            stand_ins = tuple(_stand_in(at, value) for at, value in enumerate(values))
            self._composed[shape] = self._compose(stand_ins, kwargs, using)
        return self._composed[shape], values, using

    def _compose(self, values: tuple[Any, ...], kwargs: Iterable[str], using: str) -> Composed | None:
        named = dict(zip(reversed([*kwargs]), reversed(values), strict=False))
        return compose(self.build(*values[: len(values) - len(named)], **named), using)


def prepared(build: Callable[P, "QuerySet[Any, Any]"]) -> Prepared[P]:
    """See the module's text."""
    return Prepared(build)


def attach(objects: Iterable[Model], name: str, rows: Iterable[Any], *, by: str) -> None:
    """Give each object those of ``rows`` whose field ``by`` names it, as ``prefetch_related(name)`` would have."""
    of: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        of[getattr(row, f"{by}_id")].append(row)
    for one in objects:
        found: Any = QuerySet(one._meta.get_field(name).related_model)
        found._result_cache = of[one.pk]
        for row in found._result_cache:
            setattr(row, by, one)
        one.__dict__.setdefault("_prefetched_objects_cache", {})[name] = found
