from projects.views.attachments import attachment, attachment_preview, attachments, remove_attachment
from projects.views.comments import comments
from projects.views.comments import read as comments_read
from projects.views.comments import take_back as comment_take_back
from projects.views.drafts import copy, delete
from projects.views.form import create, edit
from projects.views.history import history
from projects.views.listing import project_export, project_list
from projects.views.organiser import organiser
from projects.views.participation import confirm, decline
from projects.views.project import detail, draft, publish
from projects.views.sheet import sheet

__all__ = [
    "attachment", "attachment_preview", "attachments", "comment_take_back", "comments", "comments_read", "confirm",
    "copy", "create", "decline", "delete", "detail", "draft", "edit", "history", "organiser", "project_export", "project_list",
    "publish", "remove_attachment", "sheet",
]  # fmt: skip
