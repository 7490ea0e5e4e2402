"""Where the rooms above the core hear of it: they append in ``AppConfig.ready``, the core calls."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from funding.models import Application, Decision, Expense, FiscalYear
    from members.roles.permissions import Roles


class Turn(Protocol):
    """Who has to do what with the money of a grant, as German sentences."""

    @property
    def said(self) -> str:
        """Return it as everybody reads it; empty where all is paid and nothing is begun."""

    @property
    def asked(self) -> str:
        """Return it as it is said to who directs the calling district; empty where it is another's turn."""


class Interest(Protocol):
    """The interest of a grant, in euro."""

    @property
    def left(self) -> "Decimal":
        """Return what is computed and neither came in nor was waived."""

    @property
    def asked(self) -> "Decimal":
        """Return what of that is asked for: none where all of it is a small amount."""


#: Called with each decision inside its transaction. Whoever hears of it changes nothing of the core: it writes
#: rows of its own, or notes ``on_commit``.
after_step: "list[Callable[[Decision], None]]" = []
#: Each says in German what stands against letters of the public form; empty where nothing does.
public_letters: list[Callable[[], str]] = []
#: Checks of ``verify_ledger``: each yields a German sentence per finding.
verifiers: list[Callable[[], Iterator[str]]] = []
#: Each reckons the interest that a grant owes by the local date. Raises FundingError where it cannot be reckoned.
interest: "list[Callable[[Application, date], Interest]]" = []
#: Each returns the euro that lapsed to the city when the year was closed; none while it is open.
lapsed_to_city: "list[Callable[[FiscalYear], Decimal]]" = []
#: What holds an expense back from being reversed: a German sentence, or an empty text.
holds: "list[Callable[[Expense], str]]" = []
#: Each reads for these applications what is next with their money: one ``Turn`` for each, in their order. They are called
#: from the lowest room to the highest; ``Application.turn`` is what the one below has read, to say it or to add to it.
turns: "list[Callable[[Sequence[Application]], Iterable[Turn]]]" = []
#: Each sets on these bookings of one pot (``LedgerEntry``) what stands behind them, as far as these roles may see it:
#: ``source`` with ``label``, ``url`` and ``reference``, and ``proof`` of what was paid with its words ``said``.
sources: "list[Callable[[Roles, Sequence[Any]], None]]" = []
