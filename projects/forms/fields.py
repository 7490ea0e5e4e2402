"""How the fields of these forms speak, and the browser's own date picker."""

from django import forms
from django.core.validators import MaxLengthValidator

from members.forms import offer_plainly

TOO_LONG = "Bitte auf höchstens %(limit_value)d Zeichen kürzen; es sind %(show_value)d."


def speak_plainly(field: forms.Field) -> None:
    """A sentence with both lengths, where the browser would cut pasted text without a word; one for choices."""
    offer_plainly(field)
    limit = getattr(field, "max_length", None)
    if limit is None:
        return
    field.widget.attrs.pop("maxlength", None)
    others = [v for v in field.validators if not isinstance(v, MaxLengthValidator)]
    field.validators = [*others, MaxLengthValidator(limit, TOO_LONG)]


class DateInput(forms.DateInput):
    """The browser's own date picker; tt.mm.jjjj is understood as well where there is none."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")
