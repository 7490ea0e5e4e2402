"""Whether a grant is accepted, which is asked before money is called or paid."""

from funding.letters.models import Form, Letter
from funding.models import Application, GrantTerms, Step
from projects.models import Project


def not_accepted(application: Application) -> str:
    """Return why the grant is not accepted yet, as a German sentence; empty where it is.

    The association's own measures need no acceptance. Grants from before the first day of letters count as accepted,
    with or without a letter on demand. Three queries.
    """
    grant = application.decisions.filter(step=Step.APPROVE).order_by("pk").last()
    if grant is None:
        return ""
    model = application.pot.year.model_id
    if not GrantTerms.objects.filter(funding_model=model, since__lte=grant.on).exists():
        return ""
    letter = Letter.objects.current().filter(decision=grant).first()
    if letter is None:
        own = application.project.measure == Project.Measure.OWN
        return (
            ""
            if own
            else "Die Förderzusage ist noch nicht geschrieben. Vorher wird nichts abgerufen oder ausgezahlt."
        )
    if letter.form == Form.INTERNAL or letter.is_accepted:
        return ""
    if letter.is_declined:
        return (
            f"{letter} wurde so nicht angenommen. Bitte klären Sie das mit dem Empfänger; danach berichtigt die "
            "Wirtschaftsförderung das Schreiben."
        )
    return f"{letter} ist noch nicht angenommen. Vorher wird nichts abgerufen oder ausgezahlt."


def accepted(application: Application) -> bool:
    """Return whether the grant is accepted, so that money can be called and paid."""
    return not not_accepted(application)
