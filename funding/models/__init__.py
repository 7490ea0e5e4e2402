from funding.models.application import Application
from funding.models.chain import ChainLink
from funding.models.decision import DECIDES, GRANTS, TIES, ChosenCondition, Decision, PlanRow, Step
from funding.models.expense import Expense
from funding.models.grant_change import GrantChange
from funding.models.ledger_entry import LedgerEntry
from funding.models.pot import Pot
from funding.models.spent_key import SpentKey
from funding.models.terms import GrantCondition, GrantTerms, ProofDepth
from funding.models.transfer import Transfer
from funding.models.year import FiscalYear, FundingModel

__all__ = [
    "DECIDES", "GRANTS", "TIES", "Application", "ChainLink", "ChosenCondition", "Decision", "Expense", "FiscalYear", "FundingModel",
    "GrantChange", "GrantCondition", "GrantTerms", "LedgerEntry", "PlanRow", "Pot", "ProofDepth", "SpentKey", "Step", "Transfer",
]  # fmt: skip
