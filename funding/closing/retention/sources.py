"""Where the files lie that are kept for a time: of which rows, in which calendar year they arose, and what is still open."""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, ExtractYear

from funding.closing.models import Deletion, RetentionHold, RetentionPeriod, YearClosing
from funding.closing.models.retention import gone_rows
from funding.letters.models import Letter
from funding.models import Application
from funding.payments.models import BankStatement, CallPaper, PaymentBatch, PaymentCall, StatementEntry
from funding.proofs.models import ProofOfUse, ProofPhoto, Voucher
from projects.models import Attachment

Kind, What = RetentionPeriod.Kind, Deletion.What
#: What keeps a file though its period is over, in German, in the order in which it is told.
MATTERS = {
    "hold": "Löschsperre",
    "undecided": "ein Antrag ist nicht entschieden",
    "unsettled": "eine Bewilligung ist nicht abgerechnet",
    "proof": "ein Verwendungsnachweis ist nicht anerkannt",
    "claim": "eine Rückforderung ist offen",
    "call": "ein Abruf ist offen",
    "bank": "nicht alles ist ausgeführt oder zugeordnet",
    "reopened": "das Haushaltsjahr ist wieder geöffnet",
}


@dataclass(frozen=True)
class Source:
    """The files of one kind.

    ``year`` is an expression: the calendar year in which the file arose. ``project`` and ``budget_year`` are paths from
    its row, empty where it belongs to no project. ``open`` says what keeps it beside the matters of its project.
    """

    what: Deletion.What
    kind: RetentionPeriod.Kind
    model: type[models.Model]
    year: Any
    project: str = ""
    budget_year: Any = None
    size: str = "size"
    present: Q | None = None
    open: tuple[tuple[str, Any], ...] = ()

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def present_rows(self) -> "QuerySet[Any]":
        """Return the rows whose files are there: the file was made, and nobody deleted it after its retention."""
        rows = self.model._default_manager.filter(self.present or Q()).exclude(sha256="")
        return rows.exclude(pk__in=gone_rows(self.model)).annotate(arose=self.year).order_by()

    def rows(self, year: int, reopened: "set[int]") -> "QuerySet[Any]":
        """Return the rows whose files arose in the calendar year and are there.

        Each has ``arose``, ``of_project`` (key or None), ``of_year`` (the budget year, whose model counts) and
        ``matter``, the word of what is still open, or an empty text. ``reopened`` are the budget years open again.
        """
        project = F(self.project) if self.project else Value(None, output_field=IntegerField())
        rows = self.present_rows().filter(arose=year)
        rows = rows.annotate(of_project=project, of_year=self.budget_year or Value(year))
        return rows.annotate(
            matter=Case(*self._matters(year, reopened), default=Value(""), output_field=models.CharField())
        )

    def _matters(self, year: int, reopened: "set[int]") -> "list[When]":
        own = Application.objects.filter(project=OuterRef("of_project"))
        proofs = ProofOfUse.objects.filter(application__project=OuterRef("of_project"))
        holds = RetentionHold.objects.active()
        conditions: list[tuple[str, Any]] = [
            (
                "hold",
                Q(Exists(holds.filter(project=OuterRef("of_project")))) | Q(Exists(holds.filter(year=year))),
            ),
            ("undecided", Exists(own.filter(state__in=Application.PENDING))),
            ("unsettled", Exists(own.filter(state=Application.State.APPROVED))),
            ("proof", Exists(proofs.exclude(state=ProofOfUse.State.ACCEPTED))),
            ("claim", Exists(own.filter(reclaimed__gt=0))),
            *self.open,
        ]
        if reopened:
            booked = Q(pot__year__year__in=reopened) | Q(carried_to__year__year__in=reopened)
            conditions.append(
                ("reopened", Q(arose__in=reopened) | Q(of_year__in=reopened) | Q(Exists(own.filter(booked))))
            )
        return [When(Q(condition), then=Value(word)) for word, condition in conditions]


def _of(application: str) -> dict[str, Any]:
    """Return the paths from a row to its project and its budget year."""
    return {"project": f"{application}__project", "budget_year": F(f"{application}__pot__year__year")}


SOURCES = (
    Source(
        What.LETTER, Kind.LETTER, Letter, ExtractYear("drawn_on"), **_of("decision__application")
    ),
    Source(
        What.ATTACHMENT, Kind.LETTER, Attachment, ExtractYear("uploaded_at"),
        project="project", budget_year=F("project__year"), present=Q(removed_at__isnull=True),
    ),
    Source(
        What.PHOTO, Kind.LETTER, ProofPhoto, ExtractYear("uploaded_at"), **_of("proof__application")
    ),
    Source(
        What.VOUCHER, Kind.VOUCHER, Voucher, Coalesce(ExtractYear("day"), ExtractYear("entered_at")),
        **_of("row__proof__application"),
    ),
    Source(
        What.CALL_PAPER, Kind.VOUCHER, CallPaper, ExtractYear("uploaded_at"),
        project="call__application__project",
        budget_year=Coalesce("call__application__pot__year__year", "call__expense__pot__year__year"),
        open=(("call", Q(call__state__in=PaymentCall.OPEN)),),
    ),
    Source(
        What.BANK_FILE, Kind.VOUCHER, PaymentBatch, ExtractYear("released_on"),
        size="", open=(("bank", ~Q(state__in=("executed", "dissolved"))),),
    ),
    Source(
        What.STATEMENT, Kind.VOUCHER, BankStatement, ExtractYear("closed_on"), size="",
        open=(("bank", Exists(StatementEntry.objects.filter(StatementEntry.waiting(), statement=OuterRef("pk")))),),
    ),
)  # fmt: skip
BY_WHAT = {source.what.value: source for source in SOURCES}


def reopened_years() -> set[int]:
    """Return the budget years that two people opened again and nobody has closed since. One query."""
    latest = YearClosing.objects.filter(year=OuterRef("year"), state=YearClosing.State.CONFIRMED)
    rows = YearClosing.objects.filter(pk=latest.order_by("-pk").values("pk")[:1])
    return set(rows.filter(what=YearClosing.What.REOPEN).values_list("year__year", flat=True))
