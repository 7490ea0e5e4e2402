"""What the tables of the money refuse, whoever writes. ``members.common.refusals`` makes triggers of it.

docs/guards.md says what is refused by what, and what only ``verify_ledger`` finds.
"""

from funding.ledger import KINDS
from funding.models import Application, Pot
from funding.transitions import TABLE, changes_of
from members.common.refusals import (
    Refusal,
    decided_once,
    differs,
    fixed,
    immutable,
    kept,
    not_displaced,
    not_replaced,
    quoted,
    trigger_set,
)

HISTORY = "Buchungen und Entscheidungen sind unveraenderlich"
FROZEN = "Ein Foerdermodell mit geoeffnetem Haushaltsjahr ist eingefroren"
REQUEST_BEGINS = "Was zwei Personen braucht, beginnt als Antrag"
NO_CAUSE = "Diese Art von Buchung hat einen anderen Anlass"
OTHER_VOUCHER = "Topf, Art oder Betrag der Buchung sind nicht die ihres Anlasses"
OTHER_APPLICATION = "Buchung und Entscheidung gehoeren zu verschiedenen Antraegen"
YEAR_OPENED = "Den Ansatz eines Haushaltsjahres bucht seine Oeffnung"
NO_SOURCE = "Nur Sondertoepfe haben eine eigene Geldquelle"
POT = "Jahr, Art, Stadtbezirk, Kuerzel und Geldquelle eines Topfes bleiben, und er wird nicht geloescht"
YEAR = "Ein Haushaltsjahr wird geplant, geoeffnet, abgeschlossen und allenfalls wieder geoeffnet"
YEAR_KEPT = "Ein Haushaltsjahr bleibt, und nach dem Oeffnen auch sein Foerdermodell"
APPLICATION = "Ein Antrag bleibt bei seinem Projekt und Topf und wird nicht geloescht"
ASKED = "Was beantragt ist, aendert sich nur nach einer Rueckfrage"
CARRIED = "Uebertragen wird in denselben Topf eines anderen, geoeffneten Haushaltsjahres"
CLOSED = "In einem abgeschlossenen Haushaltsjahr wird nichts mehr gebucht"
UNBALANCED = "Abgeschlossen wird ein Haushaltsjahr, in dem nichts mehr vorgemerkt, offen oder frei ist"
STATE = "Diesen Schritt sieht die Tabelle der Uebergaenge nicht vor"
CALLED = "Abgerufen und bezahlt wird nur aus einem offenen Jahr und bei geschlossener Finanzierung"
RECLAIMED = "Zurueckgefordert wird nur, was bezahlt ist; bis es zurueck ist, wird nichts abgerufen und nicht abgerechnet"
SIGNERS = "Die Unterschriften eines entschiedenen Antrags bleiben"
RESOLVED = "Ein Beschluss mit einer Entscheidung ist unveraenderlich"
CHAIN = "Ein Glied gehoert an das Ende der Kette seines Topfes oder Antrags"
CHAIN_END = "Das Ende einer Kette ist ihr letztes Glied"
SPENT = "Ein verbrauchter Formularschluessel bleibt verbraucht"

_OPENED = "SELECT 1 FROM funding_fiscalyear y WHERE y.model_id = OLD.id AND y.state <> 'planned'"
_FROZEN_THERE = "EXISTS (SELECT 1 FROM funding_fiscalyear y WHERE y.model_id = o.id AND y.state <> 'planned')"


_LIVE = f"o.state IN ({quoted(Application.LIVE)}) AND NEW.state IN ({quoted(Application.LIVE)})"


def _entries() -> list[Refusal]:
    table = "funding_ledgerentry"
    fits = " OR ".join(
        f"(NEW.{cause} AND NEW.kind IN ({quoted(kinds)}))"
        for cause, kinds in (
            ("decision_id IS NOT NULL", KINDS["decision"]),
            ("expense_id IS NOT NULL", KINDS["expense"]),
            ("transfer_id IS NOT NULL", KINDS["transfer"]),
            ("occasion = 'year'", KINDS["year"]),
            ("occasion = 'pot'", KINDS["pot"]),
            ("occasion = 'closing'", KINDS["closing"]),
        )
    )
    pot = "SELECT 1 FROM funding_pot p JOIN funding_fiscalyear y ON y.id = p.year_id WHERE p.id = NEW.pot_id"
    transfer = (
        "SELECT 1 FROM funding_transfer t WHERE t.id = NEW.transfer_id AND t.amount = NEW.amount AND "
        "NEW.pot_id = CASE WHEN NEW.kind = 'transfer_in' THEN t.to_pot_id ELSE t.from_pot_id END"
    )
    # Of the expense x and its reversal together: nothing is 0, committed 1, paid 2.
    reached = (
        "SELECT coalesce(sum(CASE WHEN e.kind IN ('commit', 'pay') THEN 1 ELSE -1 END), 0) FROM funding_ledgerentry e "
        "WHERE e.expense_id IN (x.id, x.reverses_id)"
    )
    expense = (
        "SELECT 1 FROM funding_expense x WHERE x.id = NEW.expense_id AND x.amount = NEW.amount AND x.pot_id = NEW.pot_id "
        "AND ((x.reverses_id IS NOT NULL AND NEW.kind IN ('pay_back', 'release')) "
        "OR (x.reverses_id IS NULL AND NEW.kind IN ('commit', 'pay', 'pay_back') "
        "AND NOT EXISTS (SELECT 1 FROM funding_expense r WHERE r.reverses_id = x.id))) "
        f"AND ({reached}) = CASE NEW.kind WHEN 'commit' THEN 0 WHEN 'pay_back' THEN 2 ELSE 1 END"
    )
    decision = "SELECT 1 FROM funding_decision d WHERE d.id = NEW.decision_id AND d.application_id = NEW.application_id"
    return [
        *immutable(table, HISTORY, "id"),
        Refusal(table, "kind_fits", "INSERT", NO_CAUSE, f"NOT ({fits})"),
        Refusal(
            table, "one_application", "INSERT", OTHER_APPLICATION,
            f"NEW.decision_id IS NOT NULL AND NOT EXISTS ({decision})",
        ),
        Refusal(
            table, "of_transfer", "INSERT", OTHER_VOUCHER, f"NEW.transfer_id IS NOT NULL AND NOT EXISTS ({transfer})",
        ),
        Refusal(
            table, "of_expense", "INSERT", OTHER_VOUCHER, f"NEW.expense_id IS NOT NULL AND NOT EXISTS ({expense})",
        ),
        Refusal(
            table, "year_opens", "INSERT", YEAR_OPENED,
            f"NEW.occasion = 'year' AND NOT EXISTS ({pot} AND y.state = 'planned')",
        ),
        Refusal(table, "year_closed", "INSERT", CLOSED, f"EXISTS ({pot} AND y.state = 'closed')"),
        Refusal(
            table, "pot_has_source", "INSERT", NO_SOURCE,
            f"NEW.occasion = 'pot' AND NOT EXISTS ({pot} AND p.kind = 'special')",
        ),
    ]  # fmt: skip


def _pots() -> list[Refusal]:
    table = "funding_pot"
    closed = "EXISTS (SELECT 1 FROM funding_fiscalyear y WHERE y.id = NEW.year_id AND y.state = 'closed')"
    return [
        fixed(table, "stays", POT, ("id", "year_id", "kind", "district_id", "code", "source")),
        Refusal(
            table, "year_closed", "UPDATE", CLOSED,
            f"({differs('allotted', 'reserved', 'committed', 'paid')}) AND {closed}",
        ),
        Refusal(table, "none_after_closing", "INSERT", CLOSED, closed),
        *kept(table, POT),
        not_replaced(
            table, POT, "id", "year_id code",
            "year_id district_id: o.kind = 'pillar_1' AND NEW.kind = 'pillar_1'",
            f"year_id kind: NEW.kind IN ({quoted(Pot.CODES)})",
        ),
    ]  # fmt: skip


def _years() -> list[Refusal]:
    table = "funding_fiscalyear"
    order = " OR ".join(
        f"(OLD.state = '{before}' AND NEW.state = '{after}')"
        for before, after in (("planned", "open"), ("open", "closed"), ("closed", "open"))
    )
    open_pot = (
        "SELECT 1 FROM funding_pot p WHERE p.year_id = NEW.id AND "
        "(p.reserved <> 0 OR p.committed <> p.paid OR p.allotted <> p.committed)"
    )
    return [
        Refusal(table, "order", "UPDATE", YEAR, f"NEW.state <> OLD.state AND NOT ({order})"),
        Refusal(
            table,
            "closes_balanced",
            "UPDATE",
            UNBALANCED,
            f"NEW.state = 'closed' AND OLD.state = 'open' AND EXISTS ({open_pot})",
        ),
        fixed(table, "stays", YEAR_KEPT, ("id", "year")),
        fixed(
            table,
            "keeps_model",
            YEAR_KEPT,
            ("model_id", "opened_on", "opened_by_id"),
            "OLD.state <> 'planned'",
        ),
        *kept(table, YEAR_KEPT),
        not_replaced(table, YEAR_KEPT, "id", "year"),
    ]


def _models() -> list[Refusal]:
    table = "funding_fundingmodel"
    return [
        Refusal(table, "frozen", "UPDATE", FROZEN, f"EXISTS ({_OPENED})"),
        *kept(table, FROZEN, f"EXISTS ({_OPENED})"),
        not_replaced(table, FROZEN, f"id: {_FROZEN_THERE}", f"first_year: {_FROZEN_THERE}"),
        not_displaced(table, FROZEN, f"id: {_FROZEN_THERE}", f"first_year: {_FROZEN_THERE}"),
    ]


def _applications() -> list[Refusal]:
    table = "funding_application"
    raised = "OLD.state = 'approved' AND NEW.state = 'approved' AND NEW.granted > OLD.granted"
    ready = (
        "SELECT 1 FROM funding_pot p JOIN funding_fiscalyear y ON y.id = p.year_id JOIN projects_project j "
        "ON j.id = NEW.project_id WHERE p.id = coalesce(NEW.carried_to_id, NEW.pot_id) AND y.state = 'open' AND j.state = 'approved'"
    )
    other_year = (
        "SELECT 1 FROM funding_pot p JOIN funding_fiscalyear y ON y.id = p.year_id JOIN funding_pot o ON o.id = NEW.pot_id "
        "WHERE p.id = NEW.carried_to_id AND p.kind = o.kind AND p.year_id <> o.year_id AND y.state = 'open' "
        "AND coalesce(p.district_id, 0) = coalesce(o.district_id, 0) AND (p.kind <> 'special' OR p.source = o.source)"
    )
    return [
        fixed(table, "stays", APPLICATION, ("id", "project_id", "pot_id", "submitted_on")),
        Refusal(
            table, "carried", "UPDATE", CARRIED,
            f"NEW.carried_to_id IS NOT NULL AND {differs('carried_to_id')} AND NOT EXISTS ({other_year})",
        ),
        Refusal(
            table, "keeps_request", "UPDATE", ASKED,
            f"OLD.state <> 'returned' AND (NEW.submitted_by_id <> OLD.submitted_by_id OR ({differs('requested')} "
            f"AND NOT ({raised} AND NEW.requested = NEW.granted AND NEW.requested > OLD.requested)))",
        ),
        Refusal(
            table, "moves", "UPDATE", STATE,
            f"NEW.state <> OLD.state AND OLD.state || '>' || NEW.state NOT IN ({quoted(changes_of(TABLE))})",
        ),
        # The second person who raises a grant of one person signs it, too.
        Refusal(
            table, "keeps_signers", "UPDATE", SIGNERS,
            f"OLD.state NOT IN ({quoted(Application.PENDING)}) AND ({differs('first_signer_id')} OR ("
            f"{differs('second_signer_id')} AND NOT (OLD.second_signer_id IS NULL AND {raised})))",
        ),
        # Claiming leaves what is paid; a settled grant has no open claim, and while there is one nothing more is called.
        Refusal(
            table, "reclaims", "UPDATE", RECLAIMED,
            "(NEW.reclaimed > OLD.reclaimed AND NEW.paid <> OLD.paid) "
            "OR (NEW.state = 'settled' AND OLD.state <> 'settled' AND NEW.reclaimed > 0) OR (NEW.called + NEW.paid > OLD.called + OLD.paid AND NEW.reclaimed > 0)",
        ),
        Refusal(
            table, "calls", "UPDATE", CALLED,
            "(NEW.called + NEW.paid > OLD.called + OLD.paid OR NEW.paid > OLD.paid) "
            f"AND NOT EXISTS ({ready})",
        ),
        *kept(table, APPLICATION),
        not_replaced(table, APPLICATION, "id", f"project_id pot_id: {_LIVE}"),
    ]  # fmt: skip


def _links() -> list[Refusal]:
    table = "funding_chainlink"
    row = (
        "SELECT 1 FROM funding_ledgerentry e WHERE e.id = NEW.entry_id AND e.pot_id = NEW.pot_id "
        "UNION ALL SELECT 1 FROM funding_decision d WHERE d.id = NEW.decision_id AND d.application_id = NEW.application_id"
    )
    before = " UNION ALL ".join(
        f"SELECT 1 FROM {table} b WHERE b.{chain} = NEW.{chain} AND b.position = NEW.position - 1"
        for chain in ("pot_id", "application_id")
    )
    return [
        *immutable(
            table, HISTORY, "id", "pot_id position", "application_id position", "entry_id", "decision_id"
        ),
        Refusal(table, "fits", "INSERT", CHAIN, f"NOT EXISTS ({row})"),
        Refusal(table, "follows", "INSERT", CHAIN, f"NEW.position <> 1 AND NOT EXISTS ({before})"),
        *(
            Refusal(owner, "chain_end", "UPDATE", CHAIN_END, _not_the_end(table, chain))
            for owner, chain in (("funding_pot", "pot_id"), ("funding_application", "application_id"))
        ),
    ]


def _not_the_end(table: str, chain: str) -> str:
    """Return the condition that the new end is not the last link of the row's chain."""
    at = f"SELECT 1 FROM {table} l WHERE l.{chain} = NEW.id AND l.position = NEW.chain_length"
    last = f"EXISTS ({at} AND l.digest = NEW.chain_end) AND NOT EXISTS ({at} + 1)"
    return f"({differs('chain_length', 'chain_end')}) AND NOT ({last})"


def _resolutions() -> list[Refusal]:
    """Return the refusals for resolutions: one with a decision is never changed.

    They stand here because ``members`` knows nothing of decisions.
    """
    table = "members_resolution"
    decided = "EXISTS (SELECT 1 FROM funding_decision d WHERE d.resolution_id = {}.id)"
    return [
        fixed(table, "stays", RESOLVED, ("id",)),
        Refusal(table, "decided", "UPDATE", RESOLVED, decided.format("OLD")),
        *kept(table, RESOLVED, decided.format("OLD")),
        not_replaced(table, RESOLVED, f"id: {decided.format('o')}"),
    ]


REFUSALS = [
    *_entries(),
    *immutable("funding_decision", HISTORY, "id", "resolution_id"),
    *immutable("funding_planrow", HISTORY, "id", "decision_id position"),
    *immutable("funding_chosencondition", HISTORY, "id", "decision_id position"),
    *immutable("funding_expense", HISTORY, "id", "reverses_id"),
    Refusal(
        "funding_expense", "year_closed", "INSERT", CLOSED,
        "EXISTS (SELECT 1 FROM funding_pot p JOIN funding_fiscalyear y ON y.id = p.year_id "
        "WHERE p.id = NEW.pot_id AND y.state = 'closed')",
    ),
    *decided_once("funding_transfer", HISTORY, REQUEST_BEGINS, "from_pot_id", "to_pot_id", "amount"),
    *decided_once(
        "funding_grantchange", HISTORY, REQUEST_BEGINS, "application_id", "what", "granted", "amount",
        unique=("decision_id", "application_id: o.state = 'requested' AND NEW.state = 'requested'"),
    ),
    not_displaced("funding_grantchange", HISTORY, "decision_id"),
    *_pots(),
    *_years(),
    *_models(),
    *_applications(),
    *_links(),
    *_resolutions(),
    *immutable("funding_spentkey", SPENT, "key"),
]  # fmt: skip

GUARDS = trigger_set(REFUSALS)
