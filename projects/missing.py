"""What a project lacks for handing in."""

from decimal import Decimal

from members.common.money import ZERO, format_euro
from projects.models import FinancingItem, Project


def planned(row: FinancingItem) -> Decimal:
    """Return the euro that a row counts for when handed in: locked as decided, free as planned."""
    if row.locked:
        return row.counts
    return row.amount if row.amount is not None else ZERO


#: After a grant the measure is not asked for: it may be from before that was a question, and cannot change any more.
NOT_ASKED_FOR_MEASURE = Project.OPEN_TO_BALANCE
#: Fields that refer to another table: their keys are read, which costs no query.
KEYS = {"main_field": "main_field_id", "organiser": "organiser_id"}


def missing(project: Project) -> dict[str, str]:
    """Return what the project lacks for handing in: key -> German sentence; empty if nothing.

    Keys are names of the form's fields, ``cost-<id>-amount`` for a row, and ``plan`` for the whole plan.
    """
    found: dict[str, str] = {}
    for name, sentence in (
        ("title", "Bitte einen Titel eintragen."),
        ("summary", "Bitte in zwei, drei Sätzen öffentlich beschreiben, was geschieht."),
        ("aims", "Bitte eintragen, was das Projekt erreichen soll."),
        (
            "value_creation",
            "Bitte den Beitrag zur Wertschöpfung im Quartier eintragen (Förderziel seit 2015).",
        ),
        ("main_field", "Bitte einen Handlungsschwerpunkt wählen."),
        ("place", "Bitte den Ort eintragen."),
        ("starts_on", "Bitte den Beginn eintragen."),
        ("ends_on", "Bitte das Ende eintragen."),
        ("organiser", "Bitte den Veranstalter eintragen."),
    ):
        if not getattr(project, KEYS.get(name, name)):
            found[name] = sentence
    if not project.measure and project.state not in NOT_ASKED_FOR_MEASURE:
        found["measure"] = (
            "Bitte wählen, ob der Verein das Projekt selbst durchführt oder einen Dritten fördert."
        )
    if "organiser" in found and project.is_grant_to_third_party:
        found["organiser"] = (
            "Bitte den Veranstalter eintragen: Er führt das Projekt durch und bekommt das Geld."
        )
    if project.starts_on and project.starts_on.year != project.year:
        found["starts_on"] = f"Der Beginn muss im Haushaltsjahr {project.year} liegen."

    stored = project.pk is not None
    costs = list(project.cost_items.all()) if stored else []
    rows = list(project.financing_items.all()) if stored else []
    if not costs:
        found["costs"] = "Bitte mindestens eine Kostenposition eintragen."
    for cost in costs:
        if not cost.label:
            found[f"cost-{cost.pk}-label"] = "Bitte eintragen, wofür die Kosten entstehen."
        if cost.amount is None:
            found[f"cost-{cost.pk}-amount"] = "Bitte den Betrag eintragen."
    for row in rows:
        if row.from_pot:
            continue
        if row.amount is None:
            found[f"other-{row.pk}-amount"] = "Bitte den Betrag eintragen."
        if row.is_third_party and not row.label:
            found[f"other-{row.pk}-label"] = "Bitte eintragen, von wem die Drittmittel kommen."
        if row.is_third_party and not row.third_party_state:
            found[f"other-{row.pk}-third_party_state"] = "Bitte angefragt, zugesagt oder eingegangen wählen."
    asked = [r for r in rows if r.from_pot and not r.locked]
    if not any(r.from_pot for r in rows):
        found["pots"] = (
            "Bitte mindestens einen Betrag aus Säule 1, Säule 2 oder Sondermitteln eintragen – "
            "oder das Projekt auf seiner Seite ohne Förderung veröffentlichen."
        )
    if (
        any(r.is_pillar_2 for r in asked)
        and not project.participations.exists()
        and not project.special_importance.strip()
    ):
        found["special_importance"] = (
            "Säule 2 fördert stadtbezirksübergreifende und besondere Projekte: Bitte einen weiteren "
            "Stadtbezirk beteiligen oder hier die besondere Bedeutung begründen."
        )
    declined = [p for p in project.participations.all() if p.declined_on] if stored else []
    if declined:
        found["further"] = " ".join(
            f"{p.district} hat abgesagt („{p.decline_reason}“). Bitte den Stadtbezirk herausnehmen oder seinen "
            "Betrag ändern, dann wird neu gefragt."
            for p in declined
        )
    difference = project.cost_total - sum((planned(r) for r in rows), ZERO)
    if difference > 0:
        found["plan"] = (
            f"Der Plan geht nicht auf: Es fehlen noch {format_euro(difference)} an Finanzierung. "
            "Bitte Kosten oder Finanzierung anpassen."
        )
    elif difference < 0:
        found["plan"] = (
            f"Der Plan geht nicht auf: Die Finanzierung liegt {format_euro(-difference)} über den Kosten. "
            "Bitte Kosten oder Finanzierung anpassen."
        )
    return found
