"""Rows that are saved often: ``save`` as ever, but its INSERT or UPDATE is composed once per process.

Signals, the checks of ``save`` and each field's own way into the database stay. Most of the time went into composing
SQL that was, but for its values, that of the row before. The test suite compares every statement and its values with
those that Django composes for the row.
"""

from collections.abc import Callable, Hashable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery, UpdateQuery

Statement = tuple[str, tuple[Any, ...]]
_known: dict[Hashable, str] = {}


def composed(key: Hashable, values: tuple[Any, ...], compose: Callable[[], Statement]) -> str:
    """The SQL that ``key`` stands for; ``compose`` gives Django's own and the values that belong to it."""
    if key not in _known:
        _known[key] = compose()[0]
    return _known[key]


def change(model: type[models.Model], pk: int, name: str, amount: Any) -> None:
    """Add ``amount`` to what stands in the row's field: ``filter(pk=pk).update(...)`` with an F expression."""
    field: Any = model._meta.get_field(name)
    using = DEFAULT_DB_ALIAS

    def compose() -> Statement:
        query: Any = model._base_manager.filter(pk=pk).query.chain(UpdateQuery)
        query.add_update_values({name: models.F(name) + models.Value(amount, output_field=field)})
        return query.get_compiler(using).as_sql()

    params = (field.get_db_prep_save(amount, connections[using]), pk)
    with transaction.mark_for_rollback_on_error(using), connections[using].cursor() as cursor:
        cursor.execute(composed((model, using, name), params, compose), params)


class PreparedModel(models.Model):
    """The two methods that ``Model.save`` sends its statement by. What is unusual is left to Django's own."""

    class Meta:
        abstract = True

    def _do_update(self, base_qs: Any, using: Any, pk_val: Any, values: Any, *how: Any) -> Any:
        # What a later Django asks for besides is its own to answer.
        usual = len(how) == 2 and values and not self._meta.select_on_save
        if not usual or any(hasattr(value, "resolve_expression") for _, _, value in values):
            return super()._do_update(base_qs, using, pk_val, values, *how)

        def compose() -> Statement:
            query: Any = base_qs.filter(pk=pk_val).query.chain(UpdateQuery)
            query.add_update_fields(values)
            return query.get_compiler(using).as_sql()

        connection = connections[using]
        given = [(field.name, field.get_db_prep_save(value, connection)) for field, _, value in values]
        # Django writes NULL into the SQL itself.
        key = (base_qs.model, using, *((name, value is None) for name, value in given))
        params = (*(value for _, value in given if value is not None), pk_val)
        with connection.cursor() as cursor:
            cursor.execute(composed(key, params, compose), params)
            return cursor.rowcount > 0

    def _do_insert(self, manager: Any, using: Any, fields: Any, returning_fields: Any, raw: Any) -> Any:
        if raw or not _is_usual(self, fields, returning_fields == [manager.model._meta.pk], using):
            return super()._do_insert(manager, using, fields, returning_fields, raw)  # type: ignore[misc]
        return _insert(manager.model, self, fields, using, returning_fields)


class PreparedQuerySet(models.QuerySet[Any]):
    """For ``bulk_create`` of what is mostly a single row."""

    def _insert(self, objs: Any, fields: Any, using: Any = None, on_conflict: Any = None, **how: Any) -> Any:
        ignoring = on_conflict == OnConflict.IGNORE and not any(how.values())
        if len(objs) > 1 or not _is_usual(objs[0], fields, ignoring, using):
            return super()._insert(objs, fields, using=using, on_conflict=on_conflict, **how)  # type: ignore[misc]
        return _insert(self.model, objs[0], fields, using, on_conflict=on_conflict)


def _is_usual(row: models.Model, fields: Any, usual: bool, using: Any) -> bool:
    answers = connections[using].features.can_return_columns_from_insert
    return (
        usual and answers and not any(hasattr(getattr(row, f.attname), "resolve_expression") for f in fields)
    )


def _insert(
    model: Any, row: Any, fields: Any, using: str, returning: Any = (), on_conflict: Any = None
) -> list[Any]:
    def compose() -> Statement:
        query = InsertQuery(model, on_conflict=on_conflict)
        query.insert_values(fields, [row], raw=True)  # what comes with saving is set below
        compiler: Any = query.get_compiler(using)
        compiler.returning_fields = returning
        return compiler.as_sql()[0]

    connection = connections[using]
    params = tuple(field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields)
    # The fields are all, with or without the key.
    key = (model, using, len(fields), on_conflict)
    with connection.cursor() as cursor:
        cursor.execute(composed(key, params, compose), params)
        return [cursor.fetchone()] if returning else []
