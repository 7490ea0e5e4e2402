"""Running numbers without gaps."""

from typing import Any

from django.db import models
from django.db.models import F


class NumberSeries(models.Model):
    """The last number taken of a series. The concrete model adds the fields that name the series."""

    last = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    @classmethod
    def take(cls, **series: Any) -> int:
        """Return the next number. The series stays locked until the end, so a rollback leaves no gap."""
        rows = cls._default_manager
        rows.get_or_create(**series)
        row = rows.select_for_update().get(**series)
        row.last = F("last") + 1
        row.save(update_fields=["last"])
        row.refresh_from_db(fields=["last"])
        return int(row.last)
