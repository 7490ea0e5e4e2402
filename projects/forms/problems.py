"""What stands against saving or handing in, in the form's order, each with the field to correct."""

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms

from projects.forms import ProjectEditor

#: The fields above the costs, in the order of the page.
BEFORE_COSTS = (
    "title", "summary", "aims", "value_creation", "main_field", "project_group", "further_fields", "year",
    "lead_district", "starts_on", "ends_on", "place", "measure", "organiser_name", "contact",
)  # fmt: skip
ROWS = {"costs": "Kostenposition", "others": "Finanzierungsposition"}


@dataclass(frozen=True)
class Problem:
    """One thing to correct, and the id of its element on the page; empty for a sentence about no field."""

    sentence: str
    label: str = ""
    anchor: str = ""


def problems(editor: ProjectEditor) -> Iterator[Problem]:
    """Yield everything to correct, in the form's order."""
    form, missing = editor.form, editor.missing
    for sentence in [*form.non_field_errors(), *form["version"].errors]:
        yield Problem(str(sentence))
    for name in BEFORE_COSTS:
        yield from _of_field(form[name])
    if "costs" in missing:
        yield Problem(missing["costs"], "Kosten", "id_costs-0-label")
    yield from _of_rows(editor, "costs")
    pots = editor.pots
    if "pots" in missing:
        yield Problem(missing["pots"], "Aus Mitteln des Vereins", pots["own_share"].id_for_label)
    for name in pots.fields:
        yield from _of_field(pots[name])
        if name == "pillar_2":
            yield from _of_field(form["special_importance"])
    if "special" in missing:
        yield Problem(missing["special"], "Sondertopf", pots["special_code"].id_for_label)
    for sentence in pots.non_field_errors():
        yield Problem(str(sentence))
    yield from _of_rows(editor, "others")
    yield from _of_field(form["chosen_kind"])
    if "plan" in missing:
        yield Problem(missing["plan"], "Finanzierungsplan", "plan-error")


def _of_field(bound: forms.BoundField, label: str = "", anchor: str = "") -> Iterator[Problem]:
    for sentence in bound.errors:
        # A group of boxes has no element with the field's own id; this is the id of its first box.
        place = anchor or bound.id_for_label or f"{bound.auto_id}_0"
        yield Problem(str(sentence), label or str(bound.label), place)


def _of_rows(editor: ProjectEditor, prefix: str) -> Iterator[Problem]:
    formset = getattr(editor, prefix)
    for sentence in formset.non_form_errors():
        yield Problem(str(sentence))
    for number, row in enumerate(formset.forms, 1):
        for bound in row:
            label = f"{ROWS[prefix]} {number}, {bound.label}"
            # A link cannot lead to a hidden field, but to its row.
            yield from _of_field(bound, label, row["label"].id_for_label if bound.is_hidden else "")
