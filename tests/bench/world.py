"""The people and the rows of a loaded database that the parts look at."""

from functools import cached_property

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Count

from funding.models import Application, Pot
from members.models import District, Mandate, User
from projects.models import Project
from tests.load import words


class World:
    """Chosen by rule, so that every size has the same kind of row."""

    @cached_property
    def year(self) -> int:
        return Project.objects.order_by("-year").values_list("year", flat=True)[0]

    @cached_property
    def district(self) -> District:
        """The one with most projects."""
        first = Project.objects.values_list("lead_district").annotate(n=Count("pk")).order_by("-n")[0][0]
        return District.objects.get(pk=first)

    @cached_property
    def director(self) -> User:
        held = Mandate.objects.filter(kind="managing_director", district=self.district)
        return User.objects.get(person__in=held.values("person"))

    def account(self, local_part: str) -> User:
        return User.objects.get(email=f"{local_part}@example.org")

    @cached_property
    def cookies(self) -> dict[str, str]:
        users = {
            "director": self.director,
            "staff": self.account("wf1"),
            "auditor": self.account("pruefung"),
            "association": self.account("verein"),
            "superuser": _superuser(),
        }
        return {"visitor": "", **{role: signed_in(user) for role, user in users.items()}}

    def project(self, **wanted: object) -> Project:
        """The director's district's newest such project; a tiny load may have none, then its newest at all."""
        own = Project.objects.filter(lead_district=self.district).order_by("-year", "pk")
        return own.filter(**wanted).first() or own[0]

    def application(self, kind: str, state: str) -> Application:
        """The newest such application, from pillar 1 of the director's own district.

        A tiny load may have none; then another that is not decided, so that its page asks the same.
        """
        every = Application.objects.filter(pot__kind=kind).order_by("-pot__year__year", "pk")
        if kind == Pot.Kind.PILLAR_1:
            every = every.filter(pot__district=self.district)
        found = every.filter(state=state)
        pending = every.filter(state__in=Application.PENDING)
        return (
            found.filter(project__lead_district=self.district).first()
            or found.first()
            or pending.first()
            or every[0]
        )

    def pot(self, kind: str) -> Pot:
        return Pot.objects.filter(kind=kind).order_by("-year__year", "pk")[0]

    #: A word that stands in every text, and one that stands in very few.
    common_word, rare_word = "nachbarschaft", words.RARE[len(words.RARE) // 2]


def _superuser() -> User:
    """Who opens Django's own administration; the load has nobody."""
    email = "boden@example.org"
    return User.objects.filter(email=email).first() or User.objects.create_superuser(email, None)


def signed_in(user: User) -> str:
    """A cookie of a session as signing in makes it."""
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
