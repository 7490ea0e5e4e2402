"""Rules for what is left at the end of a year, who closed it, and what it looked like then."""

from funding.closing.models.closing import Adoption, Carryover, Snapshot, YearClosing
from funding.closing.models.rule import Place, RemainderRule

__all__ = ["Adoption", "Carryover", "Place", "RemainderRule", "Snapshot", "YearClosing"]
