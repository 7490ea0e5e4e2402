"""A paper of a project."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from members.common import fields
from members.common.uploads import IMAGES, Kind
from members.models import District, User
from projects.models.project import Project


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def present(self) -> Self:
        """Return the papers that were not removed."""
        return self.filter(removed_at__isnull=True)


class Attachment(models.Model):
    """A paper of a project. When it is removed, its file is deleted and its row stays.

    The row says who added and who removed it, and when.
    ``district`` is the one for which it was added; empty for the Wirtschaftsförderung.
    So a successor there can go on with it.
    ``file`` and ``preview`` are names in the storage, random and without an ending.
    """

    Kind = Kind
    IMAGES = IMAGES

    project = models.ForeignKey(Project, models.CASCADE, related_name="attachments")
    name = fields.CharField("Name", max_length=120)
    kind = models.CharField("Art", max_length=4, choices=Kind.choices)
    size = models.PositiveIntegerField("Größe in Byte")
    sha256 = models.CharField("Prüfsumme", max_length=64)
    width = models.PositiveIntegerField("Breite", null=True, blank=True)
    height = models.PositiveIntegerField("Höhe", null=True, blank=True)
    file = models.FileField(max_length=100, blank=True, editable=False)
    preview = models.FileField(max_length=100, blank=True, editable=False)
    note = fields.CharField("Bemerkung", max_length=120, blank=True)
    district = models.ForeignKey(
        District, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="Stadtbezirk"
    )
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="hinzugefügt von")
    uploaded_at = models.DateTimeField("hinzugefügt", auto_now_add=True)
    removed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="entfernt von"
    )
    removed_at = models.DateTimeField("entfernt", null=True, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = "Unterlage"
        verbose_name_plural = "Unterlagen"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "sha256"],
                condition=Q(removed_at__isnull=True),
                name="file_once_per_project",
            ),
            models.CheckConstraint(
                condition=(Q(removed_at__isnull=True, removed_by__isnull=True) & ~Q(file=""))
                | Q(removed_at__isnull=False, removed_by__isnull=False, file="", preview=""),
                name="attachment_has_its_file_until_removed",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("projects:attachment", args=[self.pk])

    @property
    def is_image(self) -> bool:
        return self.kind in self.IMAGES

    @property
    def icon(self) -> str:
        if self.kind in (self.Kind.XLSX, self.Kind.ODS):
            return "file-earmark-spreadsheet"
        return f"file-earmark-{'pdf' if self.kind == self.Kind.PDF else 'image' if self.is_image else 'text'}"
