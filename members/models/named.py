"""What is found by its name, however that is spelled."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from members.common.folding import between_blanks


class Named(models.Model):
    """What is found by its name, however that is spelled. ``bulk_create`` has to be given ``folded_name``."""

    name: Any
    folded_name = models.TextField(editable=False, default="")

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self.folded_name = between_blanks(self.name)
        if update_fields is not None and "name" in update_fields:
            update_fields = {*update_fields, "folded_name"}
        super().save(*args, update_fields=update_fields, **kwargs)
