"""The forms that book without an application: years, overhead, special pots, transfers, second people."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone

from funding import eligibility
from funding.forms.base import BookingForm, OnceForm, amount_field, reason_field, text_field
from funding.forms.voting import VotesFields, check_votes
from funding.models import FiscalYear, Pot
from members.common.money import format_euro


class YearForm(OnceForm):
    """Plans or opens a fiscal year. For a year that is over it asks for a confirmation."""

    def __init__(self, year: int, data: Any = None) -> None:
        super().__init__(data)
        if year < timezone.localdate().year:
            self.fields["late"] = forms.BooleanField(
                label=f"Ja, {year} ist vorbei. Ich will das Jahr nachträglich anlegen oder öffnen.",
                error_messages={
                    "required": f"{year} ist vorbei. Bitte bestätigen Sie, dass Sie dieses Jahr meinen."
                },
            )


class ReversalForm(BookingForm):
    title = "Ausgabe stornieren"
    button = "Stornieren"
    css = "btn-outline-danger"

    reason = text_field(
        "Grund", required="Bitte begründen Sie, warum die Ausgabe zurückgenommen wird.", max_length=300
    )


class SpecialPotForm(BookingForm):
    title = "Neuer Sondertopf"
    button = "Sondertopf anlegen"

    source = text_field(
        "Geldquelle",
        required="Bitte eintragen, von wem das Geld kommt.",
        max_length=160,
        help_text="Organisation und Zweck, zum Beispiel „Sparkasse, Lichtkunst“. Alle Geschäftsführungen lesen sie.",
    )
    code = text_field(
        "Kürzel",
        required="Bitte ein Kürzel eintragen.",
        max_length=20,
        help_text="Daran erkennt der Finanzierungsplan den Topf, zum Beispiel LICHT.",
        validators=[
            RegexValidator(
                r"^[A-Za-zÄÖÜäöü0-9][A-Za-zÄÖÜäöü0-9-]+$",
                "Bitte mindestens zwei Buchstaben oder Ziffern, ohne Leerzeichen.",
            )
        ],
    )
    amount = amount_field("Ansatz")

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).upper()


class RaisePotForm(BookingForm):
    title = "Weiteres Geld ist gekommen"
    button = "Ansatz erhöhen"
    step = "raise"

    amount = amount_field()
    reason = text_field(
        "Begründung",
        required="Bitte eine Begründung eintragen.",
        max_length=150,
        help_text="Zum Beispiel „zweite Rate“. Bitte keine Namen von Personen.",
    )


class ReturnUnusedForm(RaisePotForm):
    title = "Nicht gebrauchtes Geld geht an die Geldquelle zurück"
    button = "Ansatz verringern"
    css = "btn-outline-danger"
    step = "return"

    reason = text_field(
        "Begründung",
        required="Bitte eine Begründung eintragen.",
        max_length=150,
        help_text="Zum Beispiel „günstiger als geplant“. Bitte keine Namen von Personen.",
    )


class PotChoice(forms.ModelChoiceField):
    """A choice of pots, each with what is free in it."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} – {format_euro(obj.available)} frei"


class TransferForm(BookingForm):
    """Asks for a transfer between two pots of a year."""

    title = "Umbuchung beantragen"
    button = "Umbuchung beantragen"

    from_pot = PotChoice(
        label="Aus",
        queryset=Pot.objects.none(),
        empty_label="Bitte wählen",
        error_messages={"required": "Bitte den Topf wählen."},
    )
    to_pot = PotChoice(
        label="Nach",
        queryset=Pot.objects.none(),
        empty_label="Bitte wählen",
        error_messages={"required": "Bitte den Topf wählen."},
    )
    amount = amount_field()
    reason = reason_field("Alle, die die Umbuchung sehen, lesen sie.")

    def __init__(self, year: FiscalYear, routes: list[tuple[str, str]], data: Any = None) -> None:
        """Offer the pots of the year whose kinds stand in ``routes`` (from, to)."""
        super().__init__(data)
        pots = Pot.objects.filter(year=year).select_related("district", "year")
        for name, kinds in (("from_pot", {a for a, _ in routes}), ("to_pot", {b for _, b in routes})):
            self.fields[name].queryset = pots.filter(kind__in=kinds)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("from_pot") and data.get("from_pot") == data.get("to_pot"):
            self.add_error("to_pot", "Bitte zwei verschiedene Töpfe wählen.")
        return data


class ConfirmTransferForm(BookingForm):
    title = "Als zweite Person bestätigen"
    button = "Bestätigen und umbuchen"
    step = "confirm"


class ConfirmChangeForm(BookingForm):
    title = "Als zweite Person bestätigen"
    button = "Bestätigen und buchen"
    step = "confirm"


class ConfirmByResolutionForm(VotesFields, ConfirmChangeForm):
    """Confirms that a grant is raised, and records the jury's resolution on the further euro."""

    field_order = [
        "body", "date", "votes_yes", "votes_no", "votes_abstained", "votes_checked", "text",
    ]  # fmt: skip

    def __init__(self, pot: Pot, data: Any = None) -> None:
        self.pot = pot
        bodies = eligibility.resolving_bodies(pot)
        super().__init__(self.started(data, bodies))
        self.offer(bodies, pot)

    def clean(self) -> dict[str, Any]:
        check_votes(self, self.pot)
        return self.cleaned_data


class RefuseChangeForm(BookingForm):
    """Refuses the change of a grant, or takes one's own request back."""

    title = "Bewilligung lassen, wie sie ist"
    button = "Nichts ändern"
    css = "btn-outline-danger"
    step = "refuse"

    reason = reason_field("Wer die Änderung beantragt hat, liest sie.")


class RefuseTransferForm(BookingForm):
    """Refuses a transfer, or takes one's own request back."""

    title = "Nicht umbuchen"
    button = "Nicht umbuchen"
    css = "btn-outline-danger"
    step = "refuse"

    reason = reason_field("Das vorgemerkte Geld ist danach wieder frei.")
