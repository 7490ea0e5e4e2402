"""Whose turn it is with a grant once its use is to be proved, as German sentences, and its station in a life."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from funding.models import Application
from funding.payments.progress import Progress, Station
from funding.proofs.models import ChangeRequest, ProofOfUse

S, C = ProofOfUse.State, ChangeRequest.State
STAFF = "Die Wirtschaftsförderung"


def said(proof: ProofOfUse) -> str:
    """Return who has to do what next with the proof, as everybody reads it. Reads the calling district."""
    application = proof.application
    head = f"Die Geschäftsführung {application.calling_district}"
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
    if is_to_settle(proof):
        return f"Der Nachweis ist anerkannt. {STAFF} rechnet die Bewilligung ab."
    return "Der Nachweis ist anerkannt."


def is_to_settle(proof: ProofOfUse) -> bool:
    """Return whether all that is left to do with an accepted proof is to settle the grant."""
    application = proof.application
    return (
        proof.is_accepted
        and application.is_approved
        and not application.has_unpaid
        and not application.reclaimed
    )


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


def change_said(change: ChangeRequest) -> str:
    """Return who has to do what next with a change, as everybody reads it."""
    match change.state:
        case C.ASKED:
            return f"{STAFF} entscheidet über die Änderung."
        case C.ASKED_BACK:
            head = f"Die Geschäftsführung {change.application.calling_district}"
            return f"{head} beantwortet die Rückfrage."
        case C.NOTED:
            return "Diese Änderung braucht keine Zustimmung. Sie ist vermerkt."
        case C.CONSENTED:
            return "Der Änderung ist zugestimmt. Sie gilt." if change.is_about_plan else "Das ist erledigt."
        case C.LAPSED:
            return "Die Bewilligung ist beendet. Nichts mehr zu tun."
    return "Es gilt weiter, was bewilligt ist."


def change_asked(change: ChangeRequest) -> str:
    """Return it as it is said to who directs the calling district and has an open change."""
    if change.is_asked_back:
        return "Bitte beantworten Sie die Rückfrage."
    return f"{STAFF} entscheidet über Ihre Änderung."


def _until(day: date | None) -> str:
    return f" bis zum {day:%d.%m.%Y}" if day else ""


@dataclass(frozen=True)
class Turn:
    """What is next with a grant: with its money, as payments say it, and with the proof of its use, if one is begun.

    It is the core's ``hooks.Turn``.
    """

    money: Progress
    proof: ProofOfUse | None

    @property
    def said(self) -> str:
        return f"{self.money.said} {self._of_proof(said)}".strip()

    @property
    def asked(self) -> str:
        return f"{self.money.asked} {self._of_proof(asked)}".strip()

    def _of_proof(self, word: Callable[[ProofOfUse], str]) -> str:
        """Return the words on the proof; none on one that was only begun while money is still to be paid."""
        proof = self.proof
        if proof is None or (proof.is_open and self.money.application.has_unpaid):
            return ""
        return word(proof)

    @property
    def stations(self) -> list[Station]:
        """Return the stations of the money, with that of the proof behind what was paid."""
        stations, application = self.money.stations, self.money.application
        if application.is_approved:
            return [*stations, self._station(application)]
        return [*stations[:-1], self._station(application), stations[-1]] if self.proof else stations

    def _station(self, application: Application) -> Station:
        proof = self.proof
        if proof is None:
            return Station("Nachweis", "ahead" if application.has_unpaid else "now")
        if proof.is_accepted:
            return Station("Nachweis", "done", proof.result, proof.handed_in_on, ["anerkannt"])
        notes = [str(proof.get_state_display())]
        if proof.due_on and proof.is_writable:
            notes.append(f"fällig am {proof.due_on:%d.%m.%Y}")
        if proof.late:
            notes.append("verspätet")
        return Station("Nachweis", "now", day=proof.handed_in_on, notes=notes)


def turns_of(applications: Sequence[Any]) -> Iterable[Turn]:
    """Return what is next with each of these applications, in their order. One query, none where nothing was granted."""
    granted = [application.pk for application in applications if application.granted is not None]
    begun = ProofOfUse.objects.filter(application__in=granted) if granted else ()
    proofs = {proof.application_id: proof for proof in begun}
    found = []
    for application in applications:
        if proof := proofs.get(application.pk):
            proof.application = application
        found.append(Turn(application.turn, proof))
    return found
