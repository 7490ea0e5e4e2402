from projects.views.history import history
from projects.views.project import confirm, create, detail, draft, edit, project_list, publish

__all__ = ["confirm", "create", "detail", "draft", "edit", "history", "project_list", "publish"]
