from projects.models.attachment import Attachment
from projects.models.change import ProjectChange
from projects.models.comment import Comment, CommentReading
from projects.models.field_of_action import FieldOfAction
from projects.models.number_series import NumberSeries
from projects.models.participation import Participation
from projects.models.plan import CostItem, FinancingItem
from projects.models.project import Involvement, Project
from projects.models.search import DocumentField, SearchIndex, SearchText, WordIndex

__all__ = [
    "Attachment", "Comment", "CommentReading", "CostItem", "DocumentField", "FieldOfAction", "FinancingItem",
    "Involvement", "NumberSeries", "Participation", "Project", "ProjectChange", "SearchIndex", "SearchText", "WordIndex",
]  # fmt: skip
