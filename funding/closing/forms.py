"""The forms of the year-end: closing a year by two people, the general meeting, and deleting what is no longer kept."""

from typing import Any

from django import forms

from funding.closing.models import Adoption
from funding.forms import BookingForm, reason_field, votes_field
from funding.models import FiscalYear
from members.common.days import FIRST_DAY, LAST_DAY
from members.common.forms import CleanCharField, DayField
from members.models import Body, Resolution
from members.services import objections_to_resolution
from projects.models import Project


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


class RefuseForm(BookingForm):
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


class DeletionForm(BookingForm):
    """Asks to delete what of one kind may go. ``seen`` is how many files the page showed."""

    title = "Löschen beantragen"
    button = "Löschung beantragen"
    css = "btn-outline-danger"

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)
    reason = reason_field("Worauf stützt sich die Löschung? Sie bleibt bei dem stehen, was gelöscht wird.")

    def __init__(self, what: str, number: int, data: Any = None) -> None:
        self.step = what
        super().__init__(data)
        self.fields["seen"].initial = number


class ConfirmDeletionForm(BookingForm):
    title = "Als zweite Person bestätigen"
    button = "Endgültig löschen"
    css = "btn-outline-danger"
    step = "confirm"


class HoldForm(BookingForm):
    """Keeps everything of a project or of a calendar year, such as for a lawsuit."""

    title = "Löschsperre eintragen"
    button = "Sperre eintragen"
    step = "hold"

    number = CleanCharField(
        label="Projektnummer",
        required=False,
        max_length=20,
        help_text="Zum Beispiel 2016-APL-007. Oder ein Kalenderjahr.",
    )
    year = forms.IntegerField(
        label="Kalenderjahr", required=False, min_value=FIRST_DAY.year, max_value=LAST_DAY.year,
        help_text="Dann bleibt alles, was in diesem Jahr entstanden ist.",
    )  # fmt: skip
    reason = reason_field("Warum darf nichts gelöscht werden? Zum Beispiel wegen eines Rechtsstreits.")

    #: The project that the number names.
    project: Project | None = None

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if number := data.get("number"):
            self.project = Project.objects.filter(number=number).first()
            if self.project is None:
                self.add_error("number", "Ein Projekt mit dieser Nummer gibt es nicht.")
        if "year" in data and bool(number) == bool(data["year"]):
            self.add_error("number", "Bitte nennen Sie entweder ein Projekt oder ein Kalenderjahr.")
        return data


class EndHoldForm(BookingForm):
    title = "Löschsperre beenden"
    button = "Sperre beenden"
    css = "btn-outline-danger"
    step = "end"

    reason = reason_field("Warum darf wieder gelöscht werden? Sie bleibt bei der Sperre stehen.")
