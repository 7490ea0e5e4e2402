"""Triggers that keep history immutable, on both databases.

Reinstalled after every migrate (SQLite drops them with a table rebuild). ``lift`` exists for the test
suite's flush alone.
"""

from django.db import connections

MESSAGE = "Buchungen und Entscheidungen sind unveraenderlich"
FROZEN = "Ein Foerdermodell mit geoeffnetem Haushaltsjahr ist eingefroren"

#: Immutable tables with the unique columns by which SQLite's INSERT OR REPLACE could rewrite a row.
IMMUTABLE = {
    "funding_ledgerentry": ["id"],
    "funding_decision": ["id", "resolution_id"],
    "funding_expense": ["id", "reverses_id"],
}
#: A transfer changes once, when it is decided, and then only by the decision.
TRANSFER_TABLE = "funding_transfer"
_TRANSFER_FINAL = "OLD.state <> 'requested' OR " + " OR ".join(
    f"NEW.{column} <> OLD.{column}"
    for column in ("id", "from_pot_id", "to_pot_id", "amount", "reason", "requested_by_id", "requested_on")
)
MODEL_TABLE = "funding_fundingmodel"
_OPENED = "SELECT 1 FROM funding_fiscalyear y WHERE y.model_id = OLD.id AND y.state <> 'planned'"


def _sqlite() -> dict[str, str]:
    triggers = {}
    for table, unique in IMMUTABLE.items():
        same = " OR ".join(f"t.{column} = NEW.{column}" for column in unique)
        for event, when in (
            ("UPDATE", ""),
            ("DELETE", ""),
            ("INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} t WHERE {same}) "),
        ):
            name = f"{table}_no_{'replace' if event == 'INSERT' else event.lower()}"
            triggers[name] = (
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} {when}BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
    for event in ("UPDATE", "DELETE"):
        name = f"{MODEL_TABLE}_frozen_{event.lower()}"
        triggers[name] = (
            f"CREATE TRIGGER {name} BEFORE {event} ON {MODEL_TABLE} WHEN EXISTS ({_OPENED}) "
            f"BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"
        )
    for event, when in (
        ("UPDATE", _TRANSFER_FINAL),
        ("INSERT", f"EXISTS (SELECT 1 FROM {TRANSFER_TABLE} t WHERE t.id = NEW.id)"),
    ):
        name = f"{TRANSFER_TABLE}_no_{'replace' if event == 'INSERT' else 'change'}"
        triggers[name] = (
            f"CREATE TRIGGER {name} BEFORE {event} ON {TRANSFER_TABLE} WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )
    name = f"{MODEL_TABLE}_no_replace"
    triggers[name] = (
        f"CREATE TRIGGER {name} BEFORE INSERT ON {MODEL_TABLE} WHEN EXISTS (SELECT 1 FROM {MODEL_TABLE} m "
        "JOIN funding_fiscalyear y ON y.model_id = m.id AND y.state <> 'planned' "
        "WHERE m.id = NEW.id OR m.first_year = NEW.first_year) "
        f"BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"
    )
    return triggers


def _postgresql() -> dict[str, str]:
    triggers = {}
    for table in IMMUTABLE:
        triggers[f"{table}_immutable"] = (
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION funding_refuse_change()"
        )
        triggers[f"{table}_no_truncate"] = (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION funding_refuse_change()"
        )
    triggers[f"{TRANSFER_TABLE}_no_change"] = (
        f"CREATE TRIGGER {TRANSFER_TABLE}_no_change BEFORE UPDATE ON {TRANSFER_TABLE} "
        f"FOR EACH ROW WHEN ({_TRANSFER_FINAL}) EXECUTE FUNCTION funding_refuse_change()"
    )
    triggers[f"{MODEL_TABLE}_frozen"] = (
        f"CREATE TRIGGER {MODEL_TABLE}_frozen BEFORE UPDATE OR DELETE ON {MODEL_TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION funding_refuse_frozen()"
    )
    return triggers


_POSTGRESQL_FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION funding_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE OR REPLACE FUNCTION funding_refuse_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS ({_OPENED}) THEN
    RAISE EXCEPTION '{FROZEN}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
"""


def _table_of(trigger: str) -> str:
    return next(t for t in (*IMMUTABLE, TRANSFER_TABLE, MODEL_TABLE) if trigger.startswith(t))


def names(using: str = "default") -> set[str]:
    """The triggers that have to be there."""
    return set(_sqlite() if connections[using].vendor == "sqlite" else _postgresql())


def lift(using: str = "default") -> None:
    connection = connections[using]
    with connection.cursor() as cursor:
        for name in names(using):
            on = "" if connection.vendor == "sqlite" else f" ON {_table_of(name)}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def install(using: str = "default") -> None:
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    if not {*IMMUTABLE, TRANSFER_TABLE, MODEL_TABLE} <= tables:
        return  # an early state of the migrations
    lift(using)
    triggers = _sqlite() if connection.vendor == "sqlite" else _postgresql()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTIONS)
        for statement in triggers.values():
            cursor.execute(statement)
