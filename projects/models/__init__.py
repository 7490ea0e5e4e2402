from projects.models.attachment import Attachment
from projects.models.change import ProjectChange
from projects.models.comment import Comment, CommentReading
from projects.models.project import (
    CostItem,
    FieldOfAction,
    FinancingItem,
    NumberSeries,
    Participation,
    Project,
)

__all__ = [
    "Attachment", "Comment", "CommentReading", "CostItem", "FieldOfAction", "FinancingItem", "NumberSeries",
    "Participation", "Project", "ProjectChange",
]  # fmt: skip
