"""Rules for what is left at the end of a year, who closed it, and what it looked like then; how long papers are kept."""

from funding.closing.models.closing import Adoption, Carryover, Snapshot, YearClosing
from funding.closing.models.retention import (
    Deletion,
    DeletionDone,
    DeletionItem,
    RetentionHold,
    RetentionPeriod,
)
from funding.closing.models.rule import Place, RemainderRule

__all__ = [
    "Adoption", "Carryover", "Deletion", "DeletionDone", "DeletionItem", "Place", "RemainderRule", "RetentionHold",
    "RetentionPeriod", "Snapshot", "YearClosing",
]  # fmt: skip
