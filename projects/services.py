"""Writes on projects. Every function locks the project's row first (docs/decisions.md, "Order of locks")."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from members.common.money import ZERO
from members.common.texts import normal
from members.models import District, User
from members.roles.permissions import Roles
from projects import history, notices, permissions, search
from projects.history import Rows
from projects.models import (
    CostItem,
    FinancingItem,
    FormKey,
    NumberSeries,
    Participation,
    Project,
    ProjectChange,
)

#: The version of a project that nobody has saved again.
FIRST_VERSION = 2


class StaleProject(Exception):
    """Somebody else saved the project after this form was opened; nothing was written."""

    def __init__(self, project: Project) -> None:
        self.project = project
        when = timezone.localtime(project.changed_at)
        super().__init__(
            f"Dieses Projekt wurde inzwischen von {project.changed_by} geändert ({when:%d.%m.%Y, %H:%M} Uhr). "
            "Ihre Eingaben stehen noch im Formular, gespeichert wurde nichts. "
            "Vergleichen Sie mit dem gespeicherten Stand und speichern Sie dann noch einmal."
        )


@dataclass
class Plan:
    """The rows of a plan, as a form, an import or the demonstration hands them in. Amounts in euro.

    A row of ``costs`` or ``others`` maps field names to values; ``id`` names a stored row.
    Rows from pots are given as amounts; None removes the row.
    ``shares`` is per district (pillar 1), ``special`` per code of a special pot.
    """

    costs: list[Mapping[str, Any]] = field(default_factory=list)
    others: list[Mapping[str, Any]] = field(default_factory=list)
    shares: dict[District, Decimal | None] = field(default_factory=dict)
    pillar_2: Decimal | None = None
    special: dict[str, Decimal | None] = field(default_factory=dict)
    further_districts: Iterable[District] = ()


def _day(on: date | None) -> date:
    """Return the local date, today by default; never from a request. Raises ValueError in the future."""
    today = timezone.localdate()
    if on and on > today:
        raise ValueError(f"{on} has not come yet.")
    return on or today


def lock(project: Project) -> Project:
    """Return the current row, locked until the transaction ends. SQLite's BEGIN IMMEDIATE locks all."""
    return Project.objects.select_for_update().get(pk=project.pk)


@transaction.atomic
def create_project(
    *, actor: User, fields: Mapping[str, Any], plan: Plan, key: str = "", on: date | None = None
) -> Project:
    """Create a draft and return it.

    ``key`` is the form's one-time key, if it has one. ``made_by`` finds the draft by it.
    Raises PermissionDenied unless the actor directs the lead district, KeySpent for a form that made one already.
    """
    fields = dict(fields)
    further_fields = fields.pop("further_fields", ())
    project = Project(**fields, created_by=actor, changed_by=actor)
    roles = Roles(actor, _day(on))
    if not permissions.may_create(roles, project.lead_district_id):
        raise PermissionDenied
    project.save()
    if key:
        FormKey.spend(key, actor, project=project)
    project.further_fields.set(further_fields)
    search.remember(project)
    _write_plan(project, plan, Rows())
    refresh(project, Rows.of(project))
    history.record(project, actor=actor, roles=roles, what=ProjectChange.What.CREATED)
    return project


def made_by(key: str, actor: User) -> Project | None:
    """Return the project that the actor's form with this key made, or None."""
    found = FormKey.spent(key, actor=actor).select_related("project__lead_district").first()
    return found.project if key and found else None


@transaction.atomic
def update_project(
    project: Project,
    *,
    actor: User,
    fields: Mapping[str, Any],
    plan: Plan,
    version: int,
    on: date | None = None,
) -> Project:
    """Save a changed form and return the project.

    ``version`` is the project's version when the form was opened.
    Once the project is decided, only costs and money from outside the pots change.
    Its descriptive ``fields`` are left alone then.
    Raises StaleProject if somebody has saved since, PermissionDenied if the actor may not edit now.
    """
    project = lock(project)
    if project.version != version:
        raise StaleProject(project)
    roles = Roles(actor, _day(on))
    if not permissions.may_edit(roles, project):
        raise PermissionDenied
    rows = Rows.of(project)
    before = history.state_of(project, rows)
    if project.state in Project.OPEN_TO_EDIT:
        fields = dict(fields)
        further_fields = fields.pop("further_fields", None)
        if project.number:
            # The number, which is never changed, contains year and district.
            fields.pop("year", None)
            fields.pop("lead_district", None)
        elif "lead_district" in fields and not permissions.may_create(roles, fields["lead_district"].pk):
            raise PermissionDenied
        for name, value in fields.items():
            setattr(project, name, value)
        search.remember(project)
        if further_fields is not None:
            project.further_fields.set(further_fields)
    _write_plan(project, plan, rows)
    rows = Rows.of(project)
    project.changed_by = actor
    refresh(project, rows)
    if changes := history.differences(before, history.state_of(project, rows)):
        history.record(project, actor=actor, roles=roles, changes=changes)
    else:
        project.editors.add(actor)  # also when nothing changed that the history shows
    return project


def _write_plan(project: Project, plan: Plan, rows: Rows) -> None:
    """Write the plan. ``rows`` are those stored before."""
    if any(row.get("kind") in FinancingItem.FROM_POTS for row in plan.others):
        raise ValueError("Money from a pot is no other money.")
    _write_rows(project, CostItem, rows.costs, plan.costs)
    _write_rows(project, FinancingItem, [r for r in rows.financing if not r.from_pot], plan.others)
    _write_participations(project, plan, rows)
    _write_pot_rows(project, plan, [r for r in rows.financing if r.from_pot])


def _write_rows(
    project: Project, model: Any, stored: Iterable[Any], given: Iterable[Mapping[str, Any]]
) -> None:
    """Write the rows in their order: one statement each for new, changed and removed ones."""
    by_id = {row.pk: row for row in stored}
    new, changed = [], []
    names = {"position"}
    for position, values in enumerate(given):
        values = {**values, "position": position}
        row = by_id.pop(values.pop("id", None), None)
        if row is None:
            new.append(model(project=project, **values))
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            names.update(values)
            changed.append(row)
    model.objects.filter(pk__in=by_id).delete()
    model.objects.bulk_update(changed, names)
    model.objects.bulk_create(new)


def _write_participations(project: Project, plan: Plan, rows: Rows) -> None:
    """Let every further district take part that is named or has a share. After a decision none leaves."""
    held = [r for r in rows.financing if r.locked]
    wanted = {district.pk for district, amount in plan.shares.items() if amount}
    wanted |= {district.pk for district in plan.further_districts}
    # A district stays while an application holds its share.
    wanted |= {r.district_id for r in held if r.district_id}
    wanted.discard(project.lead_district_id)
    if project.state in Project.OPEN_TO_EDIT:
        leaving = project.participations.exclude(district__in=wanted)
        if any(r.is_pillar_2 for r in held):
            # Pillar 2 is asked for, or was granted, because of their confirmation.
            leaving = leaving.filter(confirmed_on=None)
        leaving.delete()
    joining = sorted(wanted - {p.district_id for p in rows.participations})
    Participation.objects.bulk_create([Participation(project=project, district_id=pk) for pk in joining])


def _write_pot_rows(project: Project, plan: Plan, stored: Iterable[FinancingItem]) -> None:
    """Write the rows from pots that no application holds. A changed share needs a new confirmation."""
    rows = {(r.kind, r.district_id, r.pot_code): r for r in stored}
    wanted: dict[tuple[str, int | None, str], Decimal | None] = dict.fromkeys(rows)
    for district, amount in plan.shares.items():
        wanted[FinancingItem.Kind.PILLAR_1, district.pk, ""] = amount
    wanted[FinancingItem.Kind.PILLAR_2, None, ""] = plan.pillar_2
    for code, amount in plan.special.items():
        wanted[FinancingItem.Kind.SPECIAL, None, code] = amount
    asked = []
    for (kind, district_id, code), amount in wanted.items():
        row = rows.get((kind, district_id, code))
        if (row and row.locked) or (row.amount if row else None) == amount:
            continue
        if row and amount is None:
            row.delete()
        else:
            row = row or FinancingItem(project=project, kind=kind, district_id=district_id, pot_code=code)
            row.amount, row.granted, row.position = amount, None, 100
            row.save()
        asked.append(district_id)
    project.participations.filter(district__in=[pk for pk in asked if pk]).update(
        confirmed_on=None, confirmed_by=None, declined_on=None, declined_by=None, decline_reason=""
    )


def refresh(project: Project, rows: Rows) -> None:
    """Set what the project stores of its plan (``rows``), as ``derive`` does, and save it."""
    derive(project, rows)
    project.save()


def take_over(
    project: Project,
    rows: Rows,
    *,
    actor: User,
    roles: Roles,
    period: tuple[date | None, date | None] | None = None,
    costs: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    """Write into a decided project what its funder has agreed to; its history tells it.

    ``period`` is from when to when it is carried out, ``costs`` are all its costs as in ``Plan.costs`` (None: as it is).
    The caller has locked the project and asked whether the actor may.
    """
    before = history.state_of(project, rows)
    if period is not None:
        project.starts_on, project.ends_on = period
    if costs is not None:
        _write_rows(project, CostItem, rows.costs, costs)
        rows.costs[:] = CostItem.objects.filter(project=project)
    if changes := history.differences(before, history.state_of(project, rows)):
        project.changed_by = actor
        refresh(project, rows)
        history.record(project, actor=actor, roles=roles, changes=changes)


def mark_proved(project: Project) -> None:
    """Enter that a proof of use has decided the final figures. From now on the plan need not balance."""
    project = lock(project)
    project.is_proved = True
    refresh(project, Rows.of(project))


def mark_changed(project: Project, actor: User) -> None:
    """Save that the actor changed something beside the plan: what was opened before is out of date."""
    project.changed_by = actor
    project.version += 1
    project.save(update_fields=["changed_by", "changed_at", "version"])


def derive(project: Project, rows: Rows) -> None:
    """Set totals, kind and version of the project from its rows. Does not save.

    A decided project becomes APPROVED if its plan balances or a proof of its use is accepted, otherwise FUNDING_OPEN.
    """
    financing = rows.financing
    pots = [r for r in financing if r.from_pot]
    project.cost_total = sum((c.amount for c in rows.costs if c.amount is not None), ZERO)
    project.financing_total = sum((r.counts for r in financing), ZERO)
    project.requested_total = sum((r.amount for r in pots if r.amount is not None), ZERO)
    project.granted_total = sum((r.granted for r in pots if r.granted is not None), ZERO)
    archived = project.state == Project.State.ARCHIVED
    project.has_third_party = third_parties_pay(financing, archived=archived)
    project.kind = kind_of(financing, chosen=project.chosen_kind, archived=archived)
    project.is_cross_district = bool(rows.participations)
    if project.state in Project.OPEN_TO_BALANCE:
        # A row that is not decided, handed in or not, brings no money yet.
        undecided = any(r.granted is None for r in pots)
        balanced = not undecided and (project.is_proved or project.plan_difference == 0)
        project.state = Project.State.APPROVED if balanced else Project.State.FUNDING_OPEN
    project.version += 1


def third_parties_pay(rows: Iterable[FinancingItem], *, archived: bool = False) -> bool:
    """Return whether the plan has money of third parties.

    A row without an amount does not count.
    In the archive it does: no amounts are known there, and the row repeats the public source.
    """
    return any(r.is_third_party and (r.amount is not None or archived) for r in rows)


def kind_of(rows: Iterable[FinancingItem], *, chosen: str = "", archived: bool = False) -> str:
    """Return the project's kind.

    Money of third parties decides first, then what a person has chosen.
    Otherwise a project with money besides the pots' is SUPPORTED, and one with the pots' alone is OWN.
    A plan without amounts has no kind: the text is empty.
    """
    rows = list(rows)
    if third_parties_pay(rows, archived=archived):
        return Project.Kind.THIRD_PARTY
    if chosen:
        return chosen
    counted = [r for r in rows if r.amount is not None]
    if any(not r.from_pot for r in counted):
        return Project.Kind.SUPPORTED
    return Project.Kind.OWN if counted else ""


def assign_number(project: Project) -> None:
    """Give the project its number, unless it has one. No gaps: the series stays locked until the commit."""
    if project.number:
        return
    number = NumberSeries.take(year=project.year, district=project.lead_district)
    project.number = f"{project.year}-{project.lead_district.code}-{number:03d}"
    search.remember(project)


@transaction.atomic
def confirm_participation(
    project: Project, *, district: District, actor: User, version: int | None = None, on: date | None = None
) -> None:
    """Confirm for a further district that it takes part with its share.

    ``version`` is the project's version that the director has read.
    Raises StaleProject if the plan was changed since: the share may be another one.
    Raises PermissionDenied unless the actor directs that district and may confirm.
    """
    on = _day(on)
    participation = _lock_participation(project, district, version)
    roles, before = Roles(actor, on), participation.answer
    if not permissions.may_confirm(roles, participation):
        raise PermissionDenied
    participation.confirmed_on, participation.confirmed_by = on, actor
    participation.declined_on = participation.declined_by = None
    participation.decline_reason = ""
    participation.save()
    history.record(
        participation.project, actor=actor, roles=roles, district_id=district.pk,
        what=ProjectChange.What.CONFIRMED, changes=[history.answered(participation, before)],
    )  # fmt: skip
    notices.forget_refusal(participation)


@transaction.atomic
def decline_participation(
    project: Project,
    *,
    district: District,
    reason: str,
    actor: User,
    version: int | None = None,
    on: date | None = None,
) -> None:
    """Decline for a further district; the lead district reads the ``reason``.

    The plan stays as it is until the lead district changes it.
    Raises ValidationError without a reason; StaleProject and PermissionDenied as ``confirm_participation``.
    """
    on, reason = _day(on), normal(reason, lines=True)
    if not reason:
        raise ValidationError("Bitte begründen Sie die Absage; die Geschäftsführung dort liest sie.")
    participation = _lock_participation(project, district, version)
    roles, before = Roles(actor, on), participation.answer
    if not permissions.may_decline(roles, participation):
        raise PermissionDenied
    participation.declined_on, participation.declined_by = on, actor
    participation.decline_reason = reason
    participation.save()
    change = history.record(
        participation.project, actor=actor, roles=roles, district_id=district.pk,
        what=ProjectChange.What.DECLINED, changes=[history.answered(participation, before)],
    )  # fmt: skip
    notices.tell_of_refusal(participation, change)


def _lock_participation(project: Project, district: District, version: int | None) -> Participation:
    project = lock(project)
    if version is not None and project.version != version:
        raise StaleProject(project)
    return project.participations.get(district=district)


@transaction.atomic
def publish_without_grant(project: Project, *, actor: User, on: date | None = None) -> Project:
    """Publish a project that asks for no money, and give it a number.

    Raises PermissionDenied unless the actor directs the lead district and nothing is planned from a pot.
    """
    project = lock(project)
    roles = Roles(actor, _day(on))
    if not permissions.may_publish(roles, project):
        raise PermissionDenied
    return _publish(project, Project.State.UNFUNDED, actor, roles)


@transaction.atomic
def publish_archived(project: Project, *, actor: User, on: date | None = None) -> Project:
    """Publish a project that is known from a public source, without money, and give it a number.

    Raises PermissionDenied unless the actor directs the lead district and the project is a draft.
    Raises ValueError if an amount is planned or the source is not named.
    """
    project = lock(project)
    roles = Roles(actor, _day(on))
    if not roles.directs(project.lead_district_id) or project.state != Project.State.DRAFT:
        raise PermissionDenied
    if project.cost_total or project.financing_total or not project.provenance:
        raise ValueError("The archive carries no money, and names its source.")
    return _publish(project, Project.State.ARCHIVED, actor, roles)


def _publish(project: Project, state: Project.State, actor: User, roles: Roles) -> Project:
    assign_number(project)
    project.state = state
    project.published_on = roles.day
    project.changed_by = actor
    refresh(project, Rows.of(project))
    history.record(project, actor=actor, roles=roles, what=ProjectChange.What.PUBLISHED)
    return project
