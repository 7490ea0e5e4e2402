"""Triggers that keep a project's history, on both databases.

No change is ever rewritten, and none is deleted but with its draft, which was never handed in. Reinstalled
after every migrate (SQLite drops them with a table rebuild). ``lift`` exists for the test suite's flush alone.
"""

from django.db import connections

TABLE = "projects_projectchange"
MESSAGE = "Der Verlauf eines Projekts ist unveraenderlich"
_NUMBERED = "EXISTS (SELECT 1 FROM projects_project p WHERE p.id = OLD.project_id AND p.number IS NOT NULL)"


def _sqlite() -> dict[str, str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    return {
        f"{TABLE}_no_update": f"CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} {refuse}",
        f"{TABLE}_no_delete": (
            f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} WHEN {_NUMBERED} {refuse}"
        ),
        # INSERT OR REPLACE would rewrite a row past the other two.
        f"{TABLE}_no_replace": (
            f"CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE} "
            f"WHEN EXISTS (SELECT 1 FROM {TABLE} t WHERE t.id = NEW.id) {refuse}"
        ),
    }


def _postgresql() -> dict[str, str]:
    return {
        f"{TABLE}_immutable": (
            f"CREATE TRIGGER {TABLE}_immutable BEFORE UPDATE OR DELETE ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION projects_refuse_change()"
        ),
        f"{TABLE}_no_truncate": (
            f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION projects_refuse_change()"
        ),
    }


_POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION projects_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF NOT {_NUMBERED} THEN RETURN OLD; END IF;
  END IF;
  RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


def names(using: str = "default") -> set[str]:
    """The triggers that have to be there."""
    return set(_sqlite() if connections[using].vendor == "sqlite" else _postgresql())


def lift(using: str = "default") -> None:
    connection = connections[using]
    with connection.cursor() as cursor:
        for name in names(using):
            on = "" if connection.vendor == "sqlite" else f" ON {TABLE}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def install(using: str = "default") -> None:
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return  # an early state of the migrations
    lift(using)
    triggers = _sqlite() if connection.vendor == "sqlite" else _postgresql()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTION)
        for statement in triggers.values():
            cursor.execute(statement)
