"""Vouchers and photos of a proof: their files lie under their hash (``members.common.stored``)."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from funding.proofs.models.proof import ProofOfUse, ProofRow
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.days import require_day
from members.common.money import MoneyField
from members.common.uploads import IMAGES, Kind
from members.models import User


class Voucher(models.Model):
    """A voucher (Beleg) of a row: what was paid, when, to whom, in euro. With its file, or a line of a list without one.

    A file that was just uploaded has no amount yet; handing in asks for it.
    ``kept`` says that it was handed in: from then on it stays. ``struck`` takes a kept one out of the sum of its row.
    ``sha256`` is the hash of its bytes, empty where there is no file.
    """

    Kind = Kind
    IMAGES = IMAGES

    row = models.ForeignKey(ProofRow, models.PROTECT, related_name="vouchers")
    number = fields.CharField("Belegnummer", max_length=60, blank=True)
    day = models.DateField("bezahlt am", null=True, blank=True, validators=[require_day])
    amount = MoneyField("Betrag", null=True, blank=True)
    payee = fields.CharField("an wen", max_length=160, blank=True)
    kept = models.BooleanField(default=False, editable=False)
    struck = models.BooleanField("zählt nicht", default=False)
    name = fields.CharField("Name der Datei", max_length=120, blank=True)
    kind = models.CharField("Art", max_length=4, choices=Kind.choices, blank=True)
    size = models.PositiveIntegerField("Größe in Byte", default=0)
    sha256 = models.CharField("Prüfsumme", max_length=64, blank=True, db_index=True)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="eingetragen von")
    entered_at = models.DateTimeField("eingetragen", auto_now_add=True)

    class Meta:
        verbose_name = "Beleg"
        verbose_name_plural = "Belege"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0),
                name="voucher_positive",
                violation_error_message="Der Betrag eines Belegs ist größer als null.",
            ),
            models.CheckConstraint(
                condition=Q(sha256="", kind="", size=0, name="")
                | (Q(size__gt=0) & ~Q(sha256="") & ~Q(kind="") & ~Q(name="")),
                name="voucher_file_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(kept=False) | Q(struck=True) | Q(amount__isnull=False, day__isnull=False),
                name="voucher_kept_with_amount_and_day",
            ),
            models.UniqueConstraint(
                fields=["row", "sha256"], condition=~Q(sha256=""), name="voucher_file_once_per_row"
            ),
            within("voucher_days_within", days="day"),
            stored_types(
                "voucher_types",
                integers="row amount size entered_by",
                texts="number payee name kind sha256",
                flags="kept struck",
                days="day",
                moments="entered_at",
            ),
            known("voucher_words_known", kind=["", *Kind.values]),
        ]
        indexes = [models.Index(fields=["day", "amount"], name="voucher_twins")]

    def __str__(self) -> str:
        return f"Beleg {self.number}" if self.number else f"Beleg Nr. {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("proofs:voucher", args=[self.pk])

    @property
    def has_file(self) -> bool:
        return bool(self.sha256)

    @property
    def is_image(self) -> bool:
        return self.kind in self.IMAGES

    @property
    def counts(self) -> bool:
        return not self.struck

    @property
    def title(self) -> str:
        """Return by what the page names it: its file, or its number."""
        return self.name or str(self)

    @property
    def is_outside(self) -> bool:
        """Return whether it counts and was paid outside the period in which the project was to be carried out."""
        if not self.counts:
            return False
        first, last = self.row.proof.period
        if self.day is None:
            return False
        return (first is not None and self.day < first) or (last is not None and self.day > last)


class ProofPhoto(models.Model):
    """A photo of the project: who made it, and that whoever is on it agreed. Goes while the proof can be written."""

    #: As of a voucher, for the page that shows both.
    is_image = True

    proof = models.ForeignKey(ProofOfUse, models.PROTECT, related_name="photos")
    caption = fields.CharField("Was ist zu sehen?", max_length=200, blank=True)
    photographer = fields.CharField("Wer hat fotografiert?", max_length=120, blank=True)
    consent = models.BooleanField("Alle Abgebildeten sind einverstanden.", default=False)
    name = fields.CharField("Name der Datei", max_length=120)
    kind = models.CharField("Art", max_length=4, choices=Kind.choices)
    size = models.PositiveIntegerField("Größe in Byte")
    sha256 = models.CharField("Prüfsumme", max_length=64, db_index=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="hinzugefügt von")
    uploaded_at = models.DateTimeField("hinzugefügt", auto_now_add=True)

    class Meta:
        verbose_name = "Foto"
        verbose_name_plural = "Fotos"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0) & ~Q(sha256=""), name="proof_photo_has_its_file"),
            models.UniqueConstraint(fields=["proof", "sha256"], name="proof_photo_once"),
            stored_types(
                "proof_photo_types",
                integers="proof size uploaded_by",
                texts="caption photographer name kind sha256",
                flags="consent",
                moments="uploaded_at",
            ),
            known("proof_photo_words_known", kind=Kind.values),
        ]

    def __str__(self) -> str:
        return self.caption or self.name

    def get_absolute_url(self) -> str:
        return reverse("proofs:photo", args=[self.pk])
