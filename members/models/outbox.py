"""The outbox: mails that wait, went out or failed."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from members.common import fields
from members.models.address_change import AddressChange
from members.models.district import District
from members.models.user import User


class MailedLink(models.TextChoices):
    """What the link in a mail opens (``members.post.links``)."""

    INVITATION = "invitation", "Einladung"
    PASSWORD = "password", "neues Passwort"
    ADDRESS = "address", "neue Adresse bestätigen"
    STOP = "stop", "neue Adresse stoppen"
    LETTER = "letter", "Schreiben lesen und annehmen"


class OutboxMail(models.Model):
    """A mail that waits to be sent. It is claimed under a lock before that, so that it never goes out twice.

    A notice names its ``template`` and the rows it is ``about``; its text is made when it is sent.
    A notice for somebody who wants one mail a day, or about a comment, waits as ``GATHERED``.
    ``members.post.digest`` puts the due ones into one mail and marks them ``MERGED``.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "wartet"
        GATHERED = "gathered", "wartet auf die Sammelnachricht"
        SENDING = "sending", "wird gesendet"
        SENT = "sent", "gesendet"
        MERGED = "merged", "in der Sammelnachricht"
        SKIPPED = "skipped", "nicht gesendet: nicht mehr zuständig"
        FAILED = "failed", "nicht zugestellt"
        DONE = "done", "nicht zugestellt, erledigt"

    recipient = fields.EmailField("an")
    #: Names a project, perhaps one that is not published. So, like the text, nobody else reads it.
    subject = models.CharField("Betreff", max_length=200)
    #: What the mail is about in words that everybody of the administration may read: no project, no name.
    occasion = models.CharField("Anlass", max_length=200, default="Nachricht")
    folded_occasion = fields.FoldedField(of=["occasion"])
    #: Has ``links.PLACE`` where the link belongs. So no stored text gives access to anything.
    body = models.TextField("Text", blank=True)
    html = models.TextField("HTML", blank=True)
    template = models.CharField("Vorlage", max_length=40, blank=True, editable=False)
    about = models.JSONField(
        "handelt von", default=dict, blank=True, editable=False, encoder=DjangoJSONEncoder
    )
    link = models.CharField("Link", max_length=10, choices=MailedLink.choices, blank=True)
    sender = models.CharField("von", max_length=200, blank=True)
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("Versuche", default=0)
    not_before = models.DateTimeField("frühestens", default=timezone.now)
    created_at = models.DateTimeField("angelegt", auto_now_add=True)
    claimed_at = models.DateTimeField("Versand begonnen", null=True, blank=True)
    sent_at = models.DateTimeField("gesendet", null=True, blank=True)
    error = models.CharField("letzter Fehler", max_length=300, blank=True)
    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="Benutzerkonto"
    )
    #: A mail about a change of address goes to ``recipient``, whatever the account's address is by then.
    address_change = models.ForeignKey(
        AddressChange, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    key = models.CharField("Schlüssel", max_length=120, unique=True, null=True, blank=True)
    #: Why this person gets it. Sent only while they direct the district, or belong to the group.
    district = models.ForeignKey(
        District, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="wegen Stadtbezirk"
    )
    group = models.CharField("wegen Gruppe", max_length=80, blank=True)

    class Meta:
        verbose_name = "Nachricht im Postausgang"
        verbose_name_plural = "Postausgang"
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["state", "not_before"], name="outbox_due")]

    def __str__(self) -> str:
        return f"{self.occasion} ({self.get_state_display()})"

    @property
    def message_id(self) -> str:
        """Return the Message-ID. Always the same, so that the receiver can discard a second copy."""
        host = urlsplit(settings.SITE_URL).hostname or "localhost"
        return f"<{self.pk}.{self.created_at:%Y%m%d%H%M%S%f}@{host}>"
