"""A letter: its number, what it was made of, its bytes, how it was sent, and what its recipient answered."""

from typing import Any, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from funding.letters.models.text import GRANTING, Form, Kind, LetterText
from funding.models import Application, Decision
from funding.public_words import REFUSED, without_public_words
from members.common import fields, number_series
from members.common.checks import known, stored_types, within
from members.common.erasing import ERASED, erased
from members.models import User
from members.roles.permissions import Roles


class LetterSeries(number_series.NumberSeries):
    """The running numbers of letters of one calendar year."""

    year = models.PositiveSmallIntegerField(unique=True)

    class Meta:
        verbose_name = "Nummernkreis der Schreiben"
        verbose_name_plural = "Nummernkreise der Schreiben"
        constraints = [
            within("letter_series_within", years="year"),
            stored_types("letter_series_types", integers="year last"),
        ]

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class LetterQuerySet(models.QuerySet["Letter"]):
    def visible_to(self, roles: Roles) -> Self:
        """Return the letters that these roles may read.

        The Wirtschaftsförderung and auditors read all, directors those on projects with their districts.
        """
        if roles.reads_payees:
            return self
        return self.filter(decision__application__in=Application.objects.of_districts(roles.district_ids))

    def current(self) -> Self:
        """Return the letters that no corrected one has replaced."""
        return self.filter(replaced_by=None)

    def told(self) -> Self:
        """Return the letters whose words were not deleted after their retention."""
        return self.exclude(inputs={})

    def erase(self) -> None:
        """Delete the words of the letters; the rows stay. Within the transaction in which two people agreed to it."""
        self.update(inputs={}, **erased("answer_name", "answer_function", "answer_message"))

    def to_send(self) -> Self:
        """Return the current letters that are made, not sent and not answered.

        Internal ones need no sending: the district finds them on its project's page.
        """
        found = (
            self.current()
            .told()
            .filter(~_was_sent(), answer="")
            .exclude(sha256="")
            .exclude(form=Form.INTERNAL)
        )
        return found.exclude(_is_over())

    def to_accept(self) -> Self:
        """Return the current letters that were sent and wait for their recipient's answer."""
        return (
            self.current().told().filter(_was_sent(), kind__in=Letter.ACCEPTED, answer="").exclude(_is_over())
        )


def _was_sent() -> Any:
    return Exists(Sending.objects.filter(letter=OuterRef("pk")))


def _is_over() -> Q:
    return Q(kind__in=GRANTING, decision__application__state=Application.State.REVOKED)


class Letter(models.Model):
    """A letter about a decision. It has its number before it has its bytes.

    ``inputs`` hold every word of it. ``sha256`` is the hash of its bytes, by which they are found in the storage;
    empty until they are made. A corrected letter ``replaces`` the one before; the last one counts.
    Only hash and answer are written later, each once (triggers in ``guards``).

    After its retention two people delete its file. ``inputs`` are empty then, and the texts of its answer ``ERASED``.
    """

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", "angenommen"
        DECLINED = "declined", "so nicht angenommen"

    class AnswerWay(models.TextChoices):
        PAPER = "paper", "auf Papier"
        LINK = "link", "über den Link"

    #: The kinds that wait for their recipient's acceptance before money is paid.
    ACCEPTED = (Kind.PROMISE, Kind.AGREEMENT, Kind.GRANT_NOTICE)

    number = models.CharField("Nummer", max_length=20, unique=True)
    decision = models.ForeignKey(
        Decision, models.PROTECT, related_name="letters", verbose_name="Entscheidung"
    )
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name="ersetzt"
    )
    correction = fields.CharField("Grund der Berichtigung", max_length=300, blank=True)
    form = models.CharField("Form", max_length=8, choices=Form.choices)
    kind = models.CharField("Art", max_length=14, choices=Kind.choices)
    text = models.ForeignKey(LetterText, models.PROTECT, related_name="letters", verbose_name="Text")
    inputs = models.JSONField("Inhalt", encoder=DjangoJSONEncoder)
    drawn_on = models.DateField("vom")
    drawn_at = models.DateTimeField("erfasst", auto_now_add=True)
    drawn_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="veranlasst von"
    )
    sha256 = models.CharField("Prüfsumme", max_length=64, blank=True)
    size = models.PositiveIntegerField("Größe", null=True, blank=True)

    answer = models.CharField("Antwort", max_length=8, choices=Answer.choices, blank=True)
    answered_on = models.DateField("beantwortet am", null=True, blank=True)
    answer_way = models.CharField("auf welchem Weg", max_length=5, choices=AnswerWay.choices, blank=True)
    answer_name = fields.CharField("durch", max_length=160, blank=True)
    answer_function = fields.CharField("Funktion", max_length=80, blank=True)
    answer_message = fields.TextField("Nachricht", blank=True)
    answer_recorded_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="eingetragen von"
    )

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = "Schreiben"
        verbose_name_plural = "Schreiben"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["decision"], condition=Q(replaces__isnull=True), name="one_letter_per_decision"
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True, correction="") | Q(replaces__isnull=False) & ~Q(correction=""),
                name="corrected_letter_says_why",
            ),
            models.CheckConstraint(
                condition=Q(form="public") | without_public_words("correction"),
                name="correction_without_public_words",
                violation_error_message=REFUSED,
            ),
            models.CheckConstraint(
                condition=Q(sha256="", size__isnull=True) | Q(size__gt=0) & ~Q(sha256=""),
                name="letter_hash_with_its_size",
            ),
            models.CheckConstraint(
                condition=Q(
                    answer="", answered_on__isnull=True, answer_way="", answer_name="", answer_function="",
                    answer_message="", answer_recorded_by__isnull=True,
                )
                | Q(answer="accepted", answered_on__isnull=False, answer_way__in=["paper", "link"]) & ~Q(answer_name="")
                | Q(answer="declined", answered_on__isnull=False, answer_way__in=["paper", "link"])
                & ~Q(answer_name="") & ~Q(answer_message=""),
                name="letter_answer_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(answer="") | Q(kind__in=["promise", "agreement", "grant_notice"]),
                name="only_a_promise_is_answered",
            ),
            models.CheckConstraint(
                condition=~Q(answer_way="paper") | Q(answer_recorded_by__isnull=False),
                name="paper_is_recorded_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(inputs={})
                | Q(
                    answer_name__in=["", ERASED], answer_function__in=["", ERASED], answer_message__in=["", ERASED]
                ) & ~Q(sha256=""),
                name="letter_is_erased_whole",
            ),
            within("letter_within", days="drawn_on answered_on"),
            stored_types(
                "letter_types",
                integers="decision replaces text drawn_by size answer_recorded_by",
                texts="number correction form kind inputs sha256 answer answer_way answer_name answer_function "
                "answer_message",
                days="drawn_on answered_on",
                moments="drawn_at",
            ),
            known(
                "letter_words_known",
                form=["private", "internal", "public"],
                kind=[
                    "promise", "agreement", "confirmation", "rejection", "change", "withdrawal", "recovery", "claim", "amendment",
                    "release", "grant_notice", "change_notice", "reject_notice", "revoke_notice", "recover_notice",
                ],
                answer=["accepted", "declined", ""],
                answer_way=["paper", "link", ""],
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["id"], condition=Q(sha256=""), name="letter_unmade"),
            models.Index(fields=["id", "kind"], condition=Q(answer=""), name="letter_unanswered"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("letters:letter", args=[self.number])

    @property
    def title(self) -> str:
        """Return what the letter is called: an internal one changes or ends a release of money."""
        if self.form == Form.INTERNAL and self.kind != Kind.RELEASE:
            return f"{self.get_kind_display()} (intern)"
        return self.get_kind_display()

    @property
    def is_internal(self) -> bool:
        return self.form == Form.INTERNAL

    @property
    def is_made(self) -> bool:
        return bool(self.sha256)

    @property
    def is_erased(self) -> bool:
        """Return whether its words were deleted with its file, after their retention."""
        return self.inputs == {}

    @property
    def recipient(self) -> list[str]:
        """Return the lines of the address to which it went."""
        return [ERASED] if self.is_erased else self.inputs["letter"]["recipient"]

    @property
    def subject(self) -> str:
        return ERASED if self.is_erased else self.inputs["letter"]["subject"]

    @property
    def waits_for_answer(self) -> bool:
        """Return whether the recipient can still accept it, if it is the current letter of its decision."""
        return self.kind in self.ACCEPTED and not self.answer and not self.is_erased

    @property
    def confirms(self) -> bool:
        """Return whether it tells of a grant from before the first day of letters, which counts as accepted."""
        return self.kind == Kind.CONFIRMATION

    @property
    def is_over(self) -> bool:
        """Return whether it granted what was revoked since: there is nothing left to accept or to correct."""
        return self.kind in GRANTING and self.decision.application.is_revoked

    @property
    def is_accepted(self) -> bool:
        return self.answer == self.Answer.ACCEPTED

    @property
    def is_declined(self) -> bool:
        return self.answer == self.Answer.DECLINED

    @property
    def is_current(self) -> bool:
        """Return whether no corrected letter has replaced it. One query, unless it was read along."""
        return not hasattr(self, "replaced_by")

    @property
    def file_name(self) -> str:
        """Return the name under which the PDF is saved."""
        return f"{self.number} {self.get_kind_display()}.pdf"


class Sending(models.Model):
    """One way in which a letter went out. A letter can be sent again, such as by post after a mail did not arrive."""

    class Way(models.TextChoices):
        LINK = "link", "Link per E-Mail"
        POST = "post", "Post"
        HANDED = "handed", "persönlich übergeben"

    letter = models.ForeignKey(Letter, models.PROTECT, related_name="sendings", verbose_name="Schreiben")
    way = models.CharField("Weg", max_length=6, choices=Way.choices)
    on = models.DateField("am")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="durch")
    recorded_at = models.DateTimeField("erfasst", auto_now_add=True)

    class Meta:
        verbose_name = "Versand"
        verbose_name_plural = "Versand"
        ordering = ["pk"]
        constraints = [
            within("sending_within", days="on"),
            stored_types(
                "sending_types", integers="letter by", texts="way", days="on", moments="recorded_at"
            ),
            known("sending_words_known", way=["link", "post", "handed"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()} am {self.on:%d.%m.%Y}"
