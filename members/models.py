from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone


class DatedQuerySet(models.QuerySet):
    """Rows with ``since`` and ``until`` (both inclusive local dates, ``until`` empty = open end)."""

    def active_on(self, day: date) -> Self:
        return self.filter(since__lte=day).exclude(until__lt=day)


class District(models.Model):
    """One of the twelve Stadtbezirke; loaded by a data migration."""

    name = models.CharField("Name", max_length=60, unique=True)
    slug = models.SlugField("Adresse", max_length=60, unique=True)
    code = models.CharField(
        "Kürzel", max_length=3, unique=True, help_text="Steht in jeder Projektnummer, z. B. APL."
    )
    column = models.PositiveSmallIntegerField("Spalte im Kachelplan")
    row = models.PositiveSmallIntegerField("Zeile im Kachelplan")

    class Meta:
        verbose_name = "Stadtbezirk"
        verbose_name_plural = "Stadtbezirke"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["column", "row"], name="district_tile_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("district", args=[self.slug])


class Person(models.Model):
    given_name = models.CharField("Vorname", max_length=80)
    family_name = models.CharField("Nachname", max_length=80)
    publish_name = models.BooleanField(
        "Name darf veröffentlicht werden",
        default=False,
        help_text="Nur mit Einwilligung ankreuzen. Ohne Einwilligung erscheint der Name auf keiner öffentlichen Seite.",
    )

    class Meta:
        verbose_name = "Person"
        verbose_name_plural = "Personen"
        ordering = ["family_name", "given_name"]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"


class Organisation(models.Model):
    """A club, school, company or office; also the organiser of a project."""

    name = models.CharField("Name", max_length=160, unique=True)
    place = models.CharField("Ort", max_length=80, blank=True)
    website = models.URLField("Webseite", blank=True)

    class Meta:
        verbose_name = "Organisation"
        verbose_name_plural = "Organisationen"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """An account. Signs in by e-mail; what it may do follows from its groups and its person's mandates."""

    email = models.EmailField("E-Mail-Adresse", unique=True)
    person = models.OneToOneField(
        Person, models.SET_NULL, null=True, blank=True, related_name="user", verbose_name="Person"
    )
    is_active = models.BooleanField("aktiv", default=True)
    is_staff = models.BooleanField("darf in die Verwaltung", default=False)
    date_joined = models.DateTimeField("angelegt am", default=timezone.now, editable=False)

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


class Mandate(models.Model):
    """What a person does for a district, from a day until a day. District rights follow from it alone."""

    class Kind(models.TextChoices):
        MANAGING_DIRECTOR = "managing_director", "Geschäftsführung der Bezirksvertretung"
        DEPUTY = "deputy", "Vertretung der Geschäftsführung"
        DISTRICT_MAYOR = "district_mayor", "Bezirksbürgermeisterin/Bezirksbürgermeister"

    DIRECTING = (Kind.MANAGING_DIRECTOR, Kind.DEPUTY)

    person = models.ForeignKey(Person, models.PROTECT, related_name="mandates", verbose_name="Person")
    district = models.ForeignKey(
        District, models.PROTECT, related_name="mandates", verbose_name="Stadtbezirk"
    )
    kind = models.CharField("Art", max_length=20, choices=Kind.choices)
    since = models.DateField("von")
    until = models.DateField(
        "bis",
        null=True,
        blank=True,
        help_text="Letzter Tag des Mandats. Leer lassen, solange das Ende offen ist.",
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "Mandat"
        verbose_name_plural = "Mandate"
        ordering = ["district", "kind", "-since"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="mandate_until_not_before_since",
                violation_error_message="Das Ende darf nicht vor dem Beginn liegen.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.district}: {self.person}"


class Body(models.Model):
    """A Gremium of a district."""

    class Kind(models.TextChoices):
        STEERING = "lenkungsgremium", "Lenkungsgremium"
        MARKETING = "marketinggruppe", "Marketinggruppe"
        FORUM = "buergerforum", "Bürgerforum"
        PROJECT_GROUP = "projektgruppe", "Projektgruppe"

    kind = models.CharField("Art", max_length=20, choices=Kind.choices)
    district = models.ForeignKey(District, models.PROTECT, related_name="bodies", verbose_name="Stadtbezirk")
    name = models.CharField("Name", max_length=120)
    since = models.DateField("besteht seit", default=date(2003, 1, 1))
    until = models.DateField("bestand bis", null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "Gremium"
        verbose_name_plural = "Gremien"
        ordering = ["district", "kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["district", "name"], name="body_name_once_per_district"),
            models.UniqueConstraint(
                fields=["district"],
                condition=models.Q(kind="lenkungsgremium", until__isnull=True),
                name="one_steering_body_per_district",
                violation_error_message="Dieser Stadtbezirk hat schon ein Lenkungsgremium.",
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="body_until_not_before_since",
                violation_error_message="Das Ende darf nicht vor dem Beginn liegen.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Resolution(models.Model):
    """A Beschluss of a body with its votes. It backs at most one funding decision (held by funding)."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="resolutions", verbose_name="Gremium")
    date = models.DateField("Datum der Sitzung")
    votes_yes = models.PositiveSmallIntegerField("Ja-Stimmen")
    votes_no = models.PositiveSmallIntegerField("Nein-Stimmen", default=0)
    votes_abstained = models.PositiveSmallIntegerField("Enthaltungen", default=0)
    amount_cents = models.PositiveBigIntegerField("beschlossener Betrag in Cent")
    text = models.CharField(
        "Beschluss",
        max_length=300,
        blank=True,
        help_text="Wortlaut oder Nummer, z. B. TOP 4 der Niederschrift.",
    )
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="erfasst von")
    recorded_at = models.DateTimeField("erfasst am", auto_now_add=True)

    class Meta:
        verbose_name = "Beschluss"
        verbose_name_plural = "Beschlüsse"
        ordering = ["-date"]

    def __str__(self) -> str:
        return f"{self.body}, {self.date:%d.%m.%Y} ({self.votes})"

    @property
    def amount(self) -> Decimal:
        """The resolved amount in euro."""
        return Decimal(self.amount_cents).scaleb(-2)

    @property
    def carried(self) -> bool:
        """A simple majority: more yes than no; abstentions do not count."""
        return self.votes_yes > self.votes_no

    @property
    def votes(self) -> str:
        return f"{self.votes_yes} Ja, {self.votes_no} Nein, {self.votes_abstained} Enthaltungen"


class OutboxMail(models.Model):
    """A mail waiting to be sent. Claimed under a lock before delivery, so that it never goes out twice."""

    class State(models.TextChoices):
        WAITING = "waiting", "wartet"
        SENDING = "sending", "wird gesendet"
        SENT = "sent", "gesendet"
        FAILED = "failed", "aufgegeben"

    recipient = models.EmailField("an")
    subject = models.CharField("Betreff", max_length=200)
    body = models.TextField("Text")
    html = models.TextField("HTML", blank=True)
    sender = models.CharField("von", max_length=200, blank=True)
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("Versuche", default=0)
    not_before = models.DateTimeField("frühestens", default=timezone.now)
    created_at = models.DateTimeField("angelegt", auto_now_add=True)
    sent_at = models.DateTimeField("gesendet", null=True, blank=True)
    error = models.CharField("letzter Fehler", max_length=300, blank=True)

    class Meta:
        verbose_name = "Nachricht im Postausgang"
        verbose_name_plural = "Postausgang"
        ordering = ["created_at"]
        indexes = [models.Index(fields=["state", "not_before"], name="outbox_due")]

    def __str__(self) -> str:
        return f"{self.subject} ({self.get_state_display()})"
