from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords


class DatedQuerySet(models.QuerySet):
    """Rows with ``since`` and ``until`` (both inclusive local dates, ``until`` empty = open end)."""

    def active_on(self, day: date) -> Self:
        return self.filter(models.Q(until__isnull=True) | models.Q(until__gte=day), since__lte=day)


def period(since: date, until: date | None) -> str:
    if until is None:
        return f"seit {since:%d.%m.%Y}"
    return f"{since:%d.%m.%Y} bis {until:%d.%m.%Y}"


def until_not_before_since(model: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
        name=f"{model}_until_not_before_since",
        violation_error_message="Das Ende darf nicht vor dem Beginn liegen.",
    )


class District(models.Model):
    """One of the twelve Stadtbezirke; loaded by a data migration."""

    name = models.CharField("Name", max_length=60, unique=True)
    slug = models.SlugField("Adresse", max_length=60, unique=True)
    code = models.CharField(
        "Kürzel", max_length=3, unique=True, help_text="Steht in jeder Projektnummer, z. B. APL."
    )
    column = models.PositiveSmallIntegerField("Spalte im Kachelplan")
    row = models.PositiveSmallIntegerField("Zeile im Kachelplan")

    history = HistoricalRecords()

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

    history = HistoricalRecords()

    class Meta:
        verbose_name = "Person"
        verbose_name_plural = "Personen"
        ordering = ["family_name", "given_name"]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"


class Organisation(models.Model):
    """A club, school, company or office; also the organiser of a project."""

    name = models.CharField("Name", max_length=160, unique=True)
    short_name = models.CharField(
        "Kurzname",
        max_length=20,
        blank=True,
        help_text="Wie die Satzung sie nennt, z. B. IHK. Daran erkennt die Satzungsprüfung sie.",
    )
    place = models.CharField("Ort", max_length=80, blank=True)
    website = models.URLField("Webseite", blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "Organisation"
        verbose_name_plural = "Organisationen"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["short_name"],
                condition=~models.Q(short_name=""),
                name="organisation_short_name_once",
                violation_error_message="Diesen Kurznamen hat schon eine andere Organisation.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shortest_name(self) -> str:
        return self.short_name or self.name


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


class MailFrequency(models.TextChoices):
    """When the messages about projects and applications reach a person; invitations always go at once."""

    AT_ONCE = "now", "sofort"
    DAILY = "daily", "einmal am Tag, gesammelt"
    NEVER = "never", "nie"


class User(AbstractBaseUser, PermissionsMixin):
    """An account. Signs in by e-mail; what it may do follows from its groups and its person's mandates."""

    email = models.EmailField("E-Mail-Adresse", unique=True)
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
    sees_guide = models.BooleanField("sieht den Wegweiser auf der Startseite", default=True, editable=False)

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

    @property
    def is_invited(self) -> bool:
        """Invited, and no password chosen yet."""
        return self.invited_at is not None and not self.has_usable_password()


class Tenure(models.Model):
    """From a first to a last day, with the reasons for entry and exit. It is ended, never switched off."""

    since = models.DateField("von")
    until = models.DateField(
        "bis", null=True, blank=True, help_text="Letzter Tag. Leer lassen, solange das Ende offen ist."
    )
    entry_reason = models.CharField(
        "Grund des Eintritts", max_length=200, blank=True, help_text="Zum Beispiel: Wahl am 12.03.2024."
    )
    exit_reason = models.CharField("Grund des Austritts", max_length=200, blank=True)

    objects = DatedQuerySet.as_manager()

    #: What a successor takes over.
    PLACE: ClassVar[tuple[str, ...]]

    class Meta:
        abstract = True

    def clean(self) -> None:
        """A year that was mistyped ("0024") would fill a place for two thousand years."""
        super().clean()
        mistyped = {
            name: "Bitte das Jahr prüfen."
            for name in ("since", "until")
            if (day := getattr(self, name)) and not 1945 <= day.year <= 2100
        }
        if mistyped:
            raise ValidationError(mistyped)

    @property
    def period(self) -> str:
        return period(self.since, self.until)


class Mandate(Tenure):
    """What a person does for a district, from a day until a day. District rights follow from it alone."""

    class Kind(models.TextChoices):
        MANAGING_DIRECTOR = "managing_director", "Geschäftsführung der Bezirksvertretung"
        DEPUTY = "deputy", "Vertretung der Geschäftsführung"
        DISTRICT_MAYOR = "district_mayor", "Bezirksbürgermeisterin/Bezirksbürgermeister"

    DIRECTING = (Kind.MANAGING_DIRECTOR, Kind.DEPUTY)
    PLACE = ("district", "kind")

    person = models.ForeignKey(Person, models.PROTECT, related_name="mandates", verbose_name="Person")
    district = models.ForeignKey(
        District, models.PROTECT, related_name="mandates", verbose_name="Stadtbezirk"
    )
    kind = models.CharField("Art", max_length=20, choices=Kind.choices)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "Mandat"
        verbose_name_plural = "Mandate"
        ordering = ["district", "kind", "-since"]
        constraints = [until_not_before_since("mandate")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.district}: {self.person}"


class Membership(Tenure):
    """A membership in the association: the City of Dortmund, or a person delegated by a district.

    Two delegates per district and one membership of the City on any day (``members.guards``).
    """

    class Kind(models.TextChoices):
        CITY = "city", "Stadt Dortmund"
        DELEGATE = "delegate", "von einem Stadtbezirk delegiert"

    PLACE = ("district", "kind")

    kind = models.CharField("Art", max_length=10, choices=Kind.choices, default=Kind.DELEGATE)
    district = models.ForeignKey(
        District,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name="Stadtbezirk",
        help_text="Nur bei Delegierten.",
    )
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name="Person",
        help_text="Nur bei Delegierten.",
    )
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name="Organisation",
        help_text="Nur bei der Mitgliedschaft der Stadt.",
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "Mitgliedschaft"
        verbose_name_plural = "Mitgliedschaften"
        ordering = ["kind", "district", "-since"]
        constraints = [
            until_not_before_since("membership"),
            models.CheckConstraint(
                condition=models.Q(
                    kind="city", district__isnull=True, person__isnull=True, organisation__isnull=False
                )
                | models.Q(
                    kind="delegate", district__isnull=False, person__isnull=False, organisation__isnull=True
                ),
                name="membership_of_city_or_delegate",
                violation_error_message="Delegierte brauchen Stadtbezirk und Person und keine Organisation; "
                "die Mitgliedschaft der Stadt braucht nur die Organisation.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder} ({self.district or self.get_kind_display()})"

    @property
    def holder(self) -> "Person | Organisation | None":
        return self.person or self.organisation


class BodyKind(models.TextChoices):
    STEERING = "lenkungsgremium", "Lenkungsgremium"
    MARKETING = "marketinggruppe", "Marketinggruppe"
    FORUM = "buergerforum", "Bürgerforum"
    PROJECT_GROUP = "projektgruppe", "Projektgruppe"
    GENERAL_MEETING = "mitgliederversammlung", "Mitgliederversammlung"
    BOARD = "vorstand", "Vorstand"
    ADVISORY_BOARD = "beirat", "Beirat"
    JURY = "jury", "Jury"


OF_DISTRICT = (BodyKind.STEERING, BodyKind.MARKETING, BodyKind.FORUM, BodyKind.PROJECT_GROUP)
OF_ASSOCIATION = (BodyKind.GENERAL_MEETING, BodyKind.BOARD, BodyKind.ADVISORY_BOARD, BodyKind.JURY)


class Body(models.Model):
    """A Gremium of a district or of the association. One Lenkungsgremium per district on any day."""

    Kind = BodyKind

    kind = models.CharField("Art", max_length=24, choices=Kind.choices)
    district = models.ForeignKey(
        District,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="bodies",
        verbose_name="Stadtbezirk",
        help_text="Leer lassen bei Gremien des Vereins.",
    )
    name = models.CharField("Name", max_length=120)
    since = models.DateField("besteht seit", default=date(2003, 1, 1))
    until = models.DateField("bestand bis", null=True, blank=True)

    objects = DatedQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "Gremium"
        verbose_name_plural = "Gremien"
        ordering = ["district", "kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["district", "name"], name="body_name_once_per_district"),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(district__isnull=True),
                name="body_name_once_in_association",
                violation_error_message="Ein Gremium des Vereins mit diesem Namen gibt es schon.",
            ),
            models.UniqueConstraint(
                fields=["district"],
                condition=models.Q(kind="lenkungsgremium", until__isnull=True),
                name="one_steering_body_per_district",
                violation_error_message="Dieser Stadtbezirk hat schon ein Lenkungsgremium.",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=OF_DISTRICT, district__isnull=False)
                | models.Q(kind__in=OF_ASSOCIATION, district__isnull=True),
                name="body_has_district_or_is_of_association",
                violation_error_message="Ein Gremium eines Stadtbezirks braucht den Stadtbezirk, ein Gremium des "
                "Vereins hat keinen.",
            ),
            until_not_before_since("body"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("bodies:detail", args=[self.pk])

    @property
    def period(self) -> str:
        return period(self.since, self.until)


class Seat(Tenure):
    """A seat in a body: a person, or an organisation that a person represents.

    Neither sits twice in one body on one day (``members.guards``). An organisation whose person is not named
    yet keeps its seat; the check of the statutes says that it is not represented.
    """

    class Role(models.TextChoices):
        CHAIR = "chair", "Vorsitz"
        DEPUTY_CHAIR = "deputy_chair", "stellvertretender Vorsitz"
        SECRETARY = "secretary", "Schriftführung"
        MEMBER = "member", "Mitglied"

    PLACE = ("body", "role", "organisation")

    body = models.ForeignKey(Body, models.PROTECT, related_name="seats", verbose_name="Gremium")
    role = models.CharField("Aufgabe", max_length=12, choices=Role.choices, default=Role.MEMBER)
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="seats",
        verbose_name="Person",
        help_text="Wer den Sitz wahrnimmt; bei einer Organisation, wer sie vertritt.",
    )
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="seats",
        verbose_name="Organisation",
        help_text="Nur wenn der Sitz einer Organisation gehört.",
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "Sitz"
        verbose_name_plural = "Sitze"
        ordering = ["body", "-since"]
        constraints = [
            until_not_before_since("seat"),
            models.CheckConstraint(
                condition=models.Q(person__isnull=False) | models.Q(organisation__isnull=False),
                name="seat_has_a_holder",
                violation_error_message="Bitte eine Person oder eine Organisation angeben.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.body}: {self.holder}"

    @property
    def holder(self) -> str:
        """Who sits there, an organisation with whom it sends."""
        if self.organisation is None:
            return str(self.person)
        name = self.organisation.shortest_name
        return f"{name}, vertreten durch {self.person}" if self.person else name


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
