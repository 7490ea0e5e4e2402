"""The pages of the money. Each view parses, authorises, calls one service and renders."""

from funding.views.applications import applications
from funding.views.decision import application
from funding.views.exports import applications_export, overhead_export, pot_export
from funding.views.grant_changes import grant_change
from funding.views.hand_in import hand_in
from funding.views.overhead import expense, overhead
from funding.views.pots import pot, pots
from funding.views.sheets import agenda, decision_sheet
from funding.views.special import special, special_pot
from funding.views.transfers import transfer, transfers
from funding.views.years import year, years

__all__ = [
    "agenda", "application", "applications", "applications_export", "decision_sheet", "expense", "grant_change", "hand_in", "overhead",
    "overhead_export", "pot", "pot_export", "pots", "special", "special_pot", "transfer", "transfers", "year", "years",
]  # fmt: skip
