"""Forms that ask once more before they save what may be a slip."""

from collections.abc import Iterable
from dataclasses import dataclass

from django import forms


@dataclass(frozen=True)
class Doubt:
    """One thing that may be a slip, as a German sentence, and a page to look it up."""

    text: str
    url: str = ""


class Asking(forms.Form):
    """Refuses once what it doubts, with everything typed still there. Whoever ticks the box has it saved.

    ``templates/parts/doubts.html`` asks on pages, ``templates/admin/members/doubts.html`` in the administration.
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
