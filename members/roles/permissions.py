"""Who is who on a day, and who may change accounts and mandates.

Groups are undated and judged today; mandates have a first and a last day and are judged on the given day.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from members.models import District, Mandate, User
from members.roles import groups

OWN_MANDATE = "Niemand ändert die eigenen Mandate. Bitten Sie eine andere Person der Verwaltung, dieses Mandat zu pflegen."


@dataclass
class Roles:
    """The roles of one user on one day. One query for the groups, one for the mandates, both on demand."""

    user: User | AnonymousUser
    day: date = field(default_factory=timezone.localdate)

    @property
    def signed_in(self) -> bool:
        return bool(self.user.is_authenticated and self.user.is_active)

    @cached_property
    def group_names(self) -> frozenset[str]:
        if not self.signed_in:
            return frozenset()
        return frozenset(self.user.groups.values_list("name", flat=True))

    @cached_property
    def mandates(self) -> list[Mandate]:
        """All mandates of the user's person on the day, of every kind, directing ones first."""
        if not self.signed_in or not isinstance(self.user, User) or self.user.person_id is None:
            return []
        order = list(Mandate.Kind.values)
        mandates = Mandate.objects.active_on(self.day).filter(person=self.user.person_id)
        return sorted(
            mandates.select_related("district"), key=lambda m: (order.index(m.kind), m.district.name)
        )

    @property
    def is_business_development(self) -> bool:
        """Wirtschaftsförderung: decides pillar 2 and special pots, opens years."""
        return groups.BUSINESS_DEVELOPMENT in self.group_names

    @property
    def is_administration(self) -> bool:
        return groups.ADMINISTRATION in self.group_names

    @property
    def reads_all(self) -> bool:
        """Staff, auditors and the advisory board read every figure and every project handed in."""
        return self.signed_in and (
            self.user.is_superuser
            or bool(self.group_names & {groups.BUSINESS_DEVELOPMENT, groups.AUDIT, groups.ADVISORY_BOARD})
        )

    @cached_property
    def districts(self) -> list[District]:
        """The districts this user directs on the day, as managing director or deputy."""
        unique = {m.district_id: m.district for m in self.mandates if m.kind in Mandate.DIRECTING}
        return list(unique.values())

    @cached_property
    def district_ids(self) -> frozenset[int]:
        return frozenset(d.pk for d in self.districts)

    def directs(self, district_id: int | None) -> bool:
        return district_id in self.district_ids

    def mandate_for(self, district_id: int | None) -> Mandate | None:
        """The directing mandate under which this user acts for the district."""
        for mandate in self.mandates:
            if mandate.kind in Mandate.DIRECTING and mandate.district_id == district_id:
                return mandate
        return None

    @property
    def may_enter_admin(self) -> bool:
        """Vereinsverwaltung alone, and superusers; the flag without the group opens nothing."""
        return (
            self.signed_in
            and bool(self.user.is_staff)
            and (bool(self.user.is_superuser) or self.is_administration)
        )

    @property
    def reads_names(self) -> bool:
        """Who has a task here reads every name; everybody else those that may be published."""
        return self.signed_in and bool(self.user.is_superuser or self.group_names or self.mandates)

    @cached_property
    def title(self) -> str:
        """What the page header calls this user."""
        if self.is_business_development:
            return groups.BUSINESS_DEVELOPMENT
        if self.districts:
            names = ", ".join(d.name for d in self.districts)
            deputy = all(m.kind == Mandate.Kind.DEPUTY for m in self.mandates if m.kind in Mandate.DIRECTING)
            return f"{'Vertretung' if deputy else 'Geschäftsführung'} {names}"
        for name in (groups.ADMINISTRATION, groups.AUDIT, groups.ADVISORY_BOARD):
            if name in self.group_names:
                return name
        return "Technische Administration" if self.user.is_superuser else "Ohne Aufgabe"


def acted_for(mandate: Mandate, day: date) -> Mandate | None:
    """Whom a deputy stands in for: the district's managing director on that day, if there is one."""
    if mandate.kind != Mandate.Kind.DEPUTY:
        return None
    return (
        Mandate.objects.active_on(day)
        .filter(district_id=mandate.district_id, kind=Mandate.Kind.MANAGING_DIRECTOR)
        .select_related("person")
        .first()
    )


def may_change_account(actor: Any, account: User | None) -> bool:
    """Nobody changes their own account's rights; accounts that decide on money belong to superusers.

    An administrator who could set another e-mail address on such an account could take it over.
    """
    if account is None:
        return True
    if actor.pk == account.pk:
        return False
    if actor.is_superuser:
        return True
    return not (account.is_superuser or account.groups.filter(name=groups.BUSINESS_DEVELOPMENT).exists())


def may_assign_group(actor: Any, name: str) -> bool:
    """Only a superuser puts people into the group Wirtschaftsförderung, and into the administration's.

    Else one of the administration makes a second one and releases what takes two.
    """
    return bool(actor.is_superuser) or name not in (groups.BUSINESS_DEVELOPMENT, groups.ADMINISTRATION)


def needs_two(account: User) -> bool:
    """Whether a new address for this account takes two of the administration.

    It does for whoever has a group, is a superuser, or directs a district or ever did: else one person ends the
    mandate, changes the address and enters the mandate again.
    """
    if account.is_superuser or account.groups.exists():
        return True
    directing = {"person_id": account.person_id, "kind__in": Mandate.DIRECTING}
    return account.person_id is not None and (
        Mandate.objects.filter(**directing).exists() or Mandate.history.filter(**directing).exists()
    )


def keeps_person(account: User) -> bool:
    """Whether the account stays with its person: it is in use, or was mailed to somebody with a task.

    Else one person alone unlinks an invited director and opens another account for them, at another address.
    """
    return account.has_usable_password() or (account.is_invited and needs_two(account))


def may_change_mandate(actor: Any, person_id: int | None) -> bool:
    """Nobody changes their own mandates."""
    return person_id is None or actor.person_id != person_id
