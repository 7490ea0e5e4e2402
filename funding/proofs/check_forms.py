"""The small forms on the page of a proof: one for each step of its check."""

from collections.abc import Sequence
from typing import Any

from django import forms

from funding.forms import BookingForm, reason_field
from funding.models.terms import ProofDepth
from funding.proofs.models import ProofOfUse, ProofRow, ProofStep
from funding.proofs.services import Cut
from funding.proofs.transitions import proof_seen
from members.common.forms import CleanCharField, DayField, speak_plainly
from members.common.money import MoneyFormField


class CheckForm(BookingForm):
    """The base of the forms for one step. ``seen`` is the proof as it was shown."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, proof: ProofOfUse, rows: Sequence[ProofRow], data: Any = None) -> None:
        super().__init__(data)
        self.initial["seen"] = proof_seen(proof)
        self.offer(proof, rows)
        for each in self.fields.values():
            speak_plainly(each)

    def offer(self, proof: ProofOfUse, rows: Sequence[ProofRow]) -> None:
        """Add the fields that depend on the proof."""


class AskBackForm(CheckForm):
    title = "Rückfrage stellen"
    button = "Mit Rückfrage zurückgeben"
    css = "btn-outline-primary"
    step = ProofStep.Step.ASK_BACK

    question = reason_field("Der Stadtbezirk liest sie. Nur das Gewählte kann er danach ändern.")
    rows = forms.MultipleChoiceField(
        label="Zu welchen Zeilen?", required=False, widget=forms.CheckboxSelectMultiple
    )
    fields_asked = forms.MultipleChoiceField(
        label="Zu welchen Angaben?", required=False, widget=forms.CheckboxSelectMultiple
    )

    def offer(self, proof: ProofOfUse, rows: Sequence[ProofRow]) -> None:
        self.fields["question"].label = "Ihre Frage"
        chosen: Any = self.fields["rows"]
        chosen.choices = [(str(row.pk), row.label) for row in rows if not row.is_grant]
        names: Any = self.fields["fields_asked"]
        names.choices = [
            (name, ProofOfUse._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            for name in ProofOfUse.REPORT
            if name != "confirmed"
        ]


class CutForm(CheckForm):
    title = "Kosten kürzen"
    button = "Kürzung ankündigen"
    css = "btn-outline-danger"
    step = ProofStep.Step.ANNOUNCE

    def offer(self, proof: ProofOfUse, rows: Sequence[ProofRow]) -> None:
        for row in rows:
            if row.is_cost and row.actual:
                self.fields[f"row-{row.pk}"] = MoneyFormField(label=f"{row.label}: kürzen um", required=False)
                self.fields[f"row-{row.pk}-reason"] = CleanCharField(
                    label=f"{row.label}: Begründung", required=False, max_length=2000
                )

    @property
    def cuts(self) -> dict[int, Cut]:
        """Return what is to be cut, by the key of its row."""
        data = self.cleaned_data
        return {
            int(name.removeprefix("row-")): Cut(amount, data[f"{name}-reason"])
            for name, amount in data.items()
            if name.startswith("row-") and not name.endswith("-reason") and amount is not None
        }


class AnswerForm(CheckForm):
    title = "Zur Kürzung äußern"
    button = "Antwort senden"
    step = ProofStep.Step.ANSWER

    answer = reason_field("Die Wirtschaftsförderung liest sie und entscheidet danach.")

    def offer(self, proof: ProofOfUse, rows: Sequence[ProofRow]) -> None:
        self.fields["answer"].label = "Ihre Antwort"


class WithdrawCutForm(CheckForm):
    title = "Kürzung zurücknehmen"
    button = "Nicht kürzen"
    css = "btn-outline-primary"
    step = ProofStep.Step.WITHDRAW

    reason = reason_field("Der Stadtbezirk liest sie.")


class NoteForm(CheckForm):
    title = "Prüfvermerk unterschreiben"
    button = "Prüfvermerk unterschreiben"
    step = ProofStep.Step.NOTE

    depth = forms.ChoiceField(label="Wie wurde geprüft?", choices=ProofDepth.choices)
    seen_papers = CleanCharField(
        label="Eingesehene Unterlagen",
        required=False,
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    text = CleanCharField(
        label="Ergebnis der Prüfung",
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Bitte schreiben Sie, was die Prüfung ergeben hat."},
    )

    def offer(self, proof: ProofOfUse, rows: Sequence[ProofRow]) -> None:
        self.initial["depth"] = proof.depth


class AcceptForm(CheckForm):
    title = "Prüfvermerk mitzeichnen"
    button = "Unterschreiben und anerkennen"
    step = ProofStep.Step.ACCEPT


class RefuseForm(CheckForm):
    title = "Nicht mitzeichnen"
    button = "Nicht mitzeichnen"
    css = "btn-outline-danger"
    step = ProofStep.Step.REFUSE

    reason = reason_field("Wer zuerst unterschrieben hat, liest sie. Danach wird neu geprüft.")


class ExtensionForm(CheckForm):
    title = "Mehr Zeit beantragen"
    button = "Mehr Zeit beantragen"
    css = "btn-outline-primary"
    step = "extend"

    until = DayField(label="bis wann", required_message="Bitte den Tag eintragen.")
    reason = reason_field("Die Wirtschaftsförderung liest sie und antwortet.")


class GrantExtensionForm(CheckForm):
    title = "Frist verlängern"
    button = "Frist verlängern"
    step = "grant_extension"


class RefuseExtensionForm(CheckForm):
    title = "Frist nicht verlängern"
    button = "Nicht verlängern"
    css = "btn-outline-danger"
    step = "refuse_extension"

    reason = reason_field("Der Stadtbezirk liest sie.")


class SettleForm(CheckForm):
    title = "Bewilligung abrechnen"
    button = "Bewilligung abrechnen"
    step = "settle"


class RemarkForm(CheckForm):
    title = "Bemerkung der Rechnungsprüfung"
    button = "Bemerkung eintragen"
    css = "btn-outline-primary"
    step = "remark"

    text = reason_field("Sie bleibt am Nachweis stehen und ändert nichts an ihm.")

    def offer(self, proof: ProofOfUse, rows: Sequence[ProofRow]) -> None:
        self.fields["text"].label = "Ihre Bemerkung"


#: The forms of the page of a proof by their step.
FORMS: dict[str, type[CheckForm]] = {
    form.step: form
    for form in (
        AskBackForm, CutForm, AnswerForm, WithdrawCutForm, NoteForm, AcceptForm, RefuseForm, ExtensionForm,
        GrantExtensionForm, RefuseExtensionForm, SettleForm, RemarkForm,
    )
}  # fmt: skip
