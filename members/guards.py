"""Limit how many rows of a kind count on one day: a table of rules, enforced by triggers on both databases.

Services and forms first call ``hold`` and then ask ``crowd``, and answer with a sentence. The triggers hold
whoever writes; they look at INSERT and UPDATE only. On PostgreSQL two transactions could count at the same
time, so service and trigger take the same advisory lock on the rule and its group first. SQLite has one
writer at a time.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connections, models

from members.common.triggers import Triggers, TriggerSet
from members.models import OF_ASSOCIATION, Body, Mandate, Membership, Seat

_LOCK = "pg_advisory_xact_lock(hashtextextended({key}, 0))"


@dataclass(frozen=True)
class Rule:
    """On no day more than ``limit`` rows with the same values in ``same``, of these ``kinds`` or of any."""

    name: str
    model: type[models.Model]
    same: tuple[str, ...]
    limit: int
    sentence: str
    kinds: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def group(self, row: Any) -> tuple[object, ...] | None:
        """Return the values that the row shares with those it is counted with, or None."""
        if self.kinds and row.kind not in self.kinds:
            return None
        values = tuple(getattr(row, column) for column in self.same)
        return None if None in values else values

    def key(self, group: tuple[object, ...]) -> str:
        """Return the text that the group's advisory lock is taken on."""
        return ":".join((self.name, *map(str, group)))


RULES = (
    Rule(
        "membership_two_per_district", Membership, ("district_id",), 2,
        "Dieser Stadtbezirk hat an einem dieser Tage schon zwei Delegierte.", kinds=(Membership.Kind.DELEGATE,),
    ),
    Rule(
        "membership_city_once", Membership, ("kind",), 1,
        "Die Stadt Dortmund ist an einem dieser Tage schon Mitglied.", kinds=(Membership.Kind.CITY,),
    ),
    Rule(
        "membership_person_once", Membership, ("person_id",), 1,
        "Diese Person ist an einem dieser Tage schon Mitglied.",
    ),
    Rule(
        "mandate_person_once", Mandate, ("person_id", "kind", "district_id"), 1,
        "Diese Person hat dieses Mandat an einem dieser Tage schon.",
    ),
    Rule(
        "seat_person_once", Seat, ("body_id", "person_id"), 1,
        "Diese Person hat in diesem Gremium an einem dieser Tage schon einen Sitz.",
    ),
    Rule(
        "seat_organisation_once", Seat, ("body_id", "organisation_id"), 1,
        "Diese Organisation hat in diesem Gremium an einem dieser Tage schon einen Sitz.",
    ),
    Rule(
        "body_steering_once", Body, ("district_id",), 1,
        "Dieser Stadtbezirk hat an einem dieser Tage schon ein Lenkungsgremium.", kinds=(Body.Kind.STEERING,),
    ),
    Rule(
        "body_association_once", Body, ("kind",), 1,
        "Dieses Gremium des Vereins gibt es an einem dieser Tage schon.", kinds=OF_ASSOCIATION,
    ),
)  # fmt: skip


def hold(row: Any, using: str = "default") -> None:
    """Lock the row's groups, so that nobody else counts in them until the transaction ends."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return  # SQLite has one writer at a time.
    with connection.cursor() as cursor:
        for rule in RULES:
            if isinstance(row, rule.model) and (group := rule.group(row)) is not None:
                cursor.execute(f"SELECT {_LOCK.format(key='%s')}", [rule.key(group)])


def crowd(row: Any, besides: Sequence[Any] = ()) -> tuple[Rule, list[Any]] | None:
    """Return the first rule that the row would break and the rows that are there already, or None.

    ``besides`` are unsaved rows of the same form. They replace their stored state.
    """
    for rule in RULES:
        if not isinstance(row, rule.model) or (group := rule.group(row)) is None:
            continue
        stored = rule.model._default_manager.filter(**dict(zip(rule.same, group, strict=True)))
        stored = stored.order_by("since", "pk")
        if rule.kinds:
            stored = stored.filter(kind__in=rule.kinds)
        others = [other for other in beside(row, stored, besides) if rule.group(other) == group]
        found = _on_one_day(row, others, rule.limit)
        if found:
            return rule, found
    return None


def beside(row: Any, stored: Iterable[Any], besides: Sequence[Any]) -> list[Any]:
    """Return the stored rows and then the unsaved ones, without the row. An unsaved row replaces its stored state."""
    replaced = {other.pk for other in (row, *besides) if other.pk is not None}
    found = [other for other in stored if other.pk not in replaced]
    return found + [other for other in besides if other is not row]


def _on_one_day(row: Any, others: Iterable[Any], limit: int) -> list[Any]:
    """Return the others on the first day on which the row is one too many. Empty where it fits."""
    since, until = _span(row)
    spans = [(other, *_span(other)) for other in others]
    days = {max(since, begin) for _, begin, end in spans if begin <= until and since <= end}
    for day in sorted(days):
        present = [other for other, begin, end in spans if begin <= day <= end]
        if len(present) >= limit:
            return present
    return []


def _span(row: Any) -> tuple[date, date]:
    return row.since, row.until or date.max


def _conditions(rule: Rule, later: str, end: str) -> tuple[str, str]:
    """Return in SQL that the rule applies to NEW, and that some day then has too many rows."""
    applies = [f"NEW.{column} IS NOT NULL" for column in rule.same]
    kinds = ", ".join(f"'{kind}'" for kind in rule.kinds)
    if kinds:
        applies.append(f"NEW.kind IN ({kinds})")

    def alike(alias: str) -> str:
        same = [f"{alias}.{column} = NEW.{column}" for column in rule.same]
        return " AND ".join([*same, f"{alias}.kind IN ({kinds})"] if kinds else same)

    day = f"{later}(a.since, NEW.since)"
    too_many = (
        f"EXISTS (SELECT 1 FROM {rule.table} a WHERE {alike('a')} "
        f"AND a.since <= COALESCE(NEW.until, {end}) AND COALESCE(a.until, {end}) >= NEW.since "
        f"AND (SELECT COUNT(*) FROM {rule.table} b WHERE {alike('b')} "
        f"AND b.since <= {day} AND COALESCE(b.until, {end}) >= {day}) > {rule.limit})"
    )
    return " AND ".join(applies), too_many


def _sqlite(rule: Rule) -> dict[str, str]:
    applies, too_many = _conditions(rule, "MAX", "'9999-12-31'")
    return {
        name: f"CREATE TRIGGER {name} AFTER {event} ON {rule.table} WHEN {applies} AND {too_many} "
        f"BEGIN SELECT RAISE(ABORT, '{rule.sentence}'); END"
        for event in ("INSERT", "UPDATE")
        for name in [f"members_{rule.name}_{event.lower()}"]
    }


def _postgresql(rule: Rule) -> dict[str, str]:
    applies, too_many = _conditions(rule, "GREATEST", "'infinity'::date")
    key = " || ':' || ".join([f"'{rule.name}'", *(f"NEW.{column}" for column in rule.same)])
    name = f"members_{rule.name}"
    return {
        name: f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {applies} THEN
    PERFORM {_LOCK.format(key=key)};
    IF {too_many} THEN
      RAISE EXCEPTION '{rule.sentence}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER INSERT OR UPDATE ON {rule.table} FOR EACH ROW EXECUTE FUNCTION {name}()"""
    }


def _of_all(make: Callable[[Rule], dict[str, str]]) -> Triggers:
    return {name: (rule.table, sql) for rule in RULES for name, sql in make(rule).items()}


GUARDS = TriggerSet(sqlite=_of_all(_sqlite), postgresql=_of_all(_postgresql))
