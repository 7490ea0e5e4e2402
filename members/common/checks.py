"""Checks of single columns, for whoever writes past the fields: the type that is stored, and the words that are known.

PostgreSQL keeps the type of a column itself. SQLite takes any type in any column, compares a BLOB as greater than every
number, and so lets ``reserved + committed <= allotted`` pass for it.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError
from django.db import migrations, models
from django.db.models import BooleanField, ExpressionWrapper, Q

#: What SQLite is asked of a column, by what the column holds. NULL is the business of NOT NULL. Only where it has to
#: calculate does it look whether there is such a day. No blank after a comma: there Django's introspection cuts.
SHAPES = {
    "integers": "typeof({0}) IN ('integer','null')",
    "texts": "typeof({0}) IN ('text','null')",
    "flags": "({0} IS NULL OR (typeof({0}) = 'integer' AND {0} IN (0,1)))",
    "days": "{0} IS date({0},'+0 days')",
    "moments": "datetime(substr({0},1,19),'+0 days') IS substr({0},1,19)",
}


class StoredAs(models.Func):
    """True where each of the columns holds nothing, or what its field writes: ``SHAPES``."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, shape: str, *columns: str) -> None:
        self.shape = shape
        super().__init__(*columns)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        columns = [compiler.compile(column)[0] for column in self.get_source_expressions()]
        return f"({' AND '.join(SHAPES[self.shape].format(column) for column in columns)})", ()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        return "true", ()


class Guard(models.CheckConstraint):
    """A check of what the model's fields see to themselves: forms do not ask the database for it once more."""

    def validate(self, *args: Any, **kwargs: Any) -> None:
        pass


def stored_types(name: str, **columns: str) -> Guard:
    """A check that the columns hold their type, e.g. ``integers="year amount"``; the kinds are those of ``SHAPES``."""
    condition = Q()
    for shape, names in columns.items():
        condition &= Q(StoredAs(shape, *names.split()))
    return Guard(condition=condition, name=name)


def known(name: str, **columns: Sequence[str]) -> Guard:
    """A check that the columns hold one of the words, e.g. ``state=["open", "closed"]``."""
    return Guard(
        condition=Q(**{f"{column}__in": list(words) for column, words in columns.items()}), name=name
    )


class AddGuard(migrations.AddConstraint):
    """Adds a check, and stops with a sentence at a row that breaks it."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        check: Any = self.constraint
        for sentence in broken(model, [check], schema_editor.connection.alias):
            raise CommandError(
                f"{sentence} Es wurde nichts geändert; bitte die Zeile klären und „migrate“ erneut ausführen."
            )
        super().database_forwards(app_label, schema_editor, from_state, to_state)


def broken(
    model: type[models.Model], checks: Collection[models.CheckConstraint], using: str = "default"
) -> Iterator[str]:
    """Yield a German sentence for each stored row and check that it breaks, in one question."""
    if not checks:
        return
    verdicts = {
        f"check_{number}": ExpressionWrapper(Q(check.condition), BooleanField())
        for number, check in enumerate(checks)
    }
    # As the database judges: unknown is not broken.
    found = reduce(or_, (Q(**{verdict: False}) for verdict in verdicts))
    rows = model._base_manager.using(using).annotate(**verdicts).filter(found).order_by("pk")
    for key, *judged in rows.values_list("pk", *verdicts):
        for check, verdict in zip(checks, judged, strict=True):
            if verdict is False:
                yield f"Tabelle {model._meta.db_table}, Zeile {key}: die Bedingung {check.name} ist verletzt."


def broken_anywhere(labels: Collection[str], using: str = "default") -> Iterator[str]:
    """``broken`` for every check of the models of these apps."""
    for label in labels:
        for model in apps.get_app_config(label).get_models():
            checks = [c for c in model._meta.constraints if isinstance(c, models.CheckConstraint)]
            yield from broken(model, checks, using)
