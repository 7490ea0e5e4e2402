"""How long papers are kept, what holds them longer, and what two people deleted after that."""

from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from simple_history.models import HistoricalRecords

from funding.models import FundingModel
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.days import require_day
from members.common.two_people import TwoPeople
from members.models import User
from projects.models import Project


class RetentionPeriod(models.Model):
    """For how many years a kind of record is kept: by law, or by a grantor where it names a funding model.

    They count from the end of the calendar year in which the record arose. Both count, the longer one wins.
    Of several rows for the same, the latest that has begun applies, to older records as well.
    Source: § 147 AO; vouchers eight instead of ten years since 1 January 2025.
    """

    class Kind(models.TextChoices):
        VOUCHER = "voucher", "Belege"
        BOOKS = "books", "Bücher und Abschlüsse"
        LETTER = "letter", "Schreiben und Unterlagen"

    kind = models.CharField("Was", max_length=7, choices=Kind.choices)
    funding_model = models.ForeignKey(
        FundingModel, models.PROTECT, null=True, blank=True, related_name="retention_periods",
        verbose_name="Fördermodell", help_text="Leer: die Frist des Gesetzes. Sonst die Frist des Geldgebers.",
    )  # fmt: skip
    since = models.DateField("gilt ab", validators=[require_day])
    years = models.PositiveSmallIntegerField("Jahre")
    basis = fields.CharField("Grundlage", max_length=200)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "Aufbewahrungsfrist"
        verbose_name_plural = "Aufbewahrungsfristen"
        ordering = ["kind", "funding_model", "-since"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "since"],
                condition=Q(funding_model__isnull=True),
                name="legal_period_once_per_day",
                violation_error_message="Dafür gibt es an diesem Tag schon eine Frist.",
            ),
            models.UniqueConstraint(
                fields=["kind", "funding_model", "since"],
                name="retention_period_once_per_day",
                violation_error_message="Dafür gibt es an diesem Tag schon eine Frist.",
            ),
            models.CheckConstraint(
                condition=Q(years__gte=1, years__lte=99),
                name="retention_period_in_years",
                violation_error_message="Eine Frist ist mindestens 1 Jahr und höchstens 99 Jahre lang.",
            ),
            models.CheckConstraint(condition=~Q(basis=""), name="retention_period_has_basis"),
            within("retention_period_days_within", days="since"),
            known("retention_period_words_known", kind=["voucher", "books", "letter"]),
            stored_types(
                "retention_period_types", integers="funding_model years", texts="kind basis", days="since"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.years} Jahre ab {self.since:%d.%m.%Y}"


class RetentionHoldQuerySet(models.QuerySet["RetentionHold"]):
    def active(self) -> Self:
        """Return the holds that nobody has ended."""
        return self.filter(ended_on__isnull=True)


class RetentionHold(models.Model):
    """Keeps everything of a project or of a calendar year until somebody ends it, such as for a lawsuit."""

    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="retention_holds", verbose_name="Projekt"
    )
    year = models.PositiveSmallIntegerField("Kalenderjahr", null=True, blank=True)
    reason = fields.TextField("Begründung")
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="eingetragen von")
    entered_on = models.DateField("eingetragen am")
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="beendet von"
    )
    ended_on = models.DateField("beendet am", null=True, blank=True)
    end_reason = fields.TextField("Grund des Endes", blank=True)

    objects = RetentionHoldQuerySet.as_manager()

    class Meta:
        verbose_name = "Löschsperre"
        verbose_name_plural = "Löschsperren"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(project__isnull=True, year__isnull=False)
                | Q(project__isnull=False, year__isnull=True),
                name="retention_hold_of_one",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="retention_hold_has_reason"),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True, ended_on__isnull=True, end_reason="")
                | Q(ended_by__isnull=False, ended_on__gte=F("entered_on")) & ~Q(end_reason=""),
                name="retention_hold_ends_with_reason",
            ),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(ended_on__isnull=True, project__isnull=False),
                name="one_hold_per_project",
            ),
            models.UniqueConstraint(
                fields=["year"],
                condition=Q(ended_on__isnull=True, year__isnull=False),
                name="one_hold_per_year",
            ),
            within("retention_hold_within", years="year", days="entered_on ended_on"),
            stored_types(
                "retention_hold_types",
                integers="project year entered_by ended_by",
                texts="reason end_reason",
                days="entered_on ended_on",
            ),
        ]

    def __str__(self) -> str:
        return f"Löschsperre {self.project or self.year}"

    def get_absolute_url(self) -> str:
        return reverse("retention:hold", args=[self.pk])

    @property
    def is_active(self) -> bool:
        return self.ended_on is None


ONLY_THE_FILE = (
    "Gelöscht wird nur die Datei. Was sie war, ihre Prüfsumme und wer sie gelöscht hat, bleibt hier stehen."
)
#: One and several of what goes where it is no file, in German, by ``Deletion.What``.
NOUNS = {
    "account": ("Bankverbindung", "Bankverbindungen"),
    "contact": ("Ansprechstelle", "Ansprechstellen"),
    "person": ("Anschrift", "Anschriften"),
    "trader": ("Anschrift", "Anschriften"),
}
_ADDRESSES = (
    "Gelöscht werden {}, auch aus dem Verlauf der Änderungen. Namen, Ämter und Mitgliedschaften, die Prüfsumme der gelöschten "
    "Angaben und wer sie gelöscht hat, bleiben stehen."
)
#: What goes and what stays where it is not the file alone, in German, by ``Deletion.What``.
GOES = {
    "letter": "Gelöscht werden die Datei und die Worte des Schreibens: Anschrift, Text und wer mit welchen Worten geantwortet hat. "
    "Nummer, Tag, Art, Entscheidung, Prüfsumme und wer es gelöscht hat, bleiben stehen.",
    "account": "Gelöscht werden IBAN, Name und die Texte dazu. Wer die Bankverbindung wann eingetragen und bestätigt hat, die "
    "Prüfsumme der gelöschten Angaben und wer sie gelöscht hat, bleiben stehen.",
    "contact": "Gelöscht wird, wer beim Projekt als Ansprechstelle eingetragen war. Das Projekt, die Prüfsumme der gelöschten "
    "Angabe und wer sie gelöscht hat, bleiben stehen.",
    "person": _ADDRESSES.format("Anschrift, E-Mail-Adresse und Telefon"),
    "trader": _ADDRESSES.format("Anschrift, E-Mail-Adresse, Telefon und wer unterschreibt"),
}


class Deletion(TwoPeople):
    """A request to delete the files, or the bank details, of one kind that arose in a calendar year and are kept no longer.

    One person asks, another confirms. It stays for ever and says with its items what went.
    """

    nothing_done = "Jetzt wurde nichts gelöscht."

    class State(models.TextChoices):
        REQUESTED = "requested", "wartet auf zweite Person"
        CONFIRMED = "confirmed", "gelöscht"
        REFUSED = "refused", "nicht gelöscht"

    class What(models.TextChoices):
        """Whose files. ``funding.closing.retention.sources`` says where each lies."""

        LETTER = "letter", "Schreiben"
        ATTACHMENT = "attachment", "Unterlagen der Projekte"
        PHOTO = "photo", "Fotos der Nachweise"
        VOUCHER = "voucher", "Belege der Nachweise"
        CALL_PAPER = "call_paper", "Belege der Abrufe"
        BANK_FILE = "bank_file", "Dateien für die Bank"
        STATEMENT = "statement", "Kontoauszüge"
        ACCOUNT = "account", "Bankverbindungen"
        CONTACT = "contact", "Ansprechstellen der Projekte"
        PERSON = "person", "Anschriften von Personen"
        TRADER = "trader", "Anschriften von Einzelunternehmen und Gruppen"

        @property
        def nouns(self) -> tuple[str, str]:
            """Return in German what one of it is, and several of it."""
            return NOUNS.get(self.value, ("Datei", "Dateien"))

    year = models.PositiveSmallIntegerField("entstanden im Jahr")
    what = models.CharField("Was", max_length=10, choices=What.choices)
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.REQUESTED)

    class Meta(TwoPeople.Meta):
        verbose_name = "Löschung"
        verbose_name_plural = "Löschungen"
        ordering = ["-pk"]
        constraints = [
            *TwoPeople.Meta.constraints,
            models.UniqueConstraint(
                fields=["year", "what"], condition=Q(state="requested"), name="one_waiting_deletion"
            ),
            within("deletion_within", years="year"),
            stored_types(
                "deletion_types",
                integers="year requested_by decided_by",
                texts="what reason state refusal",
                days="requested_on decided_on",
            ),
            known(
                "deletion_words_known",
                what=["letter", "attachment", "photo", "voucher", "call_paper", "bank_file", "statement", "account", "contact", "person", "trader"],
                state=["requested", "confirmed", "refused"],
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_what_display()} aus {self.year}"

    def get_absolute_url(self) -> str:
        return reverse("retention:deletion", args=[self.pk])

    @property
    def goes(self) -> str:
        """Return what goes and what stays, in German."""
        return GOES.get(self.what, ONLY_THE_FILE)

    @property
    def nouns(self) -> tuple[str, str]:
        """Return in German what one thing of it is, and several."""
        return self.What(self.what).nouns

    @property
    def said(self) -> str:
        """Return what became of it, in German."""
        return "zurückgenommen" if self.was_taken_back else str(self.get_state_display())


class DeletionItemQuerySet(models.QuerySet["DeletionItem"]):
    def gone(self) -> Self:
        """Return what two people agreed to delete."""
        return self.filter(deletion__state=Deletion.State.CONFIRMED)


class DeletionItem(models.Model):
    """One file of a deletion: of which row it was, its hash and size in bytes, and by which rule it may go.

    Where details of a row go and no file, the hash is of those details and the size is 0.
    ``years`` is the longest period that applied when it was asked for, ``rule`` says whose it is. Never changed.
    """

    deletion = models.ForeignKey(Deletion, models.PROTECT, related_name="items")
    source = models.CharField("Tabelle", max_length=40)
    row_key = models.PositiveBigIntegerField("Zeile")
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="Projekt"
    )
    name = fields.CharField("Datei", max_length=200)
    sha256 = models.CharField("Prüfsumme", max_length=64)
    size = models.PositiveIntegerField("Größe in Byte")
    years = models.PositiveSmallIntegerField("Jahre")
    rule = fields.CharField("Frist", max_length=240)

    objects = DeletionItemQuerySet.as_manager()

    class Meta:
        verbose_name = "gelöschte Datei"
        verbose_name_plural = "gelöschte Dateien"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["deletion", "source", "row_key"], name="deletion_item_once"),
            models.CheckConstraint(
                condition=~Q(sha256="") & ~Q(name="") & ~Q(rule="") & Q(years__gte=1),
                name="deletion_item_is_told",
            ),
            stored_types(
                "deletion_item_types",
                integers="deletion row_key project size years",
                texts="source name sha256 rule",
            ),
        ]
        indexes = [models.Index(fields=["source", "row_key"], name="deletion_item_of_row")]

    def __str__(self) -> str:
        return self.name


class DeletionDone(models.Model):
    """That the files of a confirmed deletion are gone from the storage. Without it the timer tries again."""

    deletion = models.OneToOneField(Deletion, models.PROTECT, related_name="done")
    at = models.DateTimeField("erledigt", auto_now_add=True)

    class Meta:
        verbose_name = "erledigte Löschung"
        verbose_name_plural = "erledigte Löschungen"
        constraints = [stored_types("deletion_done_types", integers="deletion", moments="at")]

    def __str__(self) -> str:
        return f"{self.deletion}, erledigt"


def gone_rows(model: type[models.Model]) -> "models.QuerySet[DeletionItem, int]":
    """Return the keys of the model's rows whose files were deleted after their retention, as a query."""
    return DeletionItem.objects.gone().filter(source=model._meta.db_table).values_list("row_key", flat=True)


def gone_on(model: type[models.Model]) -> Subquery:
    """Return an expression: the local date on which two people deleted the file of the model's row, or NULL."""
    items = DeletionItem.objects.gone().filter(source=model._meta.db_table, row_key=OuterRef("pk"))
    return Subquery(items.order_by("pk").values("deletion__decided_on")[:1])
