"""Letters about money that comes to a pot or leaves it without an application, and who hears of it.

Only what is done today is told, as in ``notices``.
"""

from collections.abc import Callable
from datetime import date

from django.db import models
from django.utils import timezone

from funding import permissions
from funding.models import Application, FiscalYear, LedgerEntry, Pot, Transfer
from members.common.money import format_euro
from members.models import District, User
from members.post import notify
from members.post.notify import notify_directors
from members.roles import groups
from members.roles.permissions import Roles


class Movement(models.TextChoices):
    """What can happen to a pot's money, with the end of a letter's subject."""

    TRANSFER_ASKED = "transfer_asked", "Umbuchung beantragt"
    TRANSFERRED = "transferred", "umgebucht"
    TRANSFER_REFUSED = "transfer_refused", "nicht umgebucht"
    SPECIAL_OPENED = "special_opened", "neuer Sondertopf"
    SPECIAL_RAISED = "special_raised", "Ansatz erhöht"
    SPECIAL_RETURNED = "special_returned", "Ansatz verringert"
    YEAR_PLANNED = "year_planned", "geplant, Einreichen ist möglich"
    YEAR_OPENED = "year_opened", "geöffnet, Ansätze gebucht"
    EXPENSE = "expense", "Ausgabe gebucht"
    EXPENSE_REVERSED = "expense_reversed", "Ausgabe storniert"


class Who(models.TextChoices):
    """Who can be concerned by a movement."""

    POT_DIRECTORS = "pot_directors", "Geschäftsführungen der Töpfe, die Geld abgeben oder bekommen"
    ALL_DIRECTORS = "all_directors", "alle Geschäftsführungen"
    APPLICANTS = "applicants", "Geschäftsführungen mit einem laufenden Antrag auf den Topf"
    STAFF = "staff", "die anderen der Wirtschaftsförderung"
    SECOND_PERSON = "second_person", "wer die Umbuchung bestätigen darf"


#: Who hears of a movement. Overhead is the office's own money: nobody else is concerned.
HEARS: dict[Movement, tuple[Who, ...]] = {
    Movement.TRANSFER_ASKED: (Who.POT_DIRECTORS, Who.SECOND_PERSON),
    Movement.TRANSFERRED: (Who.POT_DIRECTORS, Who.STAFF),
    Movement.TRANSFER_REFUSED: (Who.POT_DIRECTORS, Who.STAFF),
    Movement.SPECIAL_OPENED: (Who.ALL_DIRECTORS, Who.STAFF),
    Movement.SPECIAL_RAISED: (Who.APPLICANTS, Who.STAFF),
    Movement.SPECIAL_RETURNED: (Who.APPLICANTS, Who.STAFF),
    Movement.YEAR_PLANNED: (Who.ALL_DIRECTORS, Who.STAFF),
    Movement.YEAR_OPENED: (Who.ALL_DIRECTORS, Who.STAFF),
    Movement.EXPENSE: (),
    Movement.EXPENSE_REVERSED: (),
}


def tell_of_transfer(movement: Movement, transfer: Transfer, *, actor: User, day: date) -> None:
    """Write about a transfer that was asked for, booked or refused.

    A letter that asked for a second person and has not gone out is deleted once it is decided.
    """
    asked = f"transfer:{transfer.pk}:{Movement.TRANSFER_ASKED}"
    if movement != Movement.TRANSFER_ASKED:
        notify.forget(asked)
    pots = [transfer.from_pot, transfer.to_pot]
    _tell(
        movement,
        pots,
        actor=actor,
        day=day,
        template="transfer",
        context={"transfer": transfer},
        subject=f"{transfer.from_pot} nach {transfer.to_pot}",
        key=f"transfer:{transfer.pk}:{movement}",
        second=lambda roles: permissions.objection_to_confirm_transfer(roles, transfer) is None,
    )


def tell_of_special_pot(movement: Movement, entry: LedgerEntry, *, reason: str = "") -> None:
    """Write about a special pot that was opened, raised or made smaller by this booking."""
    _tell(
        movement,
        [entry.pot],
        actor=entry.actor,
        day=entry.value_date,
        template="special_pot",
        context={
            "pot": entry.pot,
            "actor": entry.actor,
            "amount": format_euro(entry.amount),
            "reason": reason,
            "opened": movement == Movement.SPECIAL_OPENED,
            "raised": movement == Movement.SPECIAL_RAISED,
        },
        subject=str(entry.pot),
        key=f"special-pot:{entry.pk}",
    )


def tell_of_year(movement: Movement, year: FiscalYear, *, actor: User, day: date) -> None:
    """Write that a fiscal year was planned or opened, unless it is over and only entered later.

    Opening takes back what planning said, if that has not gone out.
    """
    if year.year < day.year:
        return
    if movement == Movement.YEAR_OPENED:
        notify.forget(f"year:{year.pk}:{Movement.YEAR_PLANNED}")
    _tell(
        movement,
        [],
        actor=actor,
        day=day,
        template="fiscal_year",
        context={"year": year, "actor": actor},
        subject=f"Haushaltsjahr {year}",
        key=f"year:{year.pk}:{movement}",
    )


def _tell(
    movement: Movement,
    pots: list[Pot],
    *,
    actor: User,
    day: date,
    template: str,
    context: dict[str, object],
    subject: str,
    key: str,
    second: Callable[[Roles], bool] | None = None,
) -> None:
    if day != timezone.localdate():
        return
    message = {
        "template": template, "context": context, "subject": f"{subject}: {movement.label}",
        "occasion": f"Töpfe: {movement.label}",
    }  # fmt: skip
    staff = notify.accounts_of(groups.BUSINESS_DEVELOPMENT, without=actor)
    for who in HEARS[movement]:
        if who in (Who.STAFF, Who.SECOND_PERSON):
            concerned = [
                user for user in staff if who == Who.STAFF or second is None or second(Roles(user, day))
            ]
            notify.notify(concerned, group=groups.BUSINESS_DEVELOPMENT, key=key, **message)
        else:
            notify_directors(_districts(who, pots), day=day, without=actor, key=key, **message)


def _districts(who: Who, pots: list[Pot]) -> set[int]:
    """Return the districts (keys) whose directors these are."""
    if who == Who.ALL_DIRECTORS:
        return set(District.objects.values_list("pk", flat=True))
    if who == Who.POT_DIRECTORS:
        return {pot.district_id for pot in pots if pot.district_id}
    running = (*Application.PENDING, Application.State.APPROVED)
    live = Application.objects.filter(pot__in=pots, state__in=running)
    pairs = live.values_list("project__lead_district", "project__participations__district")
    return {district for pair in pairs for district in pair if district}
