from projects.models.attachment import Attachment
from projects.models.change import ProjectChange
from projects.models.comment import Comment, CommentReading
from projects.models.field_of_action import FieldOfAction
from projects.models.form_key import FormKey
from projects.models.number_series import NumberSeries
from projects.models.participation import Participation
from projects.models.plan import CostItem, FinancingItem
from projects.models.project import Project
from projects.models.search import SearchText

__all__ = [
    "Attachment", "Comment", "CommentReading", "CostItem", "FieldOfAction", "FinancingItem", "FormKey", "NumberSeries",
    "Participation", "Project", "ProjectChange", "SearchText",
]  # fmt: skip
