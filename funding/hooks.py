"""Where the rooms above the core hear of it: they append in ``AppConfig.ready``, the core calls."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from funding.models import Decision, Expense

#: Called with each decision inside its transaction. Whoever hears of it writes nothing: it notes ``on_commit``.
after_step: "list[Callable[[Decision], None]]" = []
#: Each says in German what stands against letters of the public form; empty where nothing does.
public_letters: list[Callable[[], str]] = []
#: Checks of ``verify_ledger``: each yields a German sentence per finding.
verifiers: list[Callable[[], Iterator[str]]] = []
#: What holds an expense back from being reversed: a German sentence, or an empty text.
holds: "list[Callable[[Expense], str]]" = []
