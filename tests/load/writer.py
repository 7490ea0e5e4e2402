"""Rows of many tables in few statements: COPY on PostgreSQL, executemany on SQLite.

Both are three to five times faster than ``bulk_create`` of model instances. Every constraint and trigger of the
database holds; only Python is left out.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models


def _same(value: Any) -> Any:
    return value


def _sqlite_date(value: Any) -> Any:
    return value and value.isoformat()


def _sqlite_moment(value: Any) -> Any:
    return value and str(value.astimezone(UTC).replace(tzinfo=None))


class Table:
    """One model's rows on their way; each a dict by column attribute, money in cents, moments aware."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        fields = model._meta.local_concrete_fields
        #: What a row gets that does not say otherwise; columns that a later version adds included.
        self.defaults = {f.attname: self._default(f) for f in fields}
        self.columns = [str(f.column) for f in fields]
        self.converters = [self._converter(f) for f in fields]
        self.rows: list[dict[str, Any]] = []
        self.next_key = (model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1

    @staticmethod
    def _default(field: models.Field) -> Any:
        text = isinstance(field, models.CharField | models.TextField)
        given = field.has_default() or text
        return field.get_db_prep_save(field.get_default(), connection) if given else None

    @staticmethod
    def _converter(field: models.Field) -> Callable[[Any], Any]:
        if connection.vendor == "sqlite":
            if isinstance(field, models.DateTimeField):
                return _sqlite_moment
            if isinstance(field, models.DateField):
                return _sqlite_date
        return _same

    def values(self) -> Iterable[list[Any]]:
        for row in self.rows:
            whole = {**self.defaults, **row}
            assert len(whole) == len(self.columns), f"unknown column in {sorted(row)}"
            yield [convert(value) for convert, value in zip(self.converters, whole.values(), strict=True)]

    def write(self) -> None:
        table = connection.ops.quote_name(self.model._meta.db_table)
        columns = ", ".join(map(connection.ops.quote_name, self.columns))
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in self.values():
                        copy.write_row(row)
            else:
                marks = ", ".join(["%s"] * len(self.columns))
                cursor.executemany(
                    f"INSERT INTO {table} ({columns}) VALUES ({marks})",
                    list(self.values()),
                )
        self.rows.clear()


class Writer:
    """Collects rows with their keys given ahead, so that rows can refer to each other before they are written."""

    def __init__(self) -> None:
        self.tables: dict[type[models.Model], Table] = {}
        self.written: dict[str, int] = defaultdict(int)

    def add(self, model: type[models.Model], **values: Any) -> int:
        """Take a row; returns its key. Tables are written in the order in which they were first used."""
        table = self.tables.get(model)
        if table is None:
            table = self.tables[model] = Table(model)
        key = table.next_key
        table.next_key += 1
        values["id"] = key
        table.rows.append(values)
        return key

    def flush(self) -> None:
        """Write all that waits. Call inside a transaction; keys given by the database go on after it."""
        used = [table for table in self.tables.values() if table.rows]
        for table in used:
            self.written[table.model._meta.label] += len(table.rows)
            table.write()
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [t.model for t in used]):
                cursor.execute(statement)
        # The services may write some of these tables before the next rows come.
        self.tables.clear()
