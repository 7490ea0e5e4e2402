"""The texts of letters, in versions with a first day."""

import re
from datetime import date
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from funding.public_words import REFUSED, without_public_words
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.days import require_day


class Form(models.TextChoices):
    """Who speaks to whom. A private association makes no administrative act, so PRIVATE is the default."""

    PRIVATE = "private", "privatrechtlich"
    INTERNAL = "internal", "innerhalb des Vereins"
    PUBLIC = "public", "öffentlich-rechtlich"


class Kind(models.TextChoices):
    PROMISE = "promise", "Förderzusage"
    AGREEMENT = "agreement", "Fördervereinbarung"
    #: Of a grant from before the first day of letters: there is nothing to accept any more.
    CONFIRMATION = "confirmation", "Förderbestätigung"
    REJECTION = "rejection", "Absage"
    CHANGE = "change", "Änderung"
    WITHDRAWAL = "withdrawal", "Rücktritt"
    RECOVERY = "recovery", "Rückforderung"
    #: Of some of what was paid, while the grant stays.
    CLAIM = "claim", "Aufforderung zur Rückzahlung"
    #: Of what a grant is tied to; how much is granted stays.
    AMENDMENT = "amendment", "Änderung von Zeitraum oder Plan"
    RELEASE = "release", "Mittelfreigabe"
    GRANT_NOTICE = "grant_notice", "Zuwendungsbescheid"
    CHANGE_NOTICE = "change_notice", "Änderungsbescheid"
    REJECTION_NOTICE = "reject_notice", "Ablehnungsbescheid"
    REVOCATION_NOTICE = "revoke_notice", "Widerrufsbescheid"
    RECOVERY_NOTICE = "recover_notice", "Erstattungsbescheid"


#: The kinds of letters of each form.
KINDS: dict[Form, tuple[Kind, ...]] = {
    Form.PRIVATE: (
        Kind.PROMISE, Kind.AGREEMENT, Kind.CONFIRMATION, Kind.REJECTION, Kind.CHANGE, Kind.WITHDRAWAL, Kind.RECOVERY,
        Kind.CLAIM, Kind.AMENDMENT,
    ),
    Form.INTERNAL: (Kind.RELEASE, Kind.REJECTION, Kind.CHANGE, Kind.WITHDRAWAL, Kind.AMENDMENT),
    Form.PUBLIC: (
        Kind.GRANT_NOTICE, Kind.CHANGE_NOTICE, Kind.REJECTION_NOTICE, Kind.REVOCATION_NOTICE, Kind.RECOVERY_NOTICE,
    ),
}  # fmt: skip

#: The kinds that grant something: they name plan, periods, conditions and proof.
GRANTING = (Kind.PROMISE, Kind.AGREEMENT, Kind.CONFIRMATION, Kind.RELEASE, Kind.GRANT_NOTICE)

#: What may stand in curly braces, and what it becomes.
PLACEHOLDERS = {
    "projekt": "Titel des Projekts",
    "nummer": "Nummer des Projekts",
    "betrag": "der Betrag, um den es geht",
    "betrag_in_worten": "derselbe Betrag in Worten",
    "bisher": "was vorher zugesagt war",
    "ausgezahlt": "was schon ausgezahlt ist",
    "topf": "der Topf, aus dem das Geld kommt",
    "stadtbezirk": "der federführende Stadtbezirk",
    "tag": "der Tag der Entscheidung",
    "verein": "der Name des Vereins im Briefkopf",
}
_BRACES = re.compile(r"\{([^{}]*)\}")
#: The columns with words that go into a letter.
WORDS = ("subject", "opening", "closing", "hearing", "remedy", "notification")


def require_placeholders(text: str) -> None:
    """Raise ValidationError (German) for an unknown placeholder or a brace that stands alone."""
    unknown = [name for name in _BRACES.findall(text) if name not in PLACEHOLDERS]
    if unknown or re.search(r"[{}]", _BRACES.sub("", text)):
        found = (
            f"„{{{unknown[0][:40]}}}“ ist kein Platzhalter."
            if unknown
            else "Eine geschweifte Klammer steht allein."
        )
        names = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ValidationError(f"{found} Möglich sind: {names}.")


def filled(text: str, values: dict[str, str]) -> str:
    """Return the text with its placeholders replaced."""
    return _BRACES.sub(lambda found: values[found[1]], text)


class LetterTextQuerySet(models.QuerySet["LetterText"]):
    def on(self, form: str, kind: str, day: date) -> Self:
        """Return the versions of a text that have begun on the day, the one that counts first."""
        return self.filter(form=form, kind=kind, since__lte=day).order_by("-since", "-version")


class LetterText(models.Model):
    """One version of the text of a kind of letter, from its first day on.

    A version that a letter was written with stays as it is (trigger in ``guards``). A new text is a new version.
    """

    form = models.CharField("Form", max_length=8, choices=Form.choices)
    kind = models.CharField("Art", max_length=14, choices=Kind.choices)
    version = models.PositiveSmallIntegerField("Fassung", editable=False)
    since = models.DateField("gilt ab", validators=[require_day])
    subject = fields.CharField("Betreff", max_length=200, validators=[require_placeholders])
    opening = fields.TextField(
        "Anfang",
        validators=[require_placeholders],
        help_text="Die Absätze nach der Anrede. Eine leere Zeile trennt Absätze.",
    )
    closing = fields.TextField(
        "Schluss",
        blank=True,
        validators=[require_placeholders],
        help_text="Die Absätze nach Beträgen, Fristen und Bedingungen: Rechtliches und an wen man sich wendet.",
    )
    hearing = fields.TextField("Anhörung", blank=True, validators=[require_placeholders])
    remedy = fields.TextField("Belehrung", blank=True, validators=[require_placeholders])
    notification = fields.TextField("Bekanntgabe", blank=True, validators=[require_placeholders])

    objects = LetterTextQuerySet.as_manager()

    class Meta:
        verbose_name = "Text eines Schreibens"
        verbose_name_plural = "Texte der Schreiben"
        ordering = ["form", "kind", "-since", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["form", "kind", "version"], name="letter_text_version_once"),
            models.CheckConstraint(
                condition=Q(form="public") | without_public_words(*WORDS),
                name="letter_text_without_public_words",
                violation_error_message=REFUSED,
            ),
            models.CheckConstraint(
                condition=Q(form="public") | Q(hearing="", remedy="", notification=""),
                name="letter_text_notices_are_public",
                violation_error_message="Anhörung, Belehrung und Bekanntgabe gibt es nur in öffentlich-rechtlichen Schreiben.",
            ),
            within("letter_text_within", days="since"),
            stored_types(
                "letter_text_types",
                integers="version",
                texts="form kind subject opening closing hearing remedy notification",
                days="since",
            ),
            known(
                "letter_text_words_known",
                form=["private", "internal", "public"],
                kind=[
                    "promise", "agreement", "confirmation", "rejection", "change", "withdrawal", "recovery", "claim", "amendment",
                    "release",
                    "grant_notice", "change_notice", "reject_notice", "revoke_notice", "recover_notice",
                ],
            ),
            models.CheckConstraint(
                condition=Q(
                    form="private",
                    kind__in=[
                        "promise", "agreement", "confirmation", "rejection", "change", "withdrawal", "recovery", "claim",
                        "amendment",
                    ],
                )
                | Q(form="internal", kind__in=["release", "rejection", "change", "withdrawal", "amendment"])
                | Q(
                    form="public",
                    kind__in=["grant_notice", "change_notice", "reject_notice", "revoke_notice", "recover_notice"],
                ),
                name="letter_text_kind_fits_form",
                violation_error_message="Diese Art von Schreiben gibt es in dieser Form nicht.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_form_display()}), Fassung {self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Number a new version. Two at the same moment: the unique constraint refuses the second."""
        if self.version is None:
            last = LetterText.objects.filter(form=self.form, kind=self.kind).aggregate(
                last=models.Max("version")
            )
            self.version = (last["last"] or 0) + 1
        super().save(*args, **kwargs)

    @staticmethod
    def public_lacks() -> str:
        """Return which public letters have no text yet, as a German sentence; empty where none lacks one. One query."""
        there = set(LetterText.objects.filter(form=Form.PUBLIC).values_list("kind", flat=True))
        lacking = [kind.label for kind in KINDS[Form.PUBLIC] if kind not in there]
        if not lacking:
            return ""
        return f"Die öffentlich-rechtliche Form kann erst gewählt werden, wenn ihre Texte eingetragen sind. Es fehlt: {', '.join(lacking)}."

    @property
    def is_used(self) -> bool:
        """Return whether a letter was written with this version. One query."""
        return self.letters.exists()
