"""What the tables of proofs refuse, whoever writes. ``members.common.refusals`` makes triggers of it."""

from funding.proofs import change_transitions
from funding.proofs.models import ChangeRequest, ProofOfUse
from funding.proofs.transitions import TABLE
from funding.transitions import changes_of
from members.common.refusals import (
    Refusal,
    decided_once,
    fixed,
    immutable,
    kept,
    not_replaced,
    quoted,
    trigger_set,
)

PROOF = "Ein Verwendungsnachweis bleibt bei seiner Bewilligung und wird nicht geloescht"
BEGINS = "Ein Verwendungsnachweis beginnt ohne Ergebnis"
STATE = "Diesen Schritt sieht die Tabelle der Uebergaenge nicht vor"
REPORT = "Den Bericht aendert der Stadtbezirk, bis er eingereicht ist, und bei einer Rueckfrage"
RESULT = "Das Ergebnis entsteht mit der Anerkennung und bleibt"
DUE = "Die Frist eines anerkannten Nachweises bleibt"
STEP = "Die Schritte eines Nachweises sind unveraenderlich"
OTHER_STEP = "Der Schritt fuehrt nicht zu dem Stand, den der Nachweis hat"
ROW = "Eine Zeile bleibt, wie sie bewilligt ist, und verschwindet nicht"
ROW_FIGURES = "Zahlen aendert der Stadtbezirk, bis der Nachweis eingereicht ist, und bei einer Rueckfrage"
ROW_CUT = "Gekuerzt wird, was eingereicht und noch nicht anerkannt ist"
VOUCHER = "Ein Beleg bleibt bei seiner Zeile und seiner Datei"
VOUCHER_KEPT = "Ein eingereichter Beleg bleibt"
VOUCHER_IN_TIME = "Belege aendern sich, bis der Nachweis eingereicht ist, und bei einer Rueckfrage"
PHOTO = "Fotos aendern sich, bis der Nachweis eingereicht ist, und bei einer Rueckfrage"
EXTENSION = "Eine Fristverlaengerung wird einmal entschieden und bleibt"
EXTENSION_BEGINS = "Ueber eine Fristverlaengerung entscheidet eine zweite Person"
NOTE = "Ein Pruefvermerk bleibt, wie er unterschrieben wurde"
NOTE_BEGINS = "Einen Pruefvermerk zu zweit unterschreibt zuerst eine Person"
REMARK = "Bemerkungen der Rechnungspruefung bleiben stehen"
CLAIM = "Eine Rueckforderung bleibt, wie sie entschieden wurde"
REMINDER = "Erinnert wird an das, was nach der Frist offen ist, und das bleibt stehen"
SAMPLE = "Eine gezogene Stichprobe bleibt"
CHANGE = "Was als Aenderung gemeldet ist, bleibt"
CHANGE_BEGINS = "Eine Aenderung beginnt als Antrag oder Vermerk"
CHANGE_OUTCOME = "Die Entscheidung ueber eine Aenderung bleibt und gehoert zur selben Bewilligung"
CHANGE_ROW = "Die Zeilen einer Aenderung stehen da, bevor sie gemeldet ist, und bleiben"
CHANGE_STEP = "Die Schritte einer Aenderung sind unveraenderlich"
CHANGE_OTHER_STEP = "Der Schritt fuehrt nicht zu dem Stand, den die Aenderung hat"
CHANGE_TWO_SIDES = "Wer eine Aenderung meldet, entscheidet nicht ueber sie"

#: What the district writes and the Wirtschaftsfoerderung does not.
FILLED_IN = tuple(name for name in ProofOfUse.REPORT if name != "confirmed")
_WRITABLE = "('open', 'asked_back')"
_DETAILS = ("number", "day", "amount", "payee", "struck", "kept")


def _proofs() -> list[Refusal]:
    table = "proofs_proofofuse"
    moves = quoted(changes_of(TABLE))
    accepts = "NEW.state = 'accepted' AND OLD.state <> 'accepted'"
    changed = (
        "SELECT 1 FROM funding_decision d WHERE d.id = NEW.decision_id AND d.application_id = NEW.application_id "
        "AND d.step = 'change'"
    )
    return [
        fixed(table, "stays", PROOF, ("id", "application_id", "depth", "opened_by_id", "opened_on")),
        fixed(table, "keeps_decision", PROOF, ("decision_id",), f"OLD.state <> 'open' OR NOT EXISTS ({changed})"),
        Refusal(
            table, "moves", "UPDATE", STATE,
            f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ({moves})",
        ),
        fixed(table, "keeps_report", REPORT, FILLED_IN, f"OLD.state NOT IN {_WRITABLE}"),
        fixed(table, "keeps_result", RESULT, ("result", "overpaid"), f"NOT ({accepts})"),
        fixed(
            table, "keeps_days", DUE, ("due_on", "late", "handed_in_on", "hearing_until", "hearing_answer"),
            "OLD.state = 'accepted'",
        ),
        Refusal(
            table, "begins", "INSERT", BEGINS,
            "NEW.state <> 'open' OR NEW.handed_in_on IS NOT NULL OR NEW.result IS NOT NULL",
        ),
        *kept(table, PROOF),
        not_replaced(table, PROOF, "id", "application_id"),
    ]  # fmt: skip


def _steps() -> list[Refusal]:
    table = "proofs_proofstep"
    targets = {"open": ProofOfUse.State.OPEN.value, **{step: move.target for step, move in TABLE.items()}}
    fits = " OR ".join(f"(NEW.step = '{step}' AND p.state = '{state}')" for step, state in targets.items())
    proof = f"SELECT 1 FROM proofs_proofofuse p WHERE p.id = NEW.proof_id AND ({fits})"
    return [
        *immutable(table, STEP, "id"),
        Refusal(table, "fits", "INSERT", OTHER_STEP, f"NOT EXISTS ({proof})"),
    ]


def _not_in(states: str, proof: str) -> str:
    """Return the condition that the proof with this key (SQL) is in none of the states."""
    return f"NOT EXISTS (SELECT 1 FROM proofs_proofofuse p WHERE p.id = {proof} AND p.state IN {states})"


def _rows() -> list[Refusal]:
    table = "proofs_proofrow"
    in_plan = (
        "SELECT 1 FROM funding_planrow k JOIN proofs_proofofuse p ON p.decision_id = k.decision_id WHERE k.id = NEW.plan_row_id "
        "AND k.position = NEW.position AND k.amount = NEW.planned AND p.id = NEW.proof_id AND p.state = 'open'"
    )
    return [
        fixed(
            table, "stays", ROW,
            ("id", "proof_id", "position", "side", "is_planned", "is_grant"),
        ),
        # A consented change of the plan is what an open proof compares with.
        fixed(table, "keeps_plan", ROW, ("plan_row_id", "planned"), f"NOT EXISTS ({in_plan})"),
        fixed(table, "keeps_planned", ROW, ("kind", "label"), "OLD.is_planned"),
        fixed(
            table, "keeps_figures", ROW_FIGURES, ("kind", "label", "actual"), _not_in(_WRITABLE, "NEW.proof_id"),
        ),
        fixed(
            table, "keeps_cut", ROW_CUT, ("cut", "cut_reason", "asked"),
            _not_in("('handed_in', 'hearing', 'asked_back')", "NEW.proof_id"),
        ),
        Refusal(table, "in_time", "INSERT", ROW_FIGURES, _not_in(_WRITABLE, "NEW.proof_id")),
        *kept(table, ROW, f"OLD.is_planned OR {_not_in(_WRITABLE, 'OLD.proof_id')}"),
        not_replaced(table, ROW, "id", "proof_id position"),
    ]  # fmt: skip


def _vouchers() -> list[Refusal]:
    table = "proofs_voucher"
    late = (
        "NOT EXISTS (SELECT 1 FROM proofs_proofrow r JOIN proofs_proofofuse p ON p.id = r.proof_id "
        f"WHERE r.id = {{}}.row_id AND p.state IN {_WRITABLE})"
    )
    return [
        fixed(
            table, "stays", VOUCHER,
            ("id", "row_id", "name", "kind", "size", "sha256", "entered_by_id", "entered_at"),
        ),
        Refusal(table, "stays_kept", "UPDATE", VOUCHER_KEPT, "OLD.kept AND NOT NEW.kept"),
        fixed(table, "keeps_details", VOUCHER_IN_TIME, _DETAILS, late.format("NEW")),
        Refusal(table, "in_time", "INSERT", VOUCHER_IN_TIME, late.format("NEW")),
        *kept(table, VOUCHER_KEPT, f"OLD.kept OR {late.format('OLD')}"),
        not_replaced(table, VOUCHER, "id"),
    ]  # fmt: skip


def _photos() -> list[Refusal]:
    table = "proofs_proofphoto"
    return [
        fixed(
            table, "stays", PHOTO,
            ("id", "proof_id", "name", "kind", "size", "sha256", "uploaded_by_id", "uploaded_at"),
        ),
        *(
            Refusal(table, f"in_time_{event.lower()}", event, PHOTO, _not_in(_WRITABLE, f"{row}.proof_id"))
            for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
        ),
        not_replaced(table, PHOTO, "id", "proof_id sha256"),
    ]  # fmt: skip


def _notes() -> list[Refusal]:
    table = "proofs_auditnote"
    signed = (
        "id", "proof_id", "text", "depth", "seen", "costs", "result", "by_two", "signed_by_id", "signed_on",
    )  # fmt: skip
    return [
        fixed(table, "stays", NOTE, signed),
        Refusal(table, "decided_once", "UPDATE", NOTE, "OLD.state <> 'waiting'"),
        Refusal(table, "begins", "INSERT", NOTE_BEGINS, "NEW.by_two AND NEW.state <> 'waiting'"),
        *kept(table, NOTE),
        not_replaced(table, NOTE, "id", "proof_id: o.state <> 'refused' AND NEW.state <> 'refused'"),
    ]


def _claims() -> list[Refusal]:
    table = "proofs_repaymentclaim"
    decided = (
        "SELECT 1 FROM funding_decision d WHERE d.id = NEW.decision_id AND d.step = 'reclaim' "
        "AND d.application_id = NEW.application_id AND d.amount = NEW.amount"
    )
    return [
        *immutable(table, CLAIM, "id", "decision_id", "reference"),
        Refusal(table, "fits", "INSERT", CLAIM, f"NOT EXISTS ({decided})"),
    ]


def _reminders() -> list[Refusal]:
    table = "proofs_claimreminder"
    overdue = (
        'SELECT 1 FROM proofs_repaymentclaim c WHERE c.id = NEW.claim_id AND c.due_on < NEW."on" '
        "AND (NEW.of_interest AND c.legal_basis <> '' OR NOT NEW.of_interest AND NEW.amount <= c.amount)"
    )
    return [
        *immutable(table, REMINDER, "id", 'claim_id "on"'),
        Refusal(table, "fits", "INSERT", REMINDER, f"NOT EXISTS ({overdue})"),
    ]


def _changes() -> list[Refusal]:
    table = "proofs_changerequest"
    asked = (
        "id", "application_id", "about", "decision_id", "reason", "carried_out_from", "carried_out_until", "partners", "granted",
        "amount", "asked_by_id", "asked_on", "recorded_at",
    )  # fmt: skip
    moves = quoted(changes_of(change_transitions.TABLE))
    begins = quoted(change_transitions.BEGINS.values())
    open_states = quoted(ChangeRequest.OPEN)
    same = "EXISTS (SELECT 1 FROM funding_decision d WHERE d.id = NEW.{} AND d.application_id = NEW.application_id)"
    return [
        fixed(table, "stays", CHANGE, asked),
        Refusal(
            table, "moves", "UPDATE", STATE,
            f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ({moves})",
        ),
        fixed(table, "keeps_outcome", CHANGE_OUTCOME, ("outcome_id",), "OLD.state = NEW.state"),
        Refusal(
            table, "own_outcome", "UPDATE", CHANGE_OUTCOME,
            f"NEW.outcome_id IS NOT NULL AND NOT {same.format('outcome_id')}",
        ),
        Refusal(
            table, "begins", "INSERT", CHANGE_BEGINS, f"NEW.state NOT IN ({begins}) OR NOT {same.format('decision_id')}",
        ),
        *kept(table, CHANGE),
        not_replaced(
            table, CHANGE, "id", f"application_id: o.state IN ({open_states}) AND NEW.state IN ({open_states})",
        ),
    ]  # fmt: skip


def _change_steps() -> list[Refusal]:
    table = "proofs_changestep"
    targets = {
        **change_transitions.BEGINS,
        **{step: move.target for step, move in change_transitions.TABLE.items()},
    }
    fits = " OR ".join(f"(NEW.step = '{step}' AND r.state = '{state}')" for step, state in targets.items())
    request = "SELECT 1 FROM proofs_changerequest r WHERE r.id = NEW.request_id AND"
    return [
        *immutable(table, CHANGE_STEP, "id"),
        Refusal(table, "fits", "INSERT", CHANGE_OTHER_STEP, f"NOT EXISTS ({request} ({fits}))"),
        Refusal(
            table, "two_sides", "INSERT", CHANGE_TWO_SIDES,
            f"NEW.step IN ('ask_back', 'consent', 'refuse') AND EXISTS ({request} r.asked_by_id = NEW.actor_id)",
        ),
    ]  # fmt: skip


def _change_rows() -> list[Refusal]:
    table = "proofs_changerow"
    return [
        *immutable(table, CHANGE_ROW, "id", "request_id position"),
        Refusal(
            table, "in_time", "INSERT", CHANGE_ROW,
            "EXISTS (SELECT 1 FROM proofs_changestep s WHERE s.request_id = NEW.request_id)",
        ),
    ]  # fmt: skip


REFUSALS = [
    *_proofs(),
    *_steps(),
    *_rows(),
    *_vouchers(),
    *_photos(),
    *decided_once(
        "proofs_extension", EXTENSION, EXTENSION_BEGINS, "proof_id", "until",
        unique=("proof_id: o.state = 'requested' AND NEW.state = 'requested'",),
    ),
    *_notes(),
    *_changes(),
    *_change_steps(),
    *_change_rows(),
    *immutable("proofs_auditorremark", REMARK, "id"),
    *_claims(),
    *_reminders(),
    *immutable("proofs_sample", SAMPLE, "id", "year_id"),
    *immutable("proofs_samplepick", SAMPLE, "id", "application_id"),
]  # fmt: skip

GUARDS = trigger_set(REFUSALS)
