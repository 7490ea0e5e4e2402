"""The yearly sample: which proofs without vouchers show them all the same."""

from django.db import models
from django.db.models import Q

from funding.models import Application, FiscalYear
from members.common.checks import stored_types
from members.models import User


class Sample(models.Model):
    """The sample of a fiscal year, drawn once and never changed.

    ``listed`` are the keys of the grants from which it was drawn, ``percent`` how many of a hundred.
    ``seed`` and that list give the same sample again (``sampling.drawn``), so anybody can check that nobody chose.
    """

    year = models.OneToOneField(
        FiscalYear, models.PROTECT, related_name="proof_sample", verbose_name="Haushaltsjahr"
    )
    percent = models.PositiveSmallIntegerField("Anteil (%)")
    seed = models.CharField("Zufallswert", max_length=64)
    listed = models.JSONField("gezogen aus", default=list)
    drawn_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="gezogen von")
    drawn_on = models.DateField("gezogen am")
    recorded_at = models.DateTimeField("erfasst", auto_now_add=True)

    class Meta:
        verbose_name = "Stichprobe"
        verbose_name_plural = "Stichproben"
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(condition=Q(percent__lte=100) & ~Q(seed=""), name="sample_has_seed"),
            stored_types(
                "sample_types",
                integers="year percent drawn_by",
                texts="seed listed",
                days="drawn_on",
                moments="recorded_at",
            ),
        ]

    def __str__(self) -> str:
        return f"Stichprobe {self.year}"


class SamplePick(models.Model):
    """A grant that was drawn: its proof shows its vouchers. Never changed."""

    sample = models.ForeignKey(Sample, models.PROTECT, related_name="picks")
    application = models.OneToOneField(Application, models.PROTECT, related_name="sample_pick")

    class Meta:
        verbose_name = "gezogene Bewilligung"
        verbose_name_plural = "gezogene Bewilligungen"
        ordering = ["pk"]
        constraints = [stored_types("sample_pick_types", integers="sample application")]

    def __str__(self) -> str:
        return f"{self.sample}: {self.application_id}"
