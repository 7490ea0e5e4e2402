"""Who may take the audit package."""

from members.roles.permissions import Roles


def may_take(roles: Roles) -> bool:
    """Return whether these roles read everything that is in it: who pays, and who audits."""
    return roles.reads_payees
