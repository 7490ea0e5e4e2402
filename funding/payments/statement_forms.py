"""The forms of the bank's statements: loading a file, and saying what an entry is."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.datastructures import MultiValueDict

from funding.forms import BookingForm
from funding.forms.base import text_field
from funding.models import Expense, FiscalYear, LedgerEntry, Pot
from funding.payments import matching
from funding.payments.batch_rules import LARGEST_FEE
from funding.payments.camt import LARGEST_FILE, MB
from funding.payments.models import Payment, PaymentBatch, StatementEntry
from funding.payments.models.statement import on_statements
from members.common.money import format_euro

Use = StatementEntry.Use


class LoadForm(BookingForm):
    """Takes the file of the bank."""

    title = "Kontoauszug laden"
    button = "Laden"
    step = "load"

    file = forms.FileField(
        label="Datei der Bank",
        help_text=f"CAMT.053 als XML oder ZIP aus dem Onlinebanking, höchstens {LARGEST_FILE // MB}\u00a0MB.",
        widget=forms.FileInput(attrs={"accept": ".xml,.zip,.camt,application/xml,application/zip"}),
        allow_empty_file=True,
        error_messages={"required": "Bitte die Datei der Bank wählen."},
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data)
        self.files = files or MultiValueDict()


class TakeForm(BookingForm):
    """Books the proposal that was seen."""

    title = "Vorschlag"
    button = "So buchen"
    step = "take"

    seen = forms.CharField(widget=forms.HiddenInput)
    raises = forms.BooleanField(label="Der Ansatz des Topfs steigt um diesen Betrag.", required=False)


class BatchEntryForm(BookingForm):
    title = "Zahlungslauf"
    button = "Zahlungslauf zuordnen"
    css = "btn-outline-primary"
    step = Use.BATCH.value

    batch = forms.ModelChoiceField(
        label="Zahlungslauf",
        queryset=PaymentBatch.objects.none(),
        empty_label="Bitte wählen",
        error_messages={"required": "Bitte den Zahlungslauf wählen."},
    )

    def __init__(self, entry: StatementEntry, data: Any = None) -> None:
        super().__init__(data)
        fitting: Any = PaymentBatch.objects.with_figures().filter(
            state__in=(PaymentBatch.State.RELEASED, PaymentBatch.State.EXECUTED), entry__isnull=True
        )
        field: Any = self.fields["batch"]
        field.queryset = fitting.filter(total=-entry.amount)


class PaymentChoice(forms.ModelChoiceField):
    """A choice of payments, with reference and payee."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.end_to_end}, {obj.for_call.payee}, {format_euro(obj.amount)}"


class ExpenseChoice(forms.ModelChoiceField):
    """A choice of expenses, with what they were for."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} vom {obj.on:%d.%m.%Y}, {obj.purpose}"


class EntryChoice(forms.ModelChoiceField):
    """A choice of entries of statements, with the statement and what the bank says."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.statement}, {obj.booked_on:%d.%m.%Y}: {obj.told[:60] or 'ohne Angaben'}"


def _payment_field() -> PaymentChoice:
    return PaymentChoice(
        label="Zahlung",
        queryset=Payment.objects.none(),
        empty_label="Bitte wählen",
        error_messages={"required": "Bitte die Zahlung wählen."},
    )


class PaymentEntryForm(BookingForm):
    title = "Einzelne Zahlung"
    button = "Zahlung zuordnen"
    css = "btn-outline-primary"
    step = Use.PAYMENT.value

    payment = _payment_field()

    def __init__(self, entry: StatementEntry, data: Any = None) -> None:
        super().__init__(data)
        released = (PaymentBatch.State.RELEASED, PaymentBatch.State.EXECUTED)
        found = Payment.objects.for_work().filter(batch__state__in=released, amount=-entry.amount)
        field: Any = self.fields["payment"]
        field.queryset = on_statements(found).filter(ticked=False)


class _YearForm(BookingForm):
    """Offers the years, first that of the entry."""

    year = forms.ModelChoiceField(
        label="Haushaltsjahr",
        queryset=FiscalYear.objects.all(),
        to_field_name="year",
        empty_label=None,
        error_messages={"required": "Bitte das Haushaltsjahr wählen."},
    )

    def __init__(self, entry: StatementEntry, data: Any = None) -> None:
        super().__init__(data)
        self.fields["year"].initial = entry.booked_on.year


def _open_year_field(**more: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        label="Haushaltsjahr",
        queryset=FiscalYear.objects.filter(state=FiscalYear.State.OPEN),
        to_field_name="year",
        empty_label=None,
        error_messages={
            "required": "Bitte ein offenes Haushaltsjahr wählen.",
            "invalid_choice": "Dieses Haushaltsjahr ist nicht offen. Bitte ein offenes wählen.",
        },
        **more,
    )


class ReturnEntryForm(_YearForm):
    title = "Rücklauf einer Zahlung"
    button = "Zurückbuchen"
    css = "btn-outline-primary"
    step = Use.RETURN.value

    payment = _payment_field()
    reason = text_field(
        "Grund der Bank", max_length=300, help_text="Nur wenn die Bank keinen nennt. Bitte keine IBAN."
    )
    year = _open_year_field(
        required=False, help_text="Nur für das Entgelt, wenn die Bank von der Zahlung etwas behalten hat."
    )

    def __init__(self, entry: StatementEntry, data: Any = None) -> None:
        super().__init__(entry, data)
        found = Payment.objects.for_work().filter(
            batch__isnull=False,
            amount__range=(entry.amount, entry.amount + LARGEST_FEE),
            state__in=(Payment.State.EXECUTED, Payment.State.RETURNED),
        )
        field: Any = self.fields["payment"]
        field.queryset = on_statements(found).filter(back=False).order_by("amount", "pk")


class InstalmentEntryForm(_YearForm):
    title = "Geld der Stadt"
    button = "Zuordnen"
    css = "btn-outline-primary"
    step = Use.INSTALMENT.value


class ToCityEntryForm(BookingForm):
    title = "Zurück an die Stadt"
    button = "Zuordnen"
    css = "btn-outline-primary"
    step = Use.TO_CITY.value

    year = forms.ModelChoiceField(
        label="Haushaltsjahr, aus dem es verfallen ist",
        queryset=FiscalYear.objects.filter(state=FiscalYear.State.CLOSED),
        to_field_name="year",
        empty_label="Bitte wählen",
        error_messages={"required": "Bitte das abgeschlossene Haushaltsjahr wählen."},
    )

    def __init__(self, entry: StatementEntry, data: Any = None) -> None:
        super().__init__(data)


class SpecialEntryForm(BookingForm):
    title = "Sondermittel"
    button = "Sondermittel zuordnen"
    css = "btn-outline-primary"
    step = Use.SPECIAL.value

    pot = forms.ModelChoiceField(
        label="Sondertopf",
        queryset=Pot.objects.none(),
        empty_label="Bitte wählen",
        error_messages={"required": "Bitte den Sondertopf wählen."},
    )
    raises = forms.BooleanField(
        label="Der Ansatz des Topfs steigt um diesen Betrag.",
        required=False,
        help_text="Ohne Haken: Das Geld war zugesagt und steht schon im Ansatz.",
    )

    def __init__(self, entry: StatementEntry, data: Any = None) -> None:
        super().__init__(data)
        field: Any = self.fields["pot"]
        field.queryset = Pot.objects.filter(kind=Pot.Kind.SPECIAL).select_related("year", "district")


class RepaymentEntryForm(BookingForm):
    title = "Rückzahlung einer Bewilligung"
    button = "Rückzahlung buchen"
    css = "btn-outline-primary"
    step = Use.REPAYMENT.value

    grant = text_field(
        "Projektnummer",
        required="Bitte die Projektnummer eintragen.",
        max_length=60,
        help_text="Zum Beispiel 2026-HOE-007. Hat das Projekt mehrere Bewilligungen, dahinter das Kürzel des Topfs.",
    )
    reason = text_field("Begründung", max_length=300, help_text="Freiwillig. Bitte keine Namen von Personen.")

    def __init__(self, entry: StatementEntry, data: Any = None) -> None:
        super().__init__(data)
        self.entry = entry

    def found(self, typed: str) -> list[Any]:
        """Return the grants that the typed number can mean. Raises ValidationError where there is none."""
        if found := matching.grants_of(typed, self.entry.amount):
            return found
        raise ValidationError(
            f"Zu „{typed}“ ist keine Bewilligung bekannt, von der {format_euro(self.entry.amount)} ausgezahlt sind."
        )

    def clean_grant(self) -> Any:
        found = self.found(self.cleaned_data["grant"])
        if len(found) > 1:
            codes = ", ".join(f"{grant.project.number} {grant.pot.code}" for grant in found)
            raise ValidationError(
                f"Dieses Projekt hat mehrere Bewilligungen. Bitte eine davon eintragen: {codes}."
            )
        return found[0]


class InterestEntryForm(RepaymentEntryForm):
    title = "Zinsen"
    button = "Zinsen buchen"
    step = Use.INTEREST.value

    def __init__(self, entry: StatementEntry, data: Any = None) -> None:
        super().__init__(entry, data)
        self.fields["reason"].help_text += " Ist noch Geld zurückgefordert, zählt der Eingang zuerst dafür."

    def found(self, typed: str) -> list[Any]:
        if found := matching.grants_of(typed):
            return found
        raise ValidationError(f"Zu „{typed}“ ist keine Bewilligung bekannt.")


class ExpenseEntryForm(_YearForm):
    title = "Gemeinkosten"
    button = "Als Gemeinkosten buchen"
    css = "btn-outline-primary"
    step = Use.EXPENSE.value

    purpose = text_field(
        "Wofür", required="Bitte eintragen, wofür das Geld ausgegeben wurde.", max_length=200
    )
    payee = text_field("An wen", required="Bitte eintragen, an wen gezahlt wurde.", max_length=160)

    year = _open_year_field()

    field_order = ("purpose", "payee", "year")

    def __init__(self, entry: StatementEntry, data: Any = None) -> None:
        super().__init__(entry, data)
        self.fields["purpose"].initial = (entry.text or entry.remittance)[:200]
        self.fields["payee"].initial = entry.name[:160]


class BookedExpenseForm(BookingForm):
    title = "Ausgabe, die schon in den Büchern steht"
    button = "Ausgabe zuordnen"
    css = "btn-outline-primary"
    step = "booked"

    booked = ExpenseChoice(
        label="Ausgabe",
        queryset=Expense.objects.none(),
        empty_label="Bitte wählen",
        error_messages={"required": "Bitte die Ausgabe wählen."},
    )

    def __init__(self, entry: StatementEntry, data: Any = None) -> None:
        super().__init__(data)
        field: Any = self.fields["booked"]
        field.queryset = Expense.objects.filter(
            amount=-entry.amount,
            reverses__isnull=True,
            reversal__isnull=True,
            call__isnull=True,
            statement_entry__isnull=True,
        )


class RefundEntryForm(BookingForm):
    title = "Erstattung einer Ausgabe"
    button = "Ausgabe stornieren"
    css = "btn-outline-primary"
    step = "refund"

    refunded = ExpenseChoice(
        label="Ausgabe",
        queryset=Expense.objects.none(),
        empty_label="Bitte wählen",
        help_text="Zum Beispiel ein Entgelt, das die Bank zurückgibt. Das Geld ist im Topf wieder frei.",
        error_messages={"required": "Bitte die Ausgabe wählen."},
    )

    def __init__(self, entry: StatementEntry, data: Any = None) -> None:
        super().__init__(data)
        paid = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.PAY).values("expense")
        field: Any = self.fields["refunded"]
        field.queryset = Expense.objects.filter(
            Q(reversal__isnull=True, pot__year__state=FiscalYear.State.OPEN)
            | Q(reversal__isnull=False, reversal__statement_entry__isnull=True),
            amount=entry.amount,
            reverses__isnull=True,
            pk__in=paid,
        )


class SameForm(BookingForm):
    title = "Steht schon auf einem anderen Auszug"
    button = "Ist dieselbe Buchung"
    css = "btn-outline-primary"
    step = "same"

    same = EntryChoice(
        label="Buchung",
        queryset=StatementEntry.objects.none(),
        empty_label="Bitte wählen",
        help_text="Derselbe Betrag auf einem anderen Auszug desselben Kontos. Gezählt wird er dort.",
        error_messages={"required": "Bitte die andere Buchung wählen."},
    )

    def __init__(self, entry: StatementEntry, data: Any = None) -> None:
        super().__init__(data)
        near = (entry.booked_on - matching.MONTH, entry.booked_on + matching.MONTH)
        field: Any = self.fields["same"]
        field.queryset = (
            StatementEntry.objects.same_as(entry).filter(booked_on__range=near).select_related("statement")
        )


class ApartForm(BookingForm):
    title = "Nein, eine weitere Buchung"
    button = "Als weitere Buchung zählen"
    css = "btn-outline-primary"
    step = "apart"

    reason = text_field(
        "Grund", required="Bitte begründen Sie, warum es eine weitere Buchung ist.", max_length=300
    )


class AsideForm(BookingForm):
    title = "Zur Seite legen"
    button = "Zur Seite legen"
    css = "btn-outline-danger"
    step = "aside"

    reason = text_field(
        "Grund",
        required="Bitte begründen Sie, warum hier nichts zu buchen ist.",
        max_length=300,
        help_text="Zum Beispiel „Umbuchung auf das Sparkonto“.",
    )

    def __init__(self, entry: StatementEntry, data: Any = None) -> None:
        super().__init__(data)


class TakeUpForm(BookingForm):
    title = "Wieder aufnehmen"
    button = "Wieder aufnehmen"
    css = "btn-outline-primary"
    step = "take_up"


#: What is offered for money that went out, and for money that came in.
OUT: Sequence[Any] = (
    BatchEntryForm,
    PaymentEntryForm,
    BookedExpenseForm,
    ExpenseEntryForm,
    ToCityEntryForm,
    SameForm,
    AsideForm,
)
IN: Sequence[Any] = (
    InstalmentEntryForm, SpecialEntryForm, RepaymentEntryForm, InterestEntryForm, ReturnEntryForm, RefundEntryForm, SameForm,
    AsideForm,
)  # fmt: skip
