"""A project, and who sees it."""

from collections.abc import Collection
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.days import require_day
from members.common.money import ZERO, MoneyField
from members.models import Body, District, Organisation, User
from projects.models.field_of_action import FieldOfAction

if TYPE_CHECKING:
    from members.roles.permissions import Roles


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, roles: "Roles") -> Self:
        """Return the projects that these roles may see: the rule of every page.

        Everybody sees what is published.
        Directors see also what their districts lead or take part in.
        Auditors and the advisory board see also all that was handed in.
        The Wirtschaftsförderung, which advises the districts, and superusers see drafts too.
        """
        if roles.is_business_development or (roles.signed_in and roles.user.is_superuser):
            return self
        # What was handed in has a number; what is published has one too.
        seen = Q(number__isnull=False) if roles.reads_all else Q(published_on__isnull=False)
        if roles.district_ids:
            seen |= concerning(roles.district_ids)
        return self.filter(seen)

    def of_district(self, district: District) -> Self:
        """Return the projects that the district leads or takes part in."""
        return self.filter(concerning([district.pk]))

    def erase_contacts(self) -> None:
        """Delete whom to ask about the projects. Within the transaction in which two people agreed to it."""
        self.update(contact="")


def concerning(districts: Collection[int], path: str = "") -> Q:
    """Return the condition that one of the districts (keys) leads or takes part, whatever it has answered.

    ``path`` leads to the project, such as "project__".
    """
    from projects.models.participation import Participation  # it refers to projects

    taking_part = Participation.objects.filter(project=OuterRef(f"{path}pk"), district__in=districts)
    return Q(**{f"{path}lead_district__in": districts}) | Q(Exists(taking_part))


class Project(models.Model):
    """A district's project. Totals in euro, ``kind`` and ``state`` are stored, so that lists need no join.

    The state follows from applications and plan; the services set it.
    A draft has no number. Handing in and publishing give it one: year, district code and running number
    without gaps, such as ``2016-APL-007``.
    An ARCHIVED project comes from a public source that ``provenance`` names.
    What it cost and was granted is not known, and it stays as it is.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Entwurf"
        SUBMITTED = "submitted", "beantragt"
        RETURNED = "returned", "Rückfrage"
        RESERVED = "reserved", "zweite Unterschrift"
        FUNDING_OPEN = "funding_open", "Finanzierung offen"
        APPROVED = "approved", "bewilligt"
        SETTLED = "settled", "abgerechnet"
        REJECTED = "rejected", "abgelehnt"
        WITHDRAWN = "withdrawn", "zurückgezogen"
        REVOKED = "revoked", "widerrufen"
        UNFUNDED = "unfunded", "ohne Förderung"
        ARCHIVED = "archived", "Archiv"

    class Kind(models.TextChoices):
        OWN = "own", "ganz aus Mitteln des Vereins"
        THIRD_PARTY = "third_party", "mit Mitteln Dritter"
        SUPPORTED = "supported", "nur unterstützt"

    class Measure(models.TextChoices):
        """Who carries it out and gets the money: it decides on the form of letters. Empty for the past."""

        OWN = "own", "eigene Maßnahme des Vereins"
        GRANT = "grant", "Förderung eines Dritten"

    #: What a person may choose. THIRD_PARTY follows from the plan.
    CHOSEN_KINDS = [(kind.value, kind.label) for kind in (Kind.OWN, Kind.SUPPORTED)]

    NO_TITLE = "Entwurf ohne Titel"
    #: States in which the whole project may be edited. Rows that an application holds stay locked.
    OPEN_TO_EDIT = (
        State.DRAFT,
        State.RETURNED,
        State.REJECTED,
        State.WITHDRAWN,
        State.REVOKED,
        State.UNFUNDED,
    )
    #: States after a grant: only costs and money from outside the pots may change, to balance the plan.
    OPEN_TO_BALANCE = (State.APPROVED, State.FUNDING_OPEN)

    number = models.CharField("Nummer", max_length=20, unique=True, null=True, editable=False)
    year = models.PositiveSmallIntegerField("Haushaltsjahr")
    state = models.CharField("Stand", max_length=20, choices=State.choices, default=State.DRAFT)
    kind = models.CharField(
        "Herkunft der Mittel", max_length=20, choices=Kind.choices, blank=True, editable=False
    )
    chosen_kind = models.CharField("Herkunft der Mittel", max_length=20, choices=CHOSEN_KINDS, blank=True)
    title = fields.CharField("Titel", max_length=200)
    summary = fields.TextField("Kurzbeschreibung", max_length=600, blank=True)
    aims = fields.TextField("Ziele", max_length=3000, blank=True)
    value_creation = fields.TextField("Beitrag zur Wertschöpfung im Quartier", max_length=3000, blank=True)
    main_field = models.ForeignKey(
        FieldOfAction,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
        verbose_name="Handlungsschwerpunkt",
    )
    further_fields = models.ManyToManyField(
        FieldOfAction, blank=True, related_name="+", verbose_name="Weitere Schwerpunkte"
    )
    lead_district = models.ForeignKey(
        District, models.PROTECT, related_name="projects", verbose_name="Federführender Stadtbezirk"
    )
    place = fields.CharField("Ort", max_length=160, blank=True)
    starts_on = models.DateField("Beginn", null=True, blank=True, validators=[require_day])
    ends_on = models.DateField("Ende", null=True, blank=True, validators=[require_day])
    organiser = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
        verbose_name="Veranstalter",
    )
    measure = models.CharField("Durchführung", max_length=10, choices=Measure.choices, blank=True)
    project_group = models.ForeignKey(
        Body, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name="Projektgruppe"
    )
    contact = fields.CharField("Ansprechstelle", max_length=200, blank=True)
    special_importance = fields.TextField("Besondere Bedeutung", max_length=2000, blank=True)
    provenance = fields.TextField("Herkunft der Angaben", blank=True)

    cost_total = MoneyField("Kosten", default=ZERO, editable=False)
    financing_total = MoneyField("Finanzierung", default=ZERO, editable=False)
    requested_total = MoneyField("beantragt", default=ZERO, editable=False)
    granted_total = MoneyField("bewilligt", default=ZERO, editable=False)
    has_third_party = models.BooleanField("mit Drittmitteln", default=False, editable=False)
    is_cross_district = models.BooleanField("stadtbezirksübergreifend", default=False, editable=False)

    #: An accepted proof of use has decided the final figures, so the plan need not balance any more. Set by funding.
    is_proved = models.BooleanField("durch Nachweis entschieden", default=False, editable=False)

    version = models.PositiveIntegerField(default=1, editable=False)
    editors = models.ManyToManyField(User, related_name="+", editable=False)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField("angelegt", auto_now_add=True)
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+", editable=False)
    changed_at = models.DateTimeField("geändert", auto_now=True)
    published_on = models.DateField("veröffentlicht", null=True, blank=True, editable=False)
    #: The key of the latest decision on money, set by funding. It finds a district's latest decisions.
    latest_decision = models.BigIntegerField("letzte Entscheidung", null=True, blank=True, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = "Projekt"
        verbose_name_plural = "Projekte"
        ordering = ["-year", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="project_ends_after_start",
                violation_error_message="Das Ende darf nicht vor dem Beginn liegen.",
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=False) | Q(state="draft", published_on__isnull=True),
                name="project_number_from_handing_in_on",
            ),
            models.CheckConstraint(
                condition=Q(
                    cost_total__gte=0, financing_total__gte=0, requested_total__gte=0, granted_total__gte=0
                ),
                name="project_totals_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(state="archived")
                | (Q(cost_total=0, financing_total=0, granted_total=0) & ~Q(provenance="")),
                name="archive_names_its_source_and_no_money",
            ),
            within("project_years_within", years="year", days="starts_on ends_on"),
            stored_types(
                "project_types",
                integers="year main_field lead_district organiser project_group cost_total financing_total requested_total granted_total version created_by changed_by latest_decision",
                texts="number state kind chosen_kind title summary aims value_creation place measure contact special_importance provenance",
                flags="has_third_party is_cross_district is_proved",
                days="starts_on ends_on published_on",
                moments="created_at changed_at",
            ),
            known(
                "project_words_known",
                state=[
                    "draft",
                    "submitted",
                    "returned",
                    "reserved",
                    "funding_open",
                    "approved",
                    "settled",
                    "rejected",
                    "withdrawn",
                    "revoked",
                    "unfunded",
                    "archived",
                ],
                kind=["own", "third_party", "supported", ""],
                chosen_kind=["own", "supported", ""],
                measure=["own", "grant", ""],
            ),
        ]
        # For the filters and orders of the lists.
        indexes = [
            models.Index(fields=["year", "id"], name="project_newest"),
            models.Index(fields=["state", "year", "id"], name="project_newest_of_state"),
            models.Index(fields=["main_field", "year", "id"], name="project_newest_of_field"),
            models.Index(fields=["lead_district", "year", "changed_at"], name="project_changed"),
            models.Index(
                fields=["lead_district", "latest_decision"],
                condition=Q(latest_decision__isnull=False),
                name="project_latest_decided",
            ),
            models.Index(fields=["published_on", "id"], name="project_published"),
            models.Index(fields=["cost_total", "id"], name="project_by_costs"),
            models.Index(fields=["granted_total", "id"], name="project_by_grant"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}" if self.number else self.display_title

    def get_absolute_url(self) -> str:
        if self.number:
            return reverse("projects:detail", args=[self.number])
        return reverse("projects:draft", args=[self.pk])

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_returned(self) -> bool:
        return self.state == self.State.RETURNED

    @property
    def is_funding_open(self) -> bool:
        return self.state == self.State.FUNDING_OPEN

    @property
    def is_approved(self) -> bool:
        return self.state == self.State.APPROVED

    @property
    def is_grant_to_third_party(self) -> bool:
        return self.measure == self.Measure.GRANT

    @property
    def is_unfunded(self) -> bool:
        return self.state == self.State.UNFUNDED

    @property
    def is_archived(self) -> bool:
        return self.state == self.State.ARCHIVED

    @property
    def is_open_to_edit(self) -> bool:
        return self.state in self.OPEN_TO_EDIT

    @property
    def is_open_to_balance(self) -> bool:
        return self.state in self.OPEN_TO_BALANCE

    @property
    def display_title(self) -> str:
        return self.title or self.NO_TITLE

    #: States without money: nobody is asked to take part until the project is handed in again.
    ENDED = (State.REJECTED, State.WITHDRAWN, State.REVOKED)

    @property
    def asks_partners(self) -> bool:
        """Return whether further districts are asked to take part.

        A draft must have a title, a description, and costs if it asks for money.
        A project that ended without money asks nobody.
        """
        if self.is_draft:
            return bool(self.title and self.summary and (self.cost_total or not self.requested_total))
        return self.state not in self.ENDED

    @property
    def has_final_figures(self) -> bool:
        """Return whether the plan is history: what is granted was decided by a proof of use, or settled."""
        return self.is_proved or self.state == self.State.SETTLED

    @property
    def plan_difference(self) -> Decimal:
        """Return costs minus financing in euro; zero if the plan balances."""
        return self.cost_total - self.financing_total
