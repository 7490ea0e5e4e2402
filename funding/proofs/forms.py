"""The form of a proof, in which a district fills it in. Those for the steps of its check are in ``check_forms``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from funding.forms.base import OnceForm
from funding.payments.call_forms import FilesField, SeveralFiles
from funding.payments.models import Payment
from funding.proofs.direct import is_among
from funding.proofs.models import ProofOfUse, ProofPhoto, ProofRow, ProofRules, Voucher
from funding.proofs.reckoning import Facts
from funding.proofs.services import Added, Entered, VoucherData
from funding.proofs.transitions import proof_seen
from members.common import uploads
from members.common.forms import CleanCharField, DayField, speak_plainly
from members.common.money import MoneyFormField, format_euro
from projects.models import FinancingItem

IMAGES = "image/jpeg,image/png"
VOUCHER_TYPES = f"{IMAGES},application/pdf"
FILES_HINT = f"mehrere auf einmal, je Datei höchstens {uploads.LARGEST_FILE // uploads.MB}\u00a0MB."
HOURS_APART = "Ohne ehrenamtliche Stunden: Die stehen im Bericht und zählen dort von selbst."
#: Fields of the report that many proofs leave empty: folded until somebody opens them or one of them is missing.
RARE = ("press", "value_creation", "value_created", "procurement", "explanation")
#: What a report's field asks, beside its name.
HINTS = {
    "done": "Einige Sätze genügen. Vorausgefüllt ist, was im Antrag stand.",
    "visitors": "Geschätzt genügt. Leer lassen, wenn es nicht passt.",
    "hours": "Alle zusammen. Sie zählen als Kosten und als Eigenleistung; dort tragen Sie sie bitte nicht noch einmal ein.",
    "publicity": "Zum Beispiel: Plakat, Programmheft, Website.",
    "procurement": "Wer wurde gefragt, warum wurde so entschieden?",
    "originals_at": "Die Belege bleiben dort und werden auf Verlangen vorgelegt.",
    "confirmed": "Bitte erst beim Einreichen: Zwischengespeichert wird der Haken nicht.",
}


def hints_of(rules: ProofRules, facts: Facts) -> dict[str, str]:
    """Return what the rules and the kind of financing add to the hints: name of the field -> German sentences."""
    hours = facts.volunteers
    most = f", zusammen {hours.limit}" if hours.limit else ""
    found = {"hours": f"{HINTS['hours']} Je Stunde zählen {format_euro(hours.rate)}{most}."}
    if rules.procurement_from is not None:
        found["procurement"] = (
            f"Bei Kostenpositionen ab {format_euro(rules.procurement_from)}: {HINTS['procurement']}"
        )
    if facts.financing != "fixed":
        found["cost_label"] = (
            "Was nicht im Plan steht, zählt bei dieser Förderung nur, wenn der Verein vorher zugestimmt hat."
        )
    return found


@dataclass
class VoucherFields:
    """A voucher with its inputs; none where it cannot be changed now."""

    voucher: Voucher
    inputs: list[BoundField] = field(default_factory=list)

    @property
    def lacks(self) -> bool:
        """Return whether something is still to be entered, or was refused."""
        voucher = self.voucher
        return not (voucher.amount and voucher.day and voucher.payee) or any(
            each.errors for each in self.inputs
        )


@dataclass
class RowFields:
    """A row of the proof with its inputs; none where it cannot be changed now."""

    row: ProofRow
    actual: BoundField | None = None
    label: BoundField | None = None
    remove: BoundField | None = None
    files: BoundField | None = None
    line: list[BoundField] = field(default_factory=list)
    vouchers: list[VoucherFields] = field(default_factory=list)
    summed: bool = False


@dataclass
class DirectFields:
    """What was paid directly. ``taken``: it stands among the vouchers. ``choice``: of the row that takes it over."""

    payment: Payment
    taken: bool
    choice: BoundField | None = None


@dataclass
class PhotoFields:
    photo: ProofPhoto
    inputs: list[BoundField]


def _amount(label: str) -> MoneyFormField:
    """Return an amount of a row; the page sums them up while somebody types."""
    made = MoneyFormField(label=label, required=False, allow_zero=True)
    made.widget.attrs["data-actual"] = ""
    return made


def _text(label: str, most: int) -> forms.CharField:
    return CleanCharField(label=label, required=False, max_length=most)


def _files(label: str, types: str, what: str) -> FilesField:
    widget = SeveralFiles(attrs={"multiple": True, "accept": types})
    return FilesField(label=label, required=False, widget=widget, help_text=f"{what}, {FILES_HINT}")


def _voucher_inputs() -> dict[str, forms.Field]:
    amount = MoneyFormField(label="Betrag", required=False)
    amount.widget.attrs["data-voucher"] = ""
    return {
        "amount": amount,
        "day": DayField(label="bezahlt am", required=False),
        "payee": _text("an wen", 160),
        "number": _text("Belegnummer", 60),
    }


class ProofForm(OnceForm):
    """All that a district fills in. Nothing is required until the proof is handed in.

    ``rows`` have their vouchers read along. ``listed``: the costs are proved voucher by voucher. ``large``: a cost
    is so large that its order is to be explained. ``hints``: what ``hints_of`` says.
    While the proof is asked back it has only what was asked.
    """

    #: The inputs of rows that nobody planned.
    ADDED = ("cost_label", "cost_actual", "money_label", "money_kind", "money_actual")

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        proof: ProofOfUse,
        rows: Sequence[ProofRow],
        photos: Sequence[ProofPhoto],
        data: Any = None,
        *,
        listed: bool,
        large: bool,
        hints: Mapping[str, str],
        direct: Sequence[Payment],
    ) -> None:
        super().__init__(data, auto_id="p-%s", initial={"seen": proof_seen(proof)})
        self.proof, self.proof_rows, self.photo_rows, self.listed, self.large = (
            proof,
            rows,
            photos,
            listed,
            large,
        )
        self.hints = hints
        for name in ProofOfUse.REPORT:
            if proof.may_write(name):
                self._offer_report(name)
        for row in rows:
            if not row.is_grant and (proof.is_open or row.asked or not row.is_planned):
                self._offer_row(row, listed=listed)
        self.paid_directly = direct
        for payment in direct:
            self._offer_direct(payment)
        for photo in photos:
            self._offer_photo(photo)
        self.fields["photos"] = _files("Fotos hinzufügen", IMAGES, "JPEG oder PNG")
        self._offer_added()
        for each in self.fields.values():
            speak_plainly(each)

    def _offer_report(self, name: str) -> None:
        column: Any = ProofOfUse._meta.get_field(name)
        made = column.formfield(required=False)
        made.help_text = self.hints.get(name) or HINTS.get(name, "")
        if isinstance(made.widget, forms.Textarea):
            made.widget.attrs["rows"] = 6 if name == "done" else 3
        self.fields[name] = made
        # What is confirmed is what is handed in, so nobody finds the box ticked.
        self.initial[name] = False if name == "confirmed" else getattr(self.proof, name)

    def _offer_row(self, row: ProofRow, *, listed: bool) -> None:
        vouchers = list(row.vouchers.all())
        if not any(v.counts and v.amount is not None for v in vouchers):
            in_kind = row.kind == FinancingItem.Kind.IN_KIND
            self.fields[f"row-{row.pk}"] = _amount(
                "ausgegeben" if row.is_cost else "eingebracht" if in_kind else "eingegangen"
            )
            if in_kind:
                self.fields[f"row-{row.pk}"].help_text = HOURS_APART
            self.initial[f"row-{row.pk}"] = row.actual
        if not row.is_planned:
            self.fields[f"row-{row.pk}-label"] = _text("Wofür", 200)
            self.initial[f"row-{row.pk}-label"] = row.label
            self.fields[f"row-{row.pk}-remove"] = forms.BooleanField(label="Zeile entfernen", required=False)
        if not row.is_cost:
            return
        for voucher in vouchers:
            if voucher.struck:
                continue
            for name, made in _voucher_inputs().items():
                self.fields[f"voucher-{voucher.pk}-{name}"] = made
                self.initial[f"voucher-{voucher.pk}-{name}"] = getattr(voucher, name)
            self.fields[f"voucher-{voucher.pk}-remove"] = forms.BooleanField(
                label="zählt nicht" if voucher.kept else "entfernen", required=False
            )
        if listed or vouchers:
            self.fields[f"row-{row.pk}-files"] = _files("Belege hinzufügen", VOUCHER_TYPES, "Foto oder PDF")
            for name, made in _voucher_inputs().items():
                self.fields[f"row-{row.pk}-line-{name}"] = made

    def _offer_direct(self, payment: Payment) -> None:
        costs = [(str(row.pk), row.label) for row in self.proof_rows if f"row-{row.pk}-files" in self.fields]
        if costs and not self._has(payment):
            self.fields[f"direct-{payment.pk}"] = forms.ChoiceField(
                label="Als Beleg übernehmen bei", required=False, choices=[("", "noch nicht"), *costs]
            )

    def _has(self, payment: Payment) -> bool:
        return is_among((voucher for row in self.proof_rows for voucher in row.vouchers.all()), payment)

    def _offer_photo(self, photo: ProofPhoto) -> None:
        made = {
            "caption": _text("Was ist zu sehen?", 200),
            "photographer": _text("Wer hat fotografiert?", 120),
            "consent": forms.BooleanField(label="Alle Abgebildeten sind einverstanden.", required=False),
        }
        for name, each in made.items():
            self.fields[f"photo-{photo.pk}-{name}"] = each
            self.initial[f"photo-{photo.pk}-{name}"] = getattr(photo, name)
        self.fields[f"photo-{photo.pk}-remove"] = forms.BooleanField(label="entfernen", required=False)

    def _offer_added(self) -> None:
        self.fields["cost_label"] = _text("Weitere Kosten: wofür", 200)
        self.fields["cost_label"].help_text = self.hints.get("cost_label", "")
        self.fields["cost_actual"] = _amount("ausgegeben")
        self.fields["money_label"] = _text("Weitere Einnahme: von wem", 200)
        self.fields["money_kind"] = forms.ChoiceField(
            label="Art",
            required=False,
            choices=[(kind.value, kind.label) for kind in FinancingItem.FROM_OTHERS],
            initial=FinancingItem.Kind.THIRD_PARTY,
        )
        self.fields["money_actual"] = _amount("eingegangen")

    # What the template shows

    def rows(self) -> list[RowFields]:
        """Return the rows with their inputs, in their order."""
        return [self._row(row) for row in self.proof_rows]

    def costs(self) -> list[RowFields]:
        return [each for each in self.rows() if each.row.is_cost]

    def money(self) -> list[RowFields]:
        return [each for each in self.rows() if not each.row.is_cost]

    def _row(self, row: ProofRow) -> RowFields:
        vouchers = [
            VoucherFields(each, self._inputs(f"voucher-{each.pk}-", *_voucher_inputs(), "remove"))
            for each in row.vouchers.all()
        ]
        return RowFields(
            row,
            actual=self._input(f"row-{row.pk}"),
            label=self._input(f"row-{row.pk}-label"),
            remove=self._input(f"row-{row.pk}-remove"),
            files=self._input(f"row-{row.pk}-files"),
            line=self._inputs(f"row-{row.pk}-line-", *_voucher_inputs()),
            vouchers=vouchers,
            summed=any(v.voucher.counts and v.voucher.amount is not None for v in vouchers),
        )

    def direct(self) -> list[DirectFields]:
        """Return what was paid directly, with the choice of a row where it can be taken over."""
        return [
            DirectFields(each, self._has(each), self._input(f"direct-{each.pk}"))
            for each in self.paid_directly
        ]

    def photo_fields(self) -> list[PhotoFields]:
        names = ("caption", "photographer", "consent", "remove")
        return [PhotoFields(each, self._inputs(f"photo-{each.pk}-", *names)) for each in self.photo_rows]

    def report(self) -> list[BoundField]:
        """Return the inputs of the report that every proof has, without the confirmation."""
        return self._inputs(
            "", *(name for name in ProofOfUse.REPORT if name not in (*self._rare, "confirmed"))
        )

    def rare(self) -> list[BoundField]:
        """Return the other inputs of the report."""
        return self._inputs("", *self._rare)

    @property
    def _rare(self) -> list[str]:
        return [name for name in RARE if not (self.large and name == "procurement")]

    def shows_rare(self) -> bool:
        """Return whether one of the other inputs has to be seen."""
        return self.is_bound or any(each.errors for each in self.rare())

    def _input(self, name: str) -> BoundField | None:
        return self[name] if name in self.fields else None

    def _inputs(self, prefix: str, *names: str) -> list[BoundField]:
        return [self[prefix + name] for name in names if prefix + name in self.fields]

    # What was typed

    @property
    def entered(self) -> Entered:
        """Return figures and report. The fields are right by themselves."""
        data = self.cleaned_data
        keys = {f"row-{row.pk}": row.pk for row in self.proof_rows}
        added = [Added(ProofRow.Side.COST, data["cost_label"], data["cost_actual"])]
        added.append(
            Added(ProofRow.Side.FINANCING, data["money_label"], data["money_actual"], data["money_kind"])
        )
        return Entered(
            report={name: data[name] for name in ProofOfUse.REPORT if name in self.fields},
            actual={pk: data[name] for name, pk in keys.items() if name in self.fields},
            labels={pk: data[f"{name}-label"] for name, pk in keys.items() if f"{name}-label" in self.fields},
            added=[each for each in added if each.label or each.actual is not None],
            removed=[pk for name, pk in keys.items() if data.get(f"{name}-remove")],
        )

    def voucher_data(self, prefix: str) -> VoucherData:
        data = self.cleaned_data
        return VoucherData(**{name: data[f"{prefix}{name}"] for name in _voucher_inputs()})

    def changed(self, prefix: str) -> bool:
        """Return whether something was typed into the inputs that begin like this."""
        return any(name.startswith(prefix) for name in self.changed_data)

    def added(self, *names: str) -> None:
        """Take these inputs off the data: what they said has its own row now."""
        self.data = {name: value for name, value in self.data.items() if name not in names}

    def again(
        self,
        proof: ProofOfUse,
        rows: Sequence[ProofRow],
        photos: Sequence[ProofPhoto],
        trouble: Mapping[str, str],
    ) -> "ProofForm":
        """Return the form with what was typed, on what is stored now, and say what was refused (name -> sentence)."""
        data = dict(self.data.items())
        made = ProofForm(
            proof,
            rows,
            photos,
            data,
            listed=self.listed,
            large=self.large,
            hints=self.hints,
            direct=self.paid_directly,
        )
        data["seen"] = proof_seen(proof)
        for name in made.fields.keys() - self.fields.keys():
            stored = made.get_initial_for_field(made.fields[name], name)
            if stored not in (None, "", False):
                data[name] = str(stored)
        for name, sentence in trouble.items():
            made.add_error(name if name in made.fields else None, sentence)
        for error in made.errors.get("key", []):
            made.add_error(None, error)
        return made

    def say(self, lacking: Mapping[str, str]) -> None:
        """Put what is missing beside its inputs, or on top where there is none. For a form that was not sent."""
        for key, sentence in lacking.items():
            name = key.removesuffix("-vouchers") + "-files" if key.endswith("-vouchers") else key
            shown = name if name in self.fields else "__all__"
            self.errors.setdefault(shown, self.error_class(renderer=self.renderer)).append(sentence)

    def faults(self) -> list[tuple[str, str]]:
        """Return what is wrong in the order of the page: the input to jump to, and the sentence with what it is about."""
        names = {f"row-{row.pk}": row.label for row in self.proof_rows}
        names |= {
            f"voucher-{voucher.pk}": f"{voucher.title}, {row.label}"
            for row in self.proof_rows
            for voucher in row.vouchers.all()
        }
        names |= {f"photo-{photo.pk}": photo.name for photo in self.photo_rows}
        found = sorted((name for name in self.errors if name in self.fields), key=_section)
        faults = []
        for name in found:
            of, sentence = names.get("-".join(name.split("-")[:2])), str(self.errors[name][0])
            faults.append((self[name].auto_id, f"{of}: {sentence}" if of else sentence))
        return faults


def _section(name: str) -> int:
    """Return in which section of the page an input stands."""
    for section, beginnings in enumerate(
        (("direct-", "row-", "voucher-", "cost_", "money_"), ("photo",), ("confirmed",))
    ):
        if name.startswith(beginnings):
            return 2 * section
    return 1
