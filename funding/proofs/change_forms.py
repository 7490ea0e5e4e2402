"""The forms for what has changed about a grant: one for the district, and small ones for each step on its request."""

from typing import Any

from django import forms

from funding.forms import BookingForm, reason_field
from funding.models import Application, Decision
from funding.proofs.change_transitions import change_seen, plan_seen
from funding.proofs.models import ChangeRequest, ChangeStep
from funding.proofs.services import Wish
from funding.terms import NewCost
from members.common.forms import CleanCharField, DayField, speak_plainly
from members.common.money import ZERO, MoneyFormField, format_euro

About, Step = ChangeRequest.About, ChangeStep.Step
#: How the address says what has changed.
WORDS = {About.PLAN: "plan", About.MORE: "mehr", About.LESS: "weniger"}


class AskForm(BookingForm):
    """The base of the forms in which a district says what has changed. ``seen`` is the plan that they show."""

    about: str
    title = "Ihre Meldung"
    button = "Absenden"

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = reason_field("Einige Sätze genügen: was ist anders, und warum?")

    def __init__(self, application: Application, grant: Decision, data: Any = None) -> None:
        super().__init__(data)
        self.initial["seen"] = plan_seen(application, grant)
        self.fields["reason"].label = "Was hat sich geändert?"
        self.offer(application, grant)
        withdrawn = application.change_requests.order_by("-pk").first()
        if withdrawn and withdrawn.about == self.about and withdrawn.state == ChangeRequest.State.WITHDRAWN:
            self.take_over(withdrawn)
        for each in self.fields.values():
            speak_plainly(each)

    def offer(self, application: Application, grant: Decision) -> None:
        """Add what depends on the grant."""

    def take_over(self, withdrawn: ChangeRequest) -> None:
        """Begin with what the last request said, which was withdrawn."""
        self.initial["reason"] = withdrawn.reason
        if withdrawn.amount is not None:
            self.initial["amount"] = withdrawn.amount

    @property
    def wish(self) -> Wish:
        return Wish(
            about=self.about, reason=self.cleaned_data["reason"], amount=self.cleaned_data.get("amount")
        )


class PlanForm(AskForm):
    """Another period, other partners, other costs. The rows are those of the plan in force."""

    about = About.PLAN
    #: The euro of all rows, which stay.
    total = ZERO

    carried_out_from = DayField(label="Durchführung von", required=False)
    carried_out_until = DayField(
        label="Durchführung bis",
        required=False,
        help_text="Auch wenn es früher endet als angegeben, tragen Sie den letzten Tag ein. Mit einem späteren Ende gehen die "
        "Fristen für Abruf und Nachweis mit; mit einem früheren bleiben sie, wie sie sind.",
    )
    partners = CleanCharField(
        label="Neue oder andere Partner",
        required=False,
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Wer ist neu dabei, wer nicht mehr? Leer, wenn alles bleibt. Ein weiterer Stadtbezirk gehört in den Plan des "
        "Projekts: Dort bestätigt er selbst, und sein Anteil ist ein eigener Antrag.",
    )

    new_label = CleanCharField(
        label="Wofür",
        required=False,
        max_length=160,
        error_messages={"max_length": "Bitte höchstens %(limit_value)d Zeichen eintragen."},
    )
    new_amount = MoneyFormField(label="Betrag", required=False)

    def offer(self, application: Application, grant: Decision) -> None:
        for name in ("carried_out_from", "carried_out_until"):
            self.initial[name] = getattr(grant, name)
        for row in grant.plan_rows.all():
            if row.is_cost:
                name = f"cost-{row.position}"
                self.fields[name] = MoneyFormField(
                    label=row.label,
                    allow_zero=True,
                    help_text=f"bisher {format_euro(row.amount)}",
                    error_messages={"required": "Bitte einen Betrag eintragen; 0 ist möglich."},
                )
                self.initial[name] = row.amount
                self.total += row.amount

    def take_over(self, withdrawn: ChangeRequest) -> None:
        super().take_over(withdrawn)
        self.initial["carried_out_from"], self.initial["carried_out_until"] = withdrawn.period
        self.initial["partners"] = withdrawn.partners
        for row in withdrawn.rows.all():
            if f"cost-{row.position}" in self.fields:
                self.initial[f"cost-{row.position}"] = row.after
            else:
                self.initial["new_label"], self.initial["new_amount"] = row.label, row.after

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        label, amount = data.get("new_label"), data.get("new_amount")
        if label and amount is None and "new_amount" not in self.errors:
            self.add_error("new_amount", "Bitte auch den Betrag eintragen.")
        if amount is not None and not label and "new_label" not in self.errors:
            self.add_error("new_label", "Bitte auch eintragen, wofür das Geld ist.")
        return data

    @property
    def costs(self) -> list[Any]:
        """Return the inputs of the rows of costs."""
        return [field for field in self.visible_fields() if field.name.startswith("cost-")]

    @property
    def wish(self) -> Wish:
        data = self.cleaned_data
        return Wish(
            about=self.about,
            reason=data["reason"],
            period=(data["carried_out_from"], data["carried_out_until"]),
            partners=data["partners"],
            costs={
                int(name.removeprefix("cost-")): amount
                for name, amount in data.items()
                if name.startswith("cost-")
            },
            new_costs=[NewCost(data["new_label"], data["new_amount"])] if data["new_label"] else [],
        )


class MoreForm(AskForm):
    about = About.MORE
    field_order = ["amount", "reason"]

    amount = MoneyFormField(
        label="So viel wird insgesamt gebraucht",
        error_messages={"required": "Bitte den Betrag eintragen."},
    )

    def offer(self, application: Application, grant: Decision) -> None:
        self.fields["amount"].help_text = f"Bewilligt sind {format_euro(application.granted)}."  # type: ignore[arg-type]


class LessForm(MoreForm):
    about = About.LESS

    amount = MoneyFormField(
        label="So viel wird noch gebraucht",
        allow_zero=True,
        error_messages={"required": "Bitte den Betrag eintragen; 0, wenn gar nichts mehr gebraucht wird."},
    )


#: The district's forms by the word in the address.
ASK_FORMS: dict[str, type[AskForm]] = {WORDS[form.about]: form for form in (PlanForm, MoreForm, LessForm)}


class ChangeForm(BookingForm):
    """The base of the forms for one step. ``seen`` is the request as it was shown."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, change: ChangeRequest, data: Any = None) -> None:
        super().__init__(data)
        self.initial["seen"] = change_seen(change)


class ConsentForm(ChangeForm):
    title = "Zustimmen"
    button = "Zustimmen"
    step = Step.CONSENT


class AskBackForm(ChangeForm):
    title = "Rückfrage stellen"
    button = "Rückfrage senden"
    css = "btn-outline-primary"
    step = Step.ASK_BACK

    question = reason_field("Der Stadtbezirk liest und beantwortet sie.")

    def __init__(self, change: ChangeRequest, data: Any = None) -> None:
        super().__init__(change, data)
        self.fields["question"].label = "Ihre Frage"


class RefuseForm(ChangeForm):
    title = "Ablehnen"
    button = "Änderung ablehnen"
    css = "btn-outline-danger"
    step = Step.REFUSE

    reason = reason_field("Der Stadtbezirk liest sie. Es gilt weiter, was bewilligt ist.")


class AnswerForm(ChangeForm):
    title = "Rückfrage beantworten"
    button = "Antwort senden"
    step = Step.ANSWER

    answer = reason_field("Die Wirtschaftsförderung liest sie und entscheidet danach.")

    def __init__(self, change: ChangeRequest, data: Any = None) -> None:
        super().__init__(change, data)
        self.fields["answer"].label = "Ihre Antwort"


class WithdrawForm(ChangeForm):
    title = "Änderung zurücknehmen"
    button = "Zurücknehmen"
    css = "btn-outline-danger"
    step = Step.WITHDRAW


#: The forms of the page of a request by their step.
FORMS: dict[str, type[ChangeForm]] = {
    form.step: form for form in (ConsentForm, AskBackForm, RefuseForm, AnswerForm, WithdrawForm)
}
