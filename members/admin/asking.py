"""Admin forms that ask once more before they save what may be a slip."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.urls import reverse

from members.common.fields import FoldedField


@dataclass(frozen=True)
class Doubt:
    """One thing that may be a slip, as a German sentence, and a page to look it up."""

    text: str
    url: str = ""


class Asking(forms.Form):
    """Refuses once what it doubts, with everything typed still there. Whoever ticks the box has it saved.

    ``templates/admin/members/doubts.html`` asks.
    """

    question = "Ist das so gemeint?"
    yes = "Ja, so ist es gemeint."
    #: Carries back the doubts that the user has read; others are asked again.
    confirmed = forms.CharField(label="Rückfrage bestätigt", required=False, widget=forms.HiddenInput)
    found: tuple[Doubt, ...] = ()

    def ask(self, doubts: Iterable[Doubt]) -> None:
        """Add an error where these doubts are not the ones that the user confirmed."""
        self.found = tuple(doubts)
        if self.found and self.cleaned_data["confirmed"] != self.asked:
            self.add_error("confirmed", "Bitte die Rückfrage bestätigen.")

    @property
    def asked(self) -> str:
        """Return the doubts as one text; the form carries back the one that its user confirmed."""
        return " ".join(doubt.text for doubt in self.found)


class DoubtForm(Asking, forms.ModelForm):
    """Asks about what was typed, once it is valid."""

    def doubts(self, data: dict[str, Any]) -> Iterable[Doubt]:
        """Return what may be a slip in the valid data."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            self.ask(self.doubts(data))
        return data


class SameNameForm(DoubtForm):
    """Asks where another row has the same name in any spelling. Namesakes exist, so it refuses none."""

    #: Fields within which a name is the same, e.g. those of one district.
    within: tuple[str, ...] = ()

    def doubts(self, data: dict[str, Any]) -> Iterable[Doubt]:
        model: Any = self._meta.model
        key = model._meta.get_field("folded_name")
        assert isinstance(key, FoldedField)
        if not {*key.of, *self.within} & set(self.changed_data):
            return
        typed = {name: data[name] for name in key.of}
        same = model.objects.filter(
            folded_name=key.key(model(**typed)), **{name: data[name] for name in self.within}
        )
        for row in same.exclude(pk=self.instance.pk):
            page = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_change", args=[row.pk])
            yield Doubt(f"Es gibt schon {self.told(row)}, bitte prüfen.", page)

    def told(self, row: models.Model) -> str:
        """Return what there is already, so that it can be told from what was typed."""
        return f"„{row}“"
