"""A new e-mail address for an account, until its owner has confirmed it."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from members.common import fields
from members.models.user import User


class AddressChange(models.Model):
    """A new address for an account: asked for, released where two people are needed, confirmed by its owner.

    The row is kept for 30 days (``members.accounts.address_changes``), so that the former address can stop
    the change.
    """

    #: Without a confirmation the change lapses after this time.
    OPEN_FOR = timedelta(days=14)

    account = models.ForeignKey(
        User, models.CASCADE, related_name="address_changes", verbose_name="Benutzerkonto"
    )
    email = fields.EmailField("neue Adresse")
    former = fields.EmailField("bisherige Adresse")
    needs_release = models.BooleanField("braucht eine Freigabe", default=False)
    requested_at = models.DateTimeField("beantragt am", default=timezone.now)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="beantragt von")
    released_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="freigegeben von"
    )
    confirmed_at = models.DateTimeField("bestätigt am", null=True, blank=True)
    stopped_at = models.DateTimeField("gestoppt am", null=True, blank=True)

    class Meta:
        verbose_name = "Änderung der Adresse"
        verbose_name_plural = "Änderungen der Adressen"
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(confirmed_at=None, stopped_at=None),
                name="address_change_one_open",
            ),
            models.CheckConstraint(
                condition=Q(released_by=None) | ~Q(released_by=F("requested_by")),
                name="address_change_two_people",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(needs_release=False) | Q(released_by__isnull=False),
                name="address_change_released_first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.former} → {self.email}"

    @property
    def is_open(self) -> bool:
        lapsed = timezone.now() - self.requested_at > self.OPEN_FOR
        return self.confirmed_at is None and self.stopped_at is None and not lapsed

    @property
    def waits_for_release(self) -> bool:
        return self.is_open and self.needs_release and self.released_by_id is None

    @property
    def waits_for_owner(self) -> bool:
        return self.is_open and not self.waits_for_release
