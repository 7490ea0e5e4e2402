"""Triggers on accounts, on both databases: the last guard, whoever writes."""

from members.triggers import Triggers, TriggerSet

#: Sessions and links from before a lock end for good: it counts whenever an active account is locked.
_COUNTED = "OLD.locks + CASE WHEN OLD.is_active AND NOT NEW.is_active THEN 1 ELSE 0 END"

EVENTS = "members_accountevent"
FINAL = "Ereignisse eines Kontos sind unveraenderlich"

#: An account in use changes its address for one that its owner confirmed, or back when the former one stopped it.
UNCONFIRMED = "Eine neue Adresse gilt erst, wenn sie bestaetigt ist"
_UNCONFIRMED = (
    "NEW.email <> OLD.email AND OLD.password NOT LIKE '!%' AND NOT EXISTS (SELECT 1 FROM members_addresschange c "
    "WHERE c.account_id = NEW.id AND c.confirmed_at IS NOT NULL AND ("
    "(c.stopped_at IS NULL AND c.email = NEW.email) OR (c.stopped_at IS NOT NULL AND c.former = NEW.email)))"
)


def _sqlite() -> Triggers:
    old = "OLD.kind = 'refused' AND OLD.at < strftime('%Y-%m-%d %H:%M:%f', 'now', '-90 days')"
    events: Triggers = {}
    for event, when in (
        ("UPDATE", ""),
        ("DELETE", f"WHEN NOT ({old}) "),
        ("INSERT", f"WHEN EXISTS (SELECT 1 FROM {EVENTS} e WHERE e.id = NEW.id) "),
    ):
        name = f"{EVENTS}_no_{'replace' if event == 'INSERT' else event.lower()}"
        refused = f"CREATE TRIGGER {name} BEFORE {event} ON {EVENTS} {when}BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
        events[name] = (EVENTS, refused)
    return events | {
        "members_user_address": (
            "members_user",
            f"CREATE TRIGGER members_user_address BEFORE UPDATE OF email ON members_user WHEN {_UNCONFIRMED} "
            f"BEGIN SELECT RAISE(ABORT, '{UNCONFIRMED}'); END",
        ),
        "members_user_locks": (
            "members_user",
            f"CREATE TRIGGER members_user_locks AFTER UPDATE OF is_active, locks ON members_user "
            f"WHEN NEW.locks <> {_COUNTED} "
            f"BEGIN UPDATE members_user SET locks = {_COUNTED} WHERE id = NEW.id; END",
        ),
    }


def _postgresql() -> Triggers:
    return {
        "members_user_address": (
            "members_user",
            "CREATE TRIGGER members_user_address BEFORE UPDATE OF email ON members_user "
            "FOR EACH ROW EXECUTE FUNCTION members_refuse_address()",
        ),
        f"{EVENTS}_final": (
            EVENTS,
            f"CREATE TRIGGER {EVENTS}_final BEFORE UPDATE OR DELETE ON {EVENTS} "
            "FOR EACH ROW EXECUTE FUNCTION members_keep_event()",
        ),
        f"{EVENTS}_no_truncate": (
            EVENTS,
            f"CREATE TRIGGER {EVENTS}_no_truncate BEFORE TRUNCATE ON {EVENTS} "
            "FOR EACH STATEMENT EXECUTE FUNCTION members_keep_events()",
        ),
        "members_user_locks": (
            "members_user",
            "CREATE TRIGGER members_user_locks BEFORE UPDATE OF is_active, locks ON members_user "
            "FOR EACH ROW EXECUTE FUNCTION members_count_locks()",
        ),
    }


#: Of events, wrong passwords alone are deleted, after 90 days (``members.events``).
_FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION members_count_locks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.locks := {_COUNTED}; RETURN NEW; END $$;
CREATE OR REPLACE FUNCTION members_refuse_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {_UNCONFIRMED} THEN
    RAISE EXCEPTION '{UNCONFIRMED}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION members_keep_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.kind = 'refused' AND OLD.at < now() - interval '90 days' THEN RETURN OLD; END IF;
  RAISE EXCEPTION '{FINAL}' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE OR REPLACE FUNCTION members_keep_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{FINAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$;
"""

GUARDS = TriggerSet(
    {"members_user", "members_addresschange", EVENTS},
    sqlite=_sqlite,
    postgresql=_postgresql,
    functions=_FUNCTIONS,
)
