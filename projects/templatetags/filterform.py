"""Fields as ``as_crispy_field`` draws them, but in one go: not by a template for each field and option.

A list has sixty options; drawn one by one they cost more than its fifty rows. A page that decides has ten fields.
"""

from collections.abc import Iterator
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from projects.filters import MasterData

register = template.Library()


@register.filter
def filter_field(field: BoundField) -> SafeString:
    """``{{ filter.form.jahr|filter_field }}``: a text, choice or checkbox field, its label and its errors."""
    if isinstance(widget := field.field.widget, forms.CheckboxInput):
        own: dict[str, Any] = {"name": field.html_name, **widget.attrs, "id": field.auto_id}
        attrs = field.build_widget_attrs(own, widget) | {
            "type": widget.input_type,
            "class": f"form-check-input{' is-invalid' if field.errors else ''}",
            "checked": bool(field.value()),
        }
        return format_html(
            '<div class="mb-3"><div id="div_{0}" class="form-check"><input{1}> '
            '<label for="{0}" class="form-check-label">{2}</label>{3}</div></div>',
            field.auto_id,
            flatatt(attrs),
            field.label,
            _errors(field),
        )
    return format_html(
        '<div id="div_{0}" class="mb-3"><label for="{0}" class="form-label">{1}</label> {2}{3}</div>',
        field.auto_id,
        field.label,
        _control(field),
        _errors(field),
    )


@register.filter
def district_filter(filterset: MasterData) -> SafeString:
    """``{{ filter|district_filter }}``: a list's field ``bezirk``, with room for suggestions where it is typed."""
    drawn = filter_field(filterset.district_field)
    return drawn + mark_safe('<datalist id="bezirke"></datalist>') if filterset.has_many_districts else drawn


@register.filter
def step_field(field: BoundField) -> SafeString:
    """``{{ form.reason|step_field }}``: a text, area or choice field with its label, errors and help."""
    return format_html(
        '<div id="div_{0}" class="mb-3"><label for="{0}" class="form-label{1}">{2}{3}</label> {4}{5}{6}</div>',
        field.auto_id,
        " requiredField" if field.field.required else "",
        field.label,
        mark_safe('<span class="asteriskField">*</span>') if field.field.required else "",
        _control(field),
        _errors(field),
        format_html('<div id="{}_helptext" class="form-text">{}</div>', field.auto_id, field.help_text)
        if field.help_text
        else "",
    )


@register.filter("control")
def _control(field: BoundField) -> SafeString:
    widget = field.field.widget
    own: dict[str, Any] = {"name": field.html_name, **widget.attrs, "id": field.auto_id}
    attrs = field.build_widget_attrs(own, widget)
    look = "form-select" if isinstance(widget, forms.Select) else "form-control"
    attrs["class"] = f"{widget.attrs.get('class', '')} {look}{' is-invalid' if field.errors else ''}".strip()
    if isinstance(widget, forms.Select):
        return format_html("<select{}>{}</select>", flatatt(attrs), _options(field))
    value = widget.format_value(field.value())
    if isinstance(widget, forms.Textarea):
        return format_html("<textarea{}>\n{}</textarea>", flatatt(attrs), value or "")
    return format_html("<input{}>", flatatt({**attrs, "type": widget.input_type, "value": value}))


@register.filter
def hidden_fields(form: forms.BaseForm) -> SafeString:
    """``{{ form|hidden_fields }}``: key, step and what else the form carries unseen."""
    return format_html_join(
        "",
        '<input type="hidden" name="{}"{} id="{}">',
        (
            (f.html_name, flatatt({"value": f.field.widget.format_value(f.value())}), f.auto_id)
            for f in form.hidden_fields()
        ),
    )


def _options(field: BoundField) -> SafeString:
    chosen = str(field.value() or "")

    def options() -> Iterator[tuple[Any, SafeString | str, Any]]:
        for value, label in field.field.widget.choices:
            selected = mark_safe(" selected") if str(value) == chosen else ""
            yield value, selected, label

    return format_html_join("\n", '<option value="{}"{}>{}</option>', options())


@register.filter("field_errors")
def _errors(field: BoundField) -> SafeString | str:
    if not field.errors:
        return ""
    shown = format_html_join(
        "",
        '<p id="error_{}_{}"><strong>{}</strong></p>',
        ((number, field.auto_id, error) for number, error in enumerate(field.errors, 1)),
    )
    return format_html('<div id="{}_error" class="invalid-feedback">{}</div>', field.auto_id, shown)
