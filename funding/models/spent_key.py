from django.db import models

from members.checks import stored_types
from members.models import User


class SpentKey(models.Model):
    """The one-time key of a deciding form that was carried out; a second arrival books nothing."""

    key = models.CharField(max_length=64, primary_key=True)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    spent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "Verbrauchter Formularschlüssel"
        verbose_name_plural = "Verbrauchte Formularschlüssel"
        constraints = [
            stored_types("spent_key_types", integers="actor", texts="key", moments="spent_at"),
        ]

    def __str__(self) -> str:
        return self.key
