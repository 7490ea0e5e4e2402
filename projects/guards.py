"""What the tables of projects refuse, whoever writes. ``members.common.refusals`` makes triggers of it.

They keep a project's history, and the editors on whom four eyes rest.
A change in the history is never rewritten.
It is deleted only together with its draft, which was never handed in.
"""

from members.common.refusals import Refusal, fixed, kept, not_displaced, not_replaced, trigger_set

MESSAGE = "Der Verlauf eines Projekts ist unveraenderlich"
PROJECT = "Nummer, Jahr, Stadtbezirk und Herkunft eines eingereichten Projekts bleiben"
EDITORS = "Wer an einem Projekt mitgewirkt hat, bleibt vermerkt"
PARTICIPATION = "Eine Beteiligung wird geaendert und nicht ersetzt"
SERIES = "Eine vergebene Nummer wird nicht wieder frei"

_NUMBERED = "EXISTS (SELECT 1 FROM projects_project p WHERE p.id = OLD.project_id AND p.number IS NOT NULL)"


def _changes() -> list[Refusal]:
    table = "projects_projectchange"
    return [
        Refusal(table, "no_update", "UPDATE", MESSAGE),
        *kept(table, MESSAGE, _NUMBERED),
        not_replaced(table, MESSAGE, "id"),
    ]


def _projects() -> list[Refusal]:
    table = "projects_project"
    return [
        fixed(table, "creator", PROJECT, ("id", "created_by_id")),
        fixed(table, "numbered", PROJECT, ("number", "year", "lead_district_id"), "OLD.number IS NOT NULL"),
        *kept(table, PROJECT, "OLD.number IS NOT NULL"),
        not_replaced(table, PROJECT, "id", "number"),
        not_displaced(table, PROJECT, "number"),
    ]


def _editors() -> list[Refusal]:
    table = "projects_project_editors"
    return [
        Refusal(table, "no_update", "UPDATE", EDITORS),
        *kept(table, EDITORS, _NUMBERED),
        not_replaced(table, EDITORS, "id"),
    ]


def _series() -> list[Refusal]:
    table = "projects_numberseries"
    return [
        fixed(table, "stays", SERIES, ("id", "year", "district_id")),
        Refusal(table, "goes_up", "UPDATE", SERIES, "NEW.last < OLD.last"),
        *kept(table, SERIES),
    ]


REFUSALS = [
    *_changes(),
    *_projects(),
    not_replaced("projects_participation", PARTICIPATION, "id", "project_id district_id"),
    *_editors(),
    *_series(),
]
GUARDS = trigger_set(REFUSALS)
