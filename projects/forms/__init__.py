"""The project form: descriptive fields, two sets of rows, and the amounts from pots.

A draft can be saved with nothing filled in. ``projects.missing`` says what handing in still needs.
"""

from projects.forms.editor import ProjectEditor
from projects.forms.participation import DeclineForm
from projects.forms.rows import RowForm, RowFormSet

__all__ = ["DeclineForm", "ProjectEditor", "RowForm", "RowFormSet"]
