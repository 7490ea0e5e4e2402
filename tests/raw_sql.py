"""What raw SQL can try at the money, one case per row of the table in docs/guards.md.

Pots, applications and accounts are named by what ``tests.test_raw_sql.story`` gives them: applications by the cents
that they ask for.
"""

from dataclasses import dataclass

from tests.tampering import UNLINK


@dataclass(frozen=True)
class Case:
    what: str
    sql: tuple[str, ...]
    refused: str = ""
    """The trigger or constraint that refuses it; nothing where it goes through."""
    found: str = ""
    """What ``verify_ledger`` says, where it went through or the guards were off."""
    only: str = ""


def case(what: str, *sql: str, refused: str = "", found: str = "", only: str = "") -> Case:
    return Case(what, sql, refused, found, only)


#: 6,000 of pillar 2 by two signatures, 2,000 of them paid; 7,000 signed once; 5,500 handed in.
GRANTED, SIGNED, ASKED = (
    f"(SELECT id FROM funding_application WHERE requested = {cents})" for cents in (600000, 700000, 550000)
)
#: 500 of pillar 1 by resolution; 333 refused by one; 444 handed in.
OWN, REFUSED, OWN_ASKED = (
    f"(SELECT id FROM funding_application WHERE requested = {cents})" for cents in (50000, 33300, 44400)
)


def account(name: str) -> str:
    return f"(SELECT id FROM members_user WHERE email = '{name}@example.org')"


def decision(application: str, step: str) -> str:
    return f"(SELECT max(id) FROM funding_decision WHERE application_id = {application} AND step = '{step}')"


#: The only one of each; the newest where a case adds one.
TRANSFER, EXPENSE = (f"(SELECT max(id) FROM funding_{table})" for table in ("transfer", "expense"))


#: The columns of a letter that a case gives, and the rest as the letter before has it.
LETTER_REST = (
    "form, kind, text_id, inputs, drawn_on, drawn_at, drawn_by_id, sha256, size, answer, answered_on, answer_way, "
    "answer_name, answer_function, answer_message, answer_recorded_by_id"
)
LETTER = f"number, decision_id, replaces_id, correction, {LETTER_REST}"
ACCEPTED = "UPDATE letters_letter SET answer = 'accepted', answered_on = CURRENT_DATE, answer_way = 'link', answer_name = 'x'"


def entry(pot: str, kind: str, cents: int, **causes: str) -> str:
    columns = {
        "pot_id": f"(SELECT id FROM funding_pot WHERE code = '{pot}')", "kind": f"'{kind}'", "amount": str(cents),
        "occasion": "''", "actor_id": account("wf1"), "value_date": "CURRENT_DATE",
        "recorded_at": "CURRENT_TIMESTAMP", "text": "''",
    } | causes  # fmt: skip
    return f"INSERT INTO funding_ledgerentry ({', '.join(columns)}) SELECT {', '.join(columns.values())}"


def decided(application: str, step: str, amount: str = "NULL", by: str = "wf1", **more: str) -> str:
    columns = {
        "application_id": application, "step": f"'{step}'", "amount": amount, "reason": "''", "financing": "''",
        "proof_depth": "''", "actor_id": account(by), '"on"': "CURRENT_DATE", "recorded_at": "CURRENT_TIMESTAMP",
    } | more  # fmt: skip
    return f"INSERT INTO funding_decision ({', '.join(columns)}) SELECT {', '.join(columns.values())}"


def pot(code: str, change: str) -> str:
    return f"UPDATE funding_pot SET {change} WHERE code = '{code}'"


CLOSING = "year_id, what, reason, state, requested_by_id, requested_on, refusal"
#: Two people agree to close the year, and do.
AGREED = (
    f"INSERT INTO closing_yearclosing ({CLOSING}) SELECT max(id), 'close', 'x', 'requested', {account('wf1')}, CURRENT_DATE, '' "
    "FROM funding_fiscalyear",
    f"UPDATE closing_yearclosing SET state = 'confirmed', decided_on = CURRENT_DATE, decided_by_id = {account('wf2')}",
)
CLOSE = "UPDATE funding_fiscalyear SET state = 'closed'"
#: Every pot without anything free or open, and then the year closed.
CLOSED = (*AGREED, "UPDATE funding_pot SET reserved = 0, paid = committed, allotted = committed", CLOSE)


TAKEN = (
    "INSERT INTO closing_snapshot (closing_id, content, digest, taken_at) SELECT max(id), 'x', 'x', CURRENT_TIMESTAMP "
    "FROM closing_yearclosing"
)


DELETION = "year, what, reason, state, requested_by_id, requested_on, refusal"
YEAR = "(SELECT max(year) FROM funding_fiscalyear)"


def asked(what: str) -> str:
    return (
        f"INSERT INTO closing_deletion ({DELETION}) "
        f"SELECT {YEAR}, '{what}', 'x', 'requested', {account('wf1')}, CURRENT_DATE, ''"
    )


def item(table: str, project: str = "NULL", years: int = 10, sha256: str = "x.sha256") -> str:
    return (
        "INSERT INTO closing_deletionitem (deletion_id, source, row_key, project_id, name, sha256, size, years, rule) "
        f"SELECT (SELECT max(id) FROM closing_deletion), '{table}', x.id, {project}, 'x', {sha256}, 1, {years}, 'x' "
        f"FROM {table} x WHERE x.id = (SELECT max(id) FROM {table})"
    )


def account_item(sha256: str = f"'{'0' * 64}'") -> str:
    return (
        "INSERT INTO closing_deletionitem (deletion_id, source, row_key, name, sha256, size, years, rule) "
        f"SELECT max(id), 'payments_payeeaccount', {CONFIRMED_ACCOUNT}, 'x', {sha256}, 0, 10, 'x' FROM closing_deletion"
    )


def agreed(day: str) -> str:
    return f"UPDATE closing_deletion SET state = 'confirmed', decided_on = {day}, decided_by_id = {account('wf2')}"


CONFIRMED_ACCOUNT, WAITING_ACCOUNT = (
    f"(SELECT id FROM payments_payeeaccount WHERE state = '{state}')" for state in ("confirmed", "requested")
)
OF_LETTER = "(SELECT a.project_id FROM funding_application a JOIN funding_decision d ON d.application_id = a.id WHERE d.id = x.decision_id)"
#: Two people delete a statement's file when its period is over.
DELETED = (asked("statement"), item("payments_bankstatement"), agreed("'2099-01-01'"))
HELD = (
    "INSERT INTO closing_retentionhold (year, reason, entered_by_id, entered_on, end_reason) "
    f"SELECT {YEAR}, 'x', {account('wf1')}, CURRENT_DATE, ''"
)
#: A paper of a project under decision, added some days ago.
READ_PAPER = (
    "INSERT INTO projects_attachment (project_id, name, kind, size, sha256, file, preview, note, uploaded_by_id, uploaded_at) "
    f"SELECT id, 'x', 'pdf', 1, 'x', 'xx/x', '', '', {account('wf1')}, '2020-05-05 10:00:00+00:00' FROM projects_project "
    "WHERE id = (SELECT max(id) FROM projects_project WHERE state = 'submitted')"
)


def remind(day: str, amount: str = "amount", interest: str = "1 = 0") -> str:
    return (
        'INSERT INTO proofs_claimreminder (claim_id, amount, of_interest, actor_id, "on", recorded_at) '
        f"SELECT id, {amount}, ({interest}), {account('wf1')}, {day}, CURRENT_TIMESTAMP FROM proofs_repaymentclaim"
    )


def application(which: str, change: str) -> str:
    return f"UPDATE funding_application SET {change} WHERE id = {which}"


def replaced(table: str, columns: str, where: str = "1 = 1") -> str:
    return f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE {where}"


def of_project(which: str) -> str:
    return f"(SELECT project_id FROM funding_application WHERE id = {which})"


#: The text of the one letter.
DRAWN_TEXT = "(SELECT text_id FROM letters_letter)"
TEXT = "form, kind, version, since, subject, opening, closing, hearing, remedy, notification"
TERMS = "funding_model_id, since, letter_form, letter_style, entrustment, call_months, list_from, full_from, interest"
#: The only one of each: the payee's first account, and the one that follows and waits.
ACCOUNT = (
    "id, payee_id, iban, bic, bank, holder, since, follows_id, district_id, reason, state, paper, requested_by_id, "
    "requested_on, decided_by_id, decided_on, refusal"
)


def account_row(follows: str, like: str, **other: str) -> str:
    """A further row with the values of the account ``like``."""
    columns = [column.strip() for column in ACCOUNT.split(",")][1:]
    values = {column: column for column in columns} | {"follows_id": follows} | other
    return (
        f"INSERT INTO payments_payeeaccount ({', '.join(columns)}) "
        f"SELECT {', '.join(values[column] for column in columns)} FROM payments_payeeaccount WHERE id = {like}"
    )


#: The only ones of pillar 1: 100 euro that are checked, and 50 that are not.
CHECKED_CALL, CALL = (
    f"(SELECT id FROM payments_paymentcall WHERE amount = {cents})" for cents in (10000, 5000)
)
EXPENSE_CALL = "(SELECT id FROM payments_paymentcall WHERE expense_id IS NOT NULL)"
CALLED = (
    "application_id, payee_id, amount, kind, purpose, invoice_number, invoice_on, without_invoice, due_on, others_used, "
    "override, instalment_id, state, called_by_id, called_on, checked_by_id, folded_invoice, "
    "folded_purpose"
)


def call(which: str, change: str) -> str:
    return f"UPDATE payments_paymentcall SET {change} WHERE id = {which}"


#: Payments of pillar 1: 30 euro in an open batch; 40 that came back, and the same call again in a released batch.
OPEN_PAYMENT = "(SELECT id FROM payments_payment WHERE amount = 3000)"
RETURNED_PAYMENT, GOING_PAYMENT = (
    f"(SELECT id FROM payments_payment WHERE amount = 4000 AND state = '{state}')"
    for state in ("returned", "planned")
)
OPEN_BATCH, RELEASED_BATCH, EXECUTED_BATCH = (
    f"(SELECT id FROM payments_paymentbatch WHERE state = '{state}')"
    for state in ("open", "released", "executed")
)
BATCH = (
    "account_id, execution_day, by_file, state, created_by_id, created_on, released_by_id, released_on, released_at, sha256, "
    "closed_by_id, closed_on, reason"
)
PAYMENT = (
    "batch_id, call_id, amount, account_id, end_to_end, state, verified, verified_name, verified_by_id, accepted_by_id, "
    "accepted_because, executed_on, decision_id, returned_on, returned_because, bounce_id"
)
BALANCE = "account_id, amount, day, reason, state, requested_by_id, requested_on, decided_by_id, decided_on, refusal"
OWN_ACCOUNT = (
    "name, holder, iban, bic, since, until, one_sum, addresses, most_payments, most_amount, book_account, counter_city, "
    "counter_special, counter_grants, counter_overhead, counter_open"
)


def batch(which: str, change: str) -> str:
    return f"UPDATE payments_paymentbatch SET {change} WHERE id = {which}"


def payment(which: str, change: str) -> str:
    return f"UPDATE payments_payment SET {change} WHERE id = {which}"


def copied(table: str, columns: str, where: str, **other: str) -> str:
    """A further row with the values of the stored one."""
    names = [column.strip() for column in columns.split(",")]
    return f"INSERT INTO {table} ({columns}) SELECT {', '.join(other.get(name, name) for name in names)} FROM {table} WHERE {where}"


#: Entries of the bank's statement, by their cents: a batch's money, what came back, put aside, two that are open.
GONE, BACK, ASIDE, OUT, IN = (
    f"(SELECT id FROM payments_statemententry WHERE amount = {cents})"
    for cents in (-4000, 4000, -2000, -990, 1000)
)
BANK_ENTRY = (
    "statement_id, position, part, amount, booked_on, valued_on, reversal, fee, bank_reference, message_id, "
    "payment_info_id, number, end_to_end, name, iban, remittance, return_reason, charges, code, text, state, use, batch_id, "
    "payment_id, year_id, pot_id, raised_id, decision_id, change_id, expense_id, interest_id, reason, done_by_id, done_on, same_as_id, further, further_by_id, further_on"
)
STATEMENT = (
    "account_id, bank_id, number, opening, opened_on, closing, closed_on, sha256, loaded_by_id, loaded_on"
)


def bank_entry(which: str, change: str) -> str:
    return f"UPDATE payments_statemententry SET {change} WHERE id = {which}"


def matched(which: str, use: str, **links: str) -> str:
    """An open entry is said to be this."""
    rows = ", ".join(f"{name}_id = {row}" for name, row in links.items())
    by = f"done_by_id = {account('wf1')}, done_on = CURRENT_DATE"
    return bank_entry(which, f"state = 'matched', use = '{use}', {rows}, {by}")


STEP = 'call_id, step, payee_id, actor_id, mandate_id, in_stead_of_id, "on", reason, recorded_at'
PAPER = "call_id, name, kind, size, sha256, uploaded_by_id, uploaded_at"
PLAN = (
    "application_id, payee_id, account_id, purpose, unit, places, reason, state, requested_by_id, requested_on, "
    "decided_by_id, decided_on, refusal"
)

POT = "id, year_id, kind, district_id, code, source, allotted, reserved, committed, paid, chain_length, chain_end"
ENTRY = (
    "id, pot_id, kind, amount, application_id, decision_id, expense_id, transfer_id, occasion, actor_id, value_date, "
    "recorded_at, text"
)

#: A further booking that no link follows yet, and a link for the newest one; both fit but for what a case gives.
PAID_AGAIN = entry("S2", "pay", 100, application_id=GRANTED, decision_id=decision(GRANTED, "pay"))
POOL = "(SELECT id FROM funding_pot WHERE code = 'S2')"
POOL_END = "(SELECT chain_length FROM funding_pot WHERE code = 'S2')"


def link(**other: str) -> str:
    columns = {
        "pot_id": POOL, "application_id": "NULL", "position": f"{POOL_END} + 1",
        "entry_id": "(SELECT max(id) FROM funding_ledgerentry)", "decision_id": "NULL", "version": "1", "digest": "'x'",
    } | other  # fmt: skip
    return f"INSERT INTO funding_chainlink ({', '.join(columns)}) SELECT {', '.join(columns.values())}"


#: The columns of the one proof, and of its step.
PROOF = (
    "application_id, decision_id, depth, due_on, state, version, done, visitors, hours, press, publicity, value_creation, "
    "value_created, procurement, explanation, originals_at, confirmed, asked, late, handed_in_on, hearing_until, "
    "hearing_answer, result, overpaid, opened_by_id, opened_on"
)
CHANGE = (
    "application_id, about, decision_id, state, reason, carried_out_from, carried_out_until, partners, granted, amount, outcome_id, "
    "asked_by_id, asked_on, recorded_at"
)
CHANGE_STEP = 'request_id, step, actor_id, mandate_id, in_stead_of_id, "on", reason, recorded_at'
PROOF_STEP = 'proof_id, step, actor_id, mandate_id, in_stead_of_id, "on", reason, recorded_at'


CLAIM = "application_id, decision_id, amount, due_on, reference, points, percent, legal_basis"
CASES = (
    # Ledger
    case(
        "change a ledger entry", "UPDATE funding_ledgerentry SET amount = amount + 1 WHERE kind = 'pay'",
        refused="funding_ledgerentry_no_update", found="die Buchungen ergeben",
    ),
    case(
        "delete ledger entries", "DELETE FROM funding_ledgerentry WHERE kind = 'pay'", UNLINK,
        refused="funding_ledgerentry_no_delete", found="die Buchungen ergeben",
    ),
    case(
        "replace a ledger entry", replaced("funding_ledgerentry", ENTRY, "kind = 'pay'"), only="sqlite",
        refused="funding_ledgerentry_not_replaced",
    ),
    case(
        "empty the ledger", "TRUNCATE funding_ledgerentry CASCADE", only="postgresql",
        refused="funding_ledgerentry_no_truncate", found="die Buchungen ergeben",
    ),
    case(
        "book without a cause", entry("GK", "allot", 5), pot("GK", "allotted = allotted + 5"),
        refused="entry_names_one_cause",
    ),
    case(
        "book with two causes",
        entry("S2", "commit", 5, occasion="'year'", application_id=GRANTED, decision_id=decision(GRANTED, "pay")),
        refused="entry_names_one_cause",
    ),
    case(
        "raise an opened pot, ledger and counter together", entry("GK", "allot", 5, occasion="'year'"),
        pot("GK", "allotted = allotted + 5"),
        refused="funding_ledgerentry_year_opens", found="Bei der Öffnung gebucht sind",
    ),
    case(
        "raise a pillar's pot as if it had a source, ledger and counter together",
        entry("GK", "allot", 5, occasion="'pot'"), pot("GK", "allotted = allotted + 5"),
        refused="funding_ledgerentry_pot_has_source", found="hat einen Anlass, der dazu nicht passt",
    ),
    case(
        "book what the cause does not book",
        entry("S2", "allot", 5, application_id=GRANTED, decision_id=decision(GRANTED, "pay")),
        pot("S2", "allotted = allotted + 5"),
        refused="funding_ledgerentry_kind_fits", found="hat einen Anlass, der dazu nicht passt",
    ),
    case(
        "book for one application on another's decision",
        entry("S2", "commit", 5, application_id=ASKED, decision_id=decision(GRANTED, "approve")),
        refused="funding_ledgerentry_one_application", found="Ihr Antrag ist nicht der ihrer Entscheidung",
    ),
    case(
        "pay once more on a decision: ledger, pot and application together",
        entry("S2", "pay", 100, application_id=GRANTED, decision_id=decision(GRANTED, "pay")),
        pot("S2", "paid = paid + 100"), application(GRANTED, "paid = paid + 100"),
        found="die Entscheidung ergibt",
    ),
    case(
        "book on another pot than the application's",
        entry("SPK", "pay", 100, application_id=GRANTED, decision_id=decision(GRANTED, "pay")),
        found="Sie steht in einem anderen Topf als ihr Antrag",
    ),
    case(
        "put money into a pot that a transfer does not name: ledger and pot together",
        entry("S1-APL", "transfer_in", 1000, transfer_id=TRANSFER), pot("S1-APL", "allotted = allotted + 1000"),
        refused="funding_ledgerentry_of_transfer", found="sein müsste",
    ),
    case(
        "book on a transfer what only its second person books: ledger and pot together",
        entry("S2", "transfer_in", 1000, transfer_id=TRANSFER), pot("S2", "allotted = allotted + 1000"),
        found="sein müsste",
    ),
    case(
        "spend another pot's money on an expense: ledger and pot together",
        entry("S2", "commit", 5000, expense_id=EXPENSE), entry("S2", "pay", 5000, expense_id=EXPENSE),
        pot("S2", "committed = committed + 5000, paid = paid + 5000"),
        refused="funding_ledgerentry_of_expense", found="sein müsste",
    ),
    case(
        "pay an expense twice", entry("GK", "pay", 5000, expense_id=EXPENSE),
        refused="funding_ledgerentry_of_expense", found="sein müsste",
    ),
    case(
        "commit an expense twice: ledger and pot together", entry("GK", "commit", 5000, expense_id=EXPENSE),
        pot("GK", "committed = committed + 5000"),
        refused="funding_ledgerentry_of_expense", found="sein müsste",
    ),
    case(
        "reverse an expense and book on it all the same",
        "INSERT INTO funding_expense (pot_id, amount, purpose, payee, voucher, dated, reverses_id, reason, actor_id, \"on\", "
        "recorded_at) SELECT pot_id, amount, 'x', 'x', '', dated, id, 'x', actor_id, \"on\", recorded_at "
        f"FROM funding_expense WHERE id = {EXPENSE}",
        entry("GK", "pay_back", 5000, expense_id="(SELECT max(reverses_id) FROM funding_expense)"),
        refused="funding_ledgerentry_of_expense", found="sein müsste",
    ),
    case(
        "book an expense by another account on another day",
        "INSERT INTO funding_expense (pot_id, amount, purpose, payee, voucher, dated, reason, actor_id, \"on\", recorded_at) "
        "SELECT pot_id, 7, 'x', 'x', '', dated, '', actor_id, \"on\", recorded_at FROM funding_expense",
        *(
            entry("GK", kind, 7, expense_id=EXPENSE, actor_id=account("wf2"), value_date="'2001-01-01'")
            for kind in ("commit", "pay")
        ),
        pot("GK", "committed = committed + 7, paid = paid + 7"), found="sein müsste",
    ),
    # Pots
    case("overspend a pot", pot("S2", "committed = 8000001"), refused="pot_never_overspent",
         found="die Bedingung pot_never_overspent ist verletzt"),
    case("pay more than is committed", pot("S2", "paid = committed + 1"), refused="pot_paid_within_committed",
         found="die Bedingung pot_paid_within_committed ist verletzt"),
    case("make a counter negative", pot("GK", "reserved = -1"), refused="pot_counters_not_negative",
         found="die Bedingung pot_counters_not_negative ist verletzt"),
    case("store a BLOB as money", pot("S2", "allotted = x'39'"), refused="pot_types", only="sqlite",
         found="die Bedingung pot_types ist verletzt"),
    case("move a counter alone", pot("GK", "allotted = allotted + 1"), found="die Buchungen ergeben"),
    *(
        case(f"change a pot's {what}", pot("GK", change), refused="funding_pot_stays")
        for what, change in (
            ("year", "year_id = year_id + 1"), ("kind", "kind = 'special', source = 'x'"), ("code", "code = 'X'"),
        )
    ),
    case("change where a special pot's money comes from", pot("SPK", "source = 'x'"), refused="funding_pot_stays"),
    case("change a pot's district", pot("S1-APL", "district_id = district_id + 100"), refused="funding_pot_stays"),
    case("delete a pot", "DELETE FROM funding_pot WHERE code = 'S1-HOE'", refused="funding_pot_no_delete"),
    case("replace a pot", replaced("funding_pot", POT), refused="funding_pot_not_replaced", only="sqlite"),
    case(
        "replace a pot by its code", replaced("funding_pot", POT.removeprefix("id, "), "code = 'SPK'"),
        refused="funding_pot_not_replaced", only="sqlite",
    ),
    case("let one pot take another's place", "UPDATE OR REPLACE funding_pot SET code = 'S2' WHERE code = 'GK'",
         refused="funding_pot_stays", only="sqlite"),
    # Applications
    case("settle without a decision", application(GRANTED, "state = 'settled'"), found="der Stand ist"),
    case("take a step that the table does not know", application(GRANTED, "state = 'rejected'"),
         refused="funding_application_moves", found="der Stand ist"),
    case("give an application an unknown state", application(REFUSED, "state = 'quatsch'"),
         refused="application_words_known", found="die Bedingung application_words_known ist verletzt"),
    case(
        "swap the signatures",
        application(GRANTED, "first_signer_id = second_signer_id, second_signer_id = first_signer_id"),
        refused="funding_application_keeps_signers", found="die erste Unterschrift ist",
    ),
    case("remove the second signature", application(GRANTED, "second_signer_id = NULL"),
         refused="funding_application_keeps_signers", found="die zweite Unterschrift ist"),
    case("change who signed first", application(SIGNED, f"first_signer_id = {account('wf2')}"), found="die erste Unterschrift ist"),
    case(
        "change the signatures with the state",
        application(
            SIGNED,
            f"state = 'rejected', reserved = 0, first_signer_id = {account('wf2')}, second_signer_id = first_signer_id",
        ),
        found="die erste Unterschrift ist",
    ),
    case("raise what was asked for", application(GRANTED, "requested = requested + 1"),
         refused="funding_application_keeps_request", found="beantragt ist"),
    case("raise a grant and what was asked for", application(GRANTED, "granted = requested + 1, requested = requested + 1"),
         found="die Buchungen ergeben"),
    case("claim back without a decision", application(GRANTED, "reclaimed = 1"), found="zurückgefordert ist"),
    case("claim back more than is paid", application(GRANTED, "reclaimed = paid + 1"),
         refused="application_reclaimed_within_paid", found="die Bedingung application_reclaimed_within_paid ist verletzt"),
    case("claim back with a repayment", application(GRANTED, "reclaimed = 1, paid = paid - 1"),
         refused="funding_application_reclaims", found="die Buchungen ergeben"),
    case("settle while something is claimed back", application(GRANTED, "reclaimed = 1, state = 'settled'"),
         refused="funding_application_reclaims", found="der Stand ist"),
    case("call while something is claimed back", application(GRANTED, "reclaimed = 1, called = 1"),
         refused="funding_application_reclaims", found="abgerufen ist"),
    case("move an application to another pot",
         application(GRANTED, "pot_id = (SELECT id FROM funding_pot WHERE code = 'SPK')"),
         refused="funding_application_stays", found="Sie steht in einem anderen Topf als ihr Antrag"),
    case("move an application to another project", application(GRANTED, f"project_id = {of_project(REFUSED)}"),
         refused="funding_application_stays", found="die Anträge ergeben"),
    case("change the day of a decision", application(GRANTED, "decided_on = '2001-01-01'"),
         found="der Tag der Entscheidung ist"),
    case("change how a grant finances", application(GRANTED, "financing = 'gap'"), found="die Finanzierungsart ist"),
    case("raise a grant without a booking", application(GRANTED, "granted = granted - 1"),
         found="die Buchungen ergeben"),
    case("replace an application", "INSERT OR REPLACE INTO funding_application SELECT * FROM funding_application "
         f"WHERE id = {ASKED}", refused="funding_application_not_replaced", only="sqlite"),
    case("delete an application", f"DELETE FROM funding_application WHERE id = {ASKED}",
         refused="funding_application_no_delete"),
    case("call money without a step", application(GRANTED, "called = called + 100"), found="abgerufen ist"),
    case("call more than is granted and not paid", application(GRANTED, "called = 400001"),
         refused="application_paid_and_called_within_granted",
         found="die Bedingung application_paid_and_called_within_granted ist verletzt"),
    case("revoke a grant and keep its call",
         application(GRANTED, "called = 1, state = 'revoked'"), refused="application_called_only_while_approved",
         found="die Bedingung application_called_only_while_approved ist verletzt"),
    case("call money while the financing is open",
         f"UPDATE projects_project SET state = 'funding_open' WHERE id = {of_project(GRANTED)}",
         application(GRANTED, "called = 1"), refused="funding_application_calls", found="abgerufen ist"),
    case("call money outside an open year", *CLOSED,
         application(GRANTED, "called = 1"), refused="funding_application_calls", found="abgerufen ist"),
    case("pay what was called outside an open year", application(GRANTED, "called = 1"),
         *CLOSED, application(GRANTED, "called = 0, paid = paid + 1"),
         refused="funding_application_calls", found="ausgezahlt ist"),
    # Decisions
    case("change the plan that a decision kept", "UPDATE funding_planrow SET amount = amount + 1 WHERE is_grant",
         refused="funding_planrow_no_update", found="Der Plan, der zu ihr gehört, ist ein anderer"),
    case("delete the plan that a decision kept", "DELETE FROM funding_planrow WHERE id NOT IN (SELECT plan_row_id FROM proofs_proofrow)",
         refused="funding_planrow_no_delete", found="Der Plan, der zu ihr gehört, ist ein anderer"),
    case("replace a row of a decision's plan", "INSERT OR REPLACE INTO funding_planrow SELECT * FROM funding_planrow",
         only="sqlite", refused="funding_planrow_not_replaced"),
    case("empty the plans that decisions kept", "TRUNCATE funding_planrow CASCADE", only="postgresql",
         refused="funding_planrow_no_truncate", found="Der Plan, der zu ihr gehört, ist ein anderer"),
    case("change a condition of a grant", "UPDATE funding_chosencondition SET text = 'anders'",
         refused="funding_chosencondition_no_update", found="oder ihr Glied in der Kette wurde geändert"),
    case("delete the conditions of a grant", "DELETE FROM funding_chosencondition",
         refused="funding_chosencondition_no_delete", found="oder ihr Glied in der Kette wurde geändert"),
    case("change a decision", "UPDATE funding_decision SET amount = 1", refused="funding_decision_no_update",
         found="die Entscheidung ergibt"),
    case("delete a decision", f"DELETE FROM funding_decision WHERE id = {decision(REFUSED, 'reject')}", UNLINK,
         refused="funding_decision_no_delete", found="der Stand ist"),
    case("add a decision that does not fit", decided(REFUSED, "pay", "5"), found="Sie passt nicht zum Stand davor"),
    case("add a step that nobody knows", decided(REFUSED, "gift", "5"), refused="decision_words_known",
         found="die Bedingung decision_words_known ist verletzt"),
    case("add a decision that leaves no trace", decided(GRANTED, "reduce", "500000"),
         found="die Entscheidung ergibt"),
    case(
        "grant with one signature what needs two: decision, ledger, pot and application",
        decided(ASKED, "approve", "550000", financing="'fixed'"),
        entry("S2", "commit", 550000, application_id=ASKED, decision_id=decision(ASKED, "approve")),
        pot("S2", "committed = committed + 550000"),
        application(ASKED, f"state = 'approved', granted = requested, first_signer_id = {account('wf1')}"),
        found="zwei Unterschriften nötig; es gibt nur eine",
    ),
    case(
        "lessen alone what two people granted: decision, ledger, pot and application",
        decided(GRANTED, "reduce", "500000"),
        entry("S2", "release", 100000, application_id=GRANTED, decision_id=decision(GRANTED, "reduce")),
        pot("S2", "committed = committed - 100000"), application(GRANTED, "granted = 500000"),
        found="hat eine allein geringer gemacht",
    ),
    case(
        "lessen alone what two people granted, as if it were long ago: decision, ledger, pot and application",
        decided(GRANTED, "reduce", "500000", recorded_at="'2001-01-01 12:00:00+00:00'"),
        entry("S2", "release", 100000, application_id=GRANTED, decision_id=decision(GRANTED, "reduce")),
        pot("S2", "committed = committed - 100000"), application(GRANTED, "granted = 500000"),
        found="hat eine allein geringer gemacht",
    ),
    case(
        "repay alone what two people granted: decision, ledger, pot and application",
        decided(GRANTED, "repay", "100000"),
        *(
            entry("S2", kind, 100000, application_id=GRANTED, decision_id=decision(GRANTED, "repay"))
            for kind in ("pay_back", "release")
        ),
        pot("S2", "committed = committed - 100000, paid = paid - 100000"),
        application(GRANTED, "granted = granted - 100000, paid = paid - 100000"),
        found="hat eine allein geringer gemacht",
    ),
    case("refuse as who had entered the project", decided(ASKED, "reject", by="gf.apl"),
         found="hatte vorher für einen Stadtbezirk an dem Projekt mitgewirkt"),
    case("sign twice as one person", decided(SIGNED, "approve", "700000"),
         found="Beide Unterschriften sind von derselben Person"),
    case("grant more than was signed", decided(SIGNED, "approve", "700001", by="wf2"),
         found="möglich waren höchstens 7.000,00"),
    case("grant of pillar 1 without a resolution", decided(OWN_ASKED, "approve", "44400"),
         found="Es fehlt der Beschluss des Gremiums"),
    # Chains
    case("change a link", "UPDATE funding_chainlink SET digest = 'x' WHERE pot_id IS NOT NULL AND position = 1",
         refused="funding_chainlink_no_update", found="oder ihr Glied in der Kette wurde geändert"),
    case("delete a link", "DELETE FROM funding_chainlink WHERE entry_id = (SELECT max(id) FROM funding_ledgerentry)",
         refused="funding_chainlink_no_delete", found="steht nicht in der Kette"),
    case("replace a link", "INSERT OR REPLACE INTO funding_chainlink SELECT * FROM funding_chainlink", only="sqlite",
         refused="funding_chainlink_not_replaced"),
    case("empty the links", "TRUNCATE funding_chainlink", only="postgresql",
         refused="funding_chainlink_no_truncate", found="steht nicht in der Kette"),
    case("book without a link", PAID_AGAIN, found="steht nicht in der Kette"),
    case("chain a booking into another pot's chain", PAID_AGAIN,
         link(pot_id="(SELECT id FROM funding_pot WHERE code = 'SPK')", position="2"),
         refused="funding_chainlink_fits", found="steht nicht in der Kette"),
    case("leave a place in a chain free", PAID_AGAIN, link(position=f"{POOL_END} + 2"),
         refused="funding_chainlink_follows", found="Die Kette hat dort eine Lücke"),
    case("fork a chain", PAID_AGAIN, link(position=POOL_END), only="postgresql", refused="one_link_per_place_of_pot"),
    case("chain a booking that no digest covers", PAID_AGAIN, link(), found="oder ihr Glied in der Kette wurde geändert"),
    case("chain a booking in the chain of an application, too", PAID_AGAIN, link(application_id=ASKED),
         refused="link_of_entry_or_decision", found="die Bedingung link_of_entry_or_decision ist verletzt"),
    case("count the end of a pot's chain back", pot("S2", "chain_length = chain_length - 1"),
         refused="funding_pot_chain_end", found="verzeichnet ist ein anderes Ende"),
    case("change the end of an application's chain", application(GRANTED, "chain_end = 'x'"),
         refused="funding_application_chain_end", found="verzeichnet ist ein anderes Ende"),
    # Resolutions
    *(
        case(f"change {what} of a resolution after its decision", f"UPDATE members_resolution SET {change} "
             f"WHERE id = (SELECT resolution_id FROM funding_decision WHERE id = {decision(OWN, 'approve')})",
             refused="members_resolution_decided", found=found)
        for what, change, found in (
            ("the votes", "votes_yes = 0", "Sie passt nicht zum Beschluss"),
            ("the amount", "amount_cents = 100", "Beschlossen sind nur 1,00"),
            ("the date", "date = '2099-01-01'", "Der Beschluss ist jünger als sie"),
        )
    ),
    case("delete a resolution after its decision", "DELETE FROM members_resolution WHERE id = "
         f"(SELECT resolution_id FROM funding_decision WHERE id = {decision(OWN, 'approve')})",
         refused="members_resolution_no_delete"),
    case(
        "replace a resolution after its decision",
        "INSERT OR REPLACE INTO members_resolution (id, body_id, date, votes_yes, votes_no, votes_abstained, "
        "amount_cents, text, recorded_by_id, recorded_at) SELECT id, body_id, date, 0, 9, 0, amount_cents, text, "
        "recorded_by_id, recorded_at FROM members_resolution WHERE votes_yes > votes_no",
        refused="members_resolution_not_replaced", found="Sie passt nicht zum Beschluss", only="sqlite",
    ),
    case(
        "let a free resolution take a decided one's place",
        "INSERT INTO members_resolution (body_id, date, votes_yes, votes_no, votes_abstained, amount_cents, text, "
        "recorded_by_id, recorded_at) SELECT body_id, date, 99, 0, 0, 9900000, '', recorded_by_id, recorded_at FROM members_resolution WHERE votes_yes > votes_no",
        "UPDATE OR REPLACE members_resolution SET id = "
        f"(SELECT resolution_id FROM funding_decision WHERE id = {decision(OWN, 'approve')}) WHERE votes_yes = 99",
        refused="members_resolution_stays", only="sqlite",
    ),
    # Years and models
    case("give a year an unknown state", "UPDATE funding_fiscalyear SET state = 'quatsch'",
         refused="year_words_known", found="die Bedingung year_words_known ist verletzt"),
    case("plan a year that is a slip",
         "INSERT INTO funding_fiscalyear (year, state, model_id) VALUES (206, 'planned', "
         "(SELECT id FROM funding_fundingmodel WHERE first_year = 2003))",
         refused="year_within", found="die Bedingung year_within ist verletzt"),
    case("plan an open year again", "UPDATE funding_fiscalyear SET state = 'planned'",
         refused="funding_fiscalyear_order", found="Bei der Öffnung gebucht sind"),
    case("give an open year another model",
         "UPDATE funding_fiscalyear SET model_id = (SELECT id FROM funding_fundingmodel WHERE first_year = 2003)",
         refused="funding_fiscalyear_keeps_model", found="das Fördermodell ergibt"),
    case("forget who opened a year", "UPDATE funding_fiscalyear SET opened_by_id = NULL",
         refused="funding_fiscalyear_keeps_model", found="wer es wann geöffnet hat"),
    case("change which year it is", "UPDATE funding_fiscalyear SET year = 1999",
         refused="funding_fiscalyear_stays"),
    case("delete a year", "DELETE FROM funding_fiscalyear", refused="funding_fiscalyear_no_delete"),
    case("replace a year", replaced("funding_fiscalyear", "year, state, model_id, opened_on, opened_by_id"),
         refused="funding_fiscalyear_not_replaced", only="sqlite"),
    case("close a year alone", *CLOSED[2:], refused="funding_fiscalyear_by_two_people",
         found="zwei Personen haben es nicht abgeschlossen"),
    case("open a closed year again alone", *CLOSED, "UPDATE funding_fiscalyear SET state = 'open'",
         refused="funding_fiscalyear_by_two_people", found="zwei Personen haben es zuletzt abgeschlossen"),
    case("close a year in which money is free", *AGREED, CLOSE, refused="funding_fiscalyear_closes_balanced",
         found="Es ist abgeschlossen, aber noch nicht alles ist bezahlt, verfallen oder übertragen"),
    case("book in a closed year", *CLOSED, entry("SPK", "allot", 5000, occasion="'pot'"),
         refused="funding_ledgerentry_year_closed", found="die Buchungen ergeben"),
    case("give a pot of a closed year more money", *CLOSED, pot("S2", "allotted = allotted + 1"),
         refused="funding_pot_year_closed", found="allotted ist"),
    case("add a pot to a closed year", *CLOSED,
         "INSERT INTO funding_pot (year_id, kind, code, source, folded_source, allotted, reserved, committed, paid) "
         "SELECT year_id, 'special', 'NEU', 'Sponsor', 'sponsor', 0, 0, 0, 0 FROM funding_pot WHERE code = 'S2'",
         refused="funding_pot_none_after_closing"),
    case("enter an expense in a closed year", *CLOSED,
         "INSERT INTO funding_expense (pot_id, amount, purpose, payee, voucher, dated, reason, actor_id, \"on\", recorded_at) "
         f"SELECT pot_id, amount, purpose, payee, '', dated, '', actor_id, \"on\", recorded_at FROM funding_expense WHERE id = {EXPENSE}",
         refused="funding_expense_year_closed", found="sein müsste"),
    case("ask and confirm a closing at once",
         f"INSERT INTO closing_yearclosing ({CLOSING}) SELECT max(id), 'close', 'x', 'refused', {account('wf1')}, CURRENT_DATE, 'x' "
         "FROM funding_fiscalyear",
         refused="closing_yearclosing_begins"),
    case("change why a year was closed", *AGREED, "UPDATE closing_yearclosing SET reason = 'y'",
         refused="closing_yearclosing_no_change"),
    case("forget that a year was closed", *AGREED, "DELETE FROM closing_yearclosing",
         refused="closing_yearclosing_no_delete"),
    case("open a year again of which money went back to the city", *AGREED,
         "INSERT INTO closing_carryover (closing_id, pot_id, carried, lapsed, place) SELECT max(c.id), max(p.id), 0, 990, "
         "'zurück an die Stadt' FROM closing_yearclosing c, funding_pot p",
         matched(OUT, "to_city", year="(SELECT max(id) FROM funding_fiscalyear)"),
         f"INSERT INTO closing_yearclosing ({CLOSING}) SELECT max(id), 'reopen', 'x', 'requested', {account('wf1')}, CURRENT_DATE, '' "
         "FROM funding_fiscalyear",
         f"UPDATE closing_yearclosing SET state = 'confirmed', decided_on = CURRENT_DATE, decided_by_id = {account('wf2')} "
         "WHERE what = 'reopen'", refused="closing_yearclosing_keeps_city"),
    case("change what a closed year looked like", *CLOSED, TAKEN, "UPDATE closing_snapshot SET content = '{}'",
         refused="closing_snapshot_no_update", found="ein anderer, als damals aufgenommen wurde"),
    case("forget what a closed year looked like", *CLOSED, TAKEN, "DELETE FROM closing_snapshot",
         refused="closing_snapshot_no_delete", found="Der Stand beim Abschluss fehlt"),
    case("discharge the board before the accounts are adopted", *AGREED,
         'INSERT INTO closing_adoption (closing_id, what, resolution_id, actor_id, "on") SELECT max(c.id), \'discharge\', '
         f"(SELECT max(id) FROM members_resolution), {account('wf1')}, CURRENT_DATE FROM closing_yearclosing c",
         refused="closing_adoption_fits"),
    case("keep a remainder before anybody consents",
         "INSERT INTO closing_remainderrule (funding_model_id, kind, since, carry_up_to, place, consent_on, consent) "
         "SELECT max(id), 'pillar_1', '2026-01-01', 0, 'kept', '2026-01-02', 'Schreiben' FROM funding_fundingmodel",
         refused="closing_remainderrule_consent_given"),
    case("ask for a deletion and confirm it at once",
         f"INSERT INTO closing_deletion ({DELETION}) SELECT {YEAR}, 'letter', 'x', 'refused', {account('wf1')}, CURRENT_DATE, 'x'",
         refused="closing_deletion_begins"),
    case("delete a file of the bank within its period",
         asked("statement"), item("payments_bankstatement"), agreed("CURRENT_DATE"),
         refused="closing_deletion_after_period", found="vor Ablauf ihrer Frist"),
    case("delete papers of a project of which something is open",
         asked("letter"), item("letters_letter", OF_LETTER), agreed("'2099-01-01'"),
         refused="closing_deletion_nothing_open"),
    case("delete what somebody holds", HELD, *DELETED, refused="closing_deletion_nothing_open"),
    case("shorten the period of the law", asked("letter"), item("letters_letter", OF_LETTER, years=5),
         refused="closing_deletionitem_by_law"),
    case("hide the project of a letter", asked("letter"), item("letters_letter"),
         refused="closing_deletionitem_fits"),
    case("name other bytes than a letter has", asked("letter"), item("letters_letter", OF_LETTER, sha256="'x'"),
         refused="closing_deletionitem_fits"),
    case("add a file to a deletion that is confirmed", asked("statement"), agreed("'2099-01-01'"),
         item("payments_bankstatement"), refused="closing_deletionitem_in_time"),
    case("delete a file twice", *DELETED, asked("statement"), item("payments_bankstatement"),
         refused="closing_deletionitem_once"),
    case("change why something was deleted", *DELETED, "UPDATE closing_deletion SET reason = 'y'",
         refused="closing_deletion_no_change"),
    case("forget what was deleted", *DELETED, "DELETE FROM closing_deletionitem",
         refused="closing_deletionitem_no_delete", found="Die Löschung nennt keine Datei"),
    case("change what was deleted", *DELETED, "UPDATE closing_deletionitem SET name = 'y'",
         refused="closing_deletionitem_no_update"),
    case("end a hold without a reason", HELD, "UPDATE closing_retentionhold SET ended_on = entered_on, ended_by_id = entered_by_id",
         refused="retention_hold_ends_with_reason", found="die Bedingung retention_hold_ends_with_reason ist verletzt"),
    case("change what is held", HELD, "UPDATE closing_retentionhold SET year = year - 1",
         refused="closing_retentionhold_no_change"),
    case("forget a hold", HELD, "DELETE FROM closing_retentionhold", refused="closing_retentionhold_no_delete"),
    case("let a period begin on another day", "UPDATE closing_retentionperiod SET since = '2004-01-01' WHERE kind = 'letter'",
         refused="closing_retentionperiod_stays"),
    case("forget a period", "DELETE FROM closing_retentionperiod", refused="closing_retentionperiod_no_delete"),
    case("delete the bank details of a payee alone",
         "UPDATE payments_payeeaccount SET iban = '', bic = '', bank = '', holder = 'gelöscht', reason = 'gelöscht', "
         f"paper = 'gelöscht' WHERE id = {CONFIRMED_ACCOUNT}",
         refused="payments_payeeaccount_erased", found="keine zwei Personen haben sie gelöscht"),
    case("delete the bank details of a payee who still gets money", asked("account"), account_item(), agreed("'2099-01-01'"),
         refused="closing_deletion_nothing_open"),
    case("delete bank details without a hash of them", asked("account"), account_item("'x'"),
         refused="closing_deletionitem_fits"),
    case("delete the bank details of an account that waits", asked("account"),
         account_item().replace(CONFIRMED_ACCOUNT, WAITING_ACCOUNT), refused="closing_deletionitem_fits"),
    case("take away whom to ask about a granted project", "UPDATE projects_project SET contact = 'x' WHERE state = 'approved'",
         refused="projects_project_contact_stays"),
    case("delete the address of somebody with an account", asked("person"),
         item("members_person", sha256=f"'{'0' * 64}'"), agreed("'2099-01-01'"), refused="closing_deletion_nothing_open"),
    case("delete the address of a club", asked("trader"), item("members_organisation", sha256=f"'{'0' * 64}'"),
         refused="closing_deletionitem_fits"),
    case("remove a paper on which a decision rests", READ_PAPER,
         f"UPDATE projects_attachment SET file = '', removed_by_id = {account('wf1')}, removed_at = CURRENT_TIMESTAMP",
         refused="projects_attachment_stays"),
    case("let a paper name another file", READ_PAPER, "UPDATE projects_attachment SET file = 'yy/y'",
         refused="projects_attachment_stays"),
    case("delete a paper on which a decision rests", READ_PAPER, "DELETE FROM projects_attachment",
         refused="projects_attachment_no_delete"),
    case("let a grant book in a pot of another kind",
         application(GRANTED, "carried_to_id = (SELECT id FROM funding_pot WHERE code = 'GK')"),
         refused="funding_application_carried", found="der Topf des Übertrags ist"),
    case("change the model of an open year", "UPDATE funding_fundingmodel SET pool_allotment = 1",
         refused="funding_fundingmodel_frozen", found="das Fördermodell ergibt"),
    case("let another model take its place",
         "UPDATE OR REPLACE funding_fundingmodel SET first_year = 2016 WHERE first_year = 2003",
         refused="funding_fundingmodel_not_displaced", only="sqlite"),
    # Transfers, expenses, keys
    case("confirm a transfer alone", "UPDATE funding_transfer SET state = 'confirmed', decided_by_id = requested_by_id, "
         "decided_on = CURRENT_DATE WHERE state = 'requested'", refused="transfer_confirmed_by_another"),
    case("confirm a transfer without booking it", f"UPDATE funding_transfer SET state = 'confirmed', "
         f"decided_by_id = {account('wf2')}, decided_on = CURRENT_DATE WHERE state = 'requested'",
         found="sein müsste"),
    case("write a confirmed transfer",
         "INSERT INTO funding_transfer (from_pot_id, to_pot_id, amount, reason, state, requested_by_id, requested_on, "
         f"decided_by_id, decided_on, refusal) SELECT from_pot_id, to_pot_id, 5, 'x', 'confirmed', {account('wf1')}, "
         f"CURRENT_DATE, {account('wf2')}, CURRENT_DATE, '' FROM funding_transfer",
         refused="funding_transfer_begins", found="sein müsste"),
    case("delete a transfer", "DELETE FROM funding_transfer", refused="funding_transfer_no_delete"),
    case("ask for a transfer that the model does not allow",
         "UPDATE funding_transfer SET to_pot_id = (SELECT id FROM funding_pot WHERE code = 'SPK')",
         refused="funding_transfer_no_change", found="erlaubt das Fördermodell keine"),
    case("confirm that a grant becomes less, without the step itself",
         f"UPDATE funding_grantchange SET state = 'confirmed', decided_by_id = {account('wf2')}, "
         f"decided_on = CURRENT_DATE, decision_id = {decision(GRANTED, 'pay')} WHERE state = 'requested'",
         found="Die Entscheidung dazu ist eine andere"),
    case("change by how much a grant becomes less", "UPDATE funding_grantchange SET amount = amount - 1",
         refused="funding_grantchange_no_change"),
    case("write a confirmed change of a grant",
         "INSERT INTO funding_grantchange (application_id, what, granted, amount, reason, state, requested_by_id, "
         f"requested_on, decided_by_id, decided_on, refusal, decision_id) SELECT {GRANTED}, 'reduce', 600000, 500000, "
         f"'x', 'confirmed', {account('wf1')}, CURRENT_DATE, {account('wf2')}, CURRENT_DATE, '', "
         f"{decision(GRANTED, 'pay')}",
         refused="funding_grantchange_begins", found="Die Entscheidung dazu ist eine andere"),
    case(
        "let another request take the place of a confirmed one",
        f"UPDATE funding_grantchange SET state = 'confirmed', decided_by_id = {account('wf2')}, "
        f"decided_on = CURRENT_DATE, decision_id = {decision(GRANTED, 'pay')}",
        "INSERT INTO funding_grantchange (application_id, what, granted, amount, reason, state, requested_by_id, "
        f"requested_on, refusal) SELECT {GRANTED}, 'reduce', 600000, 500000, 'x', 'requested', {account('gf.apl')}, "
        "CURRENT_DATE, ''",
        f"UPDATE OR REPLACE funding_grantchange SET state = 'confirmed', decided_by_id = {account('wf2')}, "
        f"decided_on = CURRENT_DATE, decision_id = {decision(GRANTED, 'pay')} WHERE state = 'requested'",
        refused="funding_grantchange_not_displaced", only="sqlite",
    ),
    case("replace a request that waits",
         "INSERT OR REPLACE INTO funding_grantchange SELECT * FROM funding_grantchange",
         refused="funding_grantchange_not_replaced", only="sqlite"),
    case("empty the requests", "TRUNCATE funding_grantchange CASCADE", refused="funding_grantchange_no_truncate",
         only="postgresql"),
    case("change an expense", "UPDATE funding_expense SET amount = 1", refused="funding_expense_no_update",
         found="sein müsste"),
    case("write an expense without booking it",
         "INSERT INTO funding_expense (pot_id, amount, purpose, payee, voucher, dated, reason, actor_id, \"on\", "
         "recorded_at) SELECT pot_id, 5, 'x', 'x', '', dated, '', actor_id, \"on\", recorded_at FROM funding_expense",
         found="sein müsste"),
    case("use a form's key once more", "DELETE FROM funding_spentkey", refused="funding_spentkey_no_delete"),
    case("rename a spent key", "UPDATE funding_spentkey SET key = 'x'", refused="funding_spentkey_no_update"),
    case("empty the spent keys", "TRUNCATE funding_spentkey", refused="funding_spentkey_no_truncate",
         only="postgresql"),
    case("replace a spent key", "INSERT OR REPLACE INTO funding_spentkey SELECT * FROM funding_spentkey",
         refused="funding_spentkey_not_replaced", only="sqlite"),
    # Letters
    case("change what a letter says", "UPDATE letters_letter SET drawn_on = '2020-01-01'",
         refused="letters_letter_stays"),
    case("change the words of a letter", "UPDATE letters_letter SET inputs = '{\"x\": 1}'", refused="letters_letter_says_so"),
    case("delete the words of a letter alone", "UPDATE letters_letter SET inputs = '{}'", refused="letters_letter_erased",
         found="keine zwei Personen haben sie gelöscht"),
    case("give a letter another file", f"UPDATE letters_letter SET sha256 = '{'b' * 64}'",
         refused="letters_letter_made_once", found="Die Datei fehlt oder ist eine andere"),
    case("accept a letter in nobody's name", "UPDATE letters_letter SET answer = 'accepted'",
         refused="letter_answer_is_whole", found="die Bedingung letter_answer_is_whole ist verletzt"),
    case("take an acceptance back", ACCEPTED, "UPDATE letters_letter SET answer = '', answered_on = NULL, "
         "answer_way = '', answer_name = ''", refused="letters_letter_answered_once"),
    case("correct a letter by one of another decision", f"INSERT INTO letters_letter ({LETTER}) SELECT 'x', "
         f"{decision(OWN, 'approve')}, id, 'x', {LETTER_REST} FROM letters_letter", refused="letters_letter_same_decision"),
    case("accept a letter that was corrected", f"INSERT INTO letters_letter ({LETTER}) SELECT 'x', decision_id, id, 'x', "
         f"{LETTER_REST} FROM letters_letter", f"{ACCEPTED} WHERE replaces_id IS NULL",
         refused="letters_letter_answers_current"),
    case("delete a letter", "DELETE FROM letters_letter", refused="letters_letter_no_delete"),
    case("replace a letter", "INSERT OR REPLACE INTO letters_letter SELECT * FROM letters_letter",
         refused="letters_letter_not_replaced", only="sqlite"),
    case("empty the letters", "TRUNCATE letters_letter CASCADE", refused="letters_letter_no_truncate", only="postgresql"),
    case("give a letter's number twice", "UPDATE letters_letterseries SET last = last - 1",
         refused="letters_letterseries_goes_up"),
    case("move a series of letters to another year", "UPDATE letters_letterseries SET year = year + 1",
         refused="letters_letterseries_stays"),
    case("delete a series of letters", "DELETE FROM letters_letterseries", refused="letters_letterseries_no_delete",
         found="Der Nummernkreis nennt 0"),
    case("replace a series of letters", replaced("letters_letterseries", "year, last"), only="sqlite",
         refused="letters_letterseries_not_replaced"),
    case("empty the series of letters", "TRUNCATE letters_letterseries", only="postgresql",
         refused="letters_letterseries_no_truncate", found="Der Nummernkreis nennt 0"),
    case("change how a letter was sent", "UPDATE letters_sending SET way = 'handed'", refused="letters_sending_no_update"),
    case("delete that a letter was sent", "DELETE FROM letters_sending", refused="letters_sending_no_delete"),
    case("replace how a letter was sent", replaced("letters_sending", 'id, letter_id, way, "on", by_id, recorded_at'),
         only="sqlite", refused="letters_sending_not_replaced"),
    case("empty how letters were sent", "TRUNCATE letters_sending", only="postgresql", refused="letters_sending_no_truncate"),
    case("change the text of a drawn letter", "UPDATE letters_lettertext SET subject = 'x'",
         refused="letters_lettertext_used"),
    case("delete the text of a drawn letter", f"DELETE FROM letters_lettertext WHERE id = {DRAWN_TEXT}",
         refused="letters_lettertext_no_delete"),
    case("replace the text of a drawn letter",
         replaced("letters_lettertext", f"id, {TEXT}", f"id = {DRAWN_TEXT}"), only="sqlite",
         refused="letters_lettertext_not_replaced"),
    case("empty the texts of letters", "TRUNCATE letters_lettertext CASCADE", only="postgresql",
         refused="letters_lettertext_no_truncate"),
    case("write the words of an act into a private text", "UPDATE letters_lettertext SET subject = 'Bescheid' "
         "WHERE kind = 'rejection'", refused="letter_text_without_public_words",
         found="die Bedingung letter_text_without_public_words ist verletzt"),
    case("write the words of an act into a condition", "UPDATE funding_grantcondition SET text = 'Dieser Bescheid'",
         refused="grant_condition_without_public_words",
         found="die Bedingung grant_condition_without_public_words ist verletzt"),
    case("write the words of an act into the interest agreed", "UPDATE funding_grantterms SET interest = 'Ab dem Widerruf'",
         refused="interest_without_public_words", found="die Bedingung interest_without_public_words ist verletzt"),
    case("let letters be acts without their texts", "UPDATE funding_grantterms SET letter_form = 'public', "
         "entrustment = 'Gesetz'", refused="funding_grantterms_public_texts_update"),
    case("write the words of an act into the letterhead", "UPDATE letters_letterhead SET register = 'Bescheid'",
         refused="letterhead_without_public_words", found="die Bedingung letterhead_without_public_words ist verletzt"),
    case("begin with letters that are acts without their texts",
         copied("funding_grantterms", TERMS, "id = (SELECT min(id) FROM funding_grantterms)", letter_form="'public'",
                entrustment="'Gesetz'", since="'2037-01-01'"),
         refused="funding_grantterms_public_texts_insert"),
    case("empty the letterhead", "TRUNCATE letters_letterhead", only="postgresql", refused="letters_letterhead_no_truncate"),
    case("delete the letterhead", "DELETE FROM letters_letterhead", refused="letters_letterhead_no_delete"),
    # Projects
    case("change a project's number", "UPDATE projects_project SET number = '1999-APL-001' "
         f"WHERE id = {of_project(GRANTED)}", refused="projects_project_numbered"),
    case("change who entered a project", f"UPDATE projects_project SET created_by_id = {account('wf2')}",
         refused="projects_project_creator"),
    case("forget who edited a project", "DELETE FROM projects_project_editors",
         refused="projects_project_editors_no_delete"),
    case("forget who edited a draft", "DELETE FROM projects_project_editors WHERE user_id = "
         "(SELECT actor_id FROM projects_projectchange WHERE version = 77) AND project_id = "
         "(SELECT project_id FROM projects_projectchange WHERE version = 77)",
         found="steht nicht bei denen, die mitgewirkt haben"),
    case("name somebody else as who edited a project", f"UPDATE projects_project_editors SET user_id = {account('wf2')} "
         f"WHERE project_id = {of_project(GRANTED)} AND user_id = {account('gf.apl')}",
         refused="projects_project_editors_no_update", found="steht nicht bei denen, die mitgewirkt haben"),
    case("replace who edited a project",
         "INSERT OR REPLACE INTO projects_project_editors (id, project_id, user_id) "
         f"SELECT id, project_id, {account('wf2')} FROM projects_project_editors "
         f"WHERE project_id = {of_project(GRANTED)} AND user_id = {account('gf.apl')}", only="sqlite",
         refused="projects_project_editors_not_replaced", found="steht nicht bei denen, die mitgewirkt haben"),
    case("forget who edited any project", "TRUNCATE projects_project_editors", only="postgresql",
         refused="projects_project_editors_no_truncate", found="steht nicht bei denen, die mitgewirkt haben"),
    case("change what a project was granted", "UPDATE projects_project SET granted_total = granted_total + 1",
         found="der Plan ergibt"),
    case("change what a project was granted, with its plan",
         "UPDATE projects_financingitem SET granted = granted - 100 WHERE kind = 'pillar_2' AND granted = 600000",
         "UPDATE projects_project SET granted_total = granted_total - 100, financing_total = financing_total - 100 "
         f"WHERE id = {of_project(GRANTED)}", found="Der Plan des Projekts nennt eine andere Bewilligung"),
    case("change a project's state", f"UPDATE projects_project SET state = 'settled' WHERE id = {of_project(GRANTED)}",
         found="die Anträge ergeben"),
    case("call a financing open that is closed",
         f"UPDATE projects_project SET state = 'funding_open' WHERE id = {of_project(GRANTED)}", found="der Plan ergibt"),
    case("call a project proved that is not",
         f"UPDATE projects_project SET is_proved = true WHERE id = {of_project(GRANTED)}", found="gilt als nachgewiesen"),
    case("call a project granted that never asked",
         "UPDATE projects_project SET state = 'approved', number = '2001-APL-099' WHERE number IS NULL",
         found="aber es gibt keinen Antrag"),
    case("hide a project that was granted", f"UPDATE projects_project SET published_on = NULL WHERE id = {of_project(GRANTED)}",
         found="nicht veröffentlicht"),
    case("change a project's kind", "UPDATE projects_project SET kind = 'supported' "
         f"WHERE id = {of_project(GRANTED)}", found="die Art ist"),
    case("raise in the plan what was asked for",
         "UPDATE projects_financingitem SET amount = amount + 100 WHERE amount = 550000",
         "UPDATE projects_project SET requested_total = requested_total + 100, financing_total = financing_total + 100 "
         f"WHERE id = {of_project(ASKED)}", found="nennt einen anderen Betrag"),
    case("give a pot another place in the lists", "UPDATE funding_pot SET folded_source = 'aaa' WHERE code = 'S2'",
         found="Der Schlüssel für Suche und Reihenfolge ist nicht der des Namens"),
    case("let the search know another title", f"UPDATE projects_searchtext SET title = 'x' WHERE project_id = {of_project(ASKED)}",
         found="Die Suche kennt einen anderen Titel"),
    case("open what was asked for to be changed", "UPDATE projects_financingitem SET locked = (1 = 0) WHERE amount = 550000",
         found="ist nicht gesperrt"),
    case("give a project an unknown state", f"UPDATE projects_project SET state = 'quatsch' WHERE id = {of_project(GRANTED)}",
         refused="project_words_known", found="die Bedingung project_words_known ist verletzt"),
    case("delete a project that was handed in", f"DELETE FROM projects_project WHERE id = {of_project(ASKED)}",
         refused="projects_project_no_delete"),
    case("replace a project", "INSERT OR REPLACE INTO projects_project SELECT * FROM projects_project "
         f"WHERE id = {of_project(ASKED)}", refused="projects_project_not_replaced", only="sqlite"),
    case("replace a participation", "INSERT OR REPLACE INTO projects_participation SELECT * FROM projects_participation",
         refused="projects_participation_not_replaced", only="sqlite"),
    case("replace a participation by its project and district",
         replaced("projects_participation", "project_id, district_id, decline_reason"),
         refused="projects_participation_not_replaced", only="sqlite"),
    case("let a draft take a project's place", "UPDATE OR REPLACE projects_project SET number = "
         f"(SELECT number FROM projects_project WHERE id = {of_project(ASKED)}) WHERE number IS NULL",
         refused="projects_project_not_displaced", only="sqlite"),
    case("give a number twice", "UPDATE projects_numberseries SET last = last - 1",
         refused="projects_numberseries_goes_up", found="eine, vergeben:"),
    case("move a series of numbers to another year", "UPDATE projects_numberseries SET year = year + 1",
         refused="projects_numberseries_stays", found="eine, vergeben:"),
    case("delete a series of numbers", "DELETE FROM projects_numberseries",
         refused="projects_numberseries_no_delete", found="eine, vergeben:"),
    case("empty the series of numbers", "TRUNCATE projects_numberseries", only="postgresql",
         refused="projects_numberseries_no_truncate", found="eine, vergeben:"),
    case("rewrite a project's history", "UPDATE projects_projectchange SET version = 1",
         refused="projects_projectchange_no_update"),
    case("pay to another account", "UPDATE payments_payeeaccount SET iban = 'DE89370400440532013000'",
         refused="payments_payeeaccount_no_change"),
    case("move a confirmed account to an earlier day",
         f"UPDATE payments_payeeaccount SET since = '2020-01-01' WHERE id = {CONFIRMED_ACCOUNT}",
         refused="payments_payeeaccount_no_change"),
    case("confirm an account alone",
         "UPDATE payments_payeeaccount SET state = 'confirmed', paper = 'x', decided_by_id = requested_by_id, "
         f"decided_on = CURRENT_DATE WHERE id = {WAITING_ACCOUNT}", refused="payeeaccount_confirmed_by_another",
         found="die Bedingung payeeaccount_confirmed_by_another ist verletzt"),
    case("confirm an account without a paper",
         f"UPDATE payments_payeeaccount SET state = 'confirmed', decided_by_id = {account('wf2')}, "
         f"decided_on = CURRENT_DATE WHERE id = {WAITING_ACCOUNT}", refused="payee_account_confirmed_by_paper",
         found="die Bedingung payee_account_confirmed_by_paper ist verletzt"),
    case("write a confirmed account",
         account_row(WAITING_ACCOUNT, WAITING_ACCOUNT, state="'confirmed'", paper="'x'", decided_on="CURRENT_DATE",
                     decided_by_id=account("wf2")), refused="payments_payeeaccount_begins"),
    case("let an account follow another payee's",
         "INSERT INTO payments_payee (person_id, entered_by_id, entered_on) "
         f"SELECT person_id, id, CURRENT_DATE FROM members_user WHERE id = {account('gf.apl')}",
         account_row(WAITING_ACCOUNT, WAITING_ACCOUNT, payee_id="(SELECT max(id) FROM payments_payee)"),
         refused="payments_payeeaccount_follows_own", found="die nicht davor steht"),
    case("delete an account", f"DELETE FROM payments_payeeaccount WHERE id = {WAITING_ACCOUNT}",
         refused="payments_payeeaccount_no_delete"),
    case("replace an account", replaced("payments_payeeaccount", ACCOUNT), only="sqlite",
         refused="payments_payeeaccount_not_replaced"),
    case("empty the accounts", "TRUNCATE payments_payeeaccount CASCADE", only="postgresql",
         refused="payments_payeeaccount_no_truncate"),
    case("change who a payee is",
         "UPDATE payments_payee SET organisation_id = NULL, "
         f"person_id = (SELECT person_id FROM members_user WHERE id = {account('wf1')})", refused="payments_payee_stays"),
    case("replace a payee",
         replaced("payments_payee", "organisation_id, entered_by_id, entered_on"), only="sqlite",
         refused="payments_payee_not_replaced"),
    case("empty the payees", "TRUNCATE payments_payee CASCADE", only="postgresql", refused="payments_payee_no_truncate"),
    case("delete a payee", "DELETE FROM payments_payee", refused="payments_payee_no_delete"),
    case("change what is called", call(CALL, "amount = 1"), refused="payments_paymentcall_stays", found="die offenen Abrufe ergeben"),
    case("change what a call is for", call(CALL, "purpose = 'x'"), refused="payments_paymentcall_keeps_details"),
    case("call a call paid that is not", call(CHECKED_CALL, "state = 'paid'"), refused="payments_paymentcall_moves",
         found="die offenen Abrufe ergeben"),
    case("bring back a withdrawn call", call(CALL, "state = 'withdrawn'"), call(CALL, "state = 'called'"),
         refused="payments_paymentcall_moves"),
    case("give a call back without a step", call(CHECKED_CALL, "state = 'returned', checked_by_id = NULL"),
         found="die Schritte ergeben"),
    case("check a call alone", call(CALL, "state = 'checked', checked_by_id = called_by_id"),
         refused="call_checked_by_another", found="die Bedingung call_checked_by_another ist verletzt"),
    case("name somebody else as who checked a call", call(CHECKED_CALL, f"checked_by_id = {account('wf2')}"),
         refused="payments_paymentcall_keeps_checker"),
    case("write a checked call",
         application(OWN, "called = called + 1"),
         copied("payments_paymentcall", CALLED, f"id = {CHECKED_CALL}", amount="1"),
         refused="payments_paymentcall_begins", found="Der erste Schritt fehlt"),
    case("write a call for which nothing is set aside",
         copied("payments_paymentcall", CALLED, f"id = {CALL}", amount="1"),
         refused="payments_paymentcall_covered", found="die offenen Abrufe ergeben"),
    case("change the amount of a call for an expense", call(EXPENSE_CALL, "amount = 1"),
         refused="payments_paymentcall_stays", found="Betrag oder Ausgabe passen nicht zusammen"),
    case("call an expense that is paid",
         copied("payments_paymentcall", f"expense_id, {CALLED}", f"id = {EXPENSE_CALL}", expense_id=EXPENSE, amount="5000"),
         refused="payments_paymentcall_of_expense", found="sagen etwas anderes"),
    case("reverse an expense that is to be paid",
         "INSERT INTO funding_expense (pot_id, amount, purpose, payee, voucher, dated, reverses_id, reason, actor_id, "
         "\"on\", recorded_at) SELECT pot_id, amount, 'x', 'x', '', dated, id, 'x', actor_id, \"on\", recorded_at "
         f"FROM funding_expense WHERE id = (SELECT expense_id FROM payments_paymentcall WHERE id = {EXPENSE_CALL})",
         refused="funding_expense_held", found="storniert ist, sagt etwas anderes"),
    case("delete a call", f"DELETE FROM payments_paymentcall WHERE id = {CALL}", refused="payments_paymentcall_no_delete"),
    case("replace a call", replaced("payments_paymentcall", f"id, {CALLED}"), only="sqlite",
         refused="payments_paymentcall_not_replaced"),
    case("empty the calls", "TRUNCATE payments_paymentcall CASCADE", only="postgresql",
         refused="payments_paymentcall_no_truncate"),
    case("change who took a step on a call", f"UPDATE payments_callstep SET actor_id = {account('wf2')}",
         refused="payments_callstep_no_update"),
    case("write a step that a call has not taken",
         copied("payments_callstep", STEP, f"call_id = {CALL}", step="'pay'"),
         refused="payments_callstep_fits", found="passt nicht dazu"),
    case("delete a step of a call", f"DELETE FROM payments_callstep WHERE call_id = {CALL}",
         refused="payments_callstep_no_delete", found="Der erste Schritt fehlt"),
    case("replace a step of a call", replaced("payments_callstep", f"id, {STEP}", "step = 'check'"), only="sqlite",
         refused="payments_callstep_not_replaced"),
    case("empty the steps of calls", "TRUNCATE payments_callstep", only="postgresql",
         refused="payments_callstep_no_truncate"),
    case("exchange the paper of a call", "UPDATE payments_callpaper SET sha256 = 'b'",
         refused="payments_callpaper_no_update", found="Die Datei fehlt oder ist eine andere"),
    case("add a paper to a checked call",
         copied("payments_callpaper", PAPER, "1 = 1", call_id=CHECKED_CALL), refused="payments_callpaper_in_time"),
    case("delete a paper of a call", "DELETE FROM payments_callpaper", refused="payments_callpaper_no_delete"),
    case("replace a paper of a call", replaced("payments_callpaper", PAPER), only="sqlite",
         refused="payments_callpaper_not_replaced"),
    case("empty the papers of calls", "TRUNCATE payments_callpaper", only="postgresql",
         refused="payments_callpaper_no_truncate"),
    case("change a plan that was checked", "UPDATE payments_instalmentplan SET purpose = 'x'",
         refused="payments_instalmentplan_no_change"),
    case("write a plan as checked", copied("payments_instalmentplan", PLAN, "1 = 1"),
         refused="payments_instalmentplan_begins"),
    case("delete a plan", "DELETE FROM payments_instalmentplan", refused="payments_instalmentplan_no_delete"),
    case("replace a plan", replaced("payments_instalmentplan", f"id, {PLAN}"), only="sqlite",
         refused="payments_instalmentplan_not_replaced"),
    case("empty the plans", "TRUNCATE payments_instalmentplan CASCADE", only="postgresql",
         refused="payments_instalmentplan_no_truncate"),
    case("raise an instalment", "UPDATE payments_instalment SET amount = amount + 1", refused="payments_instalment_stays"),
    case("add an instalment to a checked plan",
         copied("payments_instalment", "plan_id, number, amount, due_on, refusal", "1 = 1", number="2"),
         refused="payments_instalment_in_time"),
    case("delete an instalment", "DELETE FROM payments_instalment", refused="payments_instalment_no_delete"),
    case("replace an instalment", replaced("payments_instalment", "plan_id, number, amount, due_on, refusal"), only="sqlite",
         refused="payments_instalment_not_replaced"),
    case("empty the instalments", "TRUNCATE payments_instalment CASCADE", only="postgresql",
         refused="payments_instalment_no_truncate"),
    case("change the reason of a pause", "UPDATE payments_planstop SET reason = 'x'", refused="payments_planstop_no_update"),
    case("let a plan go on that has ended",
         copied("payments_planstop", 'plan_id, kind, reason, actor_id, "on", recorded_at', "1 = 1", kind="'end'"),
         copied("payments_planstop", 'plan_id, kind, reason, actor_id, "on", recorded_at', "kind = 'end'", kind="'resume'"),
         refused="payments_planstop_not_ended"),
    case("delete a pause", "DELETE FROM payments_planstop", refused="payments_planstop_no_delete"),
    case("replace a pause", replaced("payments_planstop", 'id, plan_id, kind, reason, actor_id, "on", recorded_at'),
         only="sqlite", refused="payments_planstop_not_replaced"),
    case("empty the pauses", "TRUNCATE payments_planstop", only="postgresql", refused="payments_planstop_no_truncate"),
    case("change the account from which was paid", "UPDATE payments_ownaccount SET iban = 'DE89370400440532013000'",
         refused="payments_ownaccount_used"),
    case("delete the association's account", "DELETE FROM payments_ownaccount", refused="payments_ownaccount_no_delete"),
    case("replace the association's account", replaced("payments_ownaccount", f"id, {OWN_ACCOUNT}"), only="sqlite",
         refused="payments_ownaccount_not_replaced"),
    case("empty the association's accounts", "TRUNCATE payments_ownaccount CASCADE", only="postgresql",
         refused="payments_ownaccount_no_truncate"),
    case("raise a confirmed balance", "UPDATE payments_balance SET amount = amount + 1",
         refused="payments_balance_no_change"),
    case("write a confirmed balance", copied("payments_balance", BALANCE, "1 = 1"), refused="payments_balance_begins"),
    case("delete a balance", "DELETE FROM payments_balance", refused="payments_balance_no_delete"),
    case("replace a balance", replaced("payments_balance", f"id, {BALANCE}"), only="sqlite",
         refused="payments_balance_not_replaced"),
    case("empty the balances", "TRUNCATE payments_balance", only="postgresql", refused="payments_balance_no_truncate"),
    case("write a released batch", copied("payments_paymentbatch", BATCH, "state = 'released'"),
         refused="payments_paymentbatch_begins"),
    case("call a batch executed that nobody released", f"DELETE FROM payments_payment WHERE id = {OPEN_PAYMENT}",
         batch(OPEN_BATCH, f"state = 'executed', released_by_id = {account('wf2')}, released_on = created_on, "
               "released_at = CURRENT_TIMESTAMP, closed_by_id = created_by_id, closed_on = created_on"),
         refused="payments_paymentbatch_moves", found="seine Zahlungen sagen etwas anderes"),
    case("release a batch alone",
         batch(OPEN_BATCH, "state = 'released', released_by_id = created_by_id, released_on = created_on, "
               "released_at = CURRENT_TIMESTAMP"),
         refused="batch_released_by_another", found="die Bedingung batch_released_by_another ist verletzt"),
    case("release an empty batch", f"DELETE FROM payments_payment WHERE id = {OPEN_PAYMENT}",
         batch(OPEN_BATCH, f"state = 'released', released_by_id = {account('wf2')}, released_on = created_on, "
               "released_at = CURRENT_TIMESTAMP"),
         refused="payments_paymentbatch_has_payments", found="seine Zahlungen sagen etwas anderes"),
    case("move a batch to another day", batch(RELEASED_BATCH, "execution_day = '2030-01-02'"),
         refused="payments_paymentbatch_stays"),
    case("name somebody else as who released a batch", batch(EXECUTED_BATCH, f"released_by_id = {account('gf.apl')}"),
         refused="payments_paymentbatch_released"),
    case("give a batch another file", batch(RELEASED_BATCH, f"sha256 = '{'0' * 64}'"),
         refused="payments_paymentbatch_file", found="Datei für die Bank: Die Datei fehlt oder ist eine andere"),
    case("name somebody else as who booked a batch", batch(EXECUTED_BATCH, f"closed_by_id = {account('gf.apl')}"),
         refused="payments_paymentbatch_closed"),
    case("call a batch executed that is not",
         batch(RELEASED_BATCH, "state = 'executed', closed_by_id = created_by_id, closed_on = created_on"),
         refused="payments_paymentbatch_finished", found="seine Zahlungen sagen etwas anderes"),
    case("delete a batch", f"DELETE FROM payments_paymentbatch WHERE id = {OPEN_BATCH}",
         refused="payments_paymentbatch_no_delete"),
    case("replace a batch", replaced("payments_paymentbatch", f"id, {BATCH}", "state = 'open'"), only="sqlite",
         refused="payments_paymentbatch_not_replaced"),
    case("empty the batches", "TRUNCATE payments_paymentbatch CASCADE", only="postgresql",
         refused="payments_paymentbatch_no_truncate"),
    case("slip a payment into a released batch",
         copied("payments_payment", PAYMENT, f"id = {OPEN_PAYMENT}", batch_id=RELEASED_BATCH, end_to_end="'x'",
                call_id=CHECKED_CALL, amount="10000"),
         refused="payments_payment_begins", found="seine Zahlungen sagen etwas anderes"),
    case("pay more than was called",
         copied("payments_payment", PAYMENT, f"id = {OPEN_PAYMENT}", end_to_end="'x'", call_id=CHECKED_CALL,
                amount="10001"),
         refused="payments_payment_begins", found="Ihr Betrag ist nicht der ihres Abrufs"),
    case("put a call into two batches",
         copied("payments_payment", PAYMENT, f"id = {OPEN_PAYMENT}", end_to_end="'x'"), only="postgresql",
         refused="one_live_payment_per_call"),
    case("drop a payment that came back", payment(RETURNED_PAYMENT, "state = 'executed', bounce_id = NULL, "
         "returned_on = NULL, returned_because = ''"), refused="payments_payment_moves"),
    case("book a payment before its batch is released", payment(OPEN_PAYMENT, "state = 'executed'"),
         refused="payments_payment_executed"),
    case("raise a payment", payment(OPEN_PAYMENT, "amount = amount + 1"), refused="payments_payment_stays",
         found="Ihr Betrag ist nicht der ihres Abrufs"),
    case("send a released payment to another account", payment(GOING_PAYMENT, f"account_id = {WAITING_ACCOUNT}"),
         refused="payments_payment_account_stays"),
    case("forget that the bank knew another name", payment(RETURNED_PAYMENT, "verified = '', verified_by_id = NULL, "
         "accepted_by_id = NULL, accepted_because = ''"), refused="payments_payment_answer_stays"),
    case("take back alone that the bank knew another name",
         payment(GOING_PAYMENT, f"verified = 'no_match', verified_by_id = {account('wf1')}"),
         payment(GOING_PAYMENT, "verified = 'match'"), refused="payments_payment_answer_of_two"),
    case("strike a payment that the statement has in its batch",
         copied("payments_statemententry", BANK_ENTRY, "amount = -990", position="99", amount="-4000"),
         f"UPDATE payments_statemententry SET state = 'matched', use = 'batch', batch_id = {RELEASED_BATCH}, "
         f"done_by_id = {account('wf1')}, done_on = CURRENT_DATE WHERE position = 99",
         payment(GOING_PAYMENT, "state = 'dropped'"), refused="payments_payment_dropped"),
    case("change why a payment was made all the same", payment(RETURNED_PAYMENT, "accepted_because = 'x'"),
         refused="payments_payment_acceptance_stays"),
    case("confirm another name alone", payment(GOING_PAYMENT, "verified = 'no_match', accepted_because = 'x', "
         f"verified_by_id = {account('wf1')}, accepted_by_id = {account('wf1')}"), refused="payment_accepted_by_another",
         found="die Bedingung payment_accepted_by_another ist verletzt"),
    case("change when was paid", payment(RETURNED_PAYMENT, "executed_on = '2026-01-02'"),
         refused="payments_payment_booking_stays", found="Die Tage von Zahlung und Buchung"),
    case("change why a payment came back", payment(RETURNED_PAYMENT, "returned_because = 'x'"),
         refused="payments_payment_return_stays"),
    case("book a payment by another application's booking",
         payment(GOING_PAYMENT, f"state = 'executed', executed_on = CURRENT_DATE, decision_id = {decision(GRANTED, 'approve')}"),
         refused="payments_payment_booking_fits"),
    case("book a payment back by a payment",
         "UPDATE payments_payment SET state = 'returned', returned_on = executed_on, returned_because = 'x', "
         "bounce_id = decision_id WHERE batch_id IS NULL",
         refused="payments_payment_return_fits", found="Ihre Buchung hat einen anderen Betrag"),
    case("write a payment of the past without a booking of its sum",
         copied("payments_payment", PAYMENT, "batch_id IS NULL", amount="1", decision_id=decision(OWN, "approve")),
         refused="payments_payment_former_fits"),
    case("call the payment of an expense executed that the ledger has not paid",
         copied("payments_payment", f"expense_id, {PAYMENT}", f"id = {OPEN_PAYMENT}", end_to_end="'x'", call_id=EXPENSE_CALL,
                amount="900", expense_id=f"(SELECT expense_id FROM payments_paymentcall WHERE id = {EXPENSE_CALL})"),
         batch(OPEN_BATCH, f"state = 'released', released_by_id = {account('wf2')}, released_on = created_on, "
                           "released_at = CURRENT_TIMESTAMP"),
         "UPDATE payments_payment SET state = 'executed', executed_on = CURRENT_DATE WHERE end_to_end = 'x'",
         refused="payments_payment_expense_fits", found="seine Zahlungen sagen etwas anderes"),
    case("delete a payment", f"DELETE FROM payments_payment WHERE id = {GOING_PAYMENT}",
         refused="payments_payment_no_delete", found="seine Zahlungen sagen etwas anderes"),
    case("delete a payment of the past", "DELETE FROM payments_payment WHERE batch_id IS NULL",
         refused="payments_payment_no_delete", found="fehlt die Zahlung"),
    case("replace a payment", replaced("payments_payment", f"id, {PAYMENT}", f"id = {OPEN_PAYMENT}"), only="sqlite",
         refused="payments_payment_not_replaced"),
    case("let a payment take another's booking",
         "UPDATE OR REPLACE payments_payment SET state = 'executed', executed_on = CURRENT_DATE, decision_id = "
         f"{decision(OWN, 'pay')} WHERE id = {GOING_PAYMENT}", only="sqlite", refused="payments_payment_not_displaced"),
    case("empty the payments", "TRUNCATE payments_payment CASCADE", only="postgresql", refused="payments_payment_no_truncate"),
    # Statements
    case("change a statement", "UPDATE payments_bankstatement SET closing = closing + 1",
         refused="payments_bankstatement_no_update", found="In seiner Datei steht etwas anderes"),
    case("delete a statement", "DELETE FROM payments_statemententry", "DELETE FROM payments_bankstatement",
         refused="payments_statemententry_no_delete"),
    case("delete a statement without entries",
         copied("payments_bankstatement", STATEMENT, "id > 0", bank_id="'x'"),
         "DELETE FROM payments_bankstatement WHERE bank_id = 'x'", refused="payments_bankstatement_no_delete"),
    case("load a statement that its file does not have",
         copied("payments_bankstatement", STATEMENT, "id > 0", bank_id="'x'"), found="In seiner Datei steht etwas anderes"),
    case("replace a statement", replaced("payments_bankstatement", f"id, {STATEMENT}", "id > 0"), only="sqlite",
         refused="payments_bankstatement_not_replaced"),
    case("empty the statements", "TRUNCATE payments_bankstatement CASCADE", only="postgresql",
         refused="payments_bankstatement_no_truncate"),
    case("change what the bank wrote", bank_entry(OUT, "amount = amount - 1"),
         refused="payments_statemententry_stays", found="Eine Buchung steht nicht in seiner Datei"),
    case("write an entry that is put aside",
         copied("payments_statemententry", BANK_ENTRY, "amount = -2000", position="99"),
         refused="payments_statemententry_begins", found="Eine Buchung steht nicht in seiner Datei"),
    case("write an entry that the bank did not",
         copied("payments_statemententry", BANK_ENTRY, "amount = -990", position="99"),
         found="Eine Buchung steht nicht in seiner Datei"),
    case("put an entry aside that is matched", bank_entry(BACK, "state = 'aside', use = '', payment_id = NULL, reason = 'x'"),
         refused="payments_statemententry_moves"),
    case("open an entry again that is matched",
         bank_entry(BACK, "state = 'open', use = '', payment_id = NULL, done_by_id = NULL, done_on = NULL"),
         refused="payments_statemententry_stays_matched"),
    case("give an entry another batch", bank_entry(GONE, f"batch_id = {RELEASED_BATCH}"),
         refused="payments_statemententry_keeps_match"),
    case("match an entry with a batch of another sum", matched(OUT, "batch", batch=RELEASED_BATCH),
         refused="payments_statemententry_batch_fits", found="hat einen anderen Betrag oder Stand"),
    case("match an entry with a payment of another amount", matched(OUT, "payment", payment=GOING_PAYMENT),
         refused="payments_statemententry_payment_fits", found="hat einen anderen Betrag oder Stand"),
    case("match an entry with an expense of another amount", matched(OUT, "expense", expense=EXPENSE),
         refused="payments_statemententry_expense_fits", found="hat einen anderen Betrag oder Stand"),
    case("call money that came in an expense that was paid", matched(IN, "expense", expense=EXPENSE),
         refused="payments_statemententry_expense_fits", found="hat einen anderen Betrag oder Stand"),
    case("match a return with a payment and a fee that are not its sum",
         matched(IN, "return", payment=GOING_PAYMENT, expense=EXPENSE),
         refused="payments_statemententry_payment_fits", found="hat einen anderen Betrag oder Stand"),
    case("write an entry that counts as one of its own statement",
         copied("payments_statemententry", BANK_ENTRY, "amount = -990", position="99", state="'again'", same_as_id="id"),
         refused="payments_statemententry_begins_again", found="Eine Buchung steht nicht in seiner Datei"),
    case("let an entry count as one of another amount", bank_entry(OUT, f"state = 'again', same_as_id = {IN}"),
         refused="payments_statemententry_is_again", found="Sie gilt als dieselbe wie eine Buchung, die sie nicht ist"),
    case("say of an entry that it is a further one", bank_entry(OUT, f"state = 'aside', reason = 'x', same_as_id = {IN}, "
         f"further = 'x', further_by_id = {account('wf1')}, further_on = CURRENT_DATE, done_by_id = {account('wf1')}, "
         "done_on = CURRENT_DATE"), refused="payments_statemententry_same_stays"),
    case("call money that went out an instalment", matched(OUT, "instalment", year="(SELECT max(id) FROM funding_fiscalyear)"),
         refused="entry_use_has_its_row", found="die Bedingung entry_use_has_its_row ist verletzt"),
    case("pay more back to the city than lapsed to it", matched(OUT, "to_city", year="(SELECT max(id) FROM funding_fiscalyear)"),
         refused="payments_statemententry_to_city_fits", found="An die Stadt zurückgezahlt sind"),
    case("match an entry with no special pot", matched(IN, "special", pot="(SELECT id FROM funding_pot WHERE code = 'S2')"),
         refused="payments_statemententry_pot_fits"),
    case("match an entry with another raise of a pot",
         matched(IN, "special", pot="(SELECT id FROM funding_pot WHERE code = 'SPK')",
                 raised="(SELECT min(id) FROM funding_ledgerentry)"),
         refused="payments_statemententry_raised_fits", found="hat einen anderen Betrag oder Stand"),
    case("match an entry with what is no repayment", matched(IN, "repayment", decision=decision(OWN, "pay")),
         refused="payments_statemententry_decision_fits", found="hat einen anderen Betrag oder Stand"),
    case("match an entry with what is no interest", matched(IN, "interest", interest=decision(OWN, "pay")),
         refused="payments_statemententry_interest_fits", found="hat einen anderen Betrag oder Stand"),
    case("match an entry with interest of another amount",
         decided(OWN, "interest", "5"), matched(IN, "interest", interest=decision(OWN, "interest")),
         refused="payments_statemententry_interest_fits", found="hat einen anderen Betrag oder Stand"),
    case("match an entry with a request that is no repayment",
         matched(IN, "repayment", change="(SELECT max(id) FROM funding_grantchange)"),
         refused="payments_statemententry_change_fits"),
    case("delete an entry of the bank", f"DELETE FROM payments_statemententry WHERE id = {OUT}",
         refused="payments_statemententry_no_delete", found="Es fehlt eine Buchung aus seiner Datei"),
    case("replace an entry of the bank", replaced("payments_statemententry", f"id, {BANK_ENTRY}", "amount = -990"), only="sqlite",
         refused="payments_statemententry_not_replaced"),
    case("let an entry take another's batch",
         f"UPDATE OR REPLACE payments_statemententry SET state = 'matched', use = 'batch', batch_id = {EXECUTED_BATCH}, "
         f"done_by_id = {account('wf1')}, done_on = CURRENT_DATE WHERE id = {OUT}", only="sqlite",
         refused="payments_statemententry_not_displaced"),
    case("empty the entries of the bank", "TRUNCATE payments_statemententry", only="postgresql",
         refused="payments_statemententry_no_truncate"),
    # Proofs of use: the only one, in every table one row.
    case("move a proof to another grant", f"UPDATE proofs_proofofuse SET application_id = {GRANTED}",
         refused="proofs_proofofuse_stays", found="Er gehört zu einer anderen Bewilligung als seine Entscheidung"),
    case("accept a proof that is not handed in", "UPDATE proofs_proofofuse SET state = 'accepted', result = 1, "
         "handed_in_on = CURRENT_DATE, confirmed = (1 = 1)", refused="proofs_proofofuse_moves", found="die Schritte ergeben"),
    case("accept a proof without a result",
         "UPDATE proofs_proofofuse SET state = 'accepted', handed_in_on = CURRENT_DATE, confirmed = (1 = 1)",
         refused="proof_result_when_accepted", found="die Bedingung proof_result_when_accepted ist verletzt"),
    case("begin a proof with a day of handing in",
         copied("proofs_proofofuse", PROOF, "1 = 1", application_id=SIGNED, handed_in_on="CURRENT_DATE"), refused="proofs_proofofuse_begins", found="Der erste Schritt fehlt"),
    case("delete a proof", "DELETE FROM proofs_proofofuse", refused="proofs_proofofuse_no_delete"),
    case("empty the proofs", "TRUNCATE proofs_proofofuse CASCADE", only="postgresql", refused="proofs_proofofuse_no_truncate"),
    case("change a step of a proof", "UPDATE proofs_proofstep SET reason = 'x'", refused="proofs_proofstep_no_update"),
    case("write a step that leads elsewhere", copied("proofs_proofstep", PROOF_STEP, "1 = 1", step="'hand_in'"),
         refused="proofs_proofstep_fits", found="die Schritte ergeben"),
    case("delete a step of a proof", "DELETE FROM proofs_proofstep", refused="proofs_proofstep_no_delete",
         found="Der erste Schritt fehlt"),
    case("change what was planned", "UPDATE proofs_proofrow SET planned = planned + 1 WHERE plan_row_id IS NOT NULL",
         refused="proofs_proofrow_keeps_plan", found="Geplant war etwas anderes"),
    case("change what was spent beside its vouchers", "UPDATE proofs_proofrow SET actual = 1 WHERE actual IS NOT NULL",
         found="Die Belege ergeben"),
    case("cut a row before it is handed in", "UPDATE proofs_proofrow SET cut = 1, cut_reason = 'x' WHERE actual IS NOT NULL",
         refused="proofs_proofrow_keeps_cut"),
    case("cut more of a row than was spent", "UPDATE proofs_proofrow SET cut = actual + 1, cut_reason = 'x' WHERE actual IS NOT NULL",
         refused="proof_row_cut_within_actual", found="die Bedingung proof_row_cut_within_actual ist verletzt"),
    case("delete a planned row", "DELETE FROM proofs_proofrow WHERE actual IS NULL", refused="proofs_proofrow_no_delete"),
    case("enter a negative voucher", "UPDATE proofs_voucher SET amount = -5", refused="voucher_positive",
         found="die Bedingung voucher_positive ist verletzt"),
    case("give a voucher another file", "UPDATE proofs_voucher SET sha256 = 'x' WHERE sha256 <> ''",
         refused="proofs_voucher_stays", found="(Verwendungsnachweis Nr."),
    case("take a handed-in voucher for a new one", "UPDATE proofs_voucher SET kept = (1 = 0)", refused="proofs_voucher_stays_kept"),
    case("delete a handed-in voucher", "DELETE FROM proofs_voucher", refused="proofs_voucher_no_delete"),
    case("give a photo another file", "UPDATE proofs_proofphoto SET sha256 = 'x'", refused="proofs_proofphoto_stays",
         found="(Verwendungsnachweis Nr."),
    case("confirm more time alone", "UPDATE proofs_extension SET state = 'confirmed', decided_by_id = requested_by_id, "
         "decided_on = requested_on", refused="extension_confirmed_by_another",
         found="die Bedingung extension_confirmed_by_another ist verletzt"),
    case("change until when more time is asked for", "UPDATE proofs_extension SET until = CURRENT_DATE",
         refused="proofs_extension_no_change"),
    case("move the last day of a proof", "UPDATE proofs_proofofuse SET due_on = CURRENT_DATE", found="Die Frist hat niemand so entschieden"),
    case("change a signed result", "UPDATE proofs_auditnote SET result = result + 1", refused="proofs_auditnote_stays"),
    case("sign twice with one hand", "UPDATE proofs_auditnote SET state = 'signed', second_by_id = signed_by_id, second_on = signed_on",
         refused="audit_note_signed_by_another", found="die Bedingung audit_note_signed_by_another ist verletzt"),
    case("sign without accepting the proof", f"UPDATE proofs_auditnote SET state = 'signed', second_by_id = {account('wf2')}, "
         "second_on = signed_on", found="nicht das des unterschriebenen Prüfvermerks"),
    case("delete an audit note", "DELETE FROM proofs_auditnote", refused="proofs_auditnote_no_delete"),
    case("change an auditor's remark", "UPDATE proofs_auditorremark SET text = 'x y'", refused="proofs_auditorremark_no_update"),
    case("delete an auditor's remark", "DELETE FROM proofs_auditorremark", refused="proofs_auditorremark_no_delete"),
    case("claim back more than was decided", "UPDATE proofs_repaymentclaim SET amount = amount + 1",
         refused="proofs_repaymentclaim_no_update", found="Entschieden wurde etwas anderes"),
    case("let a claim go", "DELETE FROM proofs_repaymentclaim", refused="proofs_repaymentclaim_no_delete", found="hat keine Rückforderung mit Frist"),
    case("claim back by what claims nothing", copied("proofs_repaymentclaim", CLAIM, "1 = 1", decision_id=decision(GRANTED, "waive"),
         reference="'RF-x'"), refused="proofs_repaymentclaim_fits", found="Entschieden wurde etwas anderes"),
    case("ask for interest without a basis", "UPDATE proofs_repaymentclaim SET percent = 500", refused="claim_rate_by_its_basis",
         found="die Bedingung claim_rate_by_its_basis ist verletzt"),
    case("replace a claim", replaced("proofs_repaymentclaim", CLAIM), only="sqlite", refused="proofs_repaymentclaim_not_replaced"),
    case("empty the claims", "TRUNCATE proofs_repaymentclaim CASCADE", only="postgresql", refused="proofs_repaymentclaim_no_truncate"),
    case("remind before the last day is over", remind("due_on"), refused="proofs_claimreminder_fits"),
    case("remind of more than is claimed", remind("'2099-01-01'", "amount + 1"), refused="proofs_claimreminder_fits"),
    case("remind of interest without a basis", remind("'2099-01-01'", interest="1 = 1"), refused="proofs_claimreminder_fits"),
    case("change a reminder", remind("'2099-01-01'"), "UPDATE proofs_claimreminder SET amount = 1", refused="proofs_claimreminder_no_update"),
    case("delete a reminder", remind("'2099-01-01'"), "DELETE FROM proofs_claimreminder", refused="proofs_claimreminder_no_delete"),
    case("draw another sample", "UPDATE proofs_sample SET percent = 0", refused="proofs_sample_no_update",
         found="Gezogen wurde etwas anderes"),
    case("let a drawn grant go", "DELETE FROM proofs_samplepick", refused="proofs_samplepick_no_delete",
         found="Gezogen wurde etwas anderes"),
    # What has changed about a grant: the only one, with a question to it.
    case("ask for something else than was asked", "UPDATE proofs_changerequest SET partners = 'y'", refused="proofs_changerequest_stays"),
    case("note what needs consent", "UPDATE proofs_changerequest SET state = 'noted'",
         refused="proofs_changerequest_moves", found="die Schritte ergeben"),
    case("consent with the decision of another grant",
         f"UPDATE proofs_changerequest SET state = 'consented', outcome_id = {decision(GRANTED, 'approve')}",
         refused="proofs_changerequest_own_outcome", found="Die Entscheidung dazu ist eine andere"),
    case("consent without a decision", "UPDATE proofs_changerequest SET state = 'consented'",
         refused="change_outcome_when_consented", found="die Bedingung change_outcome_when_consented ist verletzt"),
    case("give a change a decision while it waits", f"UPDATE proofs_changerequest SET outcome_id = {decision(OWN, 'approve')}",
         refused="proofs_changerequest_keeps_outcome"),
    case("begin a change that is decided", copied("proofs_changerequest", CHANGE, "1 = 1", state="'refused'"),
         refused="proofs_changerequest_begins", found="Der erste Schritt fehlt"),
    case("delete a change", "DELETE FROM proofs_changerequest", refused="proofs_changerequest_no_delete"),
    case("empty the changes", "TRUNCATE proofs_changerequest CASCADE", only="postgresql", refused="proofs_changerequest_no_truncate"),
    case("add a row to a change that is asked", "INSERT INTO proofs_changerow (request_id, position, label, before, after) "
         "SELECT id, 9, 'x', 1, 2 FROM proofs_changerequest", refused="proofs_changerow_in_time",
         found="Die Zeilen sind nicht die des bewilligten Plans"),
    case("change a row of a change", "UPDATE proofs_changerow SET after = after + 1", refused="proofs_changerow_no_update",
         found="Die Zeilen sind nicht die des bewilligten Plans"),
    case("delete a row of a change", "DELETE FROM proofs_changerow WHERE position = 1", refused="proofs_changerow_no_delete",
         found="Die Zeilen sind nicht die des bewilligten Plans"),
    case("change a step of a change", "UPDATE proofs_changestep SET reason = 'y'", refused="proofs_changestep_no_update"),
    case("write a step of a change that leads elsewhere", copied("proofs_changestep", CHANGE_STEP, "step = 'ask'", step="'lapse'"),
         refused="proofs_changestep_fits", found="die Schritte ergeben"),
    case("ask back about one's own change", copied("proofs_changestep", CHANGE_STEP, "step = 'ask_back'",
         actor_id=account("gf.apl")), refused="proofs_changestep_two_sides", found="wer sie gemeldet hat"),
    case("delete a step of a change", "DELETE FROM proofs_changestep", refused="proofs_changestep_no_delete",
         found="Der erste Schritt fehlt"),
)  # fmt: skip
