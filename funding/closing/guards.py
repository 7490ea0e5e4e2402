"""What the tables of the year-end refuse, whoever writes. docs/guards.md says the same in a table."""

from funding.closing import retention_guards
from members.common.refusals import Refusal, decided_once, immutable, trigger_set

HISTORY = "Ein Jahresabschluss und was zu ihm gehoert ist unveraenderlich"
REQUEST_BEGINS = "Was zwei Personen braucht, beginnt als Antrag"
BY_TWO = "Ein Haushaltsjahr schliessen zwei Personen ab, und zwei oeffnen es wieder"

_LATEST = "SELECT max(m.id) FROM closing_yearclosing m WHERE m.year_id = NEW.id AND m.state = 'confirmed'"
_BY_TWO = (
    f"SELECT 1 FROM closing_yearclosing c WHERE c.id = ({_LATEST}) "
    "AND c.what = CASE NEW.state WHEN 'closed' THEN 'close' ELSE 'reopen' END"
)

REFUSALS = [
    *decided_once(
        "closing_yearclosing", HISTORY, REQUEST_BEGINS, "year_id", "what",
        unique=("year_id: o.state = 'requested' AND NEW.state = 'requested'",),
    ),
    *immutable("closing_carryover", HISTORY, "id", "closing_id pot_id"),
    *immutable("closing_snapshot", HISTORY, "id", "closing_id"),
    *immutable("closing_adoption", HISTORY, "id", "resolution_id", "year_id what"),
    Refusal(
        "funding_fiscalyear", "by_two_people", "UPDATE", BY_TWO,
        f"NEW.state <> OLD.state AND OLD.state <> 'planned' AND NEW.state <> 'planned' AND NOT EXISTS ({_BY_TWO})",
    ),
    *retention_guards.refusals(),
]  # fmt: skip

GUARDS = trigger_set(REFUSALS, besides=("funding_fiscalyear", *retention_guards.READS))
