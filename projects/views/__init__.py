from projects.views.drafts import copy, delete
from projects.views.history import history
from projects.views.participation import confirm, decline
from projects.views.project import create, detail, draft, edit, project_list, publish

__all__ = [
    "confirm", "copy", "create", "decline", "delete", "detail", "draft", "edit", "history", "project_list",
    "publish",
]  # fmt: skip
