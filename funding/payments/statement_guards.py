"""What the tables of statements refuse, whoever writes."""

from funding.payments.statement_transitions import MOVES
from members.common.refusals import Refusal, differs, fixed, immutable, kept, not_displaced, not_replaced

STATEMENT = "Ein Kontoauszug bleibt, wie er geladen ist"
ENTRY_STAYS = "Eine Buchung der Bank bleibt, was die Bank schrieb, und wird nicht geloescht"
ENTRY_MOVES = "Diesen Schritt sieht die Tabelle der Buchungen der Bank nicht vor"
ENTRY_FITS = "Eine Buchung der Bank gehoert zu etwas mit ihrem Betrag"
ENTRY_AGAIN = "Dieselbe Buchung steht auf einem anderen Auszug des Kontos und zaehlt dort"

#: What the bank wrote.
WRITTEN = (
    "id", "statement_id", "position", "part", "amount", "booked_on", "valued_on", "reversal", "fee",
    "bank_reference", "message_id", "payment_info_id", "number", "end_to_end", "name", "iban", "remittance",
    "return_reason", "charges", "code", "text",
)  # fmt: skip
#: What it was matched with.
MATCHED = (
    "use", "batch_id", "payment_id", "year_id", "pot_id", "raised_id", "decision_id", "change_id", "expense_id", "interest_id",
    "reason", "done_by_id", "done_on", "same_as_id", "further", "further_by_id", "further_on",
)  # fmt: skip


def _entries() -> list[Refusal]:
    table = "payments_statemententry"
    moves = ", ".join(sorted(f"'{source}>{target}'" for source, target in MOVES))
    refused = "SELECT 1 FROM funding_grantchange c WHERE c.id = OLD.change_id AND c.state = 'refused'"
    unique = (
        "id", "statement_id position part", "batch_id", "raised_id", "decision_id", "change_id", "expense_id",
        "interest_id", "payment_id use",
    )  # fmt: skip
    fits = {
        "batch": "-NEW.amount <> (SELECT COALESCE(sum(p.amount), 0) FROM payments_payment p WHERE p.batch_id = NEW.batch_id "
        "AND p.state <> 'dropped')",
        "payment": "NOT EXISTS (SELECT 1 FROM payments_payment p WHERE p.id = NEW.payment_id AND "
        "((NEW.use = 'payment' AND p.amount = -NEW.amount AND p.state IN ('executed', 'returned')) "
        "OR (NEW.use = 'return' AND p.state = 'returned' AND p.amount = NEW.amount "
        "+ COALESCE((SELECT e.amount FROM funding_expense e WHERE e.id = NEW.expense_id AND e.reverses_id IS NULL), 0))))",
        "pot": "NOT EXISTS (SELECT 1 FROM funding_pot p WHERE p.id = NEW.pot_id AND p.kind = 'special')",
        "raised": "NOT EXISTS (SELECT 1 FROM funding_ledgerentry l WHERE l.id = NEW.raised_id AND l.pot_id = NEW.pot_id "
        "AND l.kind = 'allot' AND l.amount = NEW.amount)",
        "decision": "NOT EXISTS (SELECT 1 FROM funding_decision d WHERE d.id = NEW.decision_id AND d.step = 'repay' "
        "AND d.amount = NEW.amount - COALESCE((SELECT i.amount FROM funding_decision i WHERE i.id = NEW.interest_id), 0))",
        "interest": "NOT EXISTS (SELECT 1 FROM funding_decision i WHERE i.id = NEW.interest_id AND i.step = 'interest' "
        "AND ((NEW.decision_id IS NULL AND i.amount = NEW.amount) OR EXISTS (SELECT 1 FROM funding_decision d "
        "WHERE d.id = NEW.decision_id AND d.application_id = i.application_id)))",
        "change": "NOT EXISTS (SELECT 1 FROM funding_grantchange c WHERE c.id = NEW.change_id AND c.what = 'repay' "
        "AND c.granted - c.amount = NEW.amount)",
        "expense": "NEW.use = 'expense' AND NOT EXISTS (SELECT 1 FROM funding_expense e WHERE e.id = NEW.expense_id "
        "AND ((e.reverses_id IS NULL AND e.amount = -NEW.amount) OR (e.reverses_id IS NOT NULL AND e.amount = NEW.amount)))",
    }
    # What it is taken for counts itself: it is of another statement of the account, and taken for nothing.
    counts = (
        f"SELECT 1 FROM {table} o JOIN payments_bankstatement s ON s.id = o.statement_id "
        "JOIN payments_bankstatement t ON t.account_id = s.account_id WHERE o.id = NEW.same_as_id "
        "AND t.id = NEW.statement_id AND s.id <> t.id AND o.amount = NEW.amount AND o.state <> 'again'"
    )
    taken = f"SELECT 1 FROM {table} o WHERE o.same_as_id = NEW.id AND o.state = 'again'"
    not_same = f"NEW.state = 'again' AND (NOT EXISTS ({counts}) OR EXISTS ({taken}))"
    return [
        Refusal(table, "begins", "INSERT", ENTRY_MOVES, "NEW.state NOT IN ('open', 'again')"),
        Refusal(table, "begins_again", "INSERT", ENTRY_AGAIN, not_same),
        Refusal(table, "is_again", "UPDATE", ENTRY_AGAIN, not_same),
        Refusal(
            table, "same_stays", "UPDATE", ENTRY_MOVES,
            f"({differs('same_as_id', 'further', 'further_by_id', 'further_on')}) "
            "AND NEW.state <> 'again' AND OLD.state <> 'again'",
        ),
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
        not_displaced(table, ENTRY_STAYS, *unique[2:]),
    ]  # fmt: skip


def refusals() -> list[Refusal]:
    """Return what the tables of statements and their entries refuse."""
    return [*immutable("payments_bankstatement", STATEMENT, "id", "account_id bank_id"), *_entries()]
