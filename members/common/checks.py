"""Database checks of single columns: the stored type, and the words that are allowed.

They hold whoever writes.
PostgreSQL enforces a column's type itself. SQLite stores any type in any column and treats a BLOB as greater
than every number, so ``reserved + committed <= allotted`` would hold for it.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError
from django.db import migrations, models
from django.db.models import BooleanField, ExpressionWrapper, Q

from members.common.days import FIRST_DAY, LAST_DAY

#: Rows that ``AddGuard`` names at once.
SHOWN = 20
#: The condition on SQLite for each kind of column. NULL passes: NOT NULL decides on it. "+0 days" makes
#: SQLite check that the day exists. There is no blank after a comma, because Django's introspection would cut
#: the text there.
SHAPES = {
    "integers": "typeof({0}) IN ('integer','null')",
    "texts": "typeof({0}) IN ('text','null')",
    "flags": "({0} IS NULL OR (typeof({0}) = 'integer' AND {0} IN (0,1)))",
    "days": "{0} IS date({0},'+0 days')",
    "moments": "datetime(substr({0},1,19),'+0 days') IS substr({0},1,19)",
}


class StoredAs(models.Func):
    """A condition that each column is empty or holds its type (``SHAPES``). Always true on PostgreSQL."""

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
    """A check that forms do not validate, because the model's fields already do. The database enforces it."""

    def validate(self, *args: Any, **kwargs: Any) -> None:
        pass


def stored_types(name: str, **columns: str) -> Guard:
    """Return a check that the columns hold their type (``SHAPES``), e.g. ``integers="year amount"``."""
    condition = Q()
    for shape, names in columns.items():
        condition &= Q(StoredAs(shape, *names.split()))
    return Guard(condition=condition, name=name)


def known(name: str, **columns: Sequence[str]) -> Guard:
    """Return a check that each column holds one of its words, e.g. ``state=["open", "closed"]``."""
    return Guard(
        condition=Q(**{f"{column}__in": list(words) for column, words in columns.items()}), name=name
    )


def within(name: str, *, years: str = "", days: str = "") -> Guard:
    """Return a check that the columns hold no year and no day that is a slip (``days.FIRST_DAY``).

    The archive knows projects from before the founding, so years have the bounds of days.
    """
    condition = Q()
    for column in years.split():
        condition &= Q(**{f"{column}__gte": FIRST_DAY.year, f"{column}__lte": LAST_DAY.year})
    for column in days.split():
        condition &= Q(**{f"{column}__gte": FIRST_DAY, f"{column}__lte": LAST_DAY})
    return Guard(condition=condition, name=name)


class AddGuard(migrations.AddConstraint):
    """A migration step that adds a check. Raises CommandError (German) that names the rows that break it."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        check: Any = self.constraint
        if found := list(islice(broken(model, [check], schema_editor.connection.alias), SHOWN)):
            raise CommandError(
                f"{' '.join(found)} Es wurde nichts geändert, und die bisherige Version läuft weiter: Bitte dort klären und "
                "„migrate“ erneut ausführen."
            )
        super().database_forwards(app_label, schema_editor, from_state, to_state)


def broken(
    model: type[models.Model], checks: Collection[models.CheckConstraint], using: str = "default"
) -> Iterator[str]:
    """Yield a German sentence for each stored row and each check that it breaks. One query."""
    if not checks:
        return
    verdicts = {
        f"check_{number}": ExpressionWrapper(Q(check.condition), BooleanField())
        for number, check in enumerate(checks)
    }
    # A condition that is NULL counts as kept, as in the database.
    found = reduce(or_, (Q(**{verdict: False}) for verdict in verdicts))
    rows = model._base_manager.using(using).annotate(**verdicts).filter(found).order_by("pk")
    for key, *judged in rows.values_list("pk", *verdicts):
        for check, verdict in zip(checks, judged, strict=True):
            if verdict is False:
                yield f"Tabelle {model._meta.db_table}, Zeile {key}: die Bedingung {check.name} ist verletzt."


def broken_anywhere(labels: Collection[str], using: str = "default") -> Iterator[str]:
    """Yield the sentences of ``broken`` for all checks of all models of these apps."""
    for label in labels:
        for model in apps.get_app_config(label).get_models():
            checks = [c for c in model._meta.constraints if isinstance(c, models.CheckConstraint)]
            yield from broken(model, checks, using)
