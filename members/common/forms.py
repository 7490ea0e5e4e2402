"""How the fields of all forms speak: one sentence for a choice, for a text that is too long, and a date picker."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator

from members.common.keys import is_key

NOT_OFFERED = "Bitte eine der angebotenen Möglichkeiten wählen."


def offer_plainly(field: forms.Field) -> None:
    """One sentence for a choice that was not offered, unless the field has its own; Django says it twice."""
    for code in ("invalid_choice", "invalid_pk_value"):
        defaults = (vars(kind).get("default_error_messages", {}) for kind in type(field).__mro__)
        default = next((messages[code] for messages in defaults if code in messages), None)
        if default is not None and field.error_messages.get(code) is default:
            field.error_messages[code] = NOT_OFFERED


class KnownRows(forms.ModelMultipleChoiceField):
    """Keys that no database holds are no choices; SQLite would fail on them instead of finding nothing."""

    def clean(self, value: Any) -> Any:
        for key in value or ():
            if not is_key(key):
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": key}
                )
        return super().clean(value)


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
