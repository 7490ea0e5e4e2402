"""The form by which a further district declines."""

from typing import Any

from django import forms

from members.common.forms import TOO_LONG, CleanCharField, speak_plainly
from projects.models import Participation


class DeclineForm(forms.Form):
    reason = CleanCharField(
        label="Warum macht Ihr Stadtbezirk nicht mit?",
        help_text="Die Geschäftsführung des federführenden Stadtbezirks und die Wirtschaftsförderung lesen es.",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Bitte begründen Sie die Absage.", "max_length": TOO_LONG},
    )

    def __init__(self, participation: Participation, data: Any = None) -> None:
        self.participation = participation
        super().__init__(data, auto_id=f"decline-{participation.district_id}-%s")
        speak_plainly(self.fields["reason"])
