"""What an application must meet before it is granted. The page shows it as a list; approving checks it."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet, prefetch_related_objects
from django.utils.text import get_text_list

from funding.models import Application, Pot
from members.common.counting import one_or_many
from members.models import Body, Resolution
from projects.models import Project


@dataclass(frozen=True)
class Condition:
    """One condition: whether it is met, its sentence, and what to do if it is not."""

    met: bool
    text: str
    remedy: str = ""


def conditions(
    application: Application, *, resolution: Resolution | None = None, first_signature: bool = False
) -> list[Condition]:
    """Return the conditions for a grant from pillar 2; none for pillar 1 and special pots.

    The first of two signatures does not ask for the jury's resolution: the approval records that.
    Source: council decision of 10.12.2015 (special or cross-district projects); the year's funding model.
    """
    if application.pot.kind != Pot.Kind.PILLAR_2:
        return []
    project = application.project
    found = [_district_or_importance(project)]
    if resolved_by(application.pot) and not first_signature:
        found.append(
            Condition(
                resolution is not None and resolution.carried,
                "Ein Beschluss der Jury liegt vor.",
                "Bitte den Beschluss der Jury erfassen.",
            )
        )
    return found


def resolved_by(pot: Pot) -> str | None:
    """Return the kind of body whose resolution an approval from this pot records, or None.

    Source: the statutes for pillar 1, the year's funding model for pillar 2.
    """
    if pot.kind == Pot.Kind.PILLAR_1:
        return Body.Kind.STEERING
    if pot.kind == Pot.Kind.PILLAR_2 and pot.year.model.pillar_2_needs_resolution:
        return Body.Kind.JURY
    return None


def resolving_bodies(pot: Pot) -> "QuerySet[Body]":
    """Return the bodies that resolve on the pot's money, present and former ones, the latest first."""
    return Body.objects.filter(kind=resolved_by(pot), district=pot.district_id).order_by("-since")


def can_back_a_decision(body: Body, pot: Pot, day: date) -> bool:
    """Return whether the body can have met by this day on a day that counts for the pot."""
    return body.since <= day and (body.until is None or body.until.year >= pot.year.year - 1)


def objection_to_body(pot: Pot, body: Body) -> str:
    """Return why this body cannot resolve on the pot's money; empty if it can."""
    kind = resolved_by(pot)
    if kind is None:
        return "Aus diesem Topf bewilligt die Wirtschaftsförderung ohne Beschluss eines Gremiums."
    if body.kind == kind and body.district_id == pot.district_id:
        return ""
    if kind == Body.Kind.JURY:
        return "Über Säule 2 beschließt die Jury."
    return f"Über diesen Topf beschließt das Lenkungsgremium von {pot.district}."


def objection_to_meeting(body: Body, day: date, year: int) -> str:
    """Return why a meeting of the body on this local date backs no decision on the calendar year's money.

    Empty if it does. The year before counts too: districts plan about a year ahead.
    """
    if day < body.since:
        return f"{body} besteht erst seit {body.since:%d.%m.%Y}. Bitte das Datum prüfen."
    if body.until and day > body.until:
        return f"{body} bestand nur bis {body.until:%d.%m.%Y}. Bitte das Datum prüfen."
    if day.year < year - 1:
        return f"Für Geld aus {year} zählt ein Beschluss frühestens vom 01.01.{year - 1}. Bitte das Datum prüfen."
    return ""


def _district_or_importance(project: Project) -> Condition:
    prefetch_related_objects([project], "participations__district")
    participations = list(project.participations.all())
    confirmed = [p.district.name for p in participations if p.confirmed_on]
    declined = [p.district.name for p in participations if p.declined_on]
    waiting = [p.district.name for p in participations if p.is_asked]
    if confirmed:
        names = get_text_list([project.lead_district.name, *confirmed], "und")
        return Condition(True, f"Stadtbezirksübergreifend: {names} sind dabei und haben bestätigt.")
    if project.special_importance.strip():
        return Condition(True, "Die besondere Bedeutung ist schriftlich begründet.")
    if waiting:
        return Condition(
            False,
            f"Die Bestätigung von {get_text_list(waiting, 'und')} fehlt.",
            "Die Geschäftsführung dort bestätigt auf der Projektseite.",
        )
    if declined:
        return Condition(
            False,
            f"{get_text_list(declined, 'und')} {one_or_many(len(declined), 'hat', 'haben')} die Beteiligung abgesagt.",
            "Bitte den Antrag mit dieser Rückfrage zurückgeben.",
        )
    return Condition(
        False,
        "Weder ein weiterer Stadtbezirk noch eine Begründung der besonderen Bedeutung.",
        "Bitte den Antrag mit dieser Rückfrage zurückgeben.",
    )
