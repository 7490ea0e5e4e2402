"""Why a letter is not drawn or not answered. The texts are German sentences for the page."""

from collections.abc import Sequence

from funding.errors import FundingError


class NotYet(FundingError):
    """Something is missing before the letter can be drawn."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(" ".join(missing))
        self.missing = list(missing)


class LetterRefused(FundingError):
    """A letter cannot be sent, answered or corrected. The sentence says why and what can be done."""
