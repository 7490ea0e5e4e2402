"""The forms of the year-end: asking to close a year or to open it again, the second person, the general meeting."""

from typing import Any

from django import forms

from funding.closing.models import Adoption
from funding.forms import BookingForm, reason_field, votes_field
from funding.models import FiscalYear
from members.common.forms import DayField
from members.models import Body, Resolution
from members.services import objections_to_resolution


class RowsForm(BookingForm):
    """What is done about the chosen applications. ``step`` is the button that was pressed; without ``carries`` no year is asked."""

    to = forms.ModelChoiceField(
        label="Ins Haushaltsjahr",
        queryset=FiscalYear.objects.none(),
        required=False,
        empty_label=None,
        help_text="Nur zum Übertragen.",
    )
    reason = reason_field("Sie steht bei jedem Antrag; der Stadtbezirk liest sie.")

    def __init__(self, year: FiscalYear, data: Any = None, *, carries: bool = True) -> None:
        super().__init__(data)
        if not carries:
            del self.fields["to"]
            return
        later = FiscalYear.objects.filter(state=FiscalYear.State.OPEN, year__gt=year.year)
        self.fields["to"].queryset = later.order_by("year")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        if self.data.get("step") == "carry" and not self.cleaned_data.get("to"):
            self.add_error(
                "to", "Es ist kein späteres Haushaltsjahr geöffnet. Bitte öffnen Sie zuerst das nächste."
            )
        return self.cleaned_data


class CloseForm(BookingForm):
    title = "Jahr abschließen"
    button = "Abschluss beantragen"
    step = "close"

    reason = reason_field(
        "Worauf stützt sich der Abschluss? Zum Beispiel: „Kassenbericht geprüft, alles bezahlt.“"
    )


class ReopenForm(BookingForm):
    title = "Jahr wieder öffnen"
    button = "Wieder öffnen beantragen"
    css = "btn-outline-danger"
    step = "reopen"

    reason = reason_field("Sie bleibt für immer beim Haushaltsjahr stehen.")


class ConfirmClosingForm(BookingForm):
    title = "Als zweite Person bestätigen"
    button = "Bestätigen"
    step = "confirm"


class RefuseClosingForm(BookingForm):
    title = "Nicht bestätigen"
    button = "Ablehnen"
    css = "btn-outline-danger"
    step = "refuse"

    reason = reason_field("Wer es beantragt hat, liest sie.")


class AdoptionForm(BookingForm):
    """Enters a resolution of the general meeting on the accounts of a closed year."""

    title = "Beschluss der Mitgliederversammlung"
    button = "Beschluss eintragen"
    step = "adopt"

    what = forms.ChoiceField(label="Beschlossen ist", choices=Adoption.What.choices)
    date = DayField(label="Datum der Sitzung", required_message="Bitte das Datum der Sitzung eintragen.")
    votes_yes = votes_field("Ja", "Ja-Stimmen", most=999)
    votes_no = votes_field("Nein", "Nein-Stimmen", most=999, initial=0)
    votes_abstained = votes_field("Enthaltungen", "Enthaltungen", most=999, initial=0)

    #: The resolution as it was typed, not stored.
    resolution: Resolution | None = None

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        wanted = ("date", "votes_yes", "votes_no", "votes_abstained")
        if any(name not in data for name in wanted):
            return data
        body = Body.objects.active_on(data["date"]).filter(kind=Body.Kind.GENERAL_MEETING).first()
        if body is None:
            self.add_error(
                "date",
                "An diesem Tag ist keine Mitgliederversammlung eingetragen. Die Vereinsverwaltung trägt sie ein.",
            )
            return data
        self.resolution = Resolution(body=body, amount_cents=0, **{name: data[name] for name in wanted})
        for field, sentence in objections_to_resolution(self.resolution).items():
            self.add_error(field, sentence)
        return data
