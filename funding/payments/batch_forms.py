"""The forms of paying: batches, what the bank did with them, and balances."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone

from funding.forms import BookingForm, reason_field, text_field
from funding.payments.batch_transitions import batch_seen
from funding.payments.models import OwnAccount, Payment, PaymentBatch, PaymentCall
from funding.payments.services import Answer
from members.common.counting import counted
from members.common.forms import CleanCharField, DayField, KnownRows, speak_plainly
from members.common.money import MoneyFormField, format_euro
from members.common.target_days import next_target_day

FILE, BY_HAND = "file", "hand"


def account_field() -> forms.ModelChoiceField:
    """Return a choice of the association's accounts. Where there is one, it is chosen."""
    return forms.ModelChoiceField(
        OwnAccount.objects.none(),
        label="Konto",
        empty_label=None,
        error_messages={"required": "Bitte das Konto wählen."},
    )


def offer(form: BookingForm, accounts: Sequence[OwnAccount]) -> None:
    """Offer these accounts, which the page has read already."""
    field: Any = form.fields["account"]
    field.queryset = OwnAccount.objects.filter(pk__in=[account.pk for account in accounts])
    field.choices = [(account.pk, str(account)) for account in accounts]


class BatchForm(BookingForm):
    """Puts the chosen calls into a new batch. ``calls`` are those that are ticked at first."""

    title = "Zahlungslauf zusammenstellen"
    button = "Zahlungslauf zusammenstellen"
    step = "begin"

    # Any call: whether it still waits is asked under its lock, so that the same form twice is told from a lost call.
    calls = KnownRows(
        PaymentCall.objects.all(),
        label="Abrufe",
        error_messages={
            "required": "Bitte wählen Sie mindestens einen Abruf.",
            "invalid_choice": "Einen der Abrufe gibt es nicht. Bitte prüfen Sie die Liste.",
        },
    )
    account = account_field()
    execution_day = DayField(
        label="Ausführung am", required_message="Bitte den Tag der Ausführung eintragen."
    )
    by = forms.ChoiceField(
        label="Wie",
        choices=[(FILE, "mit einer Datei für die Bank"), (BY_HAND, "einzeln im Onlinebanking überwiesen")],
        initial=FILE,
    )

    def __init__(
        self, calls: Sequence[PaymentCall], accounts: Sequence[OwnAccount], data: Any = None
    ) -> None:
        super().__init__(data)
        offer(self, accounts)
        self.fields["execution_day"].initial = next_target_day(timezone.localdate())
        #: The calls whose boxes are ticked: as sent, or those at first.
        sent = self["calls"].value() if self.is_bound else None
        self.ticked = {str(key) for key in sent or ()} if self.is_bound else {str(call.pk) for call in calls}


class BatchStepForm(BookingForm):
    """A form that is one button on the page of a batch."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, batch: PaymentBatch, payments: Sequence[Payment], data: Any = None) -> None:
        super().__init__(data)
        self.fields["seen"].initial = batch_seen(batch, payments)


class ReleaseForm(BatchStepForm):
    title = "Als zweite Person freigeben"
    button = "Freigeben"
    step = "release"


class ExecutedForm(BookingForm):
    title = "Bei der Bank"
    button = "Als ausgeführt buchen"
    step = "execute"

    executed_on = DayField(
        label="Ausgeführt von der Bank am", required_message="Bitte den Tag vom Kontoauszug eintragen."
    )

    def __init__(self, batch: PaymentBatch, payments: Sequence[Payment], data: Any = None) -> None:
        super().__init__(data)
        booked = [payment.executed_on for payment in payments if payment.executed_on]
        # What is left was most likely executed with the rest.
        self.fields["executed_on"].initial = max(booked, default=batch.execution_day)


class DissolveForm(BookingForm):
    """Takes a batch apart. After the release it asks why."""

    title = "Zahlungslauf auflösen"
    button = "Auflösen"
    css = "btn-outline-danger"
    step = "dissolve"

    reason = reason_field("Die Abrufe warten danach wieder auf ihre Zahlung.", required=False)

    def __init__(self, batch: PaymentBatch, data: Any = None) -> None:
        super().__init__(data)
        if batch.is_released:
            self.fields["reason"].required = True
            self.fields["reason"].help_text = (
                "Bitte nur, wenn die Datei nicht bei der Bank ist und nichts überwiesen wurde. Die Abrufe warten danach "
                "wieder auf ihre Zahlung."
            )


class TakeOutForm(BookingForm):
    """Takes the payment out whose button was pressed."""

    title = "Zahlung herausnehmen"
    button = "Herausnehmen"
    css = "btn-outline-danger"
    step = "take_out"

    payment = forms.ModelChoiceField(
        Payment.objects.none(),
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "Diese Zahlung ist nicht mehr in diesem Zahlungslauf."},
    )

    def __init__(self, batch: PaymentBatch, data: Any = None) -> None:
        super().__init__(data)
        self.fields["payment"].queryset = batch.payments.all()  # type: ignore[attr-defined]


class AnswersForm(BookingForm):
    """Records the bank's answer for each payment, and for all others at once that name and account agree."""

    title = "Namensabgleich der Bank"
    button = "Antworten speichern"
    css = "btn-outline-primary"
    step = "verify"

    others_match = forms.BooleanField(label="Alle übrigen stimmen überein.", required=False)

    def __init__(self, payments: Sequence[Payment], data: Any = None) -> None:
        super().__init__(data)
        self.payments = [
            payment
            for payment in payments
            if payment.state == Payment.State.PLANNED and not payment.accepted_by_id
        ]
        for payment in self.payments:
            self.fields[f"answer-{payment.pk}"] = answer = forms.ChoiceField(
                label=f"Antwort zu {payment.end_to_end}",
                choices=[("", "nicht erfasst"), *Payment.Verified.choices],
                required=False,
                initial=payment.verified,
            )
            self.fields[f"name-{payment.pk}"] = name = CleanCharField(
                label=f"Name nach Auskunft der Bank zu {payment.end_to_end}",
                max_length=140,
                required=False,
                initial=payment.verified_name,
            )
            speak_plainly(answer)
            speak_plainly(name)

    @property
    def rows(self) -> list[tuple[Payment, Any, Any]]:
        """Return each payment with its two fields."""
        return [
            (payment, self[f"answer-{payment.pk}"], self[f"name-{payment.pk}"]) for payment in self.payments
        ]

    @property
    def answers(self) -> dict[int, Answer]:
        """Return the answers, by key of the payment. "All others" leaves out what somebody has found not to match."""
        rest = Payment.Verified.MATCH if self.cleaned_data["others_match"] else ""
        return {
            payment.pk: Answer(
                self.cleaned_data[f"answer-{payment.pk}"] or ("" if payment.needs_second_look else rest),
                self.cleaned_data[f"name-{payment.pk}"],
            )
            for payment in self.payments
        }


class AcceptForm(BookingForm):
    title = "Trotzdem zahlen"
    button = "Als zweite Person bestätigen"
    step = "accept"

    reason = reason_field("Woran Sie erkannt haben, dass das Konto stimmt. Bitte keine IBAN.")


class StrikeForm(BookingForm):
    title = "Von der Bank nicht ausgeführt"
    button = "Zahlung streichen"
    css = "btn-outline-danger"
    step = "strike"

    reason = reason_field(
        "Zum Beispiel „Konto erloschen“; bitte keine IBAN. Nur, wenn die Bank diese Zahlung auch später nicht ausführt: Der Abruf "
        "wartet danach wieder auf seine Zahlung."
    )


class SendBackForm(BookingForm):
    title = "Von der Bank zurückgekommen"
    button = "Zurückbuchen"
    css = "btn-outline-danger"
    step = "send_back"

    returned_on = DayField(
        label="Zurückgekommen am", required_message="Bitte den Tag vom Kontoauszug eintragen."
    )
    reason = text_field(
        "Grund der Bank",
        required="Bitte den Grund eintragen, den die Bank nennt.",
        max_length=300,
        help_text="Zum Beispiel „Konto erloschen“. Der Stadtbezirk liest ihn; bitte keine IBAN.",
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["returned_on"].initial = timezone.localdate


class SignedMoneyFormField(MoneyFormField):
    """An amount that may be negative, as a balance is."""

    def to_python(self, value: Any) -> Any:
        text = value.strip() if isinstance(value, str) else value
        if isinstance(text, str) and text[:1] in ("-", "−", "–"):
            amount = super().to_python(text[1:])
            return None if amount is None else -amount
        return super().to_python(value)


class BalanceForm(BookingForm):
    """Enters what is on the account at the end of a day."""

    title = "Kontostand eintragen"
    button = "Kontostand eintragen"
    css = "btn-outline-primary"
    step = "balance"

    account = account_field()
    amount = SignedMoneyFormField(
        label="Kontostand",
        allow_zero=True,
        help_text="Zum Beispiel 12.345,60; im Minus mit − davor.",
        error_messages={"required": "Bitte den Kontostand eintragen."},
    )
    day = DayField(label="Am Ende des Tages", required_message="Bitte den Tag eintragen.")
    reason = text_field(
        "Woher", required="Bitte eintragen, woher der Kontostand stammt.", max_length=200,
        help_text="Zum Beispiel „Kontoauszug 7“ oder „Onlinebanking“.",
    )  # fmt: skip

    def __init__(self, accounts: Sequence[OwnAccount], data: Any = None) -> None:
        super().__init__(data)
        offer(self, accounts)
        self.fields["day"].initial = timezone.localdate


class ConfirmBalanceForm(BookingForm):
    title = "Als zweite Person bestätigen"
    button = "Bestätigen"
    step = "confirm"


class RefuseBalanceForm(BookingForm):
    """The second person refuses the balance, or who entered it takes it back."""

    title = "Kontostand verwerfen"
    button = "Verwerfen"
    css = "btn-outline-danger"
    step = "refuse"

    reason = reason_field("Wer den Kontostand eingetragen hat, liest sie.")


def told(batch: PaymentBatch, payments: Sequence[Payment]) -> str:
    """Return in words how many payments of which sum a batch has."""
    total = sum(payment.amount for payment in payments)
    return f"{counted(len(payments), 'Zahlung', 'Zahlungen')} über zusammen {format_euro(total)}"
