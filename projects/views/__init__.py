from projects.views.drafts import copy, delete
from projects.views.history import history
from projects.views.project import confirm, create, detail, draft, edit, project_list, publish

__all__ = [
    "confirm", "copy", "create", "delete", "detail", "draft", "edit", "history", "project_list", "publish",
]  # fmt: skip
