"""The forms of letters: sending, an answer on paper or by the link, a correction."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from funding.forms import BookingForm
from funding.letters.models import Letter, Sending
from members.common.forms import CleanCharField, DayField, speak_plainly


def _past_day(label: str) -> DayField:
    return DayField(label=label, initial=timezone.localdate)


def _name() -> CleanCharField:
    return CleanCharField(
        label="Name", max_length=160, error_messages={"required": "Bitte den Namen eintragen."}
    )


def _function() -> CleanCharField:
    return CleanCharField(label="Funktion", max_length=80, required=False, help_text="Zum Beispiel: Vorsitz.")


def _not_to_come(day: Any) -> Any:
    if day > timezone.localdate():
        raise ValidationError("Dieser Tag liegt in der Zukunft.")
    return day


class MailForm(BookingForm):
    """The button that sends the link of one or several letters by mail, today."""

    title = "Link per E-Mail senden"
    button = "E-Mail mit Link senden"
    step = "mail"


class SendForm(BookingForm):
    """Records that one or several letters went out on paper. Nothing is sent."""

    title = "Auf Papier versandt"
    button = "Versand eintragen"
    step = "send"

    way = forms.ChoiceField(
        label="Auf welchem Weg",
        choices=[choice for choice in Sending.Way.choices if choice[0] != Sending.Way.LINK],
        help_text="Das Programm versendet hier nichts: Es hält fest, was Sie versandt oder übergeben haben.",
    )
    on = _past_day("Am")

    def clean_on(self) -> Any:
        return _not_to_come(self.cleaned_data["on"])


class AnswerForm(BookingForm):
    """Enters what came back on paper."""

    title = "Antwort auf Papier"
    button = "Antwort eintragen"
    step = "answer"

    on = _past_day("Unterschrieben am")
    name = _name()
    function = _function()
    message = CleanCharField(
        label="Nicht angenommen, weil",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Leer: angenommen.",
    )

    def clean_on(self) -> Any:
        return _not_to_come(self.cleaned_data["on"])


class CorrectForm(BookingForm):
    title = "Berichtigen"
    button = "Berichtigtes Schreiben erstellen"
    css = "btn-outline-primary"
    step = "correct"

    reason = CleanCharField(
        label="Was berichtigt wird",
        max_length=300,
        error_messages={
            "required": "Bitte eintragen, was berichtigt wird; es steht auf dem neuen Schreiben."
        },
        help_text="Steht auf dem neuen Schreiben. Es nimmt Anschrift, Briefkopf und Text, wie sie heute sind. Betrag, Fristen und "
        "Bedingungen bleiben, wie sie entschieden sind.",
    )


class LinkAnswerForm(forms.Form):
    """What a recipient answers by the link: accept, or not so, with a message."""

    name = _name()
    function = _function()
    message = CleanCharField(
        label="Nachricht an die Wirtschaftsförderung",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Nur nötig, wenn Sie so nicht annehmen: Was soll anders sein?",
    )

    def __init__(self, letter: Letter, data: Any = None) -> None:
        super().__init__(data)
        for field in self.fields.values():
            speak_plainly(field)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        declines, message = self.data.get("answer") == "decline", data.get("message")
        if declines and not message:
            self.add_error("message", "Bitte schreiben Sie, was anders sein soll.")
        if not declines and message:
            self.add_error(
                "message",
                "Sie haben eine Nachricht eingetragen. Zum Annehmen leeren Sie bitte dieses Feld; sonst drücken Sie bitte „So nicht“.",
            )
        return data
