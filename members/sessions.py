"""Sessions in the database, as Django's; every page asks for one, so the question is prepared."""

from datetime import datetime

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from members.prepared import prepared


@prepared
def _valid(key: str, now: datetime) -> "QuerySet[Session]":
    return Session.objects.filter(session_key=key, expire_date__gt=now)


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        for session in _valid(self.session_key or "", timezone.now()):
            return session
        self._session_key = None
        return None
