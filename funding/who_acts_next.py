"""The next step of an application as German sentences: who has to do what, and until when."""

from collections.abc import Sequence

from django.utils import timezone

from funding import eligibility, hooks, permissions
from funding.models import Application, GrantChange, Step
from members.common.money import format_euro
from members.models import District
from members.roles.permissions import Roles

S = Application.State
NOTHING = "Nichts mehr zu tun."


def read_turns(applications: Sequence[Application]) -> None:
    """Set ``turn`` on these applications. As many queries for one as for many; each asks by itself otherwise."""
    for read in hooks.turns if applications else ():
        for application, turn in zip(applications, read(applications), strict=True):
            application.turn = turn


def turn_of(application: Application) -> hooks.Turn:
    """Return what is next with the money of a grant."""
    if application.turn is None:
        read_turns([application])
    turn: hooks.Turn = application.turn
    return turn


def next_step(application: Application) -> str:
    """Return the sentence for what happens next: first what is missing for a decision.

    Reads project, lead district, pot, year, model, district; for pillar 2 who takes part.
    """
    if missing := _missing(application):
        return missing
    pot, project = application.pot, application.project
    if application.awaits_decision and pot.year.is_planned:
        return (
            f"Die Wirtschaftsförderung öffnet das Haushaltsjahr {pot.year}; danach kann entschieden werden."
        )
    match application.state:
        case S.SUBMITTED if application.is_pillar_1:
            return (
                f"Das Lenkungsgremium {pot.district} beschließt; die Geschäftsführung {pot.district} erfasst "
                "den Beschluss."
            )
        case S.SUBMITTED:
            return f"{pot.year.model.deciding_body} prüft den Antrag und entscheidet."
        case S.RESERVED if application.lapsed:
            return (
                "Die erste Unterschrift gilt nicht mehr. Eine Person der Wirtschaftsförderung zeichnet neu, danach "
                "zeichnet eine zweite mit."
            )
        case S.RESERVED if eligibility.resolved_by(pot):
            return (
                "Eine zweite Person der Wirtschaftsförderung prüft den Antrag, erfasst den Beschluss der Jury und "
                "zeichnet mit."
            )
        case S.RESERVED:
            return "Eine zweite Person der Wirtschaftsförderung prüft den Antrag und zeichnet mit."
        case S.RETURNED:
            return (
                f"Die Geschäftsführung {project.lead_district} beantwortet die Rückfrage und reicht das Projekt "
                "erneut ein."
            )
        case S.APPROVED | S.SETTLED | S.REVOKED if application.reclaimed:
            return (
                f"Die Geschäftsführung {project.lead_district} sorgt dafür, dass {format_euro(application.reclaimed)} "
                "zurückgezahlt werden; die Wirtschaftsförderung bucht die Rückzahlung."
            )
        case S.APPROVED if _waits_for_plan(application):
            return (
                "Die Finanzierung des Projekts ist noch offen. Ausgezahlt wird, sobald alle Beträge entschieden "
                "sind und der Plan aufgeht."
            )
        case S.APPROVED:
            said = turn_of(application).said
            return said or f"Die Geschäftsführung {application.calling_district} weist die Verwendung nach."
        case S.REVOKED if application.owes_all:
            return (
                f"Die Geschäftsführung {project.lead_district} zahlt {format_euro(application.paid)} zurück; die "
                "Wirtschaftsförderung bucht die Rückzahlung."
            )
        case S.REJECTED | S.WITHDRAWN | S.REVOKED:
            return (
                f"{NOTHING} Die Geschäftsführung {project.lead_district} kann das Projekt ändern und "
                "neu einreichen."
            )
    return NOTHING


def _waits_for_plan(application: Application) -> bool:
    """Return whether money is still to be paid, and the project's plan does not balance."""
    return bool(application.is_approved and application.has_unpaid and application.project.is_funding_open)


def _missing(application: Application) -> str:
    """Return what is missing before anybody can decide, and who does it; empty where nothing is."""
    if not application.awaits_decision:
        return ""
    unmet = next((c for c in eligibility.conditions(application, first_signature=True) if not c.met), None)
    return f"{unmet.text} {unmet.remedy} Danach kann entschieden werden." if unmet else ""


# The same in a letter


def told_to_district(application: Application, district: District) -> str:
    """Return what happens next as a letter says it to who directs this district.

    That is what they have to do themselves; or who else does it, and what may come back to them.
    """
    project, pot = application.project, application.pot
    own = pot.district_id == district.pk
    turn = _own_turn(application, leads=project.lead_district_id == district.pk, own=own)
    told = f"{turn or next_step(application)} {until(application)}".strip()
    asked = any(p.district_id == district.pk and p.is_asked for p in project.participations.all())
    if not turn:
        if not asked and not told.startswith(NOTHING):
            told += " Für Sie ist dabei nichts zu tun."
        if own and application.is_returned:
            told += (
                f" Ändert sich der Betrag aus {pot}, gilt Ihre Bestätigung nicht mehr und Sie werden noch einmal gefragt; "
                "dann beschließt Ihr Lenkungsgremium."
            )
    if asked:
        told += " Ihre Antwort fehlt noch: Bitte bestätigen Sie die Beteiligung, oder sagen Sie ab."
    return told


def _own_turn(application: Application, *, leads: bool, own: bool) -> str:
    """Return what the director has to do, empty where it is another's turn."""
    pot = application.pot
    if own and application.state == S.SUBMITTED and pot.year.is_open:
        return "Ihr Lenkungsgremium beschließt; Sie erfassen den Beschluss beim Antrag."
    calls = own if pot.district_id else leads
    if calls and application.is_approved and not application.reclaimed and not _waits_for_plan(application):
        turn = turn_of(application)
        return turn.asked if turn.said else "Bitte weisen Sie die Verwendung nach."
    if not leads:
        return ""
    match application.state:
        case S.RETURNED:
            return "Bitte beantworten Sie die Rückfrage: Ändern oder ergänzen Sie das Projekt, und reichen Sie es erneut ein."
        case S.APPROVED | S.SETTLED | S.REVOKED if application.reclaimed:
            return (
                f"Bitte sorgen Sie dafür, dass {format_euro(application.reclaimed)} zurückgezahlt werden; die "
                "Wirtschaftsförderung bucht die Rückzahlung."
            )
        case S.APPROVED if _waits_for_plan(application):
            return (
                "Die Finanzierung des Projekts ist noch offen. Ausgezahlt wird, sobald alle Beträge entschieden sind und "
                "der Plan aufgeht; bitte passen Sie dafür Kosten oder andere Mittel an."
            )
        case S.REVOKED if application.owes_all:
            return f"Bitte zahlen Sie {format_euro(application.paid)} zurück; die Wirtschaftsförderung bucht die Rückzahlung."
        case S.REJECTED | S.WITHDRAWN | S.REVOKED:
            return f"{NOTHING} Sie können das Projekt ändern und neu einreichen."
    return ""


def told_to_staff(application: Application, roles: Roles) -> str:
    """Return what happens next as a letter says it to this member of the Wirtschaftsförderung.

    Whoever must not decide reads why.
    """
    if application.state == S.RESERVED:
        application.lapsed = permissions.lapsed_signature(application, roles.day)
    told = next_step(application)
    if application.awaits_decision and application.pot.year.is_open:
        if objection := permissions.objection_to(Step.APPROVE, roles, application):
            told += f" {objection}"
        elif not _missing(application):
            told += " Bitte prüfen Sie ihn, oder jemand anderes aus der Wirtschaftsförderung."
    return f"{told} {until(application)}".strip()


def told_of_change(change: GrantChange, roles: Roles) -> str:
    """Return what happens next to a waiting change, for a letter to a member of the Wirtschaftsförderung."""
    if not change.waits:
        return "Darüber ist inzwischen entschieden."
    if objection := permissions.objection_to_confirm_change(roles, change):
        return f"Jemand aus der Wirtschaftsförderung stimmt zu oder lehnt ab. {objection}"
    return (
        "Bitte stimmen Sie zu oder lehnen Sie ab, oder jemand anderes aus der Wirtschaftsförderung. Vorher wird nichts "
        "gebucht."
    )


def until(application: Application) -> str:
    """Return until when that must happen; empty where nothing is left to do."""
    starts_on, year = application.project.starts_on, application.pot.year
    if application.state in Application.PENDING:
        if starts_on is None:
            return "Eine Frist gibt es nicht."
        if starts_on > timezone.localdate():
            return f"Zeit ist bis zum Beginn des Projekts am {starts_on:%d.%m.%Y}."
        return f"Das Projekt sollte am {starts_on:%d.%m.%Y} beginnen: Es eilt."
    if application.is_approved and application.has_unpaid:
        does = "muss geschehen" if _waits_for_plan(application) else "geht"
        return f"Das {does}, solange das Haushaltsjahr {year} offen ist."
    return ""
