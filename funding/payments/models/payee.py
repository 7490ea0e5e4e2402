"""Who gets money: one organisation or one person."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from members.common.checks import stored_types
from members.models import District, Organisation, Person, User
from members.roles.permissions import Roles
from projects.models import Participation, Project


class PayeeQuerySet(models.QuerySet["Payee"]):
    def with_names(self) -> Self:
        """Read the names along, for lists and selects."""
        return self.select_related("organisation", "person")

    def by_name(self) -> Self:
        """Sort organisations and people together, by name in any spelling."""
        return self.order_by(Coalesce("organisation__folded_name", "person__folded_name"), "pk")

    def visible_to(self, roles: Roles) -> Self:
        """Return the payees that these roles may see.

        Directors see those that their district entered, and the organisers of projects in which it takes part.
        """
        if roles.reads_payees:
            return self
        if not roles.district_ids:
            return self.none()
        own = roles.district_ids
        entered = Payee.districts.through.objects.filter(payee=OuterRef("pk"), district__in=own)
        taking_part = Participation.objects.filter(project=OuterRef("pk"), district__in=own)
        projects = Project.objects.filter(organiser=OuterRef("organisation")).filter(
            Q(lead_district__in=own) | Exists(taking_part)
        )
        return self.filter(Exists(entered) | Exists(projects))


class Payee(models.Model):
    """One who gets money: exactly one organisation or one person.

    Name, address and e-mail stand there. Accounts are added to it (``PayeeAccount``).
    """

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, null=True, blank=True, related_name="payee", verbose_name="Organisation"
    )
    person = models.OneToOneField(
        Person, models.PROTECT, null=True, blank=True, related_name="payee", verbose_name="Person"
    )
    districts = models.ManyToManyField(
        District, blank=True, related_name="payees", verbose_name="eingetragen für"
    )
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="eingetragen von")
    entered_on = models.DateField("eingetragen am")

    objects = PayeeQuerySet.as_manager()

    class Meta:
        verbose_name = "Empfänger"
        verbose_name_plural = "Empfänger"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False, person__isnull=True)
                | Q(organisation__isnull=True, person__isnull=False),
                name="payee_is_one",
            ),
            stored_types("payee_types", integers="organisation person entered_by", days="entered_on"),
        ]

    def __str__(self) -> str:
        return str(self.who)

    def get_absolute_url(self) -> str:
        return reverse("payments:payee", args=[self.pk])

    @property
    def who(self) -> Organisation | Person:
        """Return the organisation or the person."""
        found = self.organisation or self.person
        assert found is not None  # a constraint says so
        return found

    @property
    def is_person(self) -> bool:
        return self.person_id is not None
