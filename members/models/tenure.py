"""The base of everything dated: rows with a first and a last day."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from members.common import fields
from members.common.days import require_day

NO_END = "Einen Grund des Austritts gibt es erst mit einem letzten Tag. Bitte „bis“ eintragen oder den Grund leeren."


def counts_on(day: date, of: str = "") -> models.Q:
    """Return the condition that a row counts on the local date. ``of`` is the path to it, e.g. "seats__"."""
    not_over = models.Q((f"{of}until__isnull", True)) | models.Q((f"{of}until__gte", day))
    return models.Q(not_over, (f"{of}since__lte", day))


class DatedQuerySet(models.QuerySet):
    """Rows with ``since`` and ``until``: local dates, both included. Without ``until`` the end is open."""

    def active_on(self, day: date) -> Self:
        """Return the rows that count on the local date."""
        return self.filter(counts_on(day))

    def not_over_on(self, day: date) -> Self:
        """Return the rows that count on the local date or begin later."""
        return self.exclude(until__lt=day)


def until_not_before_since(model: str) -> models.CheckConstraint:
    """Return the check that a row does not end before it begins. ``model`` begins the check's name."""
    return models.CheckConstraint(
        condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
        name=f"{model}_until_not_before_since",
        violation_error_message="Das Ende darf nicht vor dem Beginn liegen.",
    )


def no_exit_reason_without_end(model: str) -> models.CheckConstraint:
    """Return the check that only a row with a last day says why it ends. ``model`` begins the check's name."""
    return models.CheckConstraint(
        condition=models.Q(until__isnull=False) | models.Q(exit_reason=""),
        name=f"{model}_no_exit_reason_without_end",
        violation_error_message=NO_END,
    )


class Dated(models.Model):
    """A row that counts from a first to a last day."""

    since = models.DateField("von", validators=[require_day])
    until = models.DateField(
        "bis",
        null=True,
        blank=True,
        validators=[require_day],
        help_text="Letzter Tag. Leer lassen, solange das Ende offen ist.",
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True

    def is_active_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)

    @property
    def when(self) -> str:
        """Return whether the row is "coming", counts "now" or is "past" today."""
        today = timezone.localdate()
        if self.since > today:
            return "coming"
        return "now" if self.is_active_on(today) else "past"

    @property
    def period(self) -> str:
        """Return since when, or from when to when, in German."""
        if self.until is None:
            return f"{'ab' if self.when == 'coming' else 'seit'} {self.since:%d.%m.%Y}"
        return f"{self.since:%d.%m.%Y} bis {self.until:%d.%m.%Y}"


class Tenure(Dated):
    """A place held for a time, with the reasons for entry and exit. It is ended, never switched off."""

    entry_reason = fields.CharField(
        "Grund des Eintritts", max_length=200, blank=True, help_text="Zum Beispiel: Wahl am 12.03.2024."
    )
    exit_reason = fields.CharField("Grund des Austritts", max_length=200, blank=True)

    #: The fields that a successor takes over.
    PLACE: ClassVar[tuple[str, ...]]

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Drop the reason of an exit that is taken back: who stays has none. The history keeps it."""
        super().clean()
        if self.until is None:
            self.exit_reason = ""
