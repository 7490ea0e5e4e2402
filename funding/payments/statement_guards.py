"""What the tables of statements refuse, whoever writes."""

from funding.payments.statement_transitions import MOVES
from members.common.refusals import Refusal, differs, fixed, immutable, kept, not_displaced, not_replaced

STATEMENT = "Ein Kontoauszug bleibt, wie er geladen ist"
ENTRY_STAYS = "Eine Buchung der Bank bleibt, was die Bank schrieb, und wird nicht geloescht"
ENTRY_MOVES = "Diesen Schritt sieht die Tabelle der Buchungen der Bank nicht vor"
ENTRY_FITS = "Eine Buchung der Bank gehoert zu etwas mit ihrem Betrag"

#: What the bank wrote.
WRITTEN = (
    "id", "statement_id", "position", "part", "fingerprint", "amount", "booked_on", "valued_on", "reversal", "fee",
    "bank_reference", "message_id", "payment_info_id", "number", "end_to_end", "name", "iban", "remittance",
    "return_reason", "charges", "code", "text",
)  # fmt: skip
#: What it was matched with.
MATCHED = (
    "use", "batch_id", "payment_id", "year_id", "pot_id", "raised_id", "decision_id", "change_id", "expense_id", "reason",
    "done_by_id", "done_on",
)  # fmt: skip


def _entries() -> list[Refusal]:
    table = "payments_statemententry"
    moves = ", ".join(sorted(f"'{source}>{target}'" for source, target in MOVES))
    refused = "SELECT 1 FROM funding_grantchange c WHERE c.id = OLD.change_id AND c.state = 'refused'"
    unique = (
        "id", "fingerprint", "statement_id position part", "batch_id", "raised_id", "decision_id", "change_id", "expense_id",
        "payment_id use",
    )  # fmt: skip
    fits = {
        "batch": "-NEW.amount <> (SELECT COALESCE(sum(p.amount), 0) FROM payments_payment p WHERE p.batch_id = NEW.batch_id "
        "AND p.state <> 'dropped')",
        "payment": "NOT EXISTS (SELECT 1 FROM payments_payment p WHERE p.id = NEW.payment_id AND "
        "((NEW.use = 'payment' AND p.amount = -NEW.amount AND p.state IN ('executed', 'returned')) "
        "OR (NEW.use = 'return' AND p.amount = NEW.amount AND p.state = 'returned')))",
        "pot": "NOT EXISTS (SELECT 1 FROM funding_pot p WHERE p.id = NEW.pot_id AND p.kind = 'special')",
        "raised": "NOT EXISTS (SELECT 1 FROM funding_ledgerentry l WHERE l.id = NEW.raised_id AND l.pot_id = NEW.pot_id "
        "AND l.kind = 'allot' AND l.amount = NEW.amount)",
        "decision": "NOT EXISTS (SELECT 1 FROM funding_decision d WHERE d.id = NEW.decision_id AND d.step = 'repay' "
        "AND d.amount = NEW.amount)",
        "change": "NOT EXISTS (SELECT 1 FROM funding_grantchange c WHERE c.id = NEW.change_id AND c.what = 'repay' "
        "AND c.granted - c.amount = NEW.amount)",
        "expense": "NOT EXISTS (SELECT 1 FROM funding_expense e WHERE e.id = NEW.expense_id AND e.amount = -NEW.amount)",
    }
    return [
        Refusal(table, "begins", "INSERT", ENTRY_MOVES, "NEW.state <> 'open'"),
        Refusal(
            table, "moves", "UPDATE", ENTRY_MOVES,
            f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ({moves})",
        ),
        Refusal(
            table, "stays_matched", "UPDATE", ENTRY_MOVES,
            f"OLD.state = 'matched' AND NEW.state <> OLD.state AND NOT EXISTS ({refused})",
        ),
        fixed(table, "stays", ENTRY_STAYS, WRITTEN),
        Refusal(
            table, "keeps_match", "UPDATE", ENTRY_MOVES, f"NEW.state = OLD.state AND ({differs(*MATCHED)})"
        ),
        *(
            Refusal(table, f"{name}_fits", "UPDATE", ENTRY_FITS, f"NEW.{name}_id IS NOT NULL AND {wrong}")
            for name, wrong in fits.items()
        ),
        *kept(table, ENTRY_STAYS),
        not_replaced(table, ENTRY_STAYS, *unique),
        not_displaced(table, ENTRY_STAYS, *unique[3:]),
    ]  # fmt: skip


def refusals() -> list[Refusal]:
    """Return what the tables of statements and their entries refuse."""
    return [*immutable("payments_bankstatement", STATEMENT, "id", "account_id bank_id"), *_entries()]
