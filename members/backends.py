"""The class is named in every session, so it keeps its place."""

from allauth.account.auth_backends import AuthenticationBackend


class Backend(AuthenticationBackend):
    """Signing in as allauth does it; an account that is no longer active is signed out."""
