"""Where the files lie that are kept for a time: of which rows, in which calendar year they arose, and what is still open."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import (
    Case,
    DateField,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, ExtractYear

from funding.closing.models import Deletion, RetentionHold, RetentionPeriod, YearClosing
from funding.closing.models.retention import gone_rows
from funding.closing.retention import people
from funding.letters.models import Letter
from funding.letters.models.letter import LetterQuerySet
from funding.models import Application, Decision
from funding.payments.models import (
    BankStatement,
    CallPaper,
    PayeeAccount,
    Payment,
    PaymentBatch,
    PaymentCall,
    StatementEntry,
)
from funding.payments.services.payees import content_of, erase
from funding.proofs.models import ProofOfUse, ProofPhoto, Voucher
from members.models import Organisation, Person
from members.models.address import erase_reach, reach_of
from projects.models import Attachment, Project
from projects.models.project import ProjectQuerySet

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
    "task": "ein Sitz, ein Mandat, eine Mitgliedschaft oder eine Zeichnungsberechtigung läuft",
    "user": "das Benutzerkonto ist aktiv",
    "details": "eine Bankverbindung ist noch nicht gelöscht",
    "account": "eine neue Bankverbindung wartet auf die zweite Person",
    "reopened": "das Haushaltsjahr ist wieder geöffnet",
}


@dataclass(frozen=True)
class Source:
    """The files of one kind, or the details of rows that have no file.

    ``year`` is an expression: the calendar year in which the file arose. ``project`` and ``budget_year`` are paths from
    its row, empty where it belongs to no project. ``open`` says what keeps it beside the matters of its project.
    ``belongs`` are paths from an application, each with the column of the row that it leads to: by any of them the
    application's matters are the row's. ``content`` returns what goes of a row without a file.
    ``erase`` deletes words of rows within the transaction in which two people agreed to it; ``erased`` tells such rows.
    Without it new words can be entered, which go anew after their period.
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
    belongs: tuple[tuple[str, str], ...] = (("project", "of_project"),)
    content: Callable[[Any], bytes] | None = None
    erase: Callable[[Any], None] | None = None
    erased: Q | None = None

    @property
    def shares_bytes(self) -> bool:
        """Return whether the bytes lie under their hash, so that several rows may name the same."""
        return self.content is None and self.model is not Attachment

    def hash_of(self, row: Any) -> str:
        """Return the hash of what goes of the row."""
        return hashlib.sha256(self.content(row)).hexdigest() if self.content else str(row.sha256)

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def present_rows(self) -> "QuerySet[Any]":
        """Return the rows whose files are there: the file was made, and nobody deleted it after its retention."""
        rows = self.model._default_manager.filter(self.present or Q())
        if self.content is None:
            rows = rows.exclude(sha256="")
        if self.content is None or self.erased:
            rows = rows.exclude(pk__in=gone_rows(self.model))
        return rows.annotate(arose=self.year).filter(arose__isnull=False).order_by()

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

    def _any(self, rows: "QuerySet[Any]", prefix: str = "") -> Q:
        """Return whether one of the applications belongs to the row. ``prefix`` leads from other rows to their application."""
        found = (Q(Exists(rows.filter(**{prefix + path: OuterRef(column)}))) for path, column in self.belongs)
        return reduce(or_, found)

    def _matters(self, year: int, reopened: "set[int]") -> "list[When]":
        own = Application.objects.all()
        proofs = ProofOfUse.objects.exclude(state=ProofOfUse.State.ACCEPTED)
        holds = RetentionHold.objects.active()
        held = own.filter(project__in=holds.filter(project__isnull=False).values("project"))
        conditions: list[tuple[str, Any]] = [
            (
                "hold",
                Q(Exists(holds.filter(project=OuterRef("of_project"))))
                | Q(Exists(holds.filter(year=year)))
                | self._any(held),
            ),
            ("undecided", self._any(own.filter(state__in=Application.PENDING))),
            ("unsettled", self._any(own.filter(state=Application.State.APPROVED))),
            ("proof", self._any(proofs, "application__")),
            ("claim", self._any(own.filter(reclaimed__gt=0))),
            *self.open,
        ]
        if reopened:
            booked = Q(pot__year__year__in=reopened) | Q(carried_to__year__year__in=reopened)
            conditions.append(
                ("reopened", Q(arose__in=reopened) | Q(of_year__in=reopened) | self._any(own.filter(booked)))
            )
        return [When(Q(condition), then=Value(word)) for word, condition in conditions]


def _of(application: str) -> dict[str, Any]:
    """Return the paths from a row to its project and its budget year."""
    return {"project": f"{application}__project", "budget_year": F(f"{application}__pot__year__year")}


def _last_use() -> Coalesce:
    """Return the year in which an account was last paid to, or decided upon where nothing was ever paid to it."""
    day = Coalesce("returned_on", "executed_on", "batch__execution_day")
    last = Payment.objects.filter(account=OuterRef("pk")).order_by().values("account").annotate(last=Max(day))
    return Coalesce(
        ExtractYear(Subquery(last.values("last"), output_field=DateField())), ExtractYear("decided_on")
    )


def _last_decided() -> Coalesce:
    """Return the year of the last decision on a project, or its own where nothing was ever applied for."""
    last = (
        Decision.objects.filter(application__project=OuterRef("pk")).order_by().values("application__project")
    )
    day = Subquery(last.annotate(last=Max("on")).values("last"), output_field=DateField())
    return Coalesce(ExtractYear(day), F("year"), output_field=IntegerField())


def _held_since(year: Any) -> Exists:
    """Return the condition that a hold is on one of the calendar years from this one to the last in which the row was used."""
    return Exists(RetentionHold.objects.active().filter(year__gte=year, year__lte=OuterRef("arose")))


SOURCES = (
    Source(
        What.LETTER, Kind.LETTER, Letter, ExtractYear("drawn_on"), **_of("decision__application"),
        erase=LetterQuerySet.erase, erased=Q(inputs={}),
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
    Source(
        What.ACCOUNT, Kind.BOOKS, PayeeAccount, _last_use(), size="", content=content_of, erase=erase, erased=Q(iban=""),
        # Of grants of several years: the longest period of any grantor counts.
        budget_year=Value(None, output_field=IntegerField()),
        present=Q(state__in=(PayeeAccount.State.CONFIRMED, PayeeAccount.State.REFUSED)) & ~Q(iban=""),
        belongs=(
            ("calls__payee", "payee"), ("instalment_plans__payee", "payee"), ("project__organiser__payee", "payee"),
        ),
        open=(
            ("hold", _held_since(ExtractYear(OuterRef("requested_on")))),
            ("call", Exists(PaymentCall.objects.open().filter(payee=OuterRef("payee")))),
            ("bank", Exists(Payment.objects.filter(account=OuterRef("pk"), state=Payment.State.PLANNED))),
            ("account", Exists(PayeeAccount.objects.waiting().filter(payee=OuterRef("payee")))),
        ),
    ),
    Source(
        What.CONTACT, Kind.LETTER, Project, _last_decided(), project="pk", budget_year=F("year"), size="",
        present=~Q(contact=""), content=lambda project: str(project.contact).encode(), erase=ProjectQuerySet.erase_contacts,
        open=(("hold", _held_since(OuterRef("year"))),),
    ),
    Source(
        What.PERSON, Kind.LETTER, Person, people.last_of_person(), size="", budget_year=Value(None, output_field=IntegerField()),
        present=people.reachable(Person), content=reach_of, erase=erase_reach,
        belongs=people.of_payee("person"), open=(("user", Q(user__is_active=True)), *people.kept_by("person")),
    ),
    Source(
        What.TRADER, Kind.LETTER, Organisation, people.last_of_organisation(), size="",
        budget_year=Value(None, output_field=IntegerField()), present=people.TRADERS & people.reachable(Organisation),
        content=reach_of, erase=erase_reach,
        belongs=(("project__organiser", "pk"), *people.of_payee("organisation")), open=people.kept_by("organisation"),
    ),
)  # fmt: skip
BY_WHAT = {source.what.value: source for source in SOURCES}


def reopened_years() -> set[int]:
    """Return the budget years that two people opened again and nobody has closed since. One query."""
    latest = YearClosing.objects.filter(year=OuterRef("year"), state=YearClosing.State.CONFIRMED)
    rows = YearClosing.objects.filter(pk=latest.order_by("-pk").values("pk")[:1])
    return set(rows.filter(what=YearClosing.What.REOPEN).values_list("year__year", flat=True))
