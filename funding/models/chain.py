"""The links of the chains that bookings and decisions form."""

from django.db import models
from django.db.models import Q

from funding.models.application import Application
from funding.models.decision import Decision
from funding.models.ledger_entry import LedgerEntry
from funding.models.pot import Pot
from members.common.checks import stored_types


class ChainLink(models.Model):
    """The place of a booking in the chain of its pot, or of a decision in that of its application.

    ``digest`` is made of the row and of the link before (``chains``): who changes a row breaks its chain.
    Positions are 1, 2, 3 without gaps. The last link's position and digest also stand on the pot or application.
    ``version`` says which columns of the row the digest covers. Never changed and never deleted.
    """

    # Without indexes of their own: the constraints have them.
    pot = models.ForeignKey(
        Pot, models.PROTECT, null=True, blank=True, db_index=False, related_name="links", verbose_name="Topf"
    )
    application = models.ForeignKey(
        Application,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="links",
        verbose_name="Antrag",
    )
    position = models.PositiveIntegerField("Stelle")
    entry = models.OneToOneField(
        LedgerEntry, models.PROTECT, null=True, blank=True, related_name="link", verbose_name="Buchung"
    )
    decision = models.OneToOneField(
        Decision, models.PROTECT, null=True, blank=True, related_name="link", verbose_name="Entscheidung"
    )
    version = models.PositiveSmallIntegerField("Fassung")
    digest = models.CharField("Prüfsumme", max_length=64)

    class Meta:
        verbose_name = "Glied einer Kette"
        verbose_name_plural = "Glieder der Ketten"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(pot__isnull=False, entry__isnull=False, application=None, decision=None)
                | Q(pot=None, entry=None, application__isnull=False, decision__isnull=False),
                name="link_of_entry_or_decision",
            ),
            models.CheckConstraint(condition=Q(position__gt=0), name="link_counts_from_one"),
            models.UniqueConstraint(
                fields=["pot", "position"], condition=Q(pot__isnull=False), name="one_link_per_place_of_pot"
            ),
            models.UniqueConstraint(
                fields=["application", "position"],
                condition=Q(application__isnull=False),
                name="one_link_per_place_of_application",
            ),
            stored_types(
                "link_types", integers="pot application position entry decision version", texts="digest"
            ),
        ]

    def __str__(self) -> str:
        return f"Glied {self.position}"
