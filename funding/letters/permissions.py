"""Who may read, send, answer and correct letters."""

from funding.letters.models import Letter
from members.roles.permissions import Roles


def may_read_letters(roles: Roles) -> bool:
    """Return whether these roles read letters at all: ``Letter.objects.visible_to`` says which."""
    return roles.reads_payees or bool(roles.district_ids)


def may_record_sending(roles: Roles, letter: Letter) -> bool:
    """Return whether these roles may send the letter, or note that it went out.

    The Wirtschaftsförderung may, and who directs the lead district or that of the pot: they print and hand over.
    """
    application = letter.decision.application
    return roles.is_business_development or (
        roles.directs(application.project.lead_district_id) or roles.directs(application.pot.district_id)
    )


def may_record_answer(roles: Roles, letter: Letter) -> bool:
    """Return whether these roles may enter an acceptance on paper: not the district that gets the money."""
    return roles.is_business_development


def may_draw(roles: Roles) -> bool:
    """Return whether these roles may ask for a letter that is lacking."""
    return roles.is_business_development


def may_correct(roles: Roles, letter: Letter) -> bool:
    return roles.is_business_development
