"""What the tables of payments refuse, whoever writes. ``members.common.refusals`` makes triggers of it."""

from funding.payments import batch_guards, statement_guards
from funding.payments.models import PaymentCall
from funding.payments.transitions import TABLE
from funding.transitions import changes_of
from members.common.refusals import (
    Refusal,
    decided_once,
    differs,
    fixed,
    immutable,
    kept,
    not_replaced,
    quoted,
    trigger_set,
)

PAYEE = "Ein Empfaenger bleibt, wer er ist, und wird nicht geloescht"
ACCOUNT = "Eine Bankverbindung wird nicht geaendert und nicht geloescht, eine neue folgt auf sie"
ACCOUNT_BEGINS = "Eine Bankverbindung bestaetigt eine zweite Person"
OTHER_PAYEE = "Eine Bankverbindung folgt auf eine desselben Empfaengers"
CALL = "Ein Abruf bleibt bei seiner Bewilligung und seinem Betrag und wird nicht geloescht"
CALL_BEGINS = "Ein Abruf beginnt ungeprueft"
CALL_DETAILS = "Was abgerufen ist, aendert sich nur nach einer Rueckgabe"
CALL_STATE = "Diesen Schritt sieht die Tabelle der Uebergaenge nicht vor"
CALL_CHECKED = "Wer einen Abruf geprueft hat, bleibt stehen"
CALL_COVERED = "Die offenen Abrufe sind zusammen hoechstens, was fuer die Bewilligung abgerufen ist"
EXPENSE_CALL = "Eine Ausgabe wird mit ihrem Betrag abgerufen, solange sie weder bezahlt noch storniert ist"
EXPENSE_HELD = "Was abgerufen und nicht bezahlt ist, wird mit seinem Abruf storniert"
CALL_STEP = "Die Schritte eines Abrufs sind unveraenderlich"
OTHER_STEP = "Der Schritt fuehrt nicht zu dem Stand, den der Abruf hat"
CALL_PAPER = "Die Unterlagen eines Abrufs bleiben, wie sie sind"
LATE_PAPER = "Unterlagen kommen zu einem Abruf, bis er geprueft ist"
PLAN = "Ein Ratenplan wird nicht geaendert und nicht geloescht, er wird angehalten oder beendet"
PLAN_BEGINS = "Einen Ratenplan prueft eine zweite Person"
INSTALMENT = "Eine Rate bleibt, wie sie geplant ist"
LATE_INSTALMENT = "Raten gehoeren zu einem Plan, bevor er geprueft ist"
PLAN_STOP = "Pause und Ende eines Ratenplans bleiben stehen"
PLAN_ENDED = "Ein beendeter Ratenplan bleibt beendet"


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
    stays = differs(
        "id", "payee_id", "since", "follows_id", "district_id", "state", "requested_by_id", "requested_on",
        "decided_by_id", "decided_on",
    )  # fmt: skip
    return [
        *decided_once(
            table, ACCOUNT, ACCOUNT_BEGINS,
            "payee_id", "iban", "bic", "bank", "holder", "since", "follows_id", "district_id",
            unique=(
                "follows_id",
                "payee_id: o.follows_id IS NULL AND NEW.follows_id IS NULL",
                "payee_id: o.state = 'requested' AND NEW.state = 'requested'",
            ),
            # Who may delete the details, the guards of the retention say; what stands there then, a constraint.
            besides=f"OLD.state <> 'requested' AND OLD.iban <> '' AND NEW.iban = '' AND NOT ({stays})",
        ),
        Refusal(
            table, "follows_own", "INSERT", OTHER_PAYEE, f"NEW.follows_id IS NOT NULL AND NOT EXISTS ({before})"
        ),
    ]  # fmt: skip


def _calls() -> list[Refusal]:
    table = "payments_paymentcall"
    moves = {
        "checks": "OLD.state = 'called' AND NEW.state = 'checked'",
        "returns": "OLD.state <> 'returned' AND NEW.state = 'returned'",
    }
    others = (
        f"SELECT COALESCE(SUM(o.amount), 0) FROM {table} o WHERE o.application_id = NEW.application_id "
        f"AND o.state IN ({quoted(PaymentCall.OPEN)})"
    )
    expense = (
        "SELECT 1 FROM funding_expense x WHERE x.id = NEW.expense_id AND x.amount = NEW.amount AND x.reverses_id IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM funding_expense r WHERE r.reverses_id = x.id) "
        "AND NOT EXISTS (SELECT 1 FROM funding_ledgerentry e WHERE e.expense_id = x.id AND e.kind = 'pay')"
    )
    held = f"SELECT 1 FROM {table} c WHERE c.expense_id = NEW.reverses_id AND c.state IN ({quoted(PaymentCall.OPEN)})"
    called = "SELECT a.called FROM funding_application a WHERE a.id = NEW.application_id"
    return [
        fixed(
            table, "stays", CALL,
            ("id", "application_id", "expense_id", "amount", "instalment_id", "called_by_id", "called_on"),
        ),
        fixed(
            table, "keeps_details", CALL_DETAILS,
            (
                "payee_id", "kind", "purpose", "invoice_number", "invoice_on", "without_invoice", "due_on",
                "others_used", "override",
            ),
            "OLD.state <> 'returned'",
        ),
        Refusal(
            table, "moves", "UPDATE", CALL_STATE,
            f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ({quoted(changes_of(TABLE))})",
        ),
        Refusal(
            table, "keeps_checker", "UPDATE", CALL_CHECKED,
            f"({differs('checked_by_id')}) AND NOT ({' OR '.join(f'({move})' for move in moves.values())})",
        ),
        Refusal(
            table, "begins", "INSERT", CALL_BEGINS, "NEW.state <> 'called' OR NEW.checked_by_id IS NOT NULL"
        ),
        Refusal(table, "covered", "INSERT", CALL_COVERED, f"({others}) + NEW.amount > ({called})"),
        Refusal(
            table, "of_expense", "INSERT", EXPENSE_CALL, f"NEW.expense_id IS NOT NULL AND NOT EXISTS ({expense})"
        ),
        Refusal(
            "funding_expense", "held", "INSERT", EXPENSE_HELD, f"NEW.reverses_id IS NOT NULL AND EXISTS ({held})"
        ),
        *kept(table, CALL),
        not_replaced(table, CALL, "id", "instalment_id", "expense_id"),
    ]  # fmt: skip


def _steps() -> list[Refusal]:
    table = "payments_callstep"
    targets = {"call": PaymentCall.State.CALLED.value, **{step: move.target for step, move in TABLE.items()}}
    fits = " OR ".join(f"(NEW.step = '{step}' AND c.state = '{state}')" for step, state in targets.items())
    call = f"SELECT 1 FROM payments_paymentcall c WHERE c.id = NEW.call_id AND ({fits})"
    return [
        *immutable(table, CALL_STEP, "id"),
        Refusal(table, "fits", "INSERT", OTHER_STEP, f"NOT EXISTS ({call})"),
    ]


def _papers() -> list[Refusal]:
    table = "payments_callpaper"
    call = (
        "SELECT 1 FROM payments_paymentcall c WHERE c.id = NEW.call_id AND c.state IN ('called', 'returned')"
    )
    return [
        *immutable(table, CALL_PAPER, "id", "call_id sha256"),
        Refusal(table, "in_time", "INSERT", LATE_PAPER, f"NOT EXISTS ({call})"),
    ]


def _plans() -> list[Refusal]:
    plan, instalment, stop = (f"payments_{name}" for name in ("instalmentplan", "instalment", "planstop"))
    asked = f"SELECT 1 FROM {plan} p WHERE p.id = NEW.plan_id AND p.state = 'requested'"
    ended = f"SELECT 1 FROM {stop} o WHERE o.plan_id = NEW.plan_id AND o.kind = 'end'"
    return [
        *decided_once(
            plan, PLAN, PLAN_BEGINS,
            "application_id", "payee_id", "account_id", "purpose", "unit", "places",
        ),
        fixed(instalment, "stays", INSTALMENT, ("id", "plan_id", "number", "amount", "due_on")),
        Refusal(instalment, "in_time", "INSERT", LATE_INSTALMENT, f"NOT EXISTS ({asked})"),
        *kept(instalment, INSTALMENT),
        not_replaced(instalment, INSTALMENT, "id", "plan_id number"),
        *immutable(stop, PLAN_STOP, "id"),
        Refusal(stop, "not_ended", "INSERT", PLAN_ENDED, f"EXISTS ({ended})"),
    ]  # fmt: skip


REFUSALS = [
    *_payees(),
    *_accounts(),
    *_calls(),
    *_steps(),
    *_papers(),
    *_plans(),
    *batch_guards.refusals(),
    *statement_guards.refusals(),
]

GUARDS = trigger_set(REFUSALS)
