"""The next step of an application as a German sentence: who has to do what."""

from funding import eligibility
from funding.models import Application

S = Application.State


def next_step(application: Application) -> str:
    """Return the sentence for what happens next. Reads project, lead district, pot, year, model, district."""
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
        case S.APPROVED if project.is_funding_open:
            return (
                "Die Finanzierung des Projekts ist noch offen. Ausgezahlt wird, sobald alle Beträge entschieden "
                "sind und der Plan aufgeht."
            )
        case S.APPROVED if application.granted is not None and application.paid < application.granted:
            return f"Die Geschäftsführung {project.lead_district} ruft das Geld ab, wenn es gebraucht wird."
        case S.APPROVED:
            return f"Die Geschäftsführung {project.lead_district} weist die Verwendung nach."
        case S.REJECTED | S.WITHDRAWN | S.REVOKED:
            return (
                f"Nichts mehr zu tun. Die Geschäftsführung {project.lead_district} kann das Projekt ändern und "
                "neu einreichen."
            )
    return "Nichts mehr zu tun."
