"""The one-time keys of the forms that make something of a project."""

from django.db import models

from members.common.checks import stored_types
from members.common.keys import OneTimeKey
from projects.models.project import Project


class FormKey(OneTimeKey):
    """A form that arrived, and the project that it made or wrote to. A second arrival finds it by that."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = "Formularschlüssel"
        verbose_name_plural = "Formularschlüssel"
        constraints = [
            stored_types("form_key_types", integers="actor project", texts="key", moments="spent_at")
        ]
