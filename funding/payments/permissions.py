"""Who may enter, confirm and see accounts of payees. An objection is the error to raise, as in the core."""

from typing import cast

from funding.errors import ConflictOfInterest, TransitionNotAllowed
from funding.payments.models import Payee, PayeeAccount
from funding.permissions import Objection, objection_without_person
from members.models import District, User
from members.roles.permissions import Roles


def may_see_payees(roles: Roles) -> bool:
    """Return whether these roles see payees at all; which ones, ``Payee.objects.visible_to`` says."""
    return roles.reads_payees or bool(roles.district_ids)


def sees_whole_iban(roles: Roles, account: PayeeAccount) -> bool:
    """Return whether these roles read the whole IBAN.

    The Wirtschaftsförderung, the directors of the district that entered it, and auditors do. Others who see the
    payee read its last four digits.
    """
    return roles.is_business_development or roles.is_auditor or roles.directs(account.district_id)


def may_enter_payees(roles: Roles) -> bool:
    """Return whether these roles enter payees and accounts for anybody at all."""
    return roles.is_business_development or bool(roles.district_ids)


def objection_to_enter(roles: Roles, district: District | None) -> Objection:
    """Return what stands against entering payees and accounts for the district.

    Its directors do, and the Wirtschaftsförderung, for no district.
    """
    entitled = roles.is_business_development if district is None else roles.directs(district.pk)
    if entitled:
        return objection_without_person(roles)
    return TransitionNotAllowed(
        "Empfänger und Bankverbindungen tragen die Geschäftsführungen der Stadtbezirke und die "
        "Wirtschaftsförderung ein."
    )


def objection_to_enter_account(roles: Roles, payee: Payee, district: District | None) -> Objection:
    """Return what stands against entering an account of the payee for the district. Up to one query."""
    if objection := objection_to_enter(roles, district):
        return objection
    if roles.reads_payees or Payee.objects.visible_to(roles).filter(pk=payee.pk).exists():
        return None
    return TransitionNotAllowed(
        "Eine Bankverbindung tragen Sie für Veranstalter von Projekten Ihres Stadtbezirks ein, und für Empfänger, die "
        "Sie selbst eingetragen haben."
    )


def objection_to_confirm(roles: Roles, account: PayeeAccount) -> Objection:
    """Return what stands against confirming the account: four eyes, superusers are no exception.

    The Wirtschaftsförderung does, but not who entered it, who gets the money, or who has a mandate in the
    district that entered it.
    """
    if not roles.is_business_development:
        return TransitionNotAllowed("Bankverbindungen bestätigt die Wirtschaftsförderung.")
    if objection := objection_without_person(roles):
        return objection
    user = cast(User, roles.user)
    if account.requested_by_id == user.pk:
        return ConflictOfInterest(
            "Sie haben diese Bankverbindung selbst eingetragen. Bestätigen muss sie eine andere Person der "
            "Wirtschaftsförderung."
        )
    if account.payee.person_id == user.person_id:
        return ConflictOfInterest(
            "Auf dieses Konto bekommen Sie selbst Geld. Bestätigen muss es eine andere Person der "
            "Wirtschaftsförderung."
        )
    for mandate in roles.mandates:
        if mandate.district_id == account.district_id:
            return ConflictOfInterest(
                f"Sie haben ein Mandat in {mandate.district}, und dieser Stadtbezirk hat die Bankverbindung "
                "eingetragen. Bestätigen muss sie eine andere Person der Wirtschaftsförderung."
            )
    return None


def objection_to_refuse(roles: Roles, account: PayeeAccount) -> Objection:
    """Return what stands against refusing the account, or taking it back.

    The Wirtschaftsförderung refuses. The directors of the district that entered it take it back.
    """
    if roles.is_business_development or roles.directs(account.district_id):
        return objection_without_person(roles)
    return TransitionNotAllowed(
        "Ablehnen kann die Wirtschaftsförderung. Zurücknehmen kann, wer die Bankverbindung eingetragen hat."
    )
