"""The other forms for steps on an application."""

from funding.forms.base import IN_THE_LETTER, StepForm, reason_field
from funding.models import Step
from members.common.money import MoneyFormField


class ReturnForm(StepForm):
    title = "Mit Rückfrage zurückgeben"
    button = "Zurückgeben"
    css = "btn-outline-primary"
    reason = reason_field("Was soll der Stadtbezirk klären oder ändern?")


class RetractForm(StepForm):
    title = "Unterschrift zurücknehmen"
    button = "Unterschrift zurücknehmen"
    css = "btn-outline-primary"
    reason = reason_field(
        "Freiwillig. Das vorgemerkte Geld ist danach frei, und der Antrag wartet wieder auf eine erste Unterschrift.",
        required=False,
    )


class RejectForm(StepForm):
    title = "Ablehnen"
    button = "Antrag ablehnen"
    reason = reason_field(IN_THE_LETTER)


class WithdrawForm(StepForm):
    title = "Antrag zurückziehen"
    button = "Zurückziehen"
    reason = reason_field("Freiwillig.", required=False)


class ReduceForm(StepForm):
    """Reduces a grant to a smaller amount, or asks a second person to."""

    title = "Bewilligung verringern"
    button = "Verringern"
    by_two = "Verringerung beantragen"
    css = "btn-outline-primary"
    amount = MoneyFormField(
        label="Neuer Betrag", error_messages={"required": "Bitte den neuen Betrag eintragen."}
    )
    reason = reason_field(f"Zum Beispiel: Die Kosten sind gesunken. {IN_THE_LETTER}")


class RevokeForm(StepForm):
    """Revokes a grant, or asks a second person to."""

    title = "Bewilligung widerrufen"
    button = "Widerrufen"
    by_two = "Widerruf beantragen"
    reason = reason_field(f"{IN_THE_LETTER} Nicht ausgezahltes Geld wird mit dem Widerruf wieder frei.")


SECONDARY: dict[Step, type[StepForm]] = {
    Step.UNSIGN: RetractForm,
    Step.RETURN: ReturnForm,
    Step.REJECT: RejectForm,
    Step.WITHDRAW: WithdrawForm,
    Step.REDUCE: ReduceForm,
    Step.REVOKE: RevokeForm,
}
