"""What the forms that book share: a one-time key, and fields with plain sentences."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from funding import rules
from funding.models import Application, Step
from funding.transitions import seen_of
from members.common.forms import CleanCharField, speak_plainly
from members.common.keys import new_key
from members.common.money import MoneyFormField, format_euro

RELOAD = "Dieses Formular ist unvollständig angekommen. Bitte laden Sie die Seite neu."


class OnceForm(forms.Form):
    """A form that can be carried out only once (``services.once``)."""

    key = forms.CharField(
        widget=forms.HiddenInput, max_length=64, initial=new_key, error_messages={"required": RELOAD}
    )


class StepForm(OnceForm):
    """A form for one step on an application.

    ``step`` says which of the page's forms was sent.
    ``seen`` is the application's state and the project's version when it was opened (``seen_of``).
    """

    title: str
    button: str
    css = "btn-outline-danger"

    #: The button's text where a second person must confirm, and why one must.
    by_two = ""
    why_two = "Diese Bewilligung haben zwei Personen unterschrieben."

    step = forms.CharField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, step: Step, application: Application, data: Any = None) -> None:
        self.application = application
        self.asks_second_person = bool(self.by_two) and self.takes_two(step, data)
        if self.asks_second_person:
            self.button = self.by_two
        super().__init__(
            data,
            auto_id=f"{step.value}-%s",
            initial={"step": step.value, "seen": seen_of(application), **self.start(application)},
        )
        for field in self.fields.values():
            speak_plainly(field)

    def start(self, application: Application) -> dict[str, Any]:
        return {}

    @classmethod
    def is_offered(cls, application: Application) -> bool:
        """Return whether the step makes sense on the application as it is; its state allows it already."""
        return True

    def takes_two(self, step: Step, data: Any) -> bool:
        """Return whether a second person confirms the step. ``data`` is what was sent, or None."""
        return rules.needs_second_person(step, self.application)

    @property
    def to(self) -> Decimal | None:
        """Return the euro that are granted afterwards, as a request of two people says it; None for other forms."""
        amount: Decimal | None = self.cleaned_data.get("amount")
        return amount

    @property
    def typed(self) -> list[tuple[str, str]]:
        """Return (label, value) of what was typed, for a page that can no longer show the form."""
        shown = []
        for field in self.visible_fields():
            if self.is_bound and (value := field.value()):
                choices = dict(getattr(field.field, "choices", ()))
                if isinstance(value, list):
                    value = "; ".join(str(choices.get(each, each)) for each in value)
                understood = getattr(self, "cleaned_data", {}).get(field.name)
                if isinstance(understood, date):
                    value = f"{understood:%d.%m.%Y}"
                elif isinstance(understood, Decimal):
                    value = format_euro(understood)
                shown.append((str(field.label), str(choices.get(value, value))))
        return shown


#: Who reads the reason of a decision.
IN_THE_LETTER = "Sie steht im Schreiben an den Empfänger; auch der Stadtbezirk liest sie."


def reason_field(hint: str, *, required: bool = True) -> forms.CharField:
    return CleanCharField(
        label="Begründung",
        help_text=hint,
        required=required,
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Bitte eine Begründung eintragen."},
    )


class BookingForm(OnceForm):
    """A form that books without an application. ``step`` tells the forms of one page apart."""

    title: str
    button: str
    css = "btn-primary"
    step = ""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id=f"{self.step}-%s" if self.step else "id_%s")
        for field in self.fields.values():
            speak_plainly(field)


def amount_field(label: str = "Betrag") -> MoneyFormField:
    return MoneyFormField(
        label=label,
        help_text="Zum Beispiel 1.234,50.",
        error_messages={"required": "Bitte den Betrag eintragen."},
    )


def text_field(label: str, *, required: str = "", **more: Any) -> forms.CharField:
    """Return a field for one line of text.

    ``required`` is the sentence for an empty one; without it, the field may stay empty.
    """
    return CleanCharField(label=label, required=bool(required), error_messages={"required": required}, **more)
