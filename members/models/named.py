"""The base of models that are sorted and found by their name in any spelling."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from members.common.fields import FoldedField, keys_of


class Named(models.Model):
    """A row that is sorted and found by its name in any spelling, through ``folded_name``."""

    name: Any
    folded_name = FoldedField(of=["name"])

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save also the keys of texts that ``update_fields`` name."""
        if update_fields is not None:
            update_fields = {*update_fields, *(key.name for key in keys_of(type(self), update_fields))}
        super().save(*args, update_fields=update_fields, **kwargs)
