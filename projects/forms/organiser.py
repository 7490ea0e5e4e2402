"""The form for an organiser's address, contact, legal form and signatories."""

from dataclasses import dataclass
from typing import Any, Self

from django import forms

from members.common.countries import GERMANY
from members.common.forms import speak_plainly
from members.models import Organisation
from projects.organisers import MAINTAINED


@dataclass(frozen=True)
class Saved:
    """A field that somebody else has saved in the meantime, in German."""

    label: str
    text: str


class OrganiserForm(forms.ModelForm):
    class Meta:
        model = Organisation
        fields = MAINTAINED
        labels = {"town": "Ort", "email": "E-Mail-Adresse"}
        widgets = {
            "phone": forms.TextInput(attrs={"type": "tel"}),
            "signatories": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "country"
        ].required = False  # there is always one; no mark says that it is to be filled in
        for field in self.fields.values():
            speak_plainly(field)
            field.widget.attrs["autocomplete"] = "off"  # a browser would offer the user's own address

    def clean_country(self) -> str:
        return self.cleaned_data["country"] or GERMANY

    def after(self, stored: Organisation, *, opened: Any) -> tuple[Self, list[Saved]]:
        """Return the valid form on what somebody else has stored, and what of that this form would undo.

        ``opened`` is what was stored when the form was opened, or None.
        A field that this form had not changed takes the stored value. What was typed stays.
        """
        values, undone = {}, []
        for name in MAINTAINED:
            typed, now = self.cleaned_data[name], getattr(stored, name)
            if opened and typed == getattr(opened, name):
                typed = now
            if typed != now and not (opened and now == getattr(opened, name)):
                undone.append(Saved(str(self.fields[name].label), _shown(stored, name)))
            values[name] = typed
        return type(self)(instance=stored, initial=values), undone


def _shown(row: Organisation, name: str) -> str:
    shown = getattr(row, f"get_{name}_display", None)
    return str(shown() if shown else getattr(row, name))
