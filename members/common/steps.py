"""What each step on a call, a proof or a change says: who took it, in which role, for whom, when and why."""

from django.conf import settings
from django.db import models

from members.common import fields


class TakenStep(models.Model):
    """One step; ``step`` is the concrete table's. Never changed: a trigger of the concrete table holds that."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="durch"
    )
    mandate = models.ForeignKey(
        "members.Mandate", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="als"
    )
    in_stead_of = models.ForeignKey(
        "members.Mandate",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="in Vertretung für",
    )
    on = models.DateField("am")
    reason = fields.TextField("Begründung", blank=True)
    recorded_at = models.DateTimeField("erfasst", auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.get_step_display()} am {self.on:%d.%m.%Y}"  # type: ignore[attr-defined]
