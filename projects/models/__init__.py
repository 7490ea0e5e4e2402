from projects.models.attachment import Attachment
from projects.models.change import ProjectChange
from projects.models.comment import Comment, CommentReading
from projects.models.project import (
    CostItem,
    DocumentField,
    FieldOfAction,
    FinancingItem,
    Involvement,
    NumberSeries,
    Participation,
    Project,
    SearchIndex,
    SearchText,
    WordIndex,
)

__all__ = [
    "Attachment", "Comment", "CommentReading", "CostItem", "DocumentField", "FieldOfAction", "FinancingItem",
    "Involvement", "NumberSeries", "Participation", "Project", "ProjectChange", "SearchIndex", "SearchText", "WordIndex",
]  # fmt: skip
