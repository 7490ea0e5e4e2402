"""What one person asks for and another decides: shared by transfers between pots and changes of grants."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from members.common import fields


class TwoPeople(models.Model):
    """A request that needs a second person. Another person confirms it, or anybody entitled refuses it.

    Whoever asked may refuse it as well, which takes it back. Constraints hold this whoever writes. After the
    decision the row never changes: a trigger of the concrete table holds that.
    """

    #: How the sentence to somebody who comes too late ends.
    nothing_done = "Jetzt wurde nichts gebucht."

    class State(models.TextChoices):
        """Whether the second person has decided, and how."""

        REQUESTED = "requested", "wartet auf zweite Person"
        CONFIRMED = "confirmed", "gebucht"
        REFUSED = "refused", "nicht gebucht"

    reason = fields.TextField("Begründung")
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.REQUESTED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="beantragt von"
    )
    requested_on = models.DateField("beantragt am")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="entschieden von",
    )
    decided_on = models.DateField("entschieden am", null=True, blank=True)
    refusal = fields.TextField("Grund der Ablehnung", blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="%(class)s_has_reason"),
            models.CheckConstraint(
                condition=Q(state="requested", decided_by__isnull=True, decided_on__isnull=True, refusal="")
                | (
                    Q(state="confirmed", decided_by__isnull=False, decided_on__isnull=False, refusal="")
                    & ~Q(decided_by=F("requested_by"))
                )
                | (Q(state="refused", decided_by__isnull=False, decided_on__isnull=False) & ~Q(refusal="")),
                name="%(class)s_confirmed_by_another",
            ),
        ]

    @property
    def waits(self) -> bool:
        """Return whether nobody has decided yet."""
        return self.state == self.State.REQUESTED

    @property
    def is_confirmed(self) -> bool:
        """Return whether a second person confirmed it."""
        return self.state == self.State.CONFIRMED

    @property
    def is_refused(self) -> bool:
        """Return whether it was refused or taken back."""
        return self.state == self.State.REFUSED

    @property
    def was_taken_back(self) -> bool:
        """Return whether the person who asked refused it."""
        return self.is_refused and self.decided_by_id == self.requested_by_id

    def objection_on(self, day: date) -> str:
        """Return a German sentence why nobody can decide on this local date, or an empty text."""
        if not self.waits:
            return f"Darüber ist schon entschieden: {self.get_state_display()}. {self.nothing_done}"
        if day < self.requested_on:
            return "Entschieden werden kann nicht vor dem Tag des Antrags."
        return ""

    def decide(self, state: str, *, actor: Any, on: date, refusal: str = "") -> None:
        """Store the decision on this local date. The caller holds the lock and has asked ``objection_on``."""
        self.state, self.decided_by, self.decided_on, self.refusal = state, actor, on, refusal
        self.save()
