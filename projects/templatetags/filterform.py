"""Fields as ``as_crispy_field`` draws them, but in one go: not by a template for each field and option.

A list has sixty options; drawn one by one they cost more than its fifty rows. A page that decides has ten fields.
Every text goes through ``_text``, once.
"""

from html import escape
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString, mark_safe

from projects.filters import MasterData

register = template.Library()


def _text(value: Any) -> str:
    """Escaped, unless it is HTML already; as ``conditional_escape``, of which a form needs two hundred."""
    html: str = value.__html__() if hasattr(value, "__html__") else escape(str(value))
    return html


def _attributes(attrs: dict[str, Any]) -> str:
    """As Django writes them: in order of their names, those that need no value last."""
    said = sorted((n, v) for n, v in attrs.items() if v is not None and not isinstance(v, bool))
    bare = sorted(name for name, value in attrs.items() if value is True)
    return "".join([f' {name}="{_text(value)}"' for name, value in said] + [f" {name}" for name in bare])


@register.filter
def filter_field(field: BoundField) -> SafeString:
    """``{{ filter.form.jahr|filter_field }}``: a text, choice or checkbox field, its label and its errors."""
    key, label = _text(field.auto_id), _text(field.label)
    if isinstance(widget := field.field.widget, forms.CheckboxInput):
        own: dict[str, Any] = {"name": field.html_name, **widget.attrs, "id": field.auto_id}
        attrs = field.build_widget_attrs(own, widget) | {
            "type": widget.input_type,
            "class": f"form-check-input{' is-invalid' if field.errors else ''}",
            "checked": bool(field.value()),
        }
        return mark_safe(  # noqa: S308 - see _text
            f'<div class="mb-3"><div id="div_{key}" class="form-check"><input{_attributes(attrs)}> '
            f'<label for="{key}" class="form-check-label">{label}</label>{_errors(field)}</div></div>'
        )
    return mark_safe(  # noqa: S308 - see _text
        f'<div id="div_{key}" class="mb-3"><label for="{key}" class="form-label">{label}</label> '
        f"{_control(field)}{_errors(field)}</div>"
    )


@register.filter
def district_filter(filterset: MasterData) -> SafeString:
    """``{{ filter|district_filter }}``: a list's field ``bezirk``, with room for suggestions where it is typed."""
    drawn = filter_field(filterset.district_field)
    return drawn + mark_safe('<datalist id="bezirke"></datalist>') if filterset.has_many_districts else drawn


@register.filter
def step_field(field: BoundField) -> SafeString:
    """``{{ form.reason|step_field }}``: a text, area or choice field with its label, errors and help."""
    key, required = _text(field.auto_id), field.field.required
    star = '<span class="asteriskField">*</span>' if required else ""
    hint = (
        f'<div id="{key}_helptext" class="form-text">{_text(field.help_text)}</div>'
        if field.help_text
        else ""
    )
    return mark_safe(  # noqa: S308 - see _text
        f'<div id="div_{key}" class="mb-3"><label for="{key}" class="form-label{" requiredField" if required else ""}">'
        f"{_text(field.label)}{star}</label> {_control(field)}{_errors(field)}{hint}</div>"
    )


@register.filter("control")
def _control(field: BoundField) -> SafeString:
    widget = field.field.widget
    own: dict[str, Any] = {"name": field.html_name, **widget.attrs, "id": field.auto_id}
    attrs = field.build_widget_attrs(own, widget)
    look = "form-select" if isinstance(widget, forms.Select) else "form-control"
    attrs["class"] = f"{widget.attrs.get('class', '')} {look}{' is-invalid' if field.errors else ''}".strip()
    if isinstance(widget, forms.Select):
        drawn = f"<select{_attributes(attrs)}>{_options(field)}</select>"
    else:
        value = widget.format_value(field.value())
        if isinstance(widget, forms.Textarea):
            drawn = f"<textarea{_attributes(attrs)}>\n{_text(value or '')}</textarea>"
        else:
            drawn = f"<input{_attributes({**attrs, 'type': widget.input_type, 'value': value})}>"
    return mark_safe(drawn)  # noqa: S308 - see _text


@register.filter
def hidden_fields(form: forms.BaseForm) -> SafeString:
    """``{{ form|hidden_fields }}``: key, step and what else the form carries unseen."""
    drawn = [
        f'<input type="hidden" name="{_text(f.html_name)}"{_attributes({"value": f.field.widget.format_value(f.value())})} '
        f'id="{_text(f.auto_id)}">'
        for f in form.hidden_fields()
    ]
    return mark_safe("".join(drawn))  # noqa: S308 - see _text


def _options(field: BoundField) -> str:
    chosen = str(field.value() or "")
    return "\n".join(
        [
            f'<option value="{_text(value)}"{" selected" if str(value) == chosen else ""}>{_text(label)}</option>'
            for value, label in field.field.widget.choices
        ]
    )


@register.filter("field_errors")
def _errors(field: BoundField) -> SafeString | str:
    if not field.errors:
        return ""
    key = _text(field.auto_id)
    shown = [
        f'<p id="error_{number}_{key}"><strong>{_text(error)}</strong></p>'
        for number, error in enumerate(field.errors, 1)
    ]
    drawn = f'<div id="{key}_error" class="invalid-feedback">{"".join(shown)}</div>'
    return mark_safe(drawn)  # noqa: S308 - see _text
