"""The app of the ground floor. It has no tables and imports nothing of our other apps."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """An app without tables, so that its template tags are found."""

    name = "members.common"
    label = "common"
