"""The texts of a project for the search."""

from django.db import models

from members.common.fields import FoldedField
from projects.models.project import Project


class SearchText(models.Model):
    """The searched texts of a project, folded, between blanks. ``search.remember`` writes them."""

    project = models.OneToOneField(Project, models.CASCADE, primary_key=True, related_name="search")
    title = FoldedField("Titel")
    place = models.TextField("Ort")
    rest = models.TextField("Nummer und Kurzbeschreibung")

    class Meta:
        verbose_name = "Suchtext"
        verbose_name_plural = "Suchtexte"
        indexes = [models.Index(fields=["title", "project"], name="project_by_title")]

    def __str__(self) -> str:
        return self.title
