"""The errors of the money core. Each message is a German sentence that tells the user what to do."""

from decimal import Decimal

from members.common.money import format_euro


class FundingError(Exception):
    """A refused step: nothing was written. ``field`` names the input at fault, if there is one."""

    def __init__(self, message: str, *, field: str = "") -> None:
        self.field = field
        super().__init__(message)


class PotExhausted(FundingError):
    """More was asked for than is free in the pot; ``available`` is what is free, in euro.

    ``remedy`` is the advice to give where no application is being decided.
    """

    def __init__(self, pot: object, *, available: Decimal, asked: Decimal, remedy: str = "") -> None:
        self.available = available
        self.asked = asked
        rest = remedy or (
            f"Sie können höchstens {format_euro(available)} bewilligen oder den Antrag zurückgeben."
            if available > 0
            else "Der Topf ist leer. Sie können den Antrag zurückgeben oder ablehnen."
        )
        super().__init__(
            f"{format_euro(available)} sind noch frei ({pot}), gefragt waren {format_euro(asked)}. {rest}",
            field="amount",
        )


class TransitionNotAllowed(FundingError):
    """The step does not fit the state, or this person may not take it."""


class YearNotOpen(FundingError):
    """The fiscal year is planned, closed or missing."""


class ConflictOfInterest(FundingError):
    """Four eyes: this person must not decide or book here, or a second person is needed."""


class NotEligible(FundingError):
    """A condition of the funding model or of the statutes is not met, or the pot is the wrong kind."""


class AlreadyDone(FundingError):
    """The same form arrived a second time; the first time counted."""


class PlanIncomplete(FundingError):
    """Something is missing for handing in; ``missing`` maps each field or section to its sentence."""

    def __init__(self, missing: dict[str, str]) -> None:
        self.missing = missing
        super().__init__(" ".join(missing.values()))
