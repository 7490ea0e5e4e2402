"""Whose turn it is with a proof, as German sentences."""

from datetime import date

from funding.proofs.models import ProofOfUse

S = ProofOfUse.State
STAFF = "Die Wirtschaftsförderung"


def said(proof: ProofOfUse) -> str:
    """Return who has to do what next with the proof, as everybody reads it. Reads the calling district."""
    head = f"Die Geschäftsführung {proof.application.calling_district}"
    match proof.state:
        case S.OPEN:
            return f"{head} reicht den Nachweis ein{_until(proof.due_on)}."
        case S.ASKED_BACK:
            return f"{head} beantwortet die Rückfrage und reicht den Nachweis erneut ein."
        case S.HANDED_IN:
            return f"{STAFF} prüft den Nachweis."
        case S.HEARING:
            return f"{head} kann sich zur Kürzung äußern{_until(proof.hearing_until)}. Danach entscheidet die Wirtschaftsförderung."
        case S.NOTED:
            return "Eine zweite Person der Wirtschaftsförderung zeichnet den Prüfvermerk mit."
    if proof.overpaid:
        return "Der Nachweis ist anerkannt. Was zu viel gezahlt wurde, kommt zurück."
    return "Der Nachweis ist anerkannt. Nichts mehr zu tun."


def asked(proof: ProofOfUse) -> str:
    """Return it as it is said to who directs the calling district; empty where it is another's turn."""
    match proof.state:
        case S.OPEN:
            return f"Bitte reichen Sie den Nachweis ein{_until(proof.due_on)}."
        case S.ASKED_BACK:
            return "Bitte beantworten Sie die Rückfrage und reichen Sie den Nachweis erneut ein."
        case S.HEARING:
            return f"Eine Kürzung ist angekündigt. Sie können sich dazu äußern{_until(proof.hearing_until)}."
    return ""


def _until(day: date | None) -> str:
    return f" bis zum {day:%d.%m.%Y}" if day else ""
