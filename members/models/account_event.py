"""What happened to an account."""

from django.db import models
from django.utils import timezone

from members.models.user import User


class AccountEvent(models.Model):
    """One thing that happened to an account.

    The database lets nobody change it (``members.accounts.guards``).
    It holds no address, only hashes with the secret key. Who knows an address and that key can compare them.
    """

    class Kind(models.TextChoices):
        CREATED = "created", "Konto angelegt"
        INVITED = "invited", "eingeladen"
        SIGNED_IN = "signed_in", "angemeldet"
        SIGNED_OUT = "signed_out", "abgemeldet"
        REFUSED = "refused", "falsches Passwort"
        PASSWORD = "password", "Passwort gewählt"
        ADDRESS_ASKED = "address_asked", "neue Adresse beantragt"
        ADDRESS_RELEASED = "address_released", "neue Adresse freigegeben"
        ADDRESS_STOPPED = "address_stopped", "neue Adresse gestoppt"
        ADDRESS = "address", "Adresse geändert"
        LOCKED = "locked", "gesperrt"
        UNLOCKED = "unlocked", "Sperre aufgehoben"
        JOINED = "joined", "aufgenommen in"
        LEFT = "left", "entfernt aus"
        LINKED = "linked", "mit Person verbunden"
        UNLINKED = "unlinked", "von Person getrennt"

    at = models.DateTimeField("Wann", default=timezone.now)
    kind = models.CharField("Was", max_length=20, choices=Kind.choices)
    #: None for a wrong password at an address that has no account.
    account = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="events", verbose_name="Benutzerkonto"
    )
    #: None for what happened without a sign-in: through a mailed link, or by a command on the server.
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="durch"
    )
    #: The name of the group, or the key of the person.
    detail = models.CharField("Einzelheit", max_length=80, blank=True)
    email_hash = models.CharField("Prüfwert der E-Mail-Adresse", max_length=32, blank=True)
    network_hash = models.CharField("Prüfwert der IP-Adresse", max_length=32, blank=True)

    class Meta:
        verbose_name = "Ereignis eines Kontos"
        verbose_name_plural = "Ereignisse der Konten"
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["account", "-at"], name="account_events")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.detail}".strip()

    @property
    def by(self) -> str:
        """Return who did it, in German. Without an actor: a visitor with a network, or the server."""
        if self.actor_id:
            return "die Person selbst" if self.actor_id == self.account_id else str(self.actor)
        if not self.network_hash:
            return "das Programm"
        return "ohne Anmeldung" if self.kind == self.Kind.REFUSED else "ohne Anmeldung, über einen Link"
