"""Two people change the same project: what each of them changed, and how both changes are joined.

The form carries short digests of the values it was opened with (``base``).
So three values are compared for each field and each row of the plan:
what the form was opened with, what was typed, and what somebody else has stored meanwhile.
What only the other person changed is taken over. What only this form changed stays as typed.
What both changed is asked.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from members.common.keys import is_key
from members.common.money import format_euro
from members.common.texts import normal
from projects.forms import ProjectEditor, RowForm, RowFormSet
from projects.models import Project

#: A field named ``take-<key>`` carries a choice: empty for one's own value.
#: For the stored value it carries the digest of one's own value as it was shown.
TAKE = "take-"
ROWS = {"costs": "Kosten", "others": "Weitere Finanzierung"}


@dataclass(frozen=True)
class Entry:
    """A field or a row of the plan: ``value`` is compared, ``text`` is shown (empty: nothing there)."""

    label: str
    value: str
    text: str
    disabled: bool = False

    @property
    def digest(self) -> str:
        return sha256(self.value.encode()).hexdigest()[:10]


@dataclass(frozen=True)
class Difference:
    """A field or row that differs: what was typed (``mine``) and what is stored (``theirs``)."""

    key: str
    label: str
    mine: str
    theirs: str
    #: The digest of one's own value that the choice is about.
    token: str
    is_row: bool

    @property
    def name(self) -> str:
        return f"{TAKE}{self.key}"


@dataclass
class Comparison:
    """What differs between what was typed and what is stored.

    ``conflicts`` were changed by both and are asked.
    ``taken`` were changed only by the other person and are taken over.
    ``fixed`` were typed but cannot be saved any more.
    """

    conflicts: list[Difference] = field(default_factory=list)
    taken: list[Difference] = field(default_factory=list)
    fixed: list[Difference] = field(default_factory=list)


def base_of(editor: ProjectEditor) -> str:
    """Return the digests that the form carries along; a form that was sent keeps its own. No query."""
    if editor.data is not None:
        return str(editor.data.get("base", ""))
    return json.dumps({key: entry.digest for key, entry in _entries(editor).items()})


def compare(typed: ProjectEditor, stored: ProjectEditor, *, may_edit: bool) -> Comparison:
    """Return what differs between what was typed in every field and what is stored."""
    base = _read_base(typed)
    mine, theirs = _entries(typed, texts=True), _entries(stored, texts=True)
    found = Comparison()
    closed = stored.project is not None and stored.project.state not in Project.OPEN_TO_EDIT
    for key in [*mine, *(key for key in theirs if key not in mine)]:
        is_row = key.split("-")[0] in ROWS
        # One of the two forms may lack the field or the row.
        nothing = Entry((mine.get(key) or theirs[key]).label, "", "", disabled=closed and not is_row)
        m, t = mine.get(key, nothing), theirs.get(key, nothing)
        before = base.get(key, nothing.digest) if base else None
        if m.digest == t.digest:
            continue
        difference = Difference(key, m.label, m.text, t.text, m.digest, is_row)
        if not may_edit or t.disabled:
            if before != m.digest and not (t.disabled and not _was_sent(typed, key)):
                found.fixed.append(difference)
        elif before == m.digest:
            found.taken.append(difference)
        elif before != t.digest:
            found.conflicts.append(difference)
    return found


def differs(typed: ProjectEditor, stored: ProjectEditor) -> bool:
    """Return whether the form says anything else than what is stored."""
    found = compare(typed, stored, may_edit=True)
    new_rows = any(
        not row["id"].value() and (row["label"].value() or row["amount"].value())
        for prefix in ROWS
        for row in getattr(typed, prefix).forms
    )
    return bool(new_rows or found.conflicts or found.taken or found.fixed)


def merged(data: QueryDict, comparison: Comparison, stored: ProjectEditor) -> QueryDict:
    """Return the form's data with the other person's changes, ``version`` and ``base`` taken over."""
    assert stored.project is not None
    data = take(data, [d.key for d in comparison.taken], stored)
    data["version"] = str(stored.project.version)
    data["base"] = base_of(stored)
    return data


def sent_again(data: QueryDict, made: ProjectEditor) -> QueryDict:
    """Return the form that made this project, sent once more, as a form that changes it.

    Its rows of the plan know no stored rows. Each gets the stored one of its name, or else of its place.
    """
    assert made.project is not None
    data = data.copy()
    data["version"] = str(made.project.version)
    for prefix in ROWS:
        stored = [row for row in getattr(made, prefix).forms if row["id"].value()]
        total = data.get(f"{prefix}-TOTAL_FORMS", "0")
        count = min(int(total), getattr(made, prefix).absolute_max) if is_key(total) else 0
        # A formset skips a row that it takes for an empty one as it was shown.
        data[f"{prefix}-INITIAL_FORMS"] = str(count)
        for by_name in (True, False):
            for index in range(count):
                label = data.get(f"{prefix}-{index}-label", "").strip()
                if not label or data.get(f"{prefix}-{index}-id"):
                    continue
                same = [row for row in stored if not by_name or str(row["label"].value()).strip() == label]
                if same:
                    data[f"{prefix}-{index}-id"] = str(same[0]["id"].value())
                    stored.remove(same[0])
    return data


def chosen(typed: ProjectEditor) -> list[str]:
    """Return the keys for which the stored value was chosen, about one's own value as it still is."""
    choices = {n.removeprefix(TAKE): v for n, v in typed.data.items() if n.startswith(TAKE) and v}
    if not choices:
        return []
    mine = _entries(typed)
    empty = Entry("", "", "")
    return [key for key, token in choices.items() if mine.get(key, empty).digest == token]


def take(data: QueryDict, keys: list[str], stored: ProjectEditor) -> QueryDict:
    """Return a copy of the form's data with the stored values of these fields and rows."""
    data = data.copy()
    for key in keys:
        prefix = key.split("-")[0]
        if prefix in ROWS:
            _take_row(data, prefix, key.removeprefix(f"{prefix}-"), getattr(stored, prefix))
            continue
        # The stored form may have no fields for this district.
        data.pop(key, None)
        for form in (stored.form, stored.pots):
            if key in form.fields:
                _put(data, form[key].html_name, form[key].value())
    return data


def _take_row(data: QueryDict, prefix: str, row_id: str, stored: RowFormSet) -> None:
    total = data.get(f"{prefix}-TOTAL_FORMS", "0")
    count = min(int(total), stored.absolute_max) if is_key(total) else 0
    index = next((n for n in range(count) if data.get(f"{prefix}-{n}-id") == row_id), count)
    row = next((f for f in stored.forms if str(f["id"].value()) == row_id), None)
    if row is None:
        data[f"{prefix}-{index}-DELETE"] = "on"
        return
    if index == count:
        data[f"{prefix}-TOTAL_FORMS"] = str(count + 1)
    data.pop(f"{prefix}-{index}-DELETE", None)
    for name in ("id", *row.columns):
        _put(data, f"{prefix}-{index}-{name}", row[name].value())


def _put(data: QueryDict, name: str, value: Any) -> None:
    if isinstance(value, list | tuple):
        data.setlist(name, [str(v) for v in value])
    elif value is None or value is False:
        data.pop(name, None)
    else:
        data[name] = "on" if value is True else str(value)


def _read_base(typed: ProjectEditor) -> Mapping[str, str] | None:
    """Return the form's digests; None for a form without: then everything that differs is asked."""
    try:
        base = json.loads(typed.data.get("base", ""))
    except ValueError:
        return None
    return base if isinstance(base, dict) else None


def _was_sent(typed: ProjectEditor, key: str) -> bool:
    """Return whether the field was sent. Browsers leave out disabled fields, so those were not typed."""
    return key.split("-")[0] in ROWS or key in typed.pots.data


def _entries(editor: ProjectEditor, *, texts: bool = False) -> dict[str, Entry]:
    """Return every field and stored row (nobody else changed new ones) by its key. Queries for ``texts``."""
    found: dict[str, Entry] = {}
    for form in (editor.form, editor.pots):
        for name, form_field in form.fields.items():
            if form[name].is_hidden:
                continue
            label = str(form_field.label)
            if name.startswith("takes_part_"):
                label = f"Beteiligung {label}"
            text = _text(form[name]) if texts else ""
            found[name] = Entry(label, _value(form[name]), text, form_field.disabled)
    for prefix, label in ROWS.items():
        for row in getattr(editor, prefix).forms:
            if row["id"].value():
                value, text = _row(row)
                found[f"{prefix}-{row['id'].value()}"] = Entry(label, value, text)
    return found


def _row(row: RowForm) -> tuple[str, str]:
    values = {name: _value(row[name]) for name in row.columns}
    if row["DELETE"].value() or not (values["label"] or values["amount"]):
        return "", ""
    texts = [_text(row[name]) for name in row.columns if values[name] and name != "amount"]
    return json.dumps(values), f"{', '.join(texts)}: {_text(row['amount']) or 'ohne Betrag'}"


def _value(bound: forms.BoundField) -> str:
    """Return the field's value in one spelling, however it was typed."""
    value = bound.value()
    if isinstance(value, list | tuple):
        return json.dumps(sorted(str(v) for v in value))
    if isinstance(bound.field, forms.BooleanField):
        return "on" if bound.field.to_python(value) else ""
    if value is None:
        return ""
    cleaned = _clean(bound)
    return normal(str(value if cleaned is None else cleaned), lines=True)


def _clean(bound: forms.BoundField) -> date | Decimal | None:
    """Return the date or the amount in the field; None for other fields and for nonsense."""
    try:
        cleaned = None if hasattr(bound.field, "choices") else bound.field.to_python(bound.value())
    except ValidationError:
        return None
    return cleaned if isinstance(cleaned, date | Decimal) else None


def _text(bound: forms.BoundField) -> str:
    value = bound.value()
    if hasattr(bound.field, "choices"):
        names = {str(key): str(name) for key, name in bound.field.choices if str(key)}
        values = value if isinstance(value, list | tuple) else [value]
        return ", ".join(names.get(str(v), str(v)) for v in values if v not in (None, ""))
    if isinstance(bound.field, forms.BooleanField):
        return "ja" if _value(bound) else "nein"
    cleaned = _clean(bound)
    if isinstance(cleaned, Decimal):
        return format_euro(cleaned)
    return f"{cleaned:%d.%m.%Y}" if cleaned else _value(bound)
