"""A transfer between two pots of a year."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from funding.models.pot import Pot
from members.common.checks import known, stored_types
from members.common.money import MoneyField
from members.common.two_people import TwoPeople
from members.roles.permissions import Roles


class TransferQuerySet(models.QuerySet["Transfer"]):
    def visible_to(self, roles: Roles) -> Self:
        """Return the transfers that these roles may see.

        Readers of all figures see all; directors see those from or to their own district's pot.
        """
        if roles.reads_all:
            return self
        own = roles.district_ids
        return self.filter(Q(from_pot__district_id__in=own) | Q(to_pot__district_id__in=own))


def latest_of_pot(field: str) -> models.Subquery:
    """Return, as a column of pots, this field of the latest transfer from or to the pot. Refused ones not."""
    touching = Transfer.objects.filter(Q(from_pot=models.OuterRef("pk")) | Q(to_pot=models.OuterRef("pk")))
    return models.Subquery(touching.exclude(state=Transfer.State.REFUSED).order_by("-pk").values(field)[:1])


class Transfer(TwoPeople):
    """A transfer between two pots of one year, in euro: one person asks, another confirms or refuses.

    While it waits, the amount is reserved in the pot it comes from. Once decided it is never changed.
    """

    from_pot = models.ForeignKey(Pot, models.PROTECT, related_name="transfers_out", verbose_name="aus")
    to_pot = models.ForeignKey(Pot, models.PROTECT, related_name="transfers_in", verbose_name="nach")
    amount = MoneyField("Betrag")

    objects = TransferQuerySet.as_manager()

    class Meta(TwoPeople.Meta):
        verbose_name = "Umbuchung"
        verbose_name_plural = "Umbuchungen"
        ordering = ["-pk"]
        constraints = [
            *TwoPeople.Meta.constraints,
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(condition=~Q(from_pot=F("to_pot")), name="transfer_between_two_pots"),
            stored_types(
                "transfer_types",
                integers="from_pot to_pot amount requested_by decided_by",
                texts="reason state refusal",
                days="requested_on decided_on",
            ),
            known("transfer_words_known", state=["requested", "confirmed", "refused"]),
        ]

    def __str__(self) -> str:
        return f"Umbuchung Nr. {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("funding:transfer", args=[self.pk])
