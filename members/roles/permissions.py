"""Tell who has which role on a day, and who may change accounts and mandates.

Groups have no dates and count as they are today. Mandates, and seats in the Kassenprüfung, count from their
first to their last local date.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from members.models import Body, District, Mandate, Seat, User
from members.models.tenure import counts_on
from members.roles import groups

OWN_AUDIT = (
    "Niemand trägt den eigenen Sitz in der Kassenprüfung ein oder ändert ihn. Bitten Sie eine andere Person der "
    "Verwaltung darum."
)
OWN_MANDATE = "Niemand ändert die eigenen Mandate. Bitten Sie eine andere Person der Verwaltung, dieses Mandat zu pflegen."


@dataclass
class Roles:
    """The roles of one user on one local date, on demand: a query for groups and seat, and one for mandates."""

    user: User | AnonymousUser
    day: date = field(default_factory=timezone.localdate)

    @property
    def signed_in(self) -> bool:
        """Return whether this is an active, signed-in account."""
        return bool(self.user.is_authenticated and self.user.is_active)

    @cached_property
    def _held(self) -> frozenset[str]:
        """Return the names of the user's groups, and ``Body.Kind.CASH_AUDIT`` for a seat in it on the day."""
        if not self.signed_in:
            return frozenset()
        names = self.user.groups.values_list("name", flat=True)
        if not isinstance(self.user, User) or self.user.person_id is None:
            return frozenset(names)
        seats = Seat.objects.active_on(self.day).filter(
            counts_on(self.day, "body__"), person=self.user.person_id, body__kind=Body.Kind.CASH_AUDIT
        )
        return frozenset(names.union(seats.order_by().values_list("body__kind", flat=True)))

    @property
    def group_names(self) -> frozenset[str]:
        """Return the names of the user's groups."""
        return self._held - {Body.Kind.CASH_AUDIT}

    @cached_property
    def _mandates_of_all_days(self) -> list[Mandate]:
        """Return all mandates that the user's person ever had or will have, directing ones first."""
        if not self.signed_in or not isinstance(self.user, User) or self.user.person_id is None:
            return []
        order = list(Mandate.Kind.values)
        mandates = Mandate.objects.filter(person=self.user.person_id).select_related("district")
        return sorted(mandates, key=lambda m: (order.index(m.kind), m.district.folded_name))

    @cached_property
    def mandates(self) -> list[Mandate]:
        """Return all mandates of the user's person on the day, of every kind, directing ones first."""
        return [m for m in self._mandates_of_all_days if m.is_active_on(self.day)]

    @cached_property
    def coming(self) -> list[Mandate]:
        """Return the mandates that begin after the day, the next one first. They give no right yet."""
        return sorted((m for m in self._mandates_of_all_days if m.since > self.day), key=lambda m: m.since)

    @cached_property
    def ended(self) -> list[Mandate]:
        """Return the mandates that ended before the day, the last one first. They give no right any more."""
        over = [(m.until, m) for m in self._mandates_of_all_days if m.until and m.until < self.day]
        return [m for _, m in sorted(over, key=lambda pair: pair[0], reverse=True)]

    @property
    def is_business_development(self) -> bool:
        """Return whether the user is in the group that decides pillar 2 and special pots, and opens years."""
        return groups.BUSINESS_DEVELOPMENT in self.group_names

    @property
    def is_administration(self) -> bool:
        """Return whether the user is in the group Vereinsverwaltung."""
        return groups.ADMINISTRATION in self.group_names

    @property
    def is_auditor(self) -> bool:
        """Return whether the user is in the group Rechnungsprüfung, or sits in the Kassenprüfung on the day."""
        return groups.AUDIT in self._held or self.is_cash_auditor

    @property
    def is_cash_auditor(self) -> bool:
        """Return whether the user sits in the association's Kassenprüfung on the day."""
        return Body.Kind.CASH_AUDIT in self._held

    @property
    def reads_all(self) -> bool:
        """Return whether the user may read every figure and every project that was handed in."""
        return self.reads_payees or groups.ADVISORY_BOARD in self._held

    @property
    def reads_payees(self) -> bool:
        """Return whether the user may read everybody who is paid. The advisory board reads figures only."""
        return self.signed_in and bool(
            self.user.is_superuser or self.is_business_development or self.is_auditor
        )

    @cached_property
    def districts(self) -> list[District]:
        """Return the districts that this user directs on the day, as managing director or deputy."""
        unique = {m.district_id: m.district for m in self.mandates if m.kind in Mandate.DIRECTING}
        return list(unique.values())

    @cached_property
    def district_ids(self) -> frozenset[int]:
        """Return the keys of these districts."""
        return frozenset(d.pk for d in self.districts)

    def directs(self, district_id: int | None) -> bool:
        """Return whether this user directs the district on the day."""
        return district_id in self.district_ids

    def mandate_for(self, district_id: int | None) -> Mandate | None:
        """Return the directing mandate under which this user acts for the district, or None."""
        for mandate in self.mandates:
            if mandate.kind in Mandate.DIRECTING and mandate.district_id == district_id:
                return mandate
        return None

    @property
    def may_enter_admin(self) -> bool:
        """Return whether the user may use Django admin: ``is_staff`` without the group is not enough."""
        return (
            self.signed_in
            and bool(self.user.is_staff)
            and (bool(self.user.is_superuser) or self.is_administration)
        )

    @property
    def reads_names(self) -> bool:
        """Return whether the user may read every name. Others read only names that may be published."""
        return self.signed_in and bool(self.user.is_superuser or self._held or self.mandates)

    @cached_property
    def title(self) -> str:
        """Return what the page header calls this user, in German."""
        if self.is_business_development:
            return groups.BUSINESS_DEVELOPMENT
        if self.districts:
            names = ", ".join(d.name for d in self.districts)
            deputy = all(m.kind == Mandate.Kind.DEPUTY for m in self.mandates if m.kind in Mandate.DIRECTING)
            return f"{'Vertretung' if deputy else 'Geschäftsführung'} {names}"
        for name in (groups.ADMINISTRATION, groups.AUDIT):
            if name in self.group_names:
                return name
        if self.is_cash_auditor:
            return str(Body.Kind.CASH_AUDIT.label)
        if groups.ADVISORY_BOARD in self.group_names:
            return groups.ADVISORY_BOARD
        if self.signed_in and self.user.is_superuser:
            return "Technische Administration"
        for mandate in self.mandates:
            return mandate.short
        for mandate in self.coming:
            return f"{mandate.short} ab {mandate.since:%d.%m.%Y}"
        for mandate in self.ended:
            return f"{mandate.short} bis {mandate.until:%d.%m.%Y}"
        return "Ohne Aufgabe"


def acted_for(mandate: Mandate, day: date) -> Mandate | None:
    """Return whom a deputy stands in for: the district's managing director on the local date, or None."""
    if mandate.kind != Mandate.Kind.DEPUTY:
        return None
    return (
        Mandate.objects.active_on(day)
        .filter(district_id=mandate.district_id, kind=Mandate.Kind.MANAGING_DIRECTOR)
        .select_related("person")
        .first()
    )


def taken_by(roles: Roles, district_id: int | None) -> dict[str, Any]:
    """Return who takes a step for the district, as the columns of ``TakenStep``. A query for a deputy, none for others."""
    mandate = roles.mandate_for(district_id) if district_id else None
    return {
        "actor": roles.user,
        "mandate": mandate,
        "in_stead_of": acted_for(mandate, roles.day) if mandate else None,
        "on": roles.day,
    }


def may_change_account(actor: Any, account: User | None) -> bool:
    """Return whether the actor may change this account's data and rights. Nobody may change their own.

    Only superusers change accounts that decide on money: another e-mail address takes an account over.
    """
    if account is None:
        return True
    if actor.pk == account.pk:
        return False
    if actor.is_superuser:
        return True
    return not (account.is_superuser or account.groups.filter(name=groups.BUSINESS_DEVELOPMENT).exists())


def may_assign_group(actor: Any, name: str) -> bool:
    """Return whether the actor may put people into this group.

    Otherwise one administrator could create a second one and release alone what needs two people.
    """
    return bool(actor.is_superuser) or name not in (groups.BUSINESS_DEVELOPMENT, groups.ADMINISTRATION)


def needs_two(account: User) -> bool:
    """Return whether a new address for this account needs two people of the administration.

    The past counts: one person could otherwise end a mandate, change the address and enter the mandate again.
    """
    if account.is_superuser or account.groups.exists():
        return True
    if account.person_id is None:
        return False
    directing = {"person_id": account.person_id, "kind__in": Mandate.DIRECTING}
    auditing = {"person_id": account.person_id, "body__kind": Body.Kind.CASH_AUDIT}
    return (
        Mandate.objects.filter(**directing).exists()
        or Mandate.history.filter(**directing).exists()
        or Seat.objects.filter(**auditing).exists()
        or Seat.history.filter(**auditing).exists()
    )


def keeps_person(account: User) -> bool:
    """Return whether the account must stay with its person.

    One person alone could else unlink an invited director and open an account for them at another address.
    """
    return account.has_usable_password() or (account.is_invited and needs_two(account))


def may_change_mandate(actor: Any, person_id: int | None) -> bool:
    """Return whether the actor may change mandates of this person. Nobody may change their own."""
    return person_id is None or actor.person_id != person_id


def may_change_seat(actor: Any, seat: Seat) -> bool:
    """Return whether the actor may enter or change this seat. Nobody gives themselves an auditor's rights."""
    return seat.person_id is None or seat.person_id != actor.person_id or not seat.body.is_cash_audit
