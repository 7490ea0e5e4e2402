"""Triggers that keep a project's history, on both databases.

No change is ever rewritten, and none is deleted but with its draft, which was never handed in.
"""

from members.triggers import Triggers, TriggerSet

TABLE = "projects_projectchange"
MESSAGE = "Der Verlauf eines Projekts ist unveraenderlich"
_NUMBERED = "EXISTS (SELECT 1 FROM projects_project p WHERE p.id = OLD.project_id AND p.number IS NOT NULL)"


def _sqlite() -> Triggers:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    return {
        f"{TABLE}_no_update": (
            TABLE, f"CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} {refuse}",
        ),
        f"{TABLE}_no_delete": (
            TABLE, f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} WHEN {_NUMBERED} {refuse}",
        ),
        # INSERT OR REPLACE would rewrite a row past the other two.
        f"{TABLE}_no_replace": (
            TABLE,
            f"CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE} "
            f"WHEN EXISTS (SELECT 1 FROM {TABLE} t WHERE t.id = NEW.id) {refuse}",
        ),
    }  # fmt: skip


def _postgresql() -> Triggers:
    return {
        f"{TABLE}_immutable": (
            TABLE,
            f"CREATE TRIGGER {TABLE}_immutable BEFORE UPDATE OR DELETE ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION projects_refuse_change()",
        ),
        f"{TABLE}_no_truncate": (
            TABLE,
            f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION projects_refuse_change()",
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


GUARDS = TriggerSet({TABLE}, sqlite=_sqlite, postgresql=_postgresql, functions=_POSTGRESQL_FUNCTION)
names, lift, install = GUARDS.names, GUARDS.lift, GUARDS.install
