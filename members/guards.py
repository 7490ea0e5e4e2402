"""Limit how many rows of a kind count on one day, and keep apart who may not be both: rules as tables.

Triggers on both databases enforce them.

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

from members.common.refusals import Refusal, quoted, trigger_set
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

    def told(self, other: Any) -> str:
        """Return how a sentence names a row that is there already."""
        return str(getattr(other, "holder", other))


@dataclass(frozen=True)
class Side:
    """Rows that a person may have: seats in bodies of these kinds, or mandates of these kinds."""

    model: type[Seat] | type[Mandate]
    kinds: tuple[str, ...]

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def has(self, row: Any) -> bool:
        """Return whether the row is one of these and has a person."""
        if not isinstance(row, self.model) or row.person_id is None:
            return False
        return (row.body.kind if isinstance(row, Seat) else row.kind) in self.kinds

    def of(self, person_id: int) -> models.QuerySet:
        """Return the person's stored rows, oldest first."""
        kind = "body__kind" if self.model is Seat else "kind"
        found: models.QuerySet = self.model._default_manager.filter(
            (f"{kind}__in", self.kinds), person=person_id
        )
        related = ("body", "person", "organisation") if self.model is Seat else ("person", "district")
        return found.select_related(*related).order_by("since", "pk")

    def sql(self, alias: str) -> str:
        """Return the condition that the row of the table is one of these."""
        kinds = quoted(self.kinds)
        if self.model is Mandate:
            return f"{alias}.kind IN ({kinds})"
        return f"(SELECT kind FROM members_body WHERE id = {alias}.body_id) IN ({kinds})"


@dataclass(frozen=True)
class Apart:
    """Nobody has a row of ``mine`` and one of ``theirs`` on the same day. Each direction is one rule."""

    name: str
    mine: Side
    theirs: Side
    sentence: str

    @property
    def table(self) -> str:
        return self.mine.table

    def told(self, other: Any) -> str:
        return str(other)


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

AUDITORS = Side(Seat, (Body.Kind.CASH_AUDIT,))
BOARD = Side(Seat, (Body.Kind.BOARD,))
DIRECTORS = Side(Mandate, Mandate.DIRECTING)
NOT_ON_BOARD = "Niemand ist zugleich in der Kassenprüfung und im Vorstand."
NOT_DIRECTING = "Niemand ist zugleich in der Kassenprüfung und in der Geschäftsführung eines Stadtbezirks."
APART = (
    Apart("auditor_not_on_board", AUDITORS, BOARD, NOT_ON_BOARD),
    Apart("board_not_auditing", BOARD, AUDITORS, NOT_ON_BOARD),
    Apart("auditor_not_directing", AUDITORS, DIRECTORS, NOT_DIRECTING),
    Apart("director_not_auditing", DIRECTORS, AUDITORS, NOT_DIRECTING),
)
#: What somebody is beside a seat in the Kassenprüfung is read and written under one lock of the person.
_APART_KEY = "cash_audit"
KIND_STAYS = "Ein Gremium mit Sitzen wird nicht zur Kassenprüfung oder zum Vorstand"


def hold(row: Any, using: str = "default") -> None:
    """Lock the row's groups, so that nobody else counts in them until the transaction ends."""
    for rule in RULES:
        if isinstance(row, rule.model) and (group := rule.group(row)) is not None:
            _lock(rule.key(group), using)
    if any(rule.mine.has(row) for rule in APART):
        hold_person(row.person_id, using)


def hold_person(person_id: int, using: str = "default") -> None:
    """Lock what the person is beside a seat in the Kassenprüfung until the transaction ends."""
    _lock(f"{_APART_KEY}:{person_id}", using)


def _lock(key: str, using: str) -> None:
    connection = connections[using]
    if connection.vendor != "postgresql":
        return  # SQLite has one writer at a time.
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_LOCK.format(key='%s')}", [key])


def crowd(row: Any, besides: Sequence[Any] = ()) -> tuple[Rule | Apart, list[Any]] | None:
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
    for apart in APART:
        if apart.mine.has(row):
            there = beside(row, apart.theirs.of(row.person_id), besides)
            theirs = [
                other for other in there if apart.theirs.has(other) and other.person_id == row.person_id
            ]
            if found := _on_one_day(row, theirs, 1):
                return apart, found
    return None


def beside(row: Any, stored: Iterable[Any], besides: Sequence[Any]) -> list[Any]:
    """Return the stored rows and then the unsaved ones, without the row. An unsaved row replaces its stored state."""
    replaced = {(type(other), other.pk) for other in (row, *besides) if other.pk is not None}
    found = [other for other in stored if (type(other), other.pk) not in replaced]
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
    kinds = quoted(rule.kinds)
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


def _meeting(rule: Apart, end: str) -> tuple[str, str]:
    """Return in SQL that the rule applies to NEW, and that the person has one of the other rows on one day."""
    there = (
        f"EXISTS (SELECT 1 FROM {rule.theirs.table} a WHERE a.person_id = NEW.person_id AND {rule.theirs.sql('a')} "
        f"AND a.since <= COALESCE(NEW.until, {end}) AND COALESCE(a.until, {end}) >= NEW.since)"
    )
    return f"NEW.person_id IS NOT NULL AND {rule.mine.sql('NEW')}", there


def _sqlite(rule: Rule | Apart) -> dict[str, str]:
    end = "'9999-12-31'"
    applies, bad = _meeting(rule, end) if isinstance(rule, Apart) else _conditions(rule, "MAX", end)
    return {
        name: f"CREATE TRIGGER {name} AFTER {event} ON {rule.table} WHEN {applies} AND {bad} "
        f"BEGIN SELECT RAISE(ABORT, '{rule.sentence}'); END"
        for event in ("INSERT", "UPDATE")
        for name in [f"members_{rule.name}_{event.lower()}"]
    }


def _postgresql(rule: Rule | Apart) -> dict[str, str]:
    end = "'infinity'::date"
    if isinstance(rule, Apart):
        applies, bad = _meeting(rule, end)
        key = f"'{_APART_KEY}:' || NEW.person_id"
    else:
        applies, bad = _conditions(rule, "GREATEST", end)
        key = " || ':' || ".join([f"'{rule.name}'", *(f"NEW.{column}" for column in rule.same)])
    name = f"members_{rule.name}"
    return {
        name: f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {applies} THEN
    PERFORM {_LOCK.format(key=key)};
    IF {bad} THEN
      RAISE EXCEPTION '{rule.sentence}' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER {name} AFTER INSERT OR UPDATE ON {rule.table} FOR EACH ROW EXECUTE FUNCTION {name}()"""
    }


def _of_all(make: Callable[[Rule | Apart], dict[str, str]]) -> Triggers:
    return {name: (rule.table, sql) for rule in (*RULES, *APART) for name, sql in make(rule).items()}


_KINDS = trigger_set(
    [
        Refusal(
            "members_body",
            "kind_stays",
            "UPDATE",
            KIND_STAYS,
            f"NEW.kind <> OLD.kind AND NEW.kind IN ('{Body.Kind.CASH_AUDIT}', '{Body.Kind.BOARD}') "
            "AND EXISTS (SELECT 1 FROM members_seat s WHERE s.body_id = NEW.id)",
        )
    ]
)

GUARDS = TriggerSet(
    sqlite=_of_all(_sqlite) | _KINDS.sqlite,
    postgresql=_of_all(_postgresql) | _KINDS.postgresql,
    functions=_KINDS.functions,
)
