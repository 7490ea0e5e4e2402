"""A request to change a grant by two people: one person asks, another decides."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from funding.models.application import Application
from funding.models.decision import Decision, Step
from members.common.checks import known, stored_types
from members.common.money import MoneyField
from members.common.two_people import TwoPeople
from members.roles.permissions import Roles


class GrantChangeQuerySet(models.QuerySet["GrantChange"]):
    def visible_to(self, roles: Roles) -> Self:
        return self.filter(application__in=Application.objects.visible_to(roles))


class GrantChange(TwoPeople):
    """A request to change a grant by two people. ``rules.needs_second_person`` says when two are needed.

    Amounts in euro. One person asks, another confirms or refuses.
    Reclaiming and waiving leave what is granted: ``released`` is what is claimed back, or no longer claimed.
    Forgoing interest leaves it, too; interest can be more than is still granted, so ``amount`` is what is granted and the interest.
    Nothing is booked before it is confirmed. While it waits, nothing else happens to the grant.
    """

    class What(models.TextChoices):
        REDUCE = Step.REDUCE.value, "verringern"
        REVOKE = Step.REVOKE.value, "widerrufen"
        SETTLE = Step.SETTLE.value, "abrechnen"
        REPAY = Step.REPAY.value, "durch Rückzahlung verringern"
        INCREASE = Step.INCREASE.value, "erhöhen"
        RECLAIM = Step.RECLAIM.value, "zum Teil zurückfordern"
        WAIVE = Step.WAIVE.value, "auf eine Rückforderung verzichten"
        FORGO = Step.FORGO.value, "auf Zinsen verzichten"

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="grant_changes", verbose_name="Antrag"
    )
    what = models.CharField("Was", max_length=10, choices=What.choices)
    granted = MoneyField("bisher bewilligt")
    amount = MoneyField("danach bewilligt")
    decision = models.OneToOneField(
        Decision,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="grant_change",
        verbose_name="Entscheidung",
    )

    objects = GrantChangeQuerySet.as_manager()

    class Meta(TwoPeople.Meta):
        verbose_name = "Änderung einer Bewilligung"
        verbose_name_plural = "Änderungen von Bewilligungen"
        ordering = ["-pk"]
        constraints = [
            *TwoPeople.Meta.constraints,
            models.CheckConstraint(
                condition=Q(what__in=["increase", "forgo"], amount__gt=F("granted"))
                | (~Q(what__in=["increase", "forgo"]) & Q(amount__gte=0, amount__lte=F("granted"))),
                name="grantchange_goes_one_way",
            ),
            models.CheckConstraint(
                condition=Q(state="confirmed", decision__isnull=False)
                | (~Q(state="confirmed") & Q(decision__isnull=True)),
                name="grantchange_decision_when_confirmed",
            ),
            models.UniqueConstraint(
                fields=["application"], condition=Q(state="requested"), name="one_waiting_change_per_grant"
            ),
            stored_types(
                "grantchange_types",
                integers="application granted amount decision requested_by decided_by",
                texts="what reason state refusal",
                days="requested_on decided_on",
            ),
            known(
                "grantchange_words_known",
                what=["reduce", "revoke", "settle", "repay", "increase", "reclaim", "waive", "forgo"],
                state=["requested", "confirmed", "refused"],
            ),
        ]

    def __str__(self) -> str:
        return f"Änderung Nr. {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("funding:grant_change", args=[self.pk])

    @property
    def released(self) -> Decimal:
        """Return the euro by which the grant becomes smaller, or those that are claimed back, waived or forgone."""
        return self.added if self.forgoes_interest else self.granted - self.amount

    @property
    def added(self) -> Decimal:
        """Return the euro by which the grant is raised."""
        return self.amount - self.granted

    @property
    def title(self) -> str:
        """Return what is to be done with what: "Bewilligung verringern"."""
        done = self.get_what_display()
        return (
            f"{done[0].upper()}{done[1:]}"
            if self.is_waiver or self.forgoes_interest
            else f"Bewilligung {done}"
        )

    @property
    def leaves_grant(self) -> bool:
        """Return whether what is granted stays as it is."""
        return self.what in (self.What.RECLAIM, self.What.WAIVE, self.What.FORGO)

    @property
    def is_reduction(self) -> bool:
        return self.what == self.What.REDUCE

    @property
    def is_revocation(self) -> bool:
        return self.what == self.What.REVOKE

    @property
    def is_repayment(self) -> bool:
        return self.what == self.What.REPAY

    @property
    def is_increase(self) -> bool:
        return self.what == self.What.INCREASE

    @property
    def is_reclaim(self) -> bool:
        return self.what == self.What.RECLAIM

    @property
    def forgoes_interest(self) -> bool:
        return self.what == self.What.FORGO

    @property
    def is_waiver(self) -> bool:
        return self.what == self.What.WAIVE
