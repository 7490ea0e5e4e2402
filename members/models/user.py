"""Accounts."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.password_validation import validate_password
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from members.common import fields
from members.models.person import Person


class UserManager(BaseUserManager["User"]):
    """Creates accounts and finds them by their e-mail address in any case."""

    use_in_migrations = True

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an account with its address in small letters. Without a password nobody can sign in."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Raises ValidationError for a password that is easy to guess. Django would only ask once more."""
        if password is not None:
            validate_password(password, self.model(email=email, **fields))
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class MailFrequency(models.TextChoices):
    """How often messages about projects and applications come. Invitations always go out at once."""

    AT_ONCE = "now", "sofort"
    DAILY = "daily", "einmal am Tag, gesammelt"
    NEVER = "never", "nie"


class User(AbstractBaseUser, PermissionsMixin):
    """An account. It signs in by e-mail. Its rights follow from its groups and its person's mandates."""

    email = fields.EmailField("E-Mail-Adresse", unique=True)
    person = models.OneToOneField(
        Person, models.SET_NULL, null=True, blank=True, related_name="user", verbose_name="Person"
    )
    is_active = models.BooleanField("aktiv", default=True)
    is_staff = models.BooleanField("darf in die Verwaltung", default=False)
    date_joined = models.DateTimeField("angelegt am", default=timezone.now, editable=False)
    invited_at = models.DateTimeField("eingeladen am", null=True, blank=True, editable=False)
    invited_by = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="eingeladen von",
    )
    mail_frequency = models.CharField(
        "Nachrichten per E-Mail", max_length=6, choices=MailFrequency.choices, default=MailFrequency.AT_ONCE
    )
    #: How often the account was locked. Only a trigger counts it (``members.accounts.guards``).
    locks = models.PositiveIntegerField("Sperrungen", default=0, editable=False)
    sees_guide = models.BooleanField("sieht den Wegweiser auf der Startseite", default=True, editable=False)

    #: The watched values as stored before a save, for ``members.accounts.events``.
    stored: dict[str, Any] | None = None

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "Benutzerkonto"
        verbose_name_plural = "Benutzerkonten"
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once_any_case"),
        ]

    def __str__(self) -> str:
        return str(self.person) if self.person else self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.lower()

    def get_session_auth_hash(self) -> str:
        """Return the hash that ends a session when password, address or lock have changed since it began."""
        return self._auth_hash()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._auth_hash(secret)

    def _auth_hash(self, secret: str | bytes | None = None) -> str:
        state = f"{self.password}|{self.email}|{self.locks}"
        return salted_hmac("members.session", state, secret=secret, algorithm="sha256").hexdigest()

    @property
    def may_choose_password(self) -> bool:
        """Return whether a link for a password may be mailed. Not before the account is invited."""
        return self.has_usable_password() or self.is_invited

    @property
    def is_invited(self) -> bool:
        """Return whether the account is invited and its owner has chosen no password yet."""
        return self.invited_at is not None and not self.has_usable_password()
