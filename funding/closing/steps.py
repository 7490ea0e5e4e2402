"""What is done about several open applications of a year at once: carried over, given up, or the district reminded.

Each is a step of its own: one that is refused holds up no other.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from funding import services as core
from funding.closing import notices
from funding.closing.lights import Question
from funding.errors import FundingError, TransitionNotAllowed
from funding.models import Application, FiscalYear, Step
from funding.permissions import objection_to_close_year
from funding.rules import needs_second_person
from members.models import User
from members.roles.permissions import Roles


@dataclass(frozen=True)
class Outcome:
    """What became of one application: ``refusal`` is a German sentence, empty where it was done."""

    application: Application
    refusal: str = ""


def carry_over(
    applications: Iterable[Application], *, to: FiscalYear, reason: str, actor: User
) -> list[Outcome]:
    """Carry each over to the other open year."""
    return _each(applications, lambda app: core.carry(app, to=to, reason=reason, actor=actor))


def give_up(applications: Iterable[Application], *, reason: str, actor: User) -> list[Outcome]:
    """Free what of each grant is not paid: the grant becomes what is paid, or is revoked where nothing is.

    A grant that two people signed waits for the second one.
    """
    return _each(applications, lambda app: _give_up(app, reason, actor))


def _give_up(application: Application, reason: str, actor: User) -> object:
    paid = application.paid
    step, to = (Step.REDUCE, paid) if paid else (Step.REVOKE, None)
    if needs_second_person(step, application):
        return core.request_change(application, what=step.value, to=to, reason=reason, actor=actor)
    if to is not None:
        return core.reduce(application, to=to, reason=reason, actor=actor)
    return core.revoke(application, reason=reason, actor=actor)


def remind(
    applications: Iterable[Application], *, of: Question, year: FiscalYear, reason: str, actor: User
) -> list[Outcome]:
    """Write to the district of each what it is asked to do; nobody gets two such mails on one row in one day."""
    return _each(applications, lambda app: _remind(app, of, year, reason, actor))


def _remind(application: Application, of: Question, year: FiscalYear, reason: str, actor: User) -> None:
    if objection := objection_to_close_year(Roles(actor)):
        raise objection
    if application.state in Application.AWAITING and not application.is_pillar_1:
        raise TransitionNotAllowed(
            "Hier entscheidet die Wirtschaftsförderung; der Stadtbezirk kann nichts tun."
        )
    notices.remind(application, of=of, year=year, reason=reason, actor=actor)


def _each(applications: Iterable[Application], act: Callable[[Application], object]) -> list[Outcome]:
    outcomes = []
    for application in applications:
        try:
            act(application)
        except FundingError as error:
            outcomes.append(Outcome(application, str(error)))
        else:
            outcomes.append(Outcome(application))
    return outcomes


def done(outcomes: Sequence[Outcome]) -> int:
    """Return how many were done."""
    return sum(not each.refusal for each in outcomes)
