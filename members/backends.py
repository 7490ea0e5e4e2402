"""Signing in as allauth does it; every page asks for the user and their groups, so it is one prepared question."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import F, QuerySet

from members.models import User
from members.prepared import prepared


@prepared
def _with_groups(key: int) -> "QuerySet[User]":
    """The user once for each group, or once with none."""
    return User.objects.filter(pk=key).annotate(group_name=F("groups__name")).order_by()


class Backend(AuthenticationBackend):
    def get_user(self, user_id: Any) -> User | None:
        rows: list[Any] = _with_groups(user_id)
        if not rows or not self.user_can_authenticate(rows[0]):
            return None
        user: User = rows[0]
        user.groups_asked = frozenset(row.group_name for row in rows if row.group_name is not None)
        return user
