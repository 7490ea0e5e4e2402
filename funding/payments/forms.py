"""The forms of payees: who gets money, which account, and what the second person says to it."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from funding.forms import BookingForm, reason_field, text_field
from funding.payments.models import Payee, PayeeAccount
from members.common.asking import Asking, Doubt
from members.common.countries import COUNTRIES, GERMANY
from members.common.folding import key_of
from members.common.forms import CleanCharField, DayField, speak_plainly
from members.common.iban import BicFormField, IbanFormField
from members.models import ADDRESS, District, Organisation, Person
from members.roles.permissions import Roles
from projects import organisers

NEW = "new"


class ForDistrict(forms.Form):
    """A form that enters something for one of the user's districts. The Wirtschaftsförderung does it for none."""

    def add_district(self, roles: Roles) -> None:
        """Ask for the district where there is a choice."""
        own = {str(district.pk): district for district in roles.districts}
        self.by_key: dict[str, District | None] = {**own}
        choices = [(key, str(district)) for key, district in own.items()]
        if roles.is_business_development:
            self.by_key = {"": None, **own}
            choices = [("", "Wirtschaftsförderung"), *choices]
        if len(choices) > 1:
            self.fields["district"] = forms.ChoiceField(
                label="Eingetragen für", choices=choices, required=not roles.is_business_development
            )
            speak_plainly(self.fields["district"])

    @property
    def entered_for(self) -> District | None:
        """Return the district for which it is entered, or None for the Wirtschaftsförderung."""
        first = next(iter(self.by_key), "")
        return self.by_key.get(self.cleaned_data.get("district", first))


class PayeeForm(BookingForm, ForDistrict):
    """A payee with its address. Somebody of the same name in any spelling is asked about."""

    title = "Neuer Empfänger"
    button = "Weiter zur Bankverbindung"

    #: The model behind the form, and its fields for the name.
    model: type[Organisation | Person]
    name_fields: tuple[str, ...]
    other: str

    #: The key of a namesake, or ``NEW``. The choices are known only with the name.
    same = CleanCharField(label="Wer ist gemeint?", required=False, widget=forms.RadioSelect)

    def __init__(self, roles: Roles, data: Any = None) -> None:
        super().__init__(data)
        self.roles = roles
        more = forms.fields_for_model(self.model, fields=(*self.name_fields, *ADDRESS, "email"))
        for name, field in more.items():
            speak_plainly(field)
            field.error_messages["required"] = f"Bitte „{field.label}“ ausfüllen."
            self.fields[name] = field
        self.fields["country"].required = False
        self.add_district(roles)
        self.order_fields(["district", *self.name_fields, "same", *ADDRESS, "email"])
        self.alike: list[Any] = []
        #: Whom the form means once it is valid; it may be new.
        self.who: Any = None

    def found(self, names: dict[str, str]) -> Any:
        """Return the row that has exactly this name, where a name has one row only."""
        return None

    def namesakes(self, names: dict[str, str]) -> "QuerySet[Any]":
        """Return the rows of this name in any spelling that the user may read."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        names = {name: data.get(name, "") for name in self.name_fields}
        if all(names.values()):
            self.who = self.found(names) or self._chosen(names)
        address = {name: data.get(name) or "" for name in ADDRESS}
        address["country"] = address["country"] or GERMANY
        data |= address
        typed = any(address[name] for name in ADDRESS if name != "country")
        if self.who is not None and self.who.has_address and typed and not self._same_address(address):
            there = ", ".join(self.who.address_lines[1:])
            self.add_error(
                "street",
                f"Für {self.who} ist schon eine Anschrift eingetragen: {there}. Bitte die Anschrift hier leer lassen. "
                "Stimmt sie nicht mehr, sagen Sie bitte der Vereinsverwaltung Bescheid.",
            )
        elif typed or self.who is None or not self.who.has_address:
            mistakes = (
                self.model(**address).mistakes() if typed else {"street": "Bitte die Anschrift eintragen."}
            )
            for name, sentence in mistakes.items():
                if name not in self.errors:
                    self.add_error(name, sentence)
        return data

    def _chosen(self, names: dict[str, str]) -> Any:
        """Return the namesake that was chosen, or a new row. Asks where none was chosen."""
        self.alike = list(self.namesakes(names)[:20])
        chosen = self.cleaned_data.get("same", "")
        if self.alike:
            self.fields["same"].widget.choices = [
                *((str(row.pk), self.told(row)) for row in self.alike),
                (NEW, f"{self.other}: „{self.model(**names)}“ wird neu eingetragen."),
            ]
            row = next((row for row in self.alike if str(row.pk) == chosen), None)
            if row is None and chosen != NEW:
                self.add_error("same", "Diesen Namen gibt es schon. Bitte wählen Sie, wer gemeint ist.")
            if row is not None:
                return row
        return self.model(**names)

    def told(self, row: Any) -> str:
        """Return the name with the town, so that namesakes can be told apart."""
        where = f"{row.postcode} {row.town}" if row.has_address else getattr(row, "place", "")
        return f"{row}, {where}" if where else f"{row}, ohne Anschrift"

    def _same_address(self, address: dict[str, str]) -> bool:
        return all(getattr(self.who, name) == value for name, value in address.items())

    @property
    def address(self) -> dict[str, str]:
        """Return the address and the e-mail that were typed."""
        return {name: self.cleaned_data.get(name, "") for name in (*ADDRESS, "email")}


class OrganisationPayeeForm(PayeeForm):
    model = Organisation
    name_fields = ("name",)
    other = "Eine andere Organisation"

    def __init__(self, roles: Roles, data: Any = None) -> None:
        super().__init__(roles, data)
        name = self.fields["name"]
        name.help_text = "Verein, Schule, Betrieb oder Amt, so wie auf der Rechnung."
        name.widget.attrs.update({"list": "organisations", "autocomplete": "off"})

    def found(self, names: dict[str, str]) -> Any:
        return organisers.named(names["name"], self.roles)

    def namesakes(self, names: dict[str, str]) -> "QuerySet[Organisation]":
        return known_organisations(self.roles).filter(folded_name=key_of(names["name"]))


class PersonPayeeForm(PayeeForm):
    model = Person
    name_fields = ("given_name", "family_name")
    other = "Eine andere Person"

    def namesakes(self, names: dict[str, str]) -> "QuerySet[Person]":
        return Person.objects.filter(folded_name=key_of(names["family_name"], names["given_name"]))


def known_organisations(roles: Roles) -> "QuerySet[Organisation]":
    """Return the organisations whose names these roles may read, as organisers or as payees."""
    payees = Payee.objects.visible_to(roles).filter(organisation__isnull=False)
    readable = Q(pk__in=organisers.visible_to(roles).values("pk")) | Q(pk__in=payees.values("organisation"))
    return Organisation.objects.filter(readable)


class AccountForm(BookingForm, Asking, ForDistrict):
    """A new or a changed account of a payee. What looks odd is asked about once."""

    title = "Bankverbindung"
    button = "Eintragen"
    question = "Bitte prüfen Sie noch einmal"
    yes = "Ja, das ist richtig."

    iban = IbanFormField(label="IBAN", error_messages={"required": "Bitte die IBAN eintragen."})
    bic = BicFormField(
        label="BIC",
        required=False,
        help_text="Nur nötig, wenn die Bank im Ausland ist. Sonst wird er gefunden.",
    )
    holder = text_field(
        "Konto lautet auf",
        required="Bitte eintragen, auf wen das Konto lautet.",
        max_length=140,
        help_text="So, wie es die Bank kennt.",
    )
    since = DayField(label="Gilt ab", required_message="Bitte eintragen, ab wann dorthin gezahlt wird.")
    reason = text_field(
        "Woher die Angaben kommen",
        required="Bitte eintragen, woher die Angaben kommen.",
        max_length=300,
        help_text="Zum Beispiel „Rechnung 4711 vom 03.05.2026“ oder „Brief des Vorstands“. Keine IBAN.",
    )

    def __init__(self, payee: Payee, roles: Roles, data: Any = None) -> None:
        super().__init__(data)
        self.payee, self.roles = payee, roles
        self.fields["holder"].initial = str(payee)
        self.fields["since"].initial = timezone.localdate
        self.add_district(roles)
        self.order_fields(["district", *self.fields])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not self.errors:
            self.ask(self.doubts(data))
        return data

    def doubts(self, data: dict[str, Any]) -> Iterable[Doubt]:
        """Return what may be a slip, or an attempt to have money sent elsewhere. No sentence names the IBAN."""
        if key_of(data["holder"]) != key_of(str(self.payee)):
            yield Doubt(f"Das Konto lautet auf „{data['holder']}“, das Geld bekommt {self.payee}.")
        if (country := data["iban"][:2]) != GERMANY:
            yield Doubt(f"Das Konto ist im Ausland ({COUNTRIES.get(country, country)}).")
        elsewhere = PayeeAccount.objects.elsewhere(data["iban"], self.payee.pk)
        if elsewhere.exists():
            names = (
                Payee.objects.visible_to(self.roles).filter(accounts__in=elsewhere).with_names().distinct()
            )
            told = ", ".join(str(payee) for payee in names) or "einem anderen Empfänger"
            yield Doubt(f"Dieselbe Bankverbindung ist schon eingetragen bei: {told}.")


class ConfirmAccountForm(BookingForm):
    """The second person confirms the account with the paper at hand."""

    title = "Als zweite Person bestätigen"
    button = "Bestätigen"
    step = "confirm"

    paper = text_field(
        "Welche Unterlage haben Sie angesehen?",
        required="Bitte eintragen, welche Unterlage Sie angesehen haben.",
        max_length=300,
        help_text="Zum Beispiel „Rechnung 4711 vom 03.05.2026“ oder „Rückruf bei der Kassenführung am 04.05.2026“. Keine IBAN.",
    )


class RefuseAccountForm(BookingForm):
    """The second person refuses the account, or who entered it takes it back."""

    title = "Bankverbindung verwerfen"
    button = "Verwerfen"
    css = "btn-outline-danger"
    step = "refuse"

    reason = reason_field("Wer die Bankverbindung eingetragen hat, liest sie. Bitte keine IBAN.")
