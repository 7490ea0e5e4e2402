"""The sign-in backend. Every session stores the path of its class, so it must not move."""

from allauth.account.auth_backends import AuthenticationBackend


class Backend(AuthenticationBackend):
    """Signs in as allauth does. An account that is no longer active is signed out."""
