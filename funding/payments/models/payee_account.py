"""The bank accounts of those who get money."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from funding.payments.models.payee import Payee
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.days import require_day
from members.common.erasing import ERASED
from members.common.folding import key_of
from members.common.iban import BICField, IBANField
from members.common.two_people import TwoPeople
from members.models import District


class PayeeAccountQuerySet(models.QuerySet["PayeeAccount"]):
    def active_on(self, day: date) -> Self:
        """Return the accounts to which money is paid on the local date: at most one of each payee.

        It is confirmed and valid, and no later account is. An account that waits or was refused changes nothing.
        Where its details are deleted, nothing is paid to the payee.
        """
        counts = {"state": PayeeAccount.State.CONFIRMED, "since__lte": day}
        later = PayeeAccount.objects.filter(payee=OuterRef("payee"), pk__gt=OuterRef("pk"), **counts)
        return self.filter(~Exists(later), **counts).exclude(iban="")

    def newest(self) -> Self:
        """Return the account of each payee that was entered last and not refused: new calls name it.

        None where its details are deleted.
        """
        stays = Q(state__in=(PayeeAccount.State.REQUESTED, PayeeAccount.State.CONFIRMED))
        later = PayeeAccount.objects.filter(stays, payee=OuterRef("payee"), pk__gt=OuterRef("pk"))
        return self.filter(stays, ~Exists(later)).exclude(iban="")

    def elsewhere(self, iban: str, payee_id: int) -> Self:
        """Return the accounts with this IBAN of other payees: a slip, or money that is to go elsewhere."""
        same = self.filter(iban=iban).exclude(iban="")
        return same.exclude(payee=payee_id).exclude(state=PayeeAccount.State.REFUSED)

    def of(self, payee: Payee) -> Self:
        """Return the accounts of the payee, with what a page shows of them."""
        return self.filter(payee=payee).select_related("payee__organisation", "payee__person")

    def waiting(self) -> Self:
        """Return the accounts that a second person has still to confirm or refuse."""
        return self.filter(state=PayeeAccount.State.REQUESTED)


class PayeeAccount(TwoPeople):
    """An account of a payee: one person enters it, another confirms it with the paper at hand, or refuses it.

    Nothing is paid to it before. It follows the account entered before it and never overwrites it.
    ``reason`` says where the details come from. ``district`` is the one that entered it; the
    Wirtschaftsförderung has none.

    After its retention two people delete its details: IBAN, BIC and bank are empty then, its other texts ``ERASED``.
    """

    class State(models.TextChoices):
        """As in ``TwoPeople``, in words about an account."""

        REQUESTED = "requested", "noch nicht bestätigt"
        CONFIRMED = "confirmed", "bestätigt"
        REFUSED = "refused", "abgelehnt"

    nothing_done = "Jetzt wurde nichts geändert."

    payee = models.ForeignKey(Payee, models.PROTECT, related_name="accounts", verbose_name="Empfänger")
    iban = IBANField("IBAN")
    bic = BICField("BIC", blank=True)
    bank = fields.CharField("Bank", max_length=160, blank=True)
    holder = fields.CharField("Konto lautet auf", max_length=140)
    since = models.DateField("gilt ab", validators=[require_day])
    follows = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
        verbose_name="folgt auf",
    )
    district = models.ForeignKey(
        District,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payee_accounts",
        verbose_name="eingetragen für",
    )
    reason = fields.CharField("Woher die Angaben kommen", max_length=300)
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.REQUESTED)
    paper = fields.CharField("Angesehene Unterlage", max_length=300, blank=True)

    objects = PayeeAccountQuerySet.as_manager()

    class Meta(TwoPeople.Meta):
        verbose_name = "Bankverbindung"
        verbose_name_plural = "Bankverbindungen"
        ordering = ["pk"]
        constraints = [
            *TwoPeople.Meta.constraints,
            models.CheckConstraint(
                condition=(~Q(iban="") & ~Q(holder=""))
                | (
                    Q(iban="", bic="", bank="", holder=ERASED, reason=ERASED)
                    & Q(paper__in=["", ERASED], refusal__in=["", ERASED])
                ),
                name="payee_account_is_told",
            ),
            models.CheckConstraint(
                condition=(Q(state="confirmed") & ~Q(paper="")) | (~Q(state="confirmed") & Q(paper="")),
                name="payee_account_confirmed_by_paper",
            ),
            models.UniqueConstraint(
                fields=["payee"], condition=Q(follows__isnull=True), name="one_first_account_per_payee"
            ),
            models.UniqueConstraint(
                fields=["payee"], condition=Q(state="requested"), name="one_waiting_account_per_payee"
            ),
            within("payee_account_days_within", days="since"),
            stored_types(
                "payee_account_types",
                integers="payee follows district requested_by decided_by",
                texts="iban bic bank holder reason state paper refusal",
                days="since requested_on decided_on",
            ),
            known("payee_account_words_known", state=["requested", "confirmed", "refused"]),
        ]

    def __str__(self) -> str:
        return f"Bankverbindung Nr. {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("payments:account", args=[self.pk])

    def usable_on(self, day: date) -> bool:
        """Return whether money is paid to it on the local date. One query."""
        return PayeeAccount.objects.active_on(day).filter(pk=self.pk).exists()

    @property
    def is_changed(self) -> bool:
        """Return whether it follows another account, so that pages say that it changed while it waits."""
        return self.follows_id is not None

    @property
    def is_erased(self) -> bool:
        """Return whether two people deleted its details after their retention."""
        return not self.iban

    @property
    def other_holder(self) -> bool:
        """Return whether it is in another name than the payee's."""
        return not self.is_erased and key_of(self.holder) != key_of(str(self.payee))
