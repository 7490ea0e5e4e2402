"""The pages of the money: each view parses, authorises, calls one service and renders."""

from funding.views.decision import application
from funding.views.hand_in import hand_in
from funding.views.pots import pot, pots
from funding.views.queue import applications
from funding.views.years import year, years

__all__ = ["application", "applications", "hand_in", "pot", "pots", "year", "years"]
