"""Triggers that keep history immutable, on both databases."""

from members.triggers import Triggers, TriggerSet

MESSAGE = "Buchungen und Entscheidungen sind unveraenderlich"
FROZEN = "Ein Foerdermodell mit geoeffnetem Haushaltsjahr ist eingefroren"

#: Immutable tables with the unique columns by which SQLite's INSERT OR REPLACE could rewrite a row.
IMMUTABLE = {
    "funding_ledgerentry": ["id"],
    "funding_decision": ["id", "resolution_id"],
    "funding_expense": ["id", "reverses_id"],
}
#: What one person asks for and another decides changes once, when it is decided, and then only by the decision.
#: Beside each table's own columns that stay: by what an INSERT OR REPLACE could rewrite a row.
REQUESTS = {
    "funding_transfer": (("from_pot_id", "to_pot_id", "amount"), "t.id = NEW.id"),
    "funding_grantchange": (
        ("application_id", "what", "granted", "amount"),
        "t.id = NEW.id OR t.decision_id = NEW.decision_id OR (t.application_id = NEW.application_id "
        "AND t.state = 'requested' AND NEW.state = 'requested')",
    ),
}


def _decided(table: str) -> str:
    stay = ("id", *REQUESTS[table][0], "reason", "requested_by_id", "requested_on")
    return "OLD.state <> 'requested' OR " + " OR ".join(f"NEW.{c} <> OLD.{c}" for c in stay)


MODEL_TABLE = "funding_fundingmodel"
_OPENED = "SELECT 1 FROM funding_fiscalyear y WHERE y.model_id = OLD.id AND y.state <> 'planned'"


def _sqlite() -> Triggers:
    triggers: Triggers = {}
    for table, unique in IMMUTABLE.items():
        same = " OR ".join(f"t.{column} = NEW.{column}" for column in unique)
        for event, when in (
            ("UPDATE", ""),
            ("DELETE", ""),
            ("INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} t WHERE {same}) "),
        ):
            name = f"{table}_no_{'replace' if event == 'INSERT' else event.lower()}"
            triggers[name] = (
                table,
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} {when}BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
            )
    for event in ("UPDATE", "DELETE"):
        name = f"{MODEL_TABLE}_frozen_{event.lower()}"
        triggers[name] = (
            MODEL_TABLE,
            f"CREATE TRIGGER {name} BEFORE {event} ON {MODEL_TABLE} WHEN EXISTS ({_OPENED}) "
            f"BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END",
        )
    for table, (_, same) in REQUESTS.items():
        for event, what, when in (
            ("UPDATE", "change", f"WHEN {_decided(table)}"),
            ("DELETE", "delete", ""),
            ("INSERT", "replace", f"WHEN EXISTS (SELECT 1 FROM {table} t WHERE {same})"),
        ):
            name = f"{table}_no_{what}"
            triggers[name] = (
                table,
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} {when} "
                f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
            )
    name = f"{MODEL_TABLE}_no_replace"
    triggers[name] = (
        MODEL_TABLE,
        f"CREATE TRIGGER {name} BEFORE INSERT ON {MODEL_TABLE} WHEN EXISTS (SELECT 1 FROM {MODEL_TABLE} m "
        "JOIN funding_fiscalyear y ON y.model_id = m.id AND y.state <> 'planned' "
        "WHERE m.id = NEW.id OR m.first_year = NEW.first_year) "
        f"BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END",
    )
    return triggers


def _postgresql() -> Triggers:
    triggers: Triggers = {}
    for table in IMMUTABLE:
        triggers[f"{table}_immutable"] = (
            table,
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION funding_refuse_change()",
        )
        triggers[f"{table}_no_truncate"] = (
            table,
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION funding_refuse_change()",
        )
    for table in REQUESTS:
        for event, what, each in (
            ("UPDATE", "change", f"ROW WHEN ({_decided(table)})"),
            ("DELETE", "delete", "ROW"),
            ("TRUNCATE", "truncate", "STATEMENT"),
        ):
            name = f"{table}_no_{what}"
            triggers[name] = (
                table,
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} "
                "EXECUTE FUNCTION funding_refuse_change()",
            )
    triggers[f"{MODEL_TABLE}_frozen"] = (
        MODEL_TABLE,
        f"CREATE TRIGGER {MODEL_TABLE}_frozen BEFORE UPDATE OR DELETE ON {MODEL_TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION funding_refuse_frozen()",
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


GUARDS = TriggerSet(
    {*IMMUTABLE, *REQUESTS, MODEL_TABLE},
    sqlite=_sqlite,
    postgresql=_postgresql,
    functions=_POSTGRESQL_FUNCTIONS,
)
names, lift, install = GUARDS.names, GUARDS.lift, GUARDS.install
