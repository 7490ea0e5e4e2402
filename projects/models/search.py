from typing import Any

from django.db import models

from projects.models.project import Project


class DocumentField(models.TextField):
    """PostgreSQL's ``tsvector`` with the German word stems; elsewhere an empty column."""

    def db_type(self, connection: Any) -> str | None:
        return "tsvector" if connection.vendor == "postgresql" else super().db_type(connection)


class SearchText(models.Model):
    """What is searched of a project, folded (``search.fold``), each part between blanks.

    Kept by the database itself (``triggers``); never written from here.
    """

    project = models.OneToOneField(Project, models.CASCADE, primary_key=True, related_name="search")
    title = models.TextField()
    around = models.TextField("Veranstalter, Ort, Stadtbezirke")
    text = models.TextField("alles zusammen")
    document = DocumentField(null=True)

    class Meta:
        verbose_name = "Suchtext"
        verbose_name_plural = "Suchtexte"
        indexes = [models.Index(fields=["title", "project"], name="project_by_title")]

    def __str__(self) -> str:
        return self.title


class SearchIndex(models.Model):
    """SQLite's full-text index (FTS5) over ``SearchText.text``, of three letters each; ``triggers`` creates and keeps it."""

    project = models.OneToOneField(
        Project, models.DO_NOTHING, primary_key=True, db_column="rowid", related_name="search_index"
    )
    #: FTS5 calls the column that a query is matched with by the name of the table.
    match = models.TextField(db_column="projects_searchindex")

    class Meta:
        managed = False
        db_table = "projects_searchindex"
        verbose_name = "Suchindex"
        verbose_name_plural = "Suchindizes"

    def __str__(self) -> str:
        return str(self.pk)


class WordIndex(models.Model):
    """The same texts by their whole words: a word, once known, is found far faster than by three letters each."""

    project = models.OneToOneField(
        Project, models.DO_NOTHING, primary_key=True, db_column="rowid", related_name="word_index"
    )
    match = models.TextField(db_column="projects_wordindex")

    class Meta:
        managed = False
        db_table = "projects_wordindex"
        verbose_name = "Wortindex"
        verbose_name_plural = "Wortindizes"

    def __str__(self) -> str:
        return str(self.pk)
