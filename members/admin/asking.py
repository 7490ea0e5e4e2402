"""Admin forms that ask once more before they save what may be a slip."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db import models
from django.urls import reverse

from members.common.asking import Asking, Doubt
from members.common.fields import FoldedField


class DoubtForm(Asking, forms.ModelForm):
    """Asks about what was typed, once it is valid."""

    def doubts(self, data: dict[str, Any]) -> Iterable[Doubt]:
        """Return what may be a slip in the valid data."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            self.ask(self.doubts(data))
        return data


class SameNameForm(DoubtForm):
    """Asks where another row has the same name in any spelling. Namesakes exist, so it refuses none."""

    #: Fields within which a name is the same, e.g. those of one district.
    within: tuple[str, ...] = ()

    def doubts(self, data: dict[str, Any]) -> Iterable[Doubt]:
        model: Any = self._meta.model
        key = model._meta.get_field("folded_name")
        assert isinstance(key, FoldedField)
        if not {*key.of, *self.within} & set(self.changed_data):
            return
        typed = {name: data[name] for name in key.of}
        same = model.objects.filter(
            folded_name=key.key(model(**typed)), **{name: data[name] for name in self.within}
        )
        for row in same.exclude(pk=self.instance.pk):
            page = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_change", args=[row.pk])
            yield Doubt(f"Es gibt schon {self.told(row)}, bitte prüfen.", page)

    def told(self, row: models.Model) -> str:
        """Return what there is already, so that it can be told from what was typed."""
        return f"„{row}“"
