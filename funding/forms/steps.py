"""The other forms for steps on an application."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.html import escape

from funding import eligibility, rules
from funding.forms.base import IN_THE_LETTER, StepForm, reason_field
from funding.forms.voting import VotesFields, check_votes
from funding.models import Application, Step
from members.common.money import CENT, ZERO, MoneyFormField, format_euro, parse_euro


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


class IncreaseForm(StepForm):
    """Raises a grant, or asks a second person to, as the new sum wants it."""

    title = "Bewilligung erhöhen"
    button = "Erhöhen"
    by_two = "Erhöhung beantragen"
    why_two = "Für diese Summe sind zwei Personen nötig."
    css = "btn-outline-primary"
    amount = MoneyFormField(
        label="Neuer Betrag", error_messages={"required": "Bitte den neuen Betrag eintragen."}
    )
    reason = reason_field(f"Zum Beispiel: Die Kosten sind gestiegen. {IN_THE_LETTER}")

    def __init__(self, step: Step, application: Application, data: Any = None) -> None:
        super().__init__(step, application, data)
        granted, free = application.granted or ZERO, application.available
        rest = f"sind {format_euro(free)} frei" if free else "ist nichts frei"
        limit = application.pot.year.model.second_signature_from
        hint = f"Bewilligt sind {format_euro(granted)}, in {application.booking_pot} {rest}."
        if limit is not None and not application.is_pillar_1:
            hint += f" Ab {format_euro(limit)} für ein Projekt bestätigt eine zweite Person; vorher wird nichts gebucht."
        self.fields["amount"].help_text = escape(hint)

    @classmethod
    def is_offered(cls, application: Application) -> bool:
        return not application.reclaimed

    def takes_two(self, step: Step, data: Any) -> bool:
        """Return whether the new sum needs two people; before one is typed, whether any does."""
        amount = (self.application.granted or ZERO) + CENT
        with suppress(ValidationError):
            amount = parse_euro(data.get("amount", "")) if data else amount
        others: list[Application] | None = getattr(self.application, "others", None)
        return rules.needs_second_person(step, self.application, amount, others)


class IncreaseByResolutionForm(VotesFields, IncreaseForm):
    """Raises a grant by a further resolution. Where a second person confirms, they record it."""

    title = "Bewilligung mit weiterem Beschluss erhöhen"
    button = "Beschluss erfassen und erhöhen"
    field_order = [
        "body", "date", "votes_yes", "votes_no", "votes_abstained", "votes_checked", "text", "amount", "reason",
    ]  # fmt: skip

    def __init__(self, step: Step, application: Application, data: Any = None) -> None:
        bodies = eligibility.resolving_bodies(application.pot)
        super().__init__(step, application, self.started(data, bodies))
        self.offer(bodies, application.pot)
        if self.asks_second_person:
            for name in VotesFields.base_fields:
                del self.fields[name]

    @property
    def needs_body(self) -> bool:
        """Return whether a body must be entered before anything can be resolved."""
        return not (self.asks_second_person or self.bodies)

    def clean(self) -> dict[str, Any]:
        if not self.asks_second_person:
            check_votes(self, self.application.pot)
        return self.cleaned_data


class ReclaimForm(StepForm):
    """Claims back some of what is paid, or asks a second person to."""

    title = "Geld zurückfordern"
    button = "Zurückfordern"
    by_two = "Rückforderung beantragen"
    amount = MoneyFormField(label="Betrag", error_messages={"required": "Bitte den Betrag eintragen."})
    reason = reason_field(f"Zum Beispiel: Die Kosten waren geringer. {IN_THE_LETTER}")

    def __init__(self, step: Step, application: Application, data: Any = None) -> None:
        super().__init__(step, application, data)
        claimed = (
            f", davon {format_euro(application.reclaimed)} schon zurückgefordert"
            if application.reclaimed
            else ""
        )
        self.fields[
            "amount"
        ].help_text = f"Ausgezahlt sind {format_euro(application.paid)}{claimed}. Gebucht wird, wenn das Geld zurückkommt."

    @classmethod
    def is_offered(cls, application: Application) -> bool:
        return application.claimable > 0

    @property
    def to(self) -> Decimal:
        return (self.application.granted or ZERO) - self.cleaned_data["amount"]


class WaiveForm(StepForm):
    """Asks a second person to waive some of what is claimed back."""

    title = "Auf eine Rückforderung verzichten"
    button = by_two = "Verzicht beantragen"
    why_two = "Auf eine Rückforderung verzichten immer zwei Personen."
    amount = MoneyFormField(label="Betrag", error_messages={"required": "Bitte den Betrag eintragen."})
    reason = reason_field("Der Stadtbezirk liest sie. Das Geld bleibt beim Empfänger.")

    def __init__(self, step: Step, application: Application, data: Any = None) -> None:
        super().__init__(step, application, data)
        self.fields["amount"].help_text = f"Zurückgefordert sind {format_euro(application.reclaimed)}."

    @classmethod
    def is_offered(cls, application: Application) -> bool:
        return application.reclaimed > 0

    def start(self, application: Application) -> dict[str, Any]:
        return {"amount": application.reclaimed}

    @property
    def to(self) -> Decimal:
        return (self.application.granted or ZERO) - self.cleaned_data["amount"]


SECONDARY: dict[Step, type[StepForm]] = {
    Step.UNSIGN: RetractForm,
    Step.RETURN: ReturnForm,
    Step.REJECT: RejectForm,
    Step.WITHDRAW: WithdrawForm,
    Step.REDUCE: ReduceForm,
    Step.REVOKE: RevokeForm,
    Step.INCREASE: IncreaseForm,
    Step.RECLAIM: ReclaimForm,
    Step.WAIVE: WaiveForm,
}
