"""Which year's package."""

from typing import Any

from django import forms

from funding.models import FiscalYear


class YearForm(forms.Form):
    """A fiscal year that was opened; the newest one is offered first."""

    year = forms.ChoiceField(
        label="Haushaltsjahr",
        error_messages={
            "invalid_choice": "Dieses Haushaltsjahr gibt es nicht, oder es ist noch nicht geöffnet.",
            "required": "Bitte ein Haushaltsjahr wählen.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        opened = FiscalYear.objects.exclude(state=FiscalYear.State.PLANNED).order_by("-year")
        self.years = {str(each.year): each for each in opened}
        self.fields["year"].choices = [(year, year) for year in self.years]  # type: ignore[attr-defined]

    def clean_year(self) -> FiscalYear:
        return self.years[self.cleaned_data["year"]]
