"""What is said about a proof beside the district's own words: extensions, the audit note, auditors' remarks."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from funding.models.terms import ProofDepth
from funding.proofs.models.proof import ProofOfUse
from funding.proofs.reckoning import GRANTED, Line, Reckoning
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.days import require_day
from members.common.money import MoneyField
from members.common.two_people import TwoPeople
from members.models import User


class Extension(TwoPeople):
    """More time for a proof: its district asks, with a reason; the Wirtschaftsförderung says yes or no."""

    class State(models.TextChoices):
        """As in ``TwoPeople``, in words about a period."""

        REQUESTED = "requested", "beantragt"
        CONFIRMED = "confirmed", "verlängert"
        REFUSED = "refused", "nicht verlängert"

    nothing_done = "Jetzt wurde nichts geändert."

    proof = models.ForeignKey(ProofOfUse, models.PROTECT, related_name="extensions")
    until = models.DateField("bis", validators=[require_day])
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.REQUESTED)

    class Meta(TwoPeople.Meta):
        verbose_name = "Fristverlängerung"
        verbose_name_plural = "Fristverlängerungen"
        ordering = ["pk"]
        constraints = [
            *TwoPeople.Meta.constraints,
            models.UniqueConstraint(
                fields=["proof"], condition=Q(state="requested"), name="one_waiting_extension_per_proof"
            ),
            within("extension_days_within", days="until"),
            stored_types(
                "extension_types",
                integers="proof requested_by decided_by",
                texts="reason state refusal",
                days="until requested_on decided_on",
            ),
            known("extension_words_known", state=["requested", "confirmed", "refused"]),
        ]

    def __str__(self) -> str:
        return f"Fristverlängerung bis {self.until:%d.%m.%Y}"


class AuditNote(models.Model):
    """The signed result of the check of a proof (Prüfvermerk). Euro.

    ``depth`` is how it was checked, ``seen`` what was looked at. ``costs`` are the costs that count, ``result`` what is due of
    the grant. ``lines`` are the lines of the reckoning as they stood then: text and euro.
    Where ``by_two``, it counts once another person has signed it, too; that person may refuse it, and who signed first may
    take it back. A refused one stays, and another follows.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "wartet auf zweite Person"
        SIGNED = "signed", "unterschrieben"
        REFUSED = "refused", "nicht mitgezeichnet"

    proof = models.ForeignKey(ProofOfUse, models.PROTECT, related_name="notes")
    text = fields.TextField("Prüfvermerk", max_length=6000)
    depth = models.CharField("Tiefe der Prüfung", max_length=6, choices=ProofDepth.choices)
    seen = fields.TextField("eingesehene Unterlagen", max_length=3000, blank=True)
    costs = MoneyField("anerkannte Kosten")
    result = MoneyField("steht zu")
    lines = models.JSONField("Rechnung", default=list)
    by_two = models.BooleanField("zu zweit", default=False)
    state = models.CharField("Stand", max_length=10, choices=State.choices)
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="unterschrieben von")
    signed_on = models.DateField("unterschrieben am")
    second_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="entschieden von"
    )
    second_on = models.DateField("entschieden am", null=True, blank=True)
    refusal = fields.TextField("Grund der Ablehnung", blank=True)

    class Meta:
        verbose_name = "Prüfvermerk"
        verbose_name_plural = "Prüfvermerke"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="audit_note_has_text"),
            models.CheckConstraint(
                condition=Q(costs__gte=0, result__gte=0), name="audit_note_amounts_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", by_two=True, second_by__isnull=True, second_on__isnull=True, refusal="")
                | Q(state="signed", by_two=False, second_by__isnull=True, second_on__isnull=True, refusal="")
                | (
                    Q(state="signed", by_two=True, second_by__isnull=False, second_on__isnull=False, refusal="")
                    & ~Q(second_by=F("signed_by"))
                )
                | (
                    Q(state="refused", by_two=True, second_by__isnull=False, second_on__isnull=False)
                    & ~Q(refusal="")
                ),
                name="audit_note_signed_by_another",
            ),
            models.UniqueConstraint(
                fields=["proof"], condition=~Q(state="refused"), name="one_audit_note_counts"
            ),
            within("audit_note_days_within", days="signed_on second_on"),
            stored_types(
                "audit_note_types",
                integers="proof costs result signed_by second_by",
                texts="text depth seen lines state refusal",
                flags="by_two",
                days="signed_on second_on",
            ),
            known(
                "audit_note_words_known",
                depth=["simple", "list", "full"],
                state=["waiting", "signed", "refused"],
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Prüfvermerk vom {self.signed_on:%d.%m.%Y}"

    @property
    def reckoning(self) -> Reckoning:
        """Return the reckoning as it was signed, whatever became of the grant since."""
        return Reckoning(self.result, tuple(Line("", text, Decimal(amount)) for text, amount in self.lines))

    @property
    def granted(self) -> Decimal:
        """Return the euro that were granted when it was signed. Acceptance may have lowered the grant since."""
        return next(Decimal(amount) for text, amount in self.lines if text == GRANTED)

    @property
    def waits(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_signed(self) -> bool:
        """Return whether it counts."""
        return self.state == self.State.SIGNED

    @property
    def is_refused(self) -> bool:
        return self.state == self.State.REFUSED


class AuditorRemark(models.Model):
    """What an auditor notes about a proof. Auditors write nothing else. Never changed."""

    proof = models.ForeignKey(ProofOfUse, models.PROTECT, related_name="remarks")
    text = fields.TextField("Bemerkung", max_length=3000)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="von")
    on = models.DateField("am")
    recorded_at = models.DateTimeField("erfasst", auto_now_add=True)

    class Meta:
        verbose_name = "Bemerkung der Rechnungsprüfung"
        verbose_name_plural = "Bemerkungen der Rechnungsprüfung"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="auditor_remark_has_text"),
            stored_types(
                "auditor_remark_types", integers="proof actor", texts="text", days="on", moments="recorded_at"
            ),
        ]

    def __str__(self) -> str:
        return f"Bemerkung vom {self.on:%d.%m.%Y}"
