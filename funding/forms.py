"""The forms that book: steps on an application, overhead, special pots and transfers.

Each carries a one-time key.
The rules are the services'; a form checks only what can be said beside one of its fields.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone

from funding import eligibility, rules
from funding.models import Application, FiscalYear, Pot, Step
from funding.transitions import seen_of
from members.common.forms import CleanCharField, DayField, speak_plainly
from members.common.keys import new_key
from members.common.money import MoneyFormField, format_euro
from members.models import Body, Resolution
from members.services import NO_VOTES, doubt_about_votes, objections_to_resolution

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

    #: The button's text where a second person must confirm.
    by_two = ""

    step = forms.CharField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, step: Step, application: Application, data: Any = None) -> None:
        self.application = application
        self.asks_second_person = bool(self.by_two) and application.granted_by_two
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

    @property
    def typed(self) -> list[tuple[str, str]]:
        """Return (label, value) of what was typed, for a page that can no longer show the form."""
        shown = []
        for field in self.visible_fields():
            if self.is_bound and (value := field.value()):
                choices = dict(getattr(field.field, "choices", ()))
                understood = getattr(self, "cleaned_data", {}).get(field.name)
                if isinstance(understood, date):
                    value = f"{understood:%d.%m.%Y}"
                elif isinstance(understood, Decimal):
                    value = format_euro(understood)
                shown.append((str(field.label), str(choices.get(value, value))))
        return shown


def reason_field(hint: str, *, required: bool = True) -> forms.CharField:
    return CleanCharField(
        label="Begründung",
        help_text=hint,
        required=required,
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Bitte eine Begründung eintragen."},
    )


def offered(application: Application) -> Decimal:
    """Return the euro that a form for granting starts with: never more than is free in the pot.

    That is what was signed for, or else what was asked for, or else what is free.
    """
    wanted = application.reserved if application.is_signed else application.requested
    return min(wanted, application.available)


class AmountForm(StepForm):
    """A form that grants money: an amount, the kind of financing, and a reason for granting less.

    What its button says is sent along as ``does``.
    """

    #: What the form does -> what its button says.
    BUTTONS = {
        "sign": "Erste Unterschrift leisten",
        "approve": "Bewilligen",
        "approve_second": "Zweite Unterschrift leisten und bewilligen",
        "carry_out": "Beschluss erfassen und bewilligen",
        "carry_out_second": "Mit Beschluss und zweiter Unterschrift bewilligen",
        "reject": "Ablehnung festhalten",
    }

    amount = MoneyFormField(label="Betrag", error_messages={"required": "Bitte den Betrag eintragen."})
    financing = forms.ChoiceField(
        label="Finanzierungsart",
        choices=Application.Financing.choices,
        initial=Application.Financing.FIXED,
        help_text="Festbetrag: gilt fest. Anteil und Fehlbedarf: sinken mit, wenn die Kosten sinken.",
    )
    reason = reason_field(
        "Nötig, wenn Sie weniger als beantragt bewilligen. Der Stadtbezirk liest sie.", required=False
    )

    def __init__(self, step: Step, application: Application, data: Any = None) -> None:
        super().__init__(step, application, data)
        asked, free = application.requested, application.available
        if free < asked:
            rest = f"sind {format_euro(free)} frei" if free else "ist nichts frei"
            hint = f"Beantragt sind {format_euro(asked)}, in {application.pot} {rest}."
            self.fields["amount"].help_text = hint
            self.fields["reason"].label = "Begründung, warum weniger als beantragt"

    @property
    def act(self) -> str:
        """Return what the form does as it is filled in: a key of ``BUTTONS``."""
        return "approve_second" if self.application.is_signed else "approve"

    @property
    def button(self) -> str:  # type: ignore[override]
        return self.BUTTONS[self.act]

    @property
    def promised_otherwise(self) -> bool:
        """Return whether the button that was pressed said something else than what would be done now."""
        return self.data.get("does", self.act) != self.act

    def start(self, application: Application) -> dict[str, Any]:
        start = {
            "amount": offered(application) or None,
            "financing": application.financing or Application.Financing.FIXED,
        }
        if application.is_signed:
            # The second signer usually agrees with the first one's reason and need not type it again.
            signed = [decision for decision in application.decisions.all() if decision.step == Step.SIGN]
            start["reason"] = signed[-1].reason if signed else ""
        return start

    def check_grant(self, *, granted: bool = True) -> None:
        """Add an error beside the field that stands against the grant.

        ``granted`` is false for a resolution that grants nothing: then the reason may be empty.
        """
        amount = self.cleaned_data.get("amount")
        if amount is not None:
            reason = self.cleaned_data.get("reason", "") if granted else "–"
            for field, sentence in rules.grant_objections(self.application, amount, reason).items():
                self.add_error(field, sentence)


class GrantForm(AmountForm):
    """Grants from pillar 2 or a special pot with the second or the only signature."""

    title = "Bewilligen"

    field_order = ["amount", "reason", "financing"]

    def clean(self) -> dict[str, Any]:
        self.check_grant()
        return self.cleaned_data


class FirstSignatureForm(GrantForm):
    """The first of two signatures: it reserves and grants nothing yet."""

    title = "Erste Unterschrift"

    @property
    def act(self) -> str:
        return "sign"


def votes_field(label: str, counted: str, *, most: int, **more: Any) -> forms.IntegerField:
    """Return a field for a number of votes; its sentences name what is ``counted``."""
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=most,
        error_messages={
            "required": f"Bitte die Zahl der {counted} eintragen, auch eine 0.",
            "invalid": f"Bitte die Zahl der {counted} als ganze Zahl eintragen.",
            "min_value": f"Mindestens 0 {counted}.",
            "max_value": f"Höchstens {most} {counted}.",
        },
        **more,
    )


class ResolutionForm(AmountForm):
    """Pillar 1: records a resolution of the Lenkungsgremium and carries it out in one step."""

    #: Values of these fields where the form that was sent did not have them.
    START = {"votes_no": "0", "votes_abstained": "0"}

    title = "Beschluss des Lenkungsgremiums"

    field_order = [
        "body",
        "date",
        "votes_yes",
        "votes_no",
        "votes_abstained",
        "amount",
        "votes_checked",
        "text",
        "reason",
        "financing",
    ]

    body = forms.ModelChoiceField(
        label="Gremium",
        queryset=Body.objects.none(),
        empty_label=None,
        error_messages={
            "invalid_choice": "Über diesen Topf beschließt nur das Lenkungsgremium des Stadtbezirks.",
            "required": "Bitte das Gremium wählen.",
        },
    )
    date = DayField(label="Datum der Sitzung", required_message="Bitte das Datum der Sitzung eintragen.")
    votes_yes = votes_field("Ja", "Ja-Stimmen", most=99)
    votes_no = votes_field("Nein", "Nein-Stimmen", most=999, initial=0)
    votes_abstained = votes_field("Enthaltungen", "Enthaltungen", most=999, initial=0)
    #: Shown only where the number of votes is asked about.
    votes_checked = forms.BooleanField(label="Ja, so viele Stimmen wurden abgegeben.", required=False)
    text = CleanCharField(
        label="Wortlaut oder Nummer",
        max_length=300,
        required=False,
        help_text="Zum Beispiel: TOP 4 der Niederschrift.",
    )

    def __init__(self, step: Step, application: Application, data: Any = None) -> None:
        bodies = eligibility.resolving_bodies(application.pot)
        if data is not None and "votes_yes" not in data:
            data = data.copy()
            data.update(self.START | ({"body": str(bodies[0].pk)} if len(bodies) == 1 else {}))
        super().__init__(step, application, data)
        field = self.fields["body"]
        field.queryset = bodies.all()  # type: ignore[attr-defined]
        today = timezone.localdate()
        #: If it is empty, the page says who enters a body.
        self.bodies = [b for b in bodies if eligibility.can_back_a_decision(b, application.pot, today)]
        if len(bodies) == 1:
            field.initial = bodies[0].pk
            field.widget = forms.HiddenInput()
        self.fields["amount"].label = "Beschlossener Betrag"

    @property
    def act(self) -> str:
        votes = self.votes
        if votes and not votes.carried:
            return "reject"
        return "carry_out_second" if self.application.is_signed else "carry_out"

    @property
    def votes(self) -> Resolution | None:
        """Return the votes as they were typed, or None while they are not known."""
        data = getattr(self, "cleaned_data", {})
        counts = {name: data.get(name) for name in ("votes_yes", "votes_no", "votes_abstained")}
        return None if None in counts.values() else Resolution(**counts)

    @property
    def outcome(self) -> str:
        """Return what the votes mean: "carried", "tied" or "lost", and "open" while they are not known."""
        votes = self.votes
        if votes is None or votes.votes_cast == 0:
            return "open"
        if votes.carried:
            return "carried"
        return "tied" if votes.tied else "lost"

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        votes, rejects = self.votes, self.act == "reject"
        body, day = data.get("body"), data.get("date")
        if votes and body and day:
            votes.body, votes.date = body, day
            objections = objections_to_resolution(votes)
            if not data["votes_checked"] and (doubt := doubt_about_votes(votes)):
                objections["votes_checked"] = doubt
        else:
            objections = {"votes_yes": NO_VOTES} if votes and not votes.votes_cast else {}
        if body and day:
            objection = eligibility.objection_to_meeting(body, day, self.application.pot.year.year)
            objections |= {"date": objection} if objection else {}
        for field, sentence in objections.items():
            self.add_error(field, sentence)
        self.check_grant(granted=not rejects)
        return data


class JuryForm(ResolutionForm):
    """Pillar 2 where the model asks for the jury: the approving signature records the jury's resolution."""

    title = "Beschluss der Jury"

    def __init__(self, step: Step, application: Application, data: Any = None) -> None:
        super().__init__(step, application, data)
        self.fields["body"].error_messages["invalid_choice"] = "Über Säule 2 beschließt nur die Jury."


class ReturnForm(StepForm):
    title = "Mit Rückfrage zurückgeben"
    button = "Zurückgeben"
    css = "btn-outline-primary"
    reason = reason_field("Was soll der Stadtbezirk klären oder ändern?")


class RetractForm(StepForm):
    title = "Unterschrift zurücknehmen"
    button = "Unterschrift zurücknehmen"
    css = "btn-outline-primary"
    reason = reason_field(
        "Freiwillig. Das vorgemerkte Geld ist danach frei, und der Antrag wartet wieder auf eine erste Unterschrift.",
        required=False,
    )


class RejectForm(StepForm):
    title = "Ablehnen"
    button = "Antrag ablehnen"
    reason = reason_field("Der Stadtbezirk liest sie.")


class WithdrawForm(StepForm):
    title = "Antrag zurückziehen"
    button = "Zurückziehen"
    reason = reason_field("Freiwillig.", required=False)


class ReduceForm(StepForm):
    """Reduces a grant to a smaller amount, or asks a second person to."""

    title = "Bewilligung verringern"
    button = "Verringern"
    by_two = "Verringerung beantragen"
    css = "btn-outline-primary"
    amount = MoneyFormField(
        label="Neuer Betrag", error_messages={"required": "Bitte den neuen Betrag eintragen."}
    )
    reason = reason_field("Zum Beispiel: Kosten gesunken, Tippfehler.")


class RevokeForm(StepForm):
    """Revokes a grant, or asks a second person to."""

    title = "Bewilligung widerrufen"
    button = "Widerrufen"
    by_two = "Widerruf beantragen"
    reason = reason_field(
        "Der Stadtbezirk liest sie. Nicht ausgezahltes Geld wird mit dem Widerruf wieder frei."
    )


SECONDARY: dict[Step, type[StepForm]] = {
    Step.UNSIGN: RetractForm,
    Step.RETURN: ReturnForm,
    Step.REJECT: RejectForm,
    Step.WITHDRAW: WithdrawForm,
    Step.REDUCE: ReduceForm,
    Step.REVOKE: RevokeForm,
}


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


class ExpenseForm(BookingForm):
    title = "Ausgabe buchen"
    button = "Ausgabe buchen"

    amount = amount_field()
    purpose = text_field("Wofür", required="Bitte eintragen, wofür das Geld ausgegeben wird.", max_length=200)
    payee = text_field(
        "An wen",
        required="Bitte eintragen, an wen gezahlt wird.",
        max_length=160,
        help_text="Nur für Wirtschaftsförderung, Rechnungsprüfung und Beirat sichtbar.",
    )
    dated = DayField(
        label="Belegdatum",
        initial=timezone.localdate,
        required_message="Bitte das Datum des Belegs eintragen.",
    )
    voucher = text_field("Belegnummer", max_length=40, help_text="Freiwillig.")

    def clean_dated(self) -> Any:
        dated = self.cleaned_data["dated"]
        if dated > timezone.localdate():
            raise ValidationError("Das Belegdatum liegt in der Zukunft.")
        return dated


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
