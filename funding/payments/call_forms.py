"""The forms of calls and plans."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.utils import timezone

from funding.forms import BookingForm, amount_field, reason_field, text_field
from funding.models import Application, Pot
from funding.payments import call_rules as rules
from funding.payments.call_rules import Asked, Draw
from funding.payments.models import Payee, PayeeAccount, PaymentCall, PlanStop
from funding.payments.services.plans import MOST, Units
from funding.terms import later
from members.common import uploads
from members.common.forms import CleanCharField, DayField
from members.common.iban import masked
from members.common.money import MoneyFormField, format_euro, parse_euro
from members.roles.permissions import Roles

EXAMPLE = "15.03.2026 250,00"


class PayeeChoice(forms.ModelChoiceField):
    """A choice of payees that have an account, each with the last digits of the one that was entered last."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Payee.objects.none(),
            empty_label="Bitte wählen",
            error_messages={"required": "Bitte den Empfänger wählen."},
            **kwargs,
        )

    def offer(self, roles: Roles) -> None:
        newest = Prefetch("accounts", PayeeAccount.objects.newest(), to_attr="newest_accounts")
        with_account = PayeeAccount.objects.newest().values("payee")
        rows = Payee.objects.visible_to(roles).filter(pk__in=with_account)
        self.queryset = rows.with_names().by_name().prefetch_related(newest)

    def label_from_instance(self, obj: Any) -> str:
        account = obj.newest_accounts[0]
        state = "" if account.is_confirmed else ", noch nicht bestätigt"
        return f"{obj} – {masked(account.iban)}{state}"


class SeveralFiles(forms.FileInput):
    """The browser's choice of files, several at once."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        return list(files.getlist(name)) if hasattr(files, "getlist") else []


class FilesField(forms.FileField):
    """Several files. What they are is judged by the service that stores them."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return list(data or ())


class PaymentForm(BookingForm):
    """What is to be paid, to whom and on what paper. ``again`` is asked only where the same was called before."""

    payee = PayeeChoice(label="Empfänger")
    amount = amount_field()
    kind = forms.ChoiceField(
        label="Was wird bezahlt?",
        choices=PaymentCall.Kind.choices,
        initial=PaymentCall.Kind.INVOICE,
        widget=forms.RadioSelect,
    )
    purpose = text_field(
        "Verwendungszweck",
        required="Bitte den Verwendungszweck eintragen; der Empfänger liest ihn.",
        max_length=140,
        help_text="Der Empfänger liest ihn auf seinem Kontoauszug.",
    )
    due_on = DayField(label="Fällig am", required_message="Bitte eintragen, wann das Geld gebraucht wird.")
    invoice_number = text_field("Rechnungsnummer", max_length=60)
    invoice_on = DayField(label="Rechnung vom", required=False)
    papers = FilesField(
        label="Rechnung oder andere Unterlagen",
        required=False,
        widget=SeveralFiles(attrs={"multiple": True, "accept": uploads.ACCEPT}),
        help_text=f"PDF, Bild oder Office-Datei, je Datei höchstens {uploads.LARGEST_FILE // uploads.MB}\u00a0MB.",
    )
    without_invoice = text_field(
        "Ohne Rechnung, weil", max_length=300, help_text="Nur ausfüllen, wenn es (noch) keine Rechnung gibt."
    )
    again = forms.BooleanField(label="Ja, das ist trotzdem richtig und keine Doppelzahlung.", required=False)

    def __init__(self, roles: Roles, data: Any = None, files: Any = None) -> None:
        super().__init__(data)
        if files is not None:
            self.files = files
        self.fields["payee"].offer(roles)  # type: ignore[attr-defined]
        #: The calls in which the same stands, once the form was refused for it. Only then ``again`` is asked.
        self.before: list[PaymentCall] = []

    @property
    def asks_again(self) -> bool:
        return bool(self.before) or "again" in self.data

    def asks(self, **other: Any) -> Asked:
        """Return what is asked. The fields are there and right by themselves."""
        data = self.cleaned_data
        given = {
            "payee": data["payee"], "amount": data.get("amount"), "kind": data.get("kind", PaymentCall.Kind.INVOICE),
            "purpose": data["purpose"], "due_on": data["due_on"], "invoice_number": data["invoice_number"],
            "invoice_on": data["invoice_on"], "without_invoice": data["without_invoice"], "again": data["again"],
        }  # fmt: skip
        return Asked(**{**given, **other})


class ExpenseCallForm(PaymentForm):
    """Enters an expense of the overhead: what is to be paid to whom."""

    title = "Ausgabe eintragen"
    button = "Ausgabe eintragen"

    invoice_number = text_field("Rechnungsnummer", max_length=rules.LONGEST_VOUCHER)

    def __init__(self, pot: Pot, roles: Roles, data: Any = None, files: Any = None) -> None:
        super().__init__(roles, data, files)
        del self.fields["kind"]
        self.fields["amount"].help_text = f"Frei sind {format_euro(pot.available)}. Zum Beispiel 1.234,50."
        self.fields["due_on"].initial = timezone.localdate()
        self.fields["papers"].help_text += " Freiwillig."

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            self.asked = self.asks()
        return self.cleaned_data


class CallForm(PaymentForm):
    """Calls money, or sends a returned call again."""

    title = "Mittel abrufen"
    button = "Abrufen"

    others_used = MoneyFormField(label="Davon schon eingesetzt", required=False, allow_zero=True)
    override = reason_field("", required=False)

    def __init__(
        self,
        application: Application,
        draw: Draw,
        roles: Roles,
        data: Any = None,
        files: Any = None,
        call: PaymentCall | None = None,
    ) -> None:
        super().__init__(roles, data, files)
        self.application, self.draw, self.call = application, draw, call
        today = timezone.localdate()
        last = later(today, rules.call_months(application))
        self.fields["due_on"].help_text = f"Spätestens am {last:%d.%m.%Y}."
        self.fields["override"].label = "Begründung, falls abweichend"
        self.fields[
            "override"
        ].help_text = (
            "Nur nötig, wenn mehr abgerufen wird, als die anderen Mittel erlauben, oder nach dem letzten Tag."
        )
        if draw.planned:
            self.fields[
                "others_used"
            ].help_text = f"Geplant sind {format_euro(draw.planned)} Eigenmittel und Drittmittel. Auch eine 0 eintragen."
        else:
            del self.fields["others_used"]
            if not draw.is_over(today):
                del self.fields["override"]
        if call is None:
            self.fields[
                "amount"
            ].help_text = f"Höchstens {format_euro(application.callable)}. Zum Beispiel 1.234,50."
            self.fields["due_on"].initial = timezone.localdate()
        else:
            del self.fields["amount"]
            self.button = "Erneut senden"
            self.initial = {
                name: getattr(call, name) for name in self.fields if hasattr(call, name) and name != "papers"
            }
            self.initial["payee"] = call.payee_id

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        amount = self.call.amount if self.call else data.get("amount")
        if not self.errors and amount is not None:
            self.asked = self.asks(
                amount=amount, others_used=data.get("others_used"), override=data.get("override", "")
            )
        return data


class CheckCallForm(BookingForm):
    title = "Prüfen"
    button = "Geprüft"
    step = "check"
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    #: Asked where the same file or invoice stands in another call.
    reason = reason_field(
        "Warum ist es keine Doppelzahlung? Zum Beispiel: zweiter Teil derselben Rechnung.", required=False
    )


class ReturnCallForm(BookingForm):
    title = "Mit Rückfrage zurückgeben"
    button = "Zurückgeben"
    css = "btn-outline-primary"
    step = "return"
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = reason_field("Was soll der Stadtbezirk klären? Der Betrag bleibt für den Abruf vorgemerkt.")


class WithdrawCallForm(BookingForm):
    title = "Abruf zurückziehen"
    button = "Zurückziehen"
    css = "btn-outline-danger"
    step = "withdraw"
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = reason_field("Der Betrag kann danach wieder abgerufen werden.")


class WithdrawExpenseForm(WithdrawCallForm):
    reason = reason_field(
        "Damit ist auch die Ausgabe storniert; ihr Betrag ist in den Gemeinkosten wieder frei."
    )


class PlanForm(BookingForm):
    """Enters a plan: units (so much a month for each of so many places), or a list of days and amounts."""

    title = "Ratenplan"
    button = "Ratenplan eintragen"

    UNITS, LIST = "units", "list"

    payee = PayeeChoice(label="Empfänger")
    purpose = text_field(
        "Verwendungszweck",
        required="Bitte den Verwendungszweck eintragen; der Empfänger liest ihn.",
        max_length=140,
        help_text="Der Empfänger liest ihn bei jeder Rate auf seinem Kontoauszug.",
    )
    way = forms.ChoiceField(
        label="Wie entstehen die Raten?",
        choices=[(UNITS, "Monatlich, so viel je Einheit"), (LIST, "Einzelne Tage und Beträge")],
        initial=UNITS,
        widget=forms.RadioSelect,
    )
    unit = MoneyFormField(
        label="Betrag je Einheit und Monat", required=False, help_text="Zum Beispiel 100,00."
    )
    places = forms.IntegerField(
        label="Anzahl der Einheiten",
        required=False,
        min_value=1,
        max_value=10_000,
        help_text="Zum Beispiel: 8 Betriebe der netten Toilette.",
        error_messages={
            "invalid": "Bitte eine ganze Zahl eintragen.",
            "min_value": "Mindestens 1.",
            "max_value": "Höchstens 10.000.",
        },
    )
    months = forms.IntegerField(
        label="Anzahl der Monate",
        required=False,
        min_value=1,
        max_value=MOST,
        error_messages={
            "invalid": "Bitte eine ganze Zahl eintragen.",
            "min_value": "Mindestens 1.",
            "max_value": f"Höchstens {MOST}.",
        },
    )
    first = DayField(label="Erste Rate fällig am", required=False)
    instalments = CleanCharField(
        label="Tage und Beträge",
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
        help_text=f"Eine Rate je Zeile, zum Beispiel: {EXAMPLE}",
    )
    reason = reason_field("Worauf beruhen die Raten? Zum Beispiel: Vertrag vom 01.02.2026.")

    def __init__(self, draw: Draw, roles: Roles, data: Any = None) -> None:
        super().__init__(data)
        self.fields["payee"].offer(roles)  # type: ignore[attr-defined]
        if last := draw.last_instalment:
            for name in ("months", "instalments"):
                hint = (
                    f"{self.fields[name].help_text} Die letzte Rate ist spätestens am {last:%d.%m.%Y} fällig."
                )
                self.fields[name].help_text = hint.strip()
        #: What was typed, once the form is valid.
        self.units: Units | None = None
        self.rows: list[tuple[date, Decimal]] = []

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("way") == self.UNITS:
            for name, sentence in (
                ("unit", "Bitte den Betrag je Einheit eintragen."),
                ("places", "Bitte die Anzahl der Einheiten eintragen."),
                ("months", "Bitte die Anzahl der Monate eintragen."),
                ("first", "Bitte den Tag der ersten Rate eintragen."),
            ):
                if data.get(name) is None and name not in self.errors:
                    self.add_error(name, sentence)
            if not self.errors:
                self.units = Units(data["unit"], data["places"], data["months"], data["first"])
        elif "instalments" not in self.errors:
            self._read_list(data.get("instalments", ""))
        return data

    def _read_list(self, text: str) -> None:
        for line in filter(None, (line.strip() for line in text.splitlines())):
            day, _, amount = line.partition(" ")
            try:
                self.rows.append((forms.DateField().clean(day), parse_euro(amount)))
            except ValidationError:
                self.add_error("instalments", f"„{line[:60]}“ ist keine Rate. Bitte so eintragen: {EXAMPLE}")


class ConfirmPlanForm(BookingForm):
    title = "Als zweite Person prüfen"
    button = "Geprüft"
    step = "confirm"


class RefusePlanForm(BookingForm):
    """Refuses a plan, or takes one's own back."""

    title = "Ratenplan ablehnen"
    button = "Nicht annehmen"
    css = "btn-outline-danger"
    step = "refuse"
    reason = reason_field("Wer den Plan eingetragen hat, liest sie.")


class StopPlanForm(BookingForm):
    """Pauses a plan, lets it go on or ends it."""

    css = "btn-outline-primary"
    TITLES = {
        PlanStop.Kind.PAUSE: ("Anhalten", "Anhalten", "Bis er fortgesetzt wird, entsteht kein Abruf mehr."),
        PlanStop.Kind.RESUME: ("Fortsetzen", "Fortsetzen", "Was inzwischen fällig ist, wird dann abgerufen."),
        PlanStop.Kind.END: (
            "Für immer beenden",
            "Beenden",
            "Ein beendeter Plan bleibt beendet; Abrufe, die es schon gibt, bleiben.",
        ),
    }

    reason = text_field("Begründung", required="Bitte einen Grund eintragen.", max_length=300)

    def __init__(self, kind: str, data: Any = None) -> None:
        self.step = kind
        super().__init__(data)
        self.title, self.button, hint = self.TITLES[PlanStop.Kind(kind)]
        self.fields["reason"].help_text = hint
        if kind == PlanStop.Kind.END:
            self.css = "btn-outline-danger"
