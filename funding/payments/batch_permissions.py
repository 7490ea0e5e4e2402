"""Who may put payments together, release and book them. An objection is the error to raise, as in the core."""

from collections.abc import Sequence
from typing import cast

from funding.errors import ConflictOfInterest
from funding.four_eyes import EDITORS
from funding.payments.models import Balance, Payment, PaymentBatch, PaymentCall
from funding.permissions import Objection, objection_to_staff_booking, took_part
from members.models import User
from members.roles.permissions import Roles

REFUSAL = "Auszahlungen bearbeitet die Wirtschaftsförderung."


def may_see_batches(roles: Roles) -> bool:
    """Return whether these roles see what is paid to whom: the Wirtschaftsförderung and auditors do."""
    return roles.reads_payees


def objection_to_handle(roles: Roles, calls: Sequence[PaymentCall] = ()) -> Objection:
    """Return what stands against putting these calls together, or booking what became of them.

    The Wirtschaftsförderung does, but nobody who took part in one of the projects, or who gets the money.
    One query; more only where there is a conflict or a mandate.
    """
    if objection := objection_to_staff_booking(roles, REFUSAL):
        return objection
    if not calls:
        return None
    user = cast(User, roles.user)
    projects = {call.application.project_id for call in calls if call.application}
    worked = set(
        EDITORS.objects.filter(user_id=user.pk, project__in=projects).values_list("project_id", flat=True)
    )
    for call in calls:
        if call.payee.person_id is not None and call.payee.person_id == user.person_id:
            return ConflictOfInterest(
                "Eine dieser Zahlungen geht an Sie selbst. Bitte übergeben Sie an eine andere Person der "
                "Wirtschaftsförderung."
            )
        if (application := call.application) is None:
            continue
        asked = roles.mandates or application.project_id in worked
        if asked and (objection := took_part(roles, application)):
            return objection
    return None


def objection_to_release(roles: Roles, batch: PaymentBatch, calls: Sequence[PaymentCall]) -> Objection:
    """Return what stands against releasing the batch: whoever put it together cannot, superusers are no exception."""
    if objection := objection_to_handle(roles, calls):
        return objection
    if batch.created_by_id == roles.user.pk:
        return ConflictOfInterest(
            "Sie haben diesen Zahlungslauf zusammengestellt. Freigeben muss ihn eine andere Person der "
            "Wirtschaftsförderung."
        )
    return None


def objection_to_second_look(roles: Roles, payment: Payment) -> Objection:
    """Return what stands against deciding on a name that does not match: whoever recorded it cannot."""
    if objection := objection_to_handle(roles, [payment.for_call]):
        return objection
    if payment.verified_by_id == roles.user.pk:
        return ConflictOfInterest(
            f"Bei {payment.end_to_end} haben Sie selbst „stimmt nicht überein“ eingetragen. Ob trotzdem gezahlt wird oder "
            "eine andere Antwort gilt, entscheidet eine andere Person der Wirtschaftsförderung."
        )
    return None


def objection_to_confirm_balance(roles: Roles, balance: Balance) -> Objection:
    """Return what stands against confirming the balance: whoever entered it cannot."""
    if objection := objection_to_handle(roles):
        return objection
    if balance.requested_by_id == roles.user.pk:
        return ConflictOfInterest(
            "Sie haben diesen Kontostand selbst eingetragen. Bestätigen muss ihn eine andere Person der "
            "Wirtschaftsförderung."
        )
    return None
