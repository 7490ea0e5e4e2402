"""What the tables of letters refuse, whoever writes. ``members.common.refusals`` makes triggers of it."""

from funding.letters.models.text import KINDS, Form
from members.common.refusals import Refusal, differs, fixed, immutable, kept, not_replaced, trigger_set

LETTER = "Ein Schreiben bleibt, wie es gezeichnet wurde, und wird nicht geloescht"
MADE = "Die Datei eines Schreibens wird nur einmal erstellt"
ANSWERED = "Die Antwort auf ein Schreiben bleibt, wie sie eingetragen wurde"
OTHER_DECISION = "Ein berichtigtes Schreiben gehoert zur selben Entscheidung"
ANSWER_OF_OLD = "Beantwortet wird nur das Schreiben, das zuletzt gezeichnet wurde"
TEXT = "Der Text eines gezeichneten Schreibens bleibt, wie er ist"
SENT = "Ein eingetragener Versand bleibt"
SERIES = "Nummern von Schreiben werden ohne Luecke vergeben und nie wieder frei"
PUBLIC = "Die oeffentlich-rechtliche Form braucht einen Text fuer jede Art von Schreiben"
HEAD = "Der Briefkopf ist eine Zeile, die nicht geloescht wird"

#: What is written when the number is drawn.
DRAWN = (
    "id", "number", "decision_id", "replaces_id", "correction", "form", "kind", "text_id", "drawn_on", "drawn_at", "drawn_by_id",
)  # fmt: skip
#: What is written with the answer: what it was, and its words.
ANSWERED_SO = ("answer", "answered_on", "answer_way", "answer_recorded_by_id")
ANSWER = (*ANSWERED_SO, "answer_name", "answer_function", "answer_message")
#: Its words go once, all together (a constraint). Who may delete them, the guards of the retention say.
ERASES = (
    f"OLD.inputs <> '{{}}' AND NEW.inputs = '{{}}' AND OLD.sha256 <> '' AND NOT ({differs(*ANSWERED_SO)})"
)


def _letters() -> list[Refusal]:
    table = "letters_letter"
    same = "SELECT 1 FROM letters_letter o WHERE o.id = NEW.replaces_id AND o.decision_id = NEW.decision_id"
    newer = "EXISTS (SELECT 1 FROM letters_letter o WHERE o.replaces_id = OLD.id)"
    return [
        fixed(table, "stays", LETTER, DRAWN),
        fixed(table, "says_so", LETTER, ("inputs",), f"NOT ({ERASES})"),
        fixed(table, "made_once", MADE, ("sha256", "size"), "OLD.sha256 <> ''"),
        fixed(table, "answered_once", ANSWERED, ANSWER, f"OLD.answer <> '' AND NOT ({ERASES})"),
        Refusal(table, "answers_current", "UPDATE", ANSWER_OF_OLD, f"({differs(*ANSWER)}) AND NOT ({ERASES}) AND {newer}"),
        Refusal(
            table, "same_decision", "INSERT", OTHER_DECISION, f"NEW.replaces_id IS NOT NULL AND NOT EXISTS ({same})"
        ),
        *kept(table, LETTER),
        not_replaced(
            table, LETTER, "id", "number", "replaces_id",
            "decision_id: o.replaces_id IS NULL AND NEW.replaces_id IS NULL",
        ),
    ]  # fmt: skip


def _texts() -> list[Refusal]:
    table = "letters_lettertext"
    used = "EXISTS (SELECT 1 FROM letters_letter l WHERE l.text_id = {}.id)"
    return [
        Refusal(table, "used", "UPDATE", TEXT, used.format("OLD")),
        *kept(table, TEXT, used.format("OLD")),
        not_replaced(table, TEXT, f"id: {used.format('o')}", f"form kind version: {used.format('o')}"),
    ]


def _public_form() -> list[Refusal]:
    """Return the refusals for settings with the public form: each kind of its letters needs a text before."""
    table = "funding_grantterms"
    kinds = "SELECT count(DISTINCT t.kind) FROM letters_lettertext t WHERE t.form = 'public'"
    lacking = f"NEW.letter_form = 'public' AND ({kinds}) < {len(KINDS[Form.PUBLIC])}"
    return [
        Refusal(table, f"public_texts_{event.lower()}", event, PUBLIC, lacking)
        for event in ("INSERT", "UPDATE")
    ]


def _series() -> list[Refusal]:
    table = "letters_letterseries"
    return [
        fixed(table, "stays", SERIES, ("id", "year")),
        Refusal(table, "goes_up", "UPDATE", SERIES, "NEW.last < OLD.last"),
        *kept(table, SERIES),
        not_replaced(table, SERIES, "id", "year"),
    ]


REFUSALS = [
    *_letters(),
    *_series(),
    *_public_form(),
    *immutable("letters_sending", SENT, "id"),
    *_texts(),
    *kept("letters_letterhead", HEAD),
]

GUARDS = trigger_set(REFUSALS)
