"""What the tables of payments refuse, whoever writes. ``members.common.refusals`` makes triggers of it."""

from members.common.refusals import Refusal, decided_once, fixed, kept, not_replaced, trigger_set

PAYEE = "Ein Empfaenger bleibt, wer er ist, und wird nicht geloescht"
ACCOUNT = "Eine Bankverbindung wird nicht geaendert und nicht geloescht, eine neue folgt auf sie"
ACCOUNT_BEGINS = "Eine Bankverbindung bestaetigt eine zweite Person"
OTHER_PAYEE = "Eine Bankverbindung folgt auf eine desselben Empfaengers"


def _payees() -> list[Refusal]:
    table = "payments_payee"
    columns = ("id", "organisation_id", "person_id", "entered_by_id", "entered_on")
    return [
        fixed(table, "stays", PAYEE, columns),
        *kept(table, PAYEE),
        not_replaced(table, PAYEE, "id", "organisation_id", "person_id"),
    ]


def _accounts() -> list[Refusal]:
    table = "payments_payeeaccount"
    before = f"SELECT 1 FROM {table} o WHERE o.id = NEW.follows_id AND o.payee_id = NEW.payee_id"
    return [
        *decided_once(
            table, ACCOUNT, ACCOUNT_BEGINS,
            "payee_id", "iban", "bic", "bank", "holder", "since", "follows_id", "district_id",
            unique=(
                "follows_id",
                "payee_id: o.follows_id IS NULL AND NEW.follows_id IS NULL",
                "payee_id: o.state = 'requested' AND NEW.state = 'requested'",
            ),
        ),
        Refusal(
            table, "follows_own", "INSERT", OTHER_PAYEE, f"NEW.follows_id IS NOT NULL AND NOT EXISTS ({before})"
        ),
    ]  # fmt: skip


REFUSALS = [*_payees(), *_accounts()]

GUARDS = trigger_set(REFUSALS)
