"""Model fields for texts. Whatever is written through them is normal (``members.common.texts``)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models

from members.common import forms
from members.common.folding import key_of
from members.common.texts import normal


class _Normal(models.Field):
    """Normalises what is validated, saved, or compared with in a query: Django asks ``to_python`` each time.

    Migrations name Django's own field: in the database there is no difference.
    """

    lines = False
    #: The form field of the same kind.
    form_class: type[Any] = forms.CleanCharField

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path.replace(__name__, "django.db.models"), args, kwargs

    def to_python(self, value: Any) -> Any:
        return self._normal(super().to_python(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Return the value to be stored. The row has it too, as if it were read anew."""
        value = self._normal(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": self.form_class, **kwargs})

    def _normal(self, value: Any) -> Any:
        return normal(value, lines=self.lines) if isinstance(value, str) else value


class CharField(_Normal, models.CharField):
    """One line of text."""


class TextField(_Normal, models.TextField):
    """A text whose line breaks stay."""

    lines = True


class EmailField(_Normal, models.EmailField):
    form_class = forms.CleanEmailField


class URLField(_Normal, models.URLField):
    form_class = forms.CleanURLField


class FoldedField(models.TextField):
    """The key by which texts of the row are sorted and found (``members.common.folding.key_of``).

    ``of`` names their fields. ``save`` and ``bulk_create`` write it; where ``update_fields`` or ``bulk_update``
    name such a field, the caller names the key, too (``keys_of``). ``verify_ledger`` finds what is stale.
    PostgreSQL compares the letters by their code as SQLite does, whatever the database's own order is.
    """

    def __init__(self, *args: Any, of: Iterable[str] = (), **kwargs: Any) -> None:
        self.of = tuple(of)
        super().__init__(*args, **{"editable": False, "default": "", **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": list(self.of)}

    def db_parameters(self, connection: Any) -> Any:
        collation = "C" if connection.vendor == "postgresql" else None
        return {**super().db_parameters(connection), "collation": collation}

    def key(self, row: models.Model) -> str:
        """Return the key as it must be for the texts that the row has now."""
        return key_of(*(getattr(row, name) for name in self.of))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if self.of:
            setattr(model_instance, self.attname, self.key(model_instance))
        return super().pre_save(model_instance, add)


def keys_of(model: type[models.Model], changed: Iterable[str] | None = None) -> list[FoldedField]:
    """Return the model's keys: all, or those of the texts that change."""
    keys = [field for field in model._meta.concrete_fields if isinstance(field, FoldedField) and field.of]
    return keys if changed is None else [key for key in keys if set(key.of) & set(changed)]


def stale_keys(model: type[models.Model]) -> Iterator[int]:
    """Yield the keys of the rows whose sorting key does not fit their texts. One query, where there is such a key."""
    keys = keys_of(model)
    if not keys:
        return
    read = [*(key.name for key in keys), *(name for key in keys for name in key.of)]
    for row in model._base_manager.only("pk", *read).order_by("pk").iterator(2000):
        if any(getattr(row, key.attname) != key.key(row) for key in keys):
            yield row.pk
