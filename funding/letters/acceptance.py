"""Whether a grant is accepted, which is asked before money is called or paid."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from funding.letters.models import Form
from funding.letters.of_decisions import read_letters
from funding.models import Application, Step
from projects.models import Project


@dataclass(frozen=True)
class Promise:
    """What an approval promised, and how far its letter has come. ``amount`` is in euro, days are local dates.

    ``former`` was granted before the first day of letters. It counts as accepted, with or without a letter on demand.
    The association's ``own`` measures need no acceptance.
    """

    on: date
    amount: Decimal
    callable_until: date | None
    letter: Any
    former: bool
    own: bool

    @property
    def is_lacking(self) -> bool:
        return self.letter is None and not (self.former or self.own)

    @property
    def is_accepted(self) -> bool:
        if self.former:
            return True
        if self.letter is None:
            return self.own
        return self.letter.form == Form.INTERNAL or self.letter.is_accepted

    @property
    def objection(self) -> str:
        """Return why nothing can be called yet, as a German sentence; empty where it is accepted."""
        if self.is_accepted:
            return ""
        if self.letter is None:
            return (
                "Die Förderzusage ist noch nicht geschrieben. Vorher wird nichts abgerufen oder ausgezahlt."
            )
        if self.letter.is_declined:
            return (
                f"{self.letter} wurde so nicht angenommen. Bitte klären Sie das mit dem Empfänger; danach berichtigt die "
                "Wirtschaftsförderung das Schreiben."
            )
        return f"{self.letter} ist noch nicht angenommen. Vorher wird nichts abgerufen oder ausgezahlt."


def promise_of(application: Any) -> Promise | None:
    """Return what was promised, None where nothing was. Reads ``letters`` (``read_letters``) and ``project``."""
    grants = [decision for decision in application.letters if decision.step == Step.APPROVE]
    if not grants:
        return None
    grant = grants[-1]
    return Promise(
        on=grant.on,
        amount=grant.amount,
        callable_until=grant.callable_until,
        letter=grant.letter,
        former=not grant.begun,
        own=application.project.measure == Project.Measure.OWN,
    )


def not_accepted(application: Application) -> str:
    """Return why the grant is not accepted yet, as a German sentence; empty where it is. One query."""
    read_letters([application])
    promise = promise_of(application)
    return promise.objection if promise else ""


def accepted(application: Application) -> bool:
    """Return whether the grant is accepted, so that money can be called and paid."""
    return not not_accepted(application)
