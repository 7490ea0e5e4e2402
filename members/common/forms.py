"""Form fields that normalise what is typed, speak the same German sentences, and offer a date picker."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator

from members.common.days import require_day
from members.common.keys import is_key
from members.common.texts import normal

NOT_OFFERED = "Bitte eine der angebotenen Möglichkeiten wählen."


def offer_plainly(field: forms.Field) -> None:
    """Give the field one sentence for a choice that was not offered, unless it has a sentence of its own."""
    for code in ("invalid_choice", "invalid_pk_value"):
        defaults = (vars(kind).get("default_error_messages", {}) for kind in type(field).__mro__)
        default = next((messages[code] for messages in defaults if code in messages), None)
        if default is not None and field.error_messages.get(code) is default:
            field.error_messages[code] = NOT_OFFERED


class _Clean(forms.Field):
    """Normalises what was typed (``members.common.texts``). Line breaks stay where the input has several lines."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = normal(value, lines=isinstance(self.widget, forms.Textarea))
        return super().to_python(value)


class CleanCharField(_Clean, forms.CharField):
    pass


class CleanEmailField(_Clean, forms.EmailField):
    pass


class CleanURLField(_Clean, forms.URLField):
    pass


class KnownRows(forms.ModelMultipleChoiceField):
    """A choice of several rows. Keys that no column holds are refused: SQLite's query would fail on them."""

    def clean(self, value: Any) -> Any:
        for key in value or ():
            if not is_key(key):
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": key}
                )
        return super().clean(value)


TOO_LONG = "Bitte auf höchstens %(limit_value)d Zeichen kürzen; es sind %(show_value)d."


def speak_plainly(field: forms.Field) -> None:
    """Give the field one sentence for unknown choices, and one with both lengths for too long a text."""
    offer_plainly(field)
    limit = getattr(field, "max_length", None)
    if limit is None:
        return
    field.widget.attrs.pop("maxlength", None)  # with it the browser cuts pasted text without a word
    others = [v for v in field.validators if not isinstance(v, MaxLengthValidator)]
    field.validators = [*others, MaxLengthValidator(limit, TOO_LONG)]


class DayField(forms.DateField):
    """A day, with the browser's own date picker. A mistyped year is refused beside the field."""

    default_validators = [require_day]

    def __init__(self, *, required_message: str = "Bitte das Datum eintragen.", **kwargs: Any) -> None:
        messages = {
            "required": required_message,
            "invalid": "Bitte ein gültiges Datum eintragen, zum Beispiel 14.03.2026.",
        }
        super().__init__(widget=DateInput(), error_messages=messages, **kwargs)


class DateInput(forms.DateInput):
    """The browser's own date picker. Where there is none, tt.mm.jjjj is understood as well."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return what was typed without what a copied date brings along unseen."""
        typed = super().value_from_datadict(data, files, name)
        return normal(typed) if isinstance(typed, str) else typed
