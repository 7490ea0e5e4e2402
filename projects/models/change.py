"""One save of a project, as its history shows it."""

from django.db import models

from members.models import Mandate, User
from projects.models.project import Project


class ProjectChange(models.Model):
    """One save of a project: who, for whom, when, and each changed field with its old and new value.

    Written only by ``projects.history``. Never changed, and deleted only with a draft (``projects.guards``).
    ``changes`` is a list of mappings with ``field``, ``label``, ``old`` and ``new``.
    """

    class What(models.TextChoices):
        CREATED = "created", "angelegt"
        CHANGED = "changed", "geändert"
        CONFIRMED = "confirmed", "Beteiligung bestätigt"
        DECLINED = "declined", "Beteiligung abgesagt"
        PUBLISHED = "published", "veröffentlicht"

    project = models.ForeignKey(Project, models.CASCADE, related_name="changes")
    version = models.PositiveIntegerField("Fassung danach")
    what = models.CharField("Vorgang", max_length=10, choices=What.choices)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="durch")
    mandate = models.ForeignKey(
        Mandate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="als"
    )
    in_stead_of = models.ForeignKey(
        Mandate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="in Vertretung für"
    )
    recorded_at = models.DateTimeField("gespeichert", auto_now_add=True)
    changes = models.JSONField("Änderungen", default=list)

    class Meta:
        verbose_name = "Änderung"
        verbose_name_plural = "Änderungen"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_what_display()}, Fassung {self.version}"
