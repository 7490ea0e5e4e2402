"""Signing in as allauth does it; every page asks for the user, so the question is prepared."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet

from members.models import User
from members.prepared import prepared


@prepared
def _by_key(key: int) -> "QuerySet[User]":
    return User.objects.filter(pk=key)


class Backend(AuthenticationBackend):
    def get_user(self, user_id: Any) -> User | None:
        for user in _by_key(user_id):
            return user if self.user_can_authenticate(user) else None
        return None
