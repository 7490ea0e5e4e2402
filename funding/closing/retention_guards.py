"""What the tables of retention refuse, whoever writes: nothing is deleted within its period, and nothing by one person."""

from dataclasses import dataclass

from funding.models import Application
from funding.payments.models import PaymentCall
from funding.proofs.models import ProofOfUse
from members.common.refusals import (
    Refusal,
    decided_once,
    differs,
    fixed,
    immutable,
    kept,
    not_replaced,
    quoted,
)
from members.models import Organisation
from projects.models import Project
from projects.permissions import PAPERS_GO

DELETION = "Eine Loeschung nach der Aufbewahrung bleibt stehen"
BEGINS = "Eine Loeschung nach der Aufbewahrung bestaetigt eine zweite Person"
ITEM = "Was geloescht wurde, bleibt verzeichnet"
ITEM_LATE = "Dateien kommen zu einer Loeschung, bevor sie bestaetigt ist"
ITEM_FITS = "Die Datei gehoert nicht zu dieser Zeile"
ITEM_TWICE = "Diese Datei ist schon geloescht"
TOO_SHORT = "Die Frist ist kuerzer als die des Gesetzes"
WITHIN = "Die Aufbewahrungsfrist ist noch nicht vorbei"
OPEN = "Zu diesem Projekt ist noch etwas offen, oder es ist gesperrt"
HOLD = "Eine Loeschsperre endet mit einem Grund und bleibt stehen"
DONE = "Wann die Dateien geloescht waren, bleibt stehen"
PERIOD = "Eine Aufbewahrungsfrist bleibt stehen, eine neue folgt auf sie"
ERASED = "Die Angaben einer Bankverbindung loeschen zwei Personen nach der Aufbewahrung"
WORDS = "Die Worte eines Schreibens loeschen zwei Personen nach der Aufbewahrung"
CONTACT = "Die Ansprechstelle eines Projekts aendert niemand, wenn daran nichts mehr zu bearbeiten ist"
PAPER = "Eine Unterlage bleibt, bis ihre Aufbewahrungsfrist vorbei ist und zwei Personen sie loeschen"


@dataclass(frozen=True)
class _Files:
    """Of which table a kind of file is, in SQL: when its row "x" arose, and of which project it is."""

    what: str
    table: str
    kind: str
    arose: str
    project: str = "NULL"
    hashed: str = "x.sha256 = NEW.sha256"


_BY_PROOF = "(SELECT a.project_id FROM funding_application a JOIN proofs_proofofuse p ON p.application_id = a.id WHERE p.id = {})"
_ACCOUNT, _LETTER, _PROJECT = "payments_payeeaccount", "letters_letter", "projects_project"
_PERSON, _ORGANISATION = "members_person", "members_organisation"
_HELD_BY_PERSON = ("members_seat", "members_mandate", "members_membership", "letters_signatory")
_HELD_BY_ORGANISATION = ("members_seat", "members_membership")
_TRADERS = (Organisation.LegalForm.GROUP.value, Organisation.LegalForm.SOLE_TRADER.value)


def _until(of: str, *tables: str) -> str:
    """Return the last day of all that row "x" holds by these tables, in SQL."""
    days = " UNION ALL ".join(f"SELECT until FROM {table} WHERE {of} = x.id" for table in tables)
    return f"COALESCE((SELECT CAST(max(t.until) AS text) FROM ({days}) t), '0001')"


_FILES = (
    _Files(
        "letter", _LETTER, "letter", "x.drawn_on",
        "(SELECT a.project_id FROM funding_application a JOIN funding_decision e ON e.application_id = a.id "
        "WHERE e.id = x.decision_id)",
    ),
    _Files("attachment", "projects_attachment", "letter", "x.uploaded_at", "x.project_id"),
    _Files("photo", "proofs_proofphoto", "letter", "x.uploaded_at", _BY_PROOF.format("x.proof_id")),
    _Files(
        "voucher", "proofs_voucher", "voucher", "COALESCE(CAST(x.day AS text), CAST(x.entered_at AS text))",
        _BY_PROOF.format("(SELECT r.proof_id FROM proofs_proofrow r WHERE r.id = x.row_id)"),
    ),
    _Files(
        "call_paper", "payments_callpaper", "voucher", "x.uploaded_at",
        "(SELECT a.project_id FROM funding_application a JOIN payments_paymentcall c ON c.application_id = a.id "
        "WHERE c.id = x.call_id)",
    ),
    _Files("bank_file", "payments_paymentbatch", "voucher", "x.released_on"),
    _Files("statement", "payments_bankstatement", "voucher", "x.closed_on"),
    _Files(
        "account", _ACCOUNT, "books",
        "COALESCE((SELECT CAST(max(COALESCE(y.returned_on, y.executed_on, b.execution_day)) AS text) FROM payments_payment y "
        "JOIN payments_paymentbatch b ON b.id = y.batch_id WHERE y.account_id = x.id), CAST(x.decided_on AS text))",
        hashed="length(NEW.sha256) = 64",
    ),
    _Files(
        "contact", _PROJECT, "letter",
        'COALESCE((SELECT CAST(max(e."on") AS text) FROM funding_decision e JOIN funding_application a '
        "ON a.id = e.application_id WHERE a.project_id = x.id), CAST(x.year AS text))",
        "x.id", hashed="length(NEW.sha256) = 64 AND x.contact <> ''",
    ),
    _Files("person", _PERSON, "letter", _until("person_id", *_HELD_BY_PERSON), hashed="length(NEW.sha256) = 64"),
    _Files(
        "trader", _ORGANISATION, "letter", _until("organisation_id", *_HELD_BY_ORGANISATION),
        hashed=f"length(NEW.sha256) = 64 AND x.legal_form IN ({quoted(_TRADERS)})",
    ),
)  # fmt: skip
#: What can be entered anew, and goes anew.
_AGAIN = (_PROJECT, _PERSON, _ORGANISATION)
#: Tables that the triggers read and that have none here.
READS = (
    "funding_application", "funding_decision", "proofs_proofofuse", "proofs_proofrow", "payments_paymentcall",
    "payments_payment", "payments_payee", "members_user", *_HELD_BY_PERSON,
    *(files.table for files in _FILES),
)  # fmt: skip
_ITEM = "closing_deletionitem"


def _year(day: str) -> str:
    """Return the calendar year of a day or a moment in UTC, in SQL. In UTC a year ends later than here."""
    return f"CAST(substr(CAST({day} AS text), 1, 4) AS integer)"


def _deletions() -> list[Refusal]:
    table = "closing_deletion"
    items = f"SELECT 1 FROM {_ITEM} i WHERE i.deletion_id = NEW.id"
    confirmed = "NEW.state = 'confirmed'"
    within = f"{items} AND {_year('NEW.decided_on')} <= NEW.year + i.years"
    unfinished = quoted((*Application.PENDING, Application.State.APPROVED))
    of_payee = (
        f"SELECT 1 FROM {_ACCOUNT} x JOIN payments_payee e ON e.id = x.payee_id JOIN funding_application a "
        "ON a.id IN (SELECT c.application_id FROM payments_paymentcall c WHERE c.payee_id = e.id) "
        "OR a.project_id IN (SELECT j.id FROM projects_project j WHERE j.organiser_id = e.organisation_id) "
        f"WHERE i.source = '{_ACCOUNT}' AND x.id = i.row_key AND (a.state IN ({unfinished}) OR a.reclaimed > 0 OR EXISTS "
        "(SELECT 1 FROM closing_retentionhold h WHERE h.ended_on IS NULL AND h.project_id = a.project_id))"
    )
    called = quoted(PaymentCall.OPEN)
    open_call = (
        f"SELECT 1 FROM {_ACCOUNT} x JOIN payments_paymentcall c ON c.payee_id = x.payee_id "
        f"WHERE i.source = '{_ACCOUNT}' AND x.id = i.row_key AND c.state IN ({called})"
    )
    running = (
        f"i.source = '{source}' AND EXISTS (SELECT 1 FROM {table} t WHERE t.{of} = i.row_key AND t.until IS NULL)"
        for source, of, tables in (
            (_PERSON, "person_id", _HELD_BY_PERSON), (_ORGANISATION, "organisation_id", _HELD_BY_ORGANISATION),
        )
        for table in tables
    )  # fmt: skip
    of_organiser = (
        f"SELECT 1 FROM projects_project j JOIN funding_application a ON a.project_id = j.id WHERE i.source = '{_ORGANISATION}' "
        f"AND j.organiser_id = i.row_key AND (a.state IN ({unfinished}) OR a.reclaimed > 0 OR EXISTS "
        "(SELECT 1 FROM closing_retentionhold h WHERE h.ended_on IS NULL AND h.project_id = a.project_id))"
    )
    details = (
        f"SELECT 1 FROM {_ACCOUNT} x JOIN payments_payee e ON e.id = x.payee_id WHERE x.iban <> '' AND "
        f"(i.source = '{_PERSON}' AND e.person_id = i.row_key OR i.source = '{_ORGANISATION}' AND e.organisation_id = i.row_key)"
    )
    matters = (
        f"SELECT 1 FROM members_user u WHERE i.source = '{_PERSON}' AND u.person_id = i.row_key AND u.is_active",
        f"SELECT 1 WHERE {' OR '.join(running)}",
        of_organiser,
        details,
        "SELECT 1 FROM closing_retentionhold h WHERE h.ended_on IS NULL AND (h.year = NEW.year OR h.project_id = i.project_id)",
        f"SELECT 1 FROM funding_application a WHERE a.project_id = i.project_id AND (a.state IN ({unfinished}) OR a.reclaimed > 0)",
        "SELECT 1 FROM proofs_proofofuse p JOIN funding_application a ON a.id = p.application_id "
        f"WHERE a.project_id = i.project_id AND p.state <> '{ProofOfUse.State.ACCEPTED.value}'",
        of_payee,
        open_call,
    )
    held = f"{items} AND ({' OR '.join(f'EXISTS ({matter})' for matter in matters)})"
    return [
        *decided_once(
            table, DELETION, BEGINS, "year", "what",
            unique=("year what: o.state = 'requested' AND NEW.state = 'requested'",),
        ),
        Refusal(table, "after_period", "UPDATE", WITHIN, f"{confirmed} AND EXISTS ({within})"),
        Refusal(table, "nothing_open", "UPDATE", OPEN, f"{confirmed} AND EXISTS ({held})"),
    ]  # fmt: skip


def _items() -> list[Refusal]:
    deletion = "SELECT 1 FROM closing_deletion d WHERE d.id = NEW.deletion_id AND d.state = 'requested'"
    fits = " OR ".join(
        f"EXISTS (SELECT 1 FROM closing_deletion d JOIN {files.table} x ON x.id = NEW.row_key WHERE d.id = NEW.deletion_id "
        f"AND d.what = '{files.what}' AND NEW.source = '{files.table}' AND {files.hashed} "
        f"AND {_year(files.arose)} <= d.year AND NOT (NEW.project_id IS DISTINCT FROM {files.project}))"
        for files in _FILES
    )
    kinds = " ".join(f"WHEN '{files.what}' THEN '{files.kind}'" for files in _FILES)
    law = (
        "SELECT p.years FROM closing_retentionperiod p JOIN closing_deletion d ON d.id = NEW.deletion_id "
        f"WHERE p.funding_model_id IS NULL AND p.kind = CASE d.what {kinds} END AND p.since <= d.requested_on ORDER BY p.since DESC LIMIT 1"
    )
    gone = (
        f"SELECT 1 FROM {_ITEM} o JOIN closing_deletion d ON d.id = o.deletion_id "
        "WHERE o.source = NEW.source AND o.row_key = NEW.row_key AND d.state = 'confirmed'"
    )
    again = quoted(_AGAIN)
    return [
        *immutable(_ITEM, ITEM, "id", "deletion_id source row_key"),
        Refusal(_ITEM, "in_time", "INSERT", ITEM_LATE, f"NOT EXISTS ({deletion})"),
        Refusal(_ITEM, "fits", "INSERT", ITEM_FITS, f"NOT ({fits})"),
        Refusal(_ITEM, "by_law", "INSERT", TOO_SHORT, f"NEW.years < COALESCE(({law}), 100)"),
        Refusal(_ITEM, "once", "INSERT", ITEM_TWICE, f"NEW.source NOT IN ({again}) AND EXISTS ({gone})"),
    ]


def _holds() -> list[Refusal]:
    table = "closing_retentionhold"
    return [
        Refusal(
            table, "no_change", "UPDATE", HOLD,
            f"OLD.ended_on IS NOT NULL OR {differs('id', 'project_id', 'year', 'reason', 'entered_by_id', 'entered_on')}",
        ),
        *kept(table, HOLD),
        not_replaced(
            table, HOLD, "id", "project_id: o.ended_on IS NULL AND NEW.ended_on IS NULL",
            "year: o.ended_on IS NULL AND NEW.ended_on IS NULL",
        ),
    ]  # fmt: skip


def _gone(table: str) -> str:
    """Return the condition that two people agreed to delete what the row of the table has."""
    return (
        f"EXISTS (SELECT 1 FROM {_ITEM} i JOIN closing_deletion d ON d.id = i.deletion_id "
        f"WHERE i.source = '{table}' AND i.row_key = OLD.id AND d.state = 'confirmed')"
    )


def _words() -> list[Refusal]:
    """Details and words go by two people; the guards of payments and letters say that nothing else of the row changes."""
    return [
        Refusal(_ACCOUNT, "erased", "UPDATE", ERASED, f"OLD.iban <> '' AND NEW.iban = '' AND NOT {_gone(_ACCOUNT)}"),
        Refusal(
            _LETTER, "erased", "UPDATE", WORDS, f"OLD.inputs <> '{{}}' AND NEW.inputs = '{{}}' AND NOT {_gone(_LETTER)}"
        ),
    ]  # fmt: skip


def _contacts() -> Refusal:
    """Whom to ask about a project stays while nobody may edit it, until two people delete that."""
    states = quoted(Project.OPEN_TO_EDIT)
    deleted = f"NEW.contact = '' AND {_gone(_PROJECT)}"
    return Refusal(
        _PROJECT, "contact_stays", "UPDATE", CONTACT,
        f"NEW.contact IS DISTINCT FROM OLD.contact AND OLD.state NOT IN ({states}) AND NOT ({deleted})",
    )  # fmt: skip


def _papers() -> list[Refusal]:
    """A project's papers stay once it is handed in, but for a day in which they can be taken back."""
    table = "projects_attachment"
    states = quoted(PAPERS_GO)
    held = (
        f"EXISTS (SELECT 1 FROM projects_project p WHERE p.id = OLD.project_id AND p.state NOT IN ({states}))"
    )
    removes = f"OLD.removed_at IS NULL AND (NEW.removed_at IS NOT NULL OR {differs('file', 'sha256')})"
    old = {
        "sqlite": "julianday(NEW.removed_at) - julianday(OLD.uploaded_at) > 1",
        "postgresql": "NEW.removed_at - OLD.uploaded_at > INTERVAL '1 day'",
    }
    return [
        *(
            Refusal(
                table, "stays", "UPDATE", PAPER,
                f"{removes} AND {held} AND NOT {_gone(table)} AND (NEW.removed_at IS NULL OR {sql})", only=vendor,
            )
            for vendor, sql in old.items()
        ),
        Refusal(table, "no_delete", "DELETE", PAPER, f"{held} AND OLD.removed_at IS NULL"),
    ]  # fmt: skip


def refusals() -> list[Refusal]:
    """Return what the tables of retention refuse, and a project's papers."""
    return [
        *_deletions(),
        *_items(),
        *_holds(),
        *immutable("closing_deletiondone", DONE, "id", "deletion_id"),
        fixed("closing_retentionperiod", "stays", PERIOD, ("id", "kind", "funding_model_id", "since")),
        *kept("closing_retentionperiod", PERIOD),
        not_replaced("closing_retentionperiod", PERIOD, "id", "kind funding_model_id since"),
        *_words(),
        _contacts(),
        *_papers(),
    ]
