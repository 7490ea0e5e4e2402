"""What the tables of the year-end refuse, whoever writes. docs/guards.md says the same in a table."""

from funding.closing import retention_guards
from funding.closing.models.rule import Place
from members.common.refusals import Refusal, decided_once, immutable, trigger_set

HISTORY = "Ein Jahresabschluss und was zu ihm gehoert ist unveraenderlich"
REQUEST_BEGINS = "Was zwei Personen braucht, beginnt als Antrag"
BY_TWO = "Ein Haushaltsjahr schliessen zwei Personen ab, und zwei oeffnen es wieder"

_LATEST = "SELECT max(m.id) FROM closing_yearclosing m WHERE m.year_id = NEW.id AND m.state = 'confirmed'"
_BY_TWO = (
    f"SELECT 1 FROM closing_yearclosing c WHERE c.id = ({_LATEST}) "
    "AND c.what = CASE NEW.state WHEN 'closed' THEN 'close' ELSE 'reopen' END"
)

TO_CITY = (
    "An die Stadt geht hoechstens zurueck, was an sie verfallen ist, und dann bleibt das Jahr abgeschlossen"
)

_CLOSED = (
    "SELECT max(m.id) FROM closing_yearclosing m WHERE m.year_id = NEW.year_id AND m.state = 'confirmed'"
)
#: What lapsed to the city by the latest closing (one to open the year again has none), and what of it was paid before.
_LAPSED = (
    f"(SELECT COALESCE(sum(k.lapsed), 0) FROM closing_carryover k WHERE k.closing_id = ({_CLOSED}) "
    f"AND k.place = '{Place.CITY.label}')"
)
_PAID = (
    "(SELECT COALESCE(sum(o.amount), 0) FROM payments_statemententry o WHERE o.use = 'to_city' AND o.year_id = NEW.year_id "
    "AND o.id <> NEW.id)"
)
_PAID_OF_YEAR = "SELECT 1 FROM payments_statemententry o WHERE o.use = 'to_city' AND o.year_id = NEW.year_id"

CONSENT = "Die Zustimmung zu einem Rest liegt nicht nach dem Tag, ab dem die Regel gilt"
ADOPTION = (
    "Festgestellt wird der geltende Abschluss eines Jahres, nicht vor seinem Tag; entlastet wird erst danach"
)
_ADOPTED_LATER = (
    "SELECT 1 FROM closing_yearclosing c JOIN members_resolution r ON r.id = NEW.resolution_id "
    "WHERE c.id = NEW.closing_id AND c.what = 'close' AND c.state = 'confirmed' AND r.date >= c.decided_on AND NOT EXISTS "
    "(SELECT 1 FROM closing_yearclosing m WHERE m.year_id = c.year_id AND m.state = 'confirmed' AND m.id > c.id) "
    "AND (NEW.what = 'accounts' OR EXISTS (SELECT 1 FROM closing_adoption a JOIN members_resolution b ON b.id = a.resolution_id "
    "WHERE a.closing_id = c.id AND a.what = 'accounts' AND b.date <= r.date))"
)

REFUSALS = [
    *decided_once(
        "closing_yearclosing", HISTORY, REQUEST_BEGINS, "year_id", "what",
        unique=("year_id: o.state = 'requested' AND NEW.state = 'requested'",),
    ),
    *immutable("closing_carryover", HISTORY, "id", "closing_id pot_id"),
    *immutable("closing_snapshot", HISTORY, "id", "closing_id"),
    *immutable("closing_adoption", HISTORY, "id", "resolution_id", "closing_id what"),
    Refusal("closing_adoption", "fits", "INSERT", ADOPTION, f"NOT EXISTS ({_ADOPTED_LATER})"),
    Refusal(
        "funding_fiscalyear", "by_two_people", "UPDATE", BY_TWO,
        f"NEW.state <> OLD.state AND OLD.state <> 'planned' AND NEW.state <> 'planned' AND NOT EXISTS ({_BY_TWO})",
    ),
    *(
        Refusal("closing_remainderrule", f"consent_{name}", event, CONSENT, "NEW.consent_on > NEW.since")
        for name, event in (("given", "INSERT"), ("stays", "UPDATE"))
    ),
    Refusal(
        "payments_statemententry", "to_city_fits", "UPDATE", TO_CITY,
        f"NEW.use = 'to_city' AND -NEW.amount - {_PAID} > {_LAPSED}",
    ),
    Refusal(
        "closing_yearclosing", "keeps_city", "UPDATE", TO_CITY,
        f"NEW.what = 'reopen' AND NEW.state = 'confirmed' AND EXISTS ({_PAID_OF_YEAR})",
    ),
    *retention_guards.refusals(),
]  # fmt: skip

GUARDS = trigger_set(REFUSALS, besides=("funding_fiscalyear", *retention_guards.READS))
