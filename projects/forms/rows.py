"""The forms for the rows of the plan: costs, and money from outside the pots."""

from typing import Any

from django import forms

from members.common.forms import TOO_LONG, CleanCharField, speak_plainly
from members.common.money import MoneyFormField
from projects.models import FinancingItem

#: Rows of costs, and of other money.
MOST = 60


class RowForm(forms.Form):
    """One row of the plan. Rows that are wholly empty are skipped."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    label = CleanCharField(required=False, max_length=160, error_messages={"max_length": TOO_LONG})
    amount = MoneyFormField(label="Betrag", required=False)
    columns: tuple[str, ...] = ("label", "amount")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            speak_plainly(field)

    @property
    def is_blank(self) -> bool:
        return not any(self.cleaned_data.get(name) for name in ("label", "amount"))

    def values(self) -> dict[str, Any]:
        """Return the row's fields as the service takes them."""
        return {"id": self.cleaned_data.get("id"), **{n: self.cleaned_data[n] for n in self.columns}}


class CostForm(RowForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["label"].label = "Wofür"
        self.fields["amount"].widget.attrs["data-plan-cost"] = ""


class OtherFundsForm(RowForm):
    KINDS = [(kind.value, kind.label) for kind in FinancingItem.FROM_OTHERS]
    kind = forms.ChoiceField(label="Art", choices=KINDS)
    third_party_state = forms.ChoiceField(
        label="Stand", required=False, choices=[("", "–"), *FinancingItem.ThirdParty.choices]
    )
    columns = ("kind", "label", "third_party_state", "amount")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["label"].label = "Von wem"
        self.fields["amount"].widget.attrs["data-plan-financing"] = ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") not in FinancingItem.FROM_THIRD_PARTIES:
            cleaned["third_party_state"] = ""
        return cleaned


class RowFormSet(forms.BaseFormSet):
    default_error_messages = {
        "missing_management_form": "Die Zeilen des Plans sind unvollständig angekommen. Bitte laden Sie die Seite neu.",
        "too_many_forms": "Höchstens %(num)d Zeilen sind möglich. Bitte fassen Sie Positionen zusammen.",
    }

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Zeile löschen"

    def rows(self) -> list[dict[str, Any]]:
        """Return the filled rows in their order."""
        kept = [
            f for f in self.forms if f.cleaned_data and not f.cleaned_data.get("DELETE") and not f.is_blank
        ]
        return [f.values() for f in kept]


def row_formset(form: type[RowForm], extra: int) -> Any:
    """Return the class of a set of rows with ``extra`` empty ones.

    Of more than ``MOST`` rows only as many again are read and shown: a thousand take a minute.
    """
    return forms.formset_factory(
        form,
        formset=RowFormSet,
        extra=extra,
        can_delete=True,
        max_num=MOST,
        absolute_max=2 * MOST,
        validate_max=True,
    )
