"""What is left of a grant after a step that makes it less, and who may take such a step alone."""

from decimal import Decimal

from funding.errors import TransitionNotAllowed
from funding.models import Application, GrantChange, Step
from funding.services.case import checked_amount
from projects.money import ZERO, format_euro


def left_by(step: Step, application: Application, to: Decimal | None = None) -> Decimal:
    """The euro that stay granted after reducing ``to``, repaying down ``to``, revoking or settling.

    Raises TransitionNotAllowed.
    """
    granted, paid = application.granted or ZERO, application.paid
    if step == Step.REPAY:
        return granted - checked_repayment(application, granted - (to or ZERO))
    if step == Step.SETTLE and paid == 0:
        raise TransitionNotAllowed(
            "Es wurde noch nichts ausgezahlt. Wird das Geld nicht gebraucht, widerrufen Sie bitte die Bewilligung."
        )
    if step != Step.REDUCE:
        return paid
    amount = checked_amount(to or ZERO)
    if amount >= granted:
        raise TransitionNotAllowed(
            f"Bewilligt sind {format_euro(granted)}. Bitte einen kleineren Betrag eintragen.",
            field="amount",
        )
    if amount < paid:
        raise TransitionNotAllowed(
            f"Schon ausgezahlt sind {format_euro(paid)}. Unter diesen Betrag geht es erst nach einer Rückzahlung.",
            field="amount",
        )
    return amount


def checked_repayment(application: Application, amount: Decimal) -> Decimal:
    """Money that comes back, in euro: at most what is paid, and not the whole grant. Raises TransitionNotAllowed."""
    amount = checked_amount(amount)
    if amount > application.paid:
        raise TransitionNotAllowed(
            f"Ausgezahlt sind {format_euro(application.paid)}; mehr kann nicht zurückgezahlt werden."
        )
    if application.state != Application.State.REVOKED and amount == application.granted:
        raise TransitionNotAllowed(
            "Kommt der ganze Betrag zurück, widerrufen Sie bitte zuerst die Bewilligung mit einer Begründung."
        )
    return amount


def require_second_person(application: Application, confirmed: GrantChange | None) -> None:
    """A grant that two people signed is not made less by one of them alone."""
    if application.granted_by_two and confirmed is None:
        raise TransitionNotAllowed(
            "Diese Bewilligung haben zwei Personen unterschrieben. Weniger wird sie nur, wenn eine Person das "
            "beantragt und eine andere es bestätigt."
        )


def require_no_waiting_change(application: Application) -> None:
    """While a second person is asked, the grant stays as both of them see it. One query for such a grant."""
    if not application.granted_by_two:
        return
    change = GrantChange.objects.filter(application=application, state=GrantChange.State.REQUESTED).first()
    if change:
        raise TransitionNotAllowed(
            f"{change} wartet auf eine zweite Person: die Bewilligung {change.get_what_display()}. Bitte erst "
            "darüber entscheiden oder den Antrag zurücknehmen."
        )
