"""Rows that are saved often: ``save`` as ever, but its INSERT or UPDATE is composed once per process.

Signals, the checks of ``save`` and each field's own way into the database stay. Most of the time went into composing
SQL that was, but for its values, that of the row before. The test suite compares every statement and its values with
those that Django composes for the row.
"""

from collections.abc import Callable, Hashable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
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

    def _do_insert(self, manager: Any, using: str, fields: Any, returning_fields: Any, raw: bool) -> Any:
        connection = connections[using]
        usual = connection.features.can_return_columns_from_insert and returning_fields == [self._meta.pk]
        if not usual or any(hasattr(getattr(self, field.attname), "resolve_expression") for field in fields):
            return super()._do_insert(manager, using, fields, returning_fields, raw)  # type: ignore[misc]

        def compose() -> Statement:
            query = InsertQuery(manager.model)
            query.insert_values(fields, [self], raw=True)  # what comes with saving is set below
            compiler: Any = query.get_compiler(using)
            compiler.returning_fields = returning_fields
            return compiler.as_sql()[0]

        given = [getattr(self, field.attname) if raw else field.pre_save(self, add=True) for field in fields]
        params = tuple(
            field.get_db_prep_save(value, connection) for field, value in zip(fields, given, strict=True)
        )
        with connection.cursor() as cursor:
            # The fields are all, with or without the key.
            cursor.execute(composed((manager.model, using, len(fields)), params, compose), params)
            return [cursor.fetchone()]
