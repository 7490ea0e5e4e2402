"""Triggers on accounts and their events, on both databases. They hold whoever writes."""

from members.common.refusals import Refusal, fixed, not_replaced, not_truncated, trigger_set
from members.common.triggers import TriggerSet

#: One more whenever an active account is locked. Sessions and links from before a lock so end for good.
_COUNTED = "OLD.locks + CASE WHEN OLD.is_active AND NOT NEW.is_active THEN 1 ELSE 0 END"

EVENTS = "members_accountevent"
FINAL = "Ereignisse eines Kontos sind unveraenderlich"
#: Events are never deleted, except wrong passwords after 90 days (``members.accounts.events``).
_NOT_YET = "NOT (OLD.kind = 'refused' AND OLD.at < {})"
_AGO = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', '-90 days')",
    "postgresql": "now() - interval '90 days'",
}

#: An account in use gets only an address that its owner confirmed, or its former one by a stopped change.
UNCONFIRMED = "Eine neue Adresse gilt erst, wenn sie bestaetigt ist"
_UNCONFIRMED = (
    "NEW.email <> OLD.email AND OLD.password NOT LIKE '!%' AND NOT EXISTS (SELECT 1 FROM members_addresschange c "
    "WHERE c.account_id = NEW.id AND c.confirmed_at IS NOT NULL AND ("
    "(c.stopped_at IS NULL AND c.email = NEW.email) OR (c.stopped_at IS NOT NULL AND c.former = NEW.email)))"
)

#: What was signed with an account was signed by its person. The person may become empty: Django does that
#: before it deletes a person.
NOT_ANOTHERS = "Ein Konto, das benutzt wird, bleibt bei seiner Person"
_IN_USE = "OLD.person_id IS NOT NULL AND NEW.person_id IS NOT NULL AND OLD.password NOT LIKE '!%'"

_REFUSED = trigger_set(
    [
        Refusal(EVENTS, "no_update", "UPDATE", FINAL),
        *(
            Refusal(EVENTS, "no_delete", "DELETE", FINAL, _NOT_YET.format(ago), only=vendor)
            for vendor, ago in _AGO.items()
        ),
        not_truncated(EVENTS, FINAL),
        not_replaced(EVENTS, FINAL, "id"),
        Refusal("members_user", "address", "UPDATE", UNCONFIRMED, _UNCONFIRMED),
        fixed("members_user", "person", NOT_ANOTHERS, ["person_id"], _IN_USE),
    ],
    besides={"members_addresschange"},
)
_COUNT_FUNCTION = f"""
CREATE OR REPLACE FUNCTION members_count_locks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.locks := {_COUNTED}; RETURN NEW; END $$;
"""

GUARDS = TriggerSet(
    sqlite=_REFUSED.sqlite
    | {
        "members_user_locks": (
            "members_user",
            f"CREATE TRIGGER members_user_locks AFTER UPDATE OF is_active, locks ON members_user "
            f"WHEN NEW.locks <> {_COUNTED} "
            f"BEGIN UPDATE members_user SET locks = {_COUNTED} WHERE id = NEW.id; END",
        ),
    },
    postgresql=_REFUSED.postgresql
    | {
        "members_user_locks": (
            "members_user",
            "CREATE TRIGGER members_user_locks BEFORE UPDATE OF is_active, locks ON members_user "
            "FOR EACH ROW EXECUTE FUNCTION members_count_locks()",
        ),
    },
    functions=_REFUSED.functions + _COUNT_FUNCTION,
    besides=_REFUSED.besides,
)
