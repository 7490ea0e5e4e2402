"""The base of models that are found by their name in any spelling."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from members.common.folding import between_blanks


class Named(models.Model):
    """A row that is found by its name in any spelling, through ``folded_name``.

    ``save`` writes ``folded_name``. For ``bulk_create`` and ``update`` the caller has to set it.
    """

    name: Any
    folded_name = models.TextField(editable=False, default="")

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self.folded_name = between_blanks(self.name)
        if update_fields is not None and "name" in update_fields:
            update_fields = {*update_fields, "folded_name"}
        super().save(*args, update_fields=update_fields, **kwargs)
