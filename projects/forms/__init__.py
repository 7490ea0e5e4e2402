"""The project form: descriptive fields, two row sets and the amounts from the pots. Nothing is required to
save a draft; ``projects.missing`` says what handing in still needs."""

from projects.forms.editor import ProjectEditor
from projects.forms.participation import DeclineForm
from projects.forms.rows import RowForm, RowFormSet

__all__ = ["DeclineForm", "ProjectEditor", "RowForm", "RowFormSet"]
