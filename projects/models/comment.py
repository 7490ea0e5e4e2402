"""Comments on a project, and how far each person has read them."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from members.common import fields
from members.models import District, User
from projects.models.project import Project, concerning

if TYPE_CHECKING:
    from members.roles.permissions import Roles


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, roles: "Roles") -> Self:
        """Return the comments that these roles may read, of projects that they may see.

        Readers of all figures read what is shared, directors what is shared in projects with their districts.
        A note is read only by its own district, or only by the Wirtschaftsförderung.
        """
        A = Comment.Audience
        own = roles.district_ids
        seen = Q(audience=A.DISTRICT, district__in=own)
        shared = Q(audience=A.SHARED)
        seen |= shared if roles.reads_all else shared & concerning(own, "project__")
        if roles.is_business_development:
            seen |= Q(audience=A.STAFF)
        return self.filter(seen)

    def unread_by(self, user: int | None) -> Self:
        """Return the comments by others that this user (key) has not read yet."""
        read = CommentReading.objects.filter(
            project_id=models.OuterRef("project_id"),
            user=user,
            up_to_id__gte=models.OuterRef("pk"),
        )
        return self.exclude(author=user).exclude(models.Exists(read))


class Comment(models.Model):
    """A comment on a project, for the audience that its author chose.

    Plain text, never public and never changed. ``author_role`` is the author's role at that time.
    """

    class Audience(models.TextChoices):
        SHARED = "shared", "Stadtbezirke und Wirtschaftsförderung"
        DISTRICT = "district", "nur eigener Stadtbezirk"
        STAFF = "staff", "nur Wirtschaftsförderung"

    MAX_LENGTH = 4000

    project = models.ForeignKey(Project, models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="von")
    author_role = models.CharField("als", max_length=200)
    text = fields.TextField("Kommentar", max_length=MAX_LENGTH)
    audience = models.CharField("Wer liest mit?", max_length=10, choices=Audience.choices)
    district = models.ForeignKey(
        District, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="Stadtbezirk"
    )
    created_at = models.DateTimeField("geschrieben", auto_now_add=True, db_index=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = "Kommentar"
        verbose_name_plural = "Kommentare"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(audience="district", district__isnull=False)
                | (~Q(audience="district") & Q(district__isnull=True)),
                name="comment_of_a_district_names_it",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="comment_says_something"),
        ]

    def __str__(self) -> str:
        return f"Kommentar von {self.author}"

    @property
    def is_shared(self) -> bool:
        return self.audience == self.Audience.SHARED

    @property
    def is_for_staff(self) -> bool:
        return self.audience == self.Audience.STAFF


class CommentReading(models.Model):
    """How far a person has read a project's comments, and since when."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="readings")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    up_to = models.ForeignKey(Comment, models.CASCADE, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        verbose_name = "Lesestand"
        verbose_name_plural = "Lesestände"
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="one_reading_per_person_and_project"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: bis {self.up_to_id}"
