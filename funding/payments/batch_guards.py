"""What the tables of batches refuse, whoever writes."""

from funding.payments.batch_transitions import BATCH, PAYMENT
from funding.transitions import changes_of
from members.common.refusals import Refusal, decided_once, fixed, kept, not_displaced, not_replaced, quoted

BATCH_STAYS = "Ein Zahlungslauf bleibt, was freigegeben ist, und wird nicht geloescht"
BATCH_MOVES = "Diesen Schritt sieht die Tabelle der Zahlungslaeufe nicht vor"
BATCH_EMPTY = "Freigegeben wird ein Zahlungslauf mit Zahlungen"
BATCH_UNFINISHED = "Abgeschlossen ist ein Zahlungslauf, wenn keine Zahlung mehr aussteht"
PAYMENT_STAYS = "Eine Zahlung geht nur die Schritte ihrer Tabelle und bleibt sonst, was sie ist"
PAYMENT_BEGINS = "Eine Zahlung beginnt in einem offenen Zahlungslauf, mit dem Betrag ihres Abrufs"
PAYMENT_BOOKED = "Die Buchung einer Zahlung ist die ihres Antrags, mit ihrem Betrag"
PAYMENT_ANSWER = "Dass der Name nicht zum Konto passt, nimmt zurueck, wer es nicht eingetragen hat"
OWN_ACCOUNT = "Ein Konto, von dem gezahlt wurde, behaelt seine IBAN, und keines wird geloescht"
BALANCE = "Ein Kontostand wird nicht geaendert und nicht geloescht, ein neuer folgt auf ihn"
BALANCE_BEGINS = "Einen Kontostand bestaetigt eine zweite Person"


def _batches() -> list[Refusal]:
    table = "payments_paymentbatch"
    payment = "SELECT 1 FROM payments_payment p WHERE p.batch_id = NEW.id"
    return [
        Refusal(table, "begins", "INSERT", BATCH_MOVES, "NEW.state <> 'open'"),
        Refusal(
            table, "moves", "UPDATE", BATCH_MOVES,
            f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ({quoted(changes_of(BATCH))})",
        ),
        fixed(
            table, "stays", BATCH_STAYS,
            ("id", "account_id", "execution_day", "by_file", "created_by_id", "created_on"),
        ),
        fixed(table, "released", BATCH_STAYS, ("released_by_id", "released_on", "released_at"), "OLD.state <> 'open'"),
        fixed(table, "file", BATCH_STAYS, ("sha256",), "OLD.sha256 <> ''"),
        fixed(
            table, "closed", BATCH_STAYS, ("closed_by_id", "closed_on", "reason"),
            "OLD.state IN ('executed', 'dissolved')",
        ),
        Refusal(
            table, "has_payments", "UPDATE", BATCH_EMPTY,
            f"OLD.state = 'open' AND NEW.state = 'released' AND NOT EXISTS ({payment})",
        ),
        Refusal(
            table, "finished", "UPDATE", BATCH_UNFINISHED,
            f"NEW.state <> OLD.state AND NEW.state IN ('executed', 'dissolved') AND EXISTS ({payment} "
            "AND (p.state = 'planned' OR (NEW.state = 'dissolved' AND p.state <> 'dropped')))",
        ),
        *kept(table, BATCH_STAYS),
        not_replaced(table, BATCH_STAYS, "id"),
    ]  # fmt: skip


def _payments() -> list[Refusal]:
    table = "payments_payment"
    batch = "SELECT 1 FROM payments_paymentbatch b WHERE b.id = {}.batch_id AND b.state = '{}'"
    call = "SELECT 1 FROM payments_paymentcall c WHERE c.id = NEW.call_id AND c.amount = NEW.amount "
    call += "AND NOT (c.expense_id IS DISTINCT FROM NEW.expense_id)"
    paid = (
        "SELECT coalesce(sum(CASE e.kind WHEN 'pay' THEN 1 WHEN 'pay_back' THEN -1 ELSE 0 END), 0) "
        "FROM funding_ledgerentry e WHERE e.expense_id = NEW.expense_id"
    )
    booked = (
        "SELECT 1 FROM funding_decision d LEFT JOIN payments_paymentcall c ON c.id = NEW.call_id "
        "WHERE d.amount = NEW.amount AND (c.id IS NULL OR c.application_id = d.application_id)"
    )
    unique = (
        "id",
        "decision_id",
        "bounce_id",
        "end_to_end: NEW.end_to_end <> ''",
        "call_id: o.state IN ('planned', 'executed') AND NEW.state IN ('planned', 'executed')",
    )
    return [
        Refusal(
            table, "begins", "INSERT", PAYMENT_BEGINS,
            "NEW.bounce_id IS NOT NULL OR (NEW.batch_id IS NOT NULL AND (NEW.state <> 'planned' "
            f"OR NOT EXISTS ({batch.format('NEW', 'open')}) OR NOT EXISTS ({call})))",
        ),
        Refusal(
            table, "moves", "UPDATE", PAYMENT_STAYS,
            f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ({quoted(changes_of(PAYMENT))})",
        ),
        Refusal(
            table, "executed", "UPDATE", PAYMENT_STAYS,
            "OLD.state = 'planned' AND NEW.state = 'executed' "
            f"AND NOT EXISTS ({batch.format('NEW', 'released')})",
        ),
        Refusal(
            table, "dropped", "UPDATE", PAYMENT_STAYS,
            "OLD.state <> 'dropped' AND NEW.state = 'dropped' "
            "AND EXISTS (SELECT 1 FROM payments_statemententry s WHERE s.batch_id = NEW.batch_id)",
        ),
        fixed(table, "stays", PAYMENT_STAYS, ("id", "batch_id", "call_id", "expense_id", "amount", "end_to_end")),
        Refusal(
            table, "account_stays", "UPDATE", PAYMENT_STAYS,
            f"NEW.account_id IS DISTINCT FROM OLD.account_id AND NOT EXISTS ({batch.format('NEW', 'open')})",
        ),
        fixed(
            table, "answer_stays", PAYMENT_STAYS, ("verified", "verified_name", "verified_by_id"),
            "OLD.state <> 'planned' OR OLD.accepted_by_id IS NOT NULL",
        ),
        Refusal(
            table, "answer_of_two", "UPDATE", PAYMENT_ANSWER,
            "OLD.verified = 'no_match' AND NEW.verified <> 'no_match' "
            "AND (NEW.verified_by_id IS NULL OR NEW.verified_by_id = OLD.verified_by_id)",
        ),
        fixed(
            table, "acceptance_stays", PAYMENT_STAYS, ("accepted_by_id", "accepted_because"),
            "OLD.accepted_by_id IS NOT NULL",
        ),
        fixed(table, "booking_stays", PAYMENT_STAYS, ("decision_id", "executed_on"), "OLD.state <> 'planned'"),
        fixed(
            table, "return_stays", PAYMENT_STAYS, ("bounce_id", "returned_on", "returned_because"),
            "OLD.state = 'returned'",
        ),
        Refusal(
            table, "expense_fits", "UPDATE", PAYMENT_BOOKED,
            "NEW.expense_id IS NOT NULL AND NEW.state <> OLD.state AND NEW.state IN ('executed', 'returned') "
            f"AND ({paid}) <> (CASE NEW.state WHEN 'executed' THEN 1 ELSE 0 END)",
        ),
        *(
            Refusal(table, f"{name}_fits", event, PAYMENT_BOOKED,
                    f"NEW.{column} IS NOT NULL AND NOT EXISTS ({booked} AND d.id = NEW.{column} AND d.step = '{step}')")
            for name, event, column, step in (
                ("booking", "UPDATE", "decision_id", "pay"),
                ("return", "UPDATE", "bounce_id", "bounce"),
                ("former", "INSERT", "decision_id", "pay"),
            )
        ),
        *kept(table, PAYMENT_STAYS, f"NOT EXISTS ({batch.format('OLD', 'open')})"),
        not_replaced(table, PAYMENT_STAYS, *unique),
        not_displaced(table, PAYMENT_STAYS, *unique[1:]),
    ]  # fmt: skip


def _own_accounts() -> list[Refusal]:
    table = "payments_ownaccount"
    used = "EXISTS (SELECT 1 FROM payments_paymentbatch b WHERE b.account_id = OLD.id)"
    return [
        fixed(table, "used", OWN_ACCOUNT, ("id", "iban"), used),
        *kept(table, OWN_ACCOUNT),
        not_replaced(table, OWN_ACCOUNT, "id", "iban"),
        not_displaced(table, OWN_ACCOUNT, "iban"),
    ]


def refusals() -> list[Refusal]:
    """Return what the tables of accounts, balances, batches and payments refuse."""
    balances = decided_once("payments_balance", BALANCE, BALANCE_BEGINS, "account_id", "amount", "day")
    return [*_own_accounts(), *balances, *_batches(), *_payments()]
