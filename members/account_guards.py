"""Triggers on accounts, on both databases: the last guard, whoever writes."""

from members.triggers import Triggers, TriggerSet

#: Sessions and links from before a lock end for good: it counts whenever an active account is locked.
_COUNTED = "OLD.locks + CASE WHEN OLD.is_active AND NOT NEW.is_active THEN 1 ELSE 0 END"


def _sqlite() -> Triggers:
    return {
        "members_user_locks": (
            "members_user",
            f"CREATE TRIGGER members_user_locks AFTER UPDATE OF is_active, locks ON members_user "
            f"WHEN NEW.locks <> {_COUNTED} "
            f"BEGIN UPDATE members_user SET locks = {_COUNTED} WHERE id = NEW.id; END",
        ),
    }


def _postgresql() -> Triggers:
    return {
        "members_user_locks": (
            "members_user",
            "CREATE TRIGGER members_user_locks BEFORE UPDATE OF is_active, locks ON members_user "
            "FOR EACH ROW EXECUTE FUNCTION members_count_locks()",
        ),
    }


_FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION members_count_locks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.locks := {_COUNTED}; RETURN NEW; END $$;
"""

GUARDS = TriggerSet({"members_user"}, sqlite=_sqlite, postgresql=_postgresql, functions=_FUNCTIONS)
