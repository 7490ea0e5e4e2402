"""A call for money of a grant: who is to get how much for what, its papers, and its steps."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from funding.models import Application, Expense, Pot
from funding.models.application import concerning
from funding.payments.models.payee import Payee
from funding.payments.models.payee_account import PayeeAccount
from funding.payments.models.plan import Instalment
from members.common import fields
from members.common.checks import known, stored_types, within
from members.common.days import require_day
from members.common.money import MoneyField
from members.common.steps import TakenStep
from members.common.uploads import IMAGES, Kind
from members.models import User
from members.roles.permissions import Roles


class CallQuerySet(models.QuerySet["PaymentCall"]):
    def visible_to(self, roles: Roles) -> Self:
        """Return the calls that these roles may see: who reads payees all, directors those on their applications."""
        if roles.reads_payees:
            return self
        return self.filter(application__in=Application.objects.filter(concerning(roles.district_ids)))

    def open(self) -> Self:
        """Return the calls whose money is set aside (``Application.called``)."""
        return self.filter(state__in=PaymentCall.OPEN)

    def with_accounts(self, day: date) -> Self:
        """Add ``confirmed``, whether there is an account to pay to on the local date, and ``account_waits``.

        The latter says that an account of the payee was entered or changed and nobody has confirmed it yet.
        """
        mine = {"payee": OuterRef("payee")}
        return self.annotate(
            confirmed=Exists(PayeeAccount.objects.active_on(day).filter(**mine)),
            account_waits=Exists(PayeeAccount.objects.waiting().filter(**mine)),
        )

    def with_names(self) -> Self:
        """Read along what a line about a call names."""
        return self.select_related(
            "application__project__lead_district", "application__pot__district", "application__pot__year",
            "expense__pot__year", "payee__organisation", "payee__person",
        )  # fmt: skip


class PaymentCall(models.Model):
    """A call for ``amount`` euro, to be paid to ``payee`` by ``due_on`` (local date): of a grant, or for an expense.

    The money goes to the payee's account that is confirmed on the day it is paid.
    It has an invoice (number and day) or says why there is none.
    ``others_used`` are the own and other funds, in euro, that were used so far; ``override`` says why money is
    needed before they allow it.
    ``instalment`` is the one of a plan that gave it.
    """

    class State(models.TextChoices):
        CALLED = "called", "zu prüfen"
        RETURNED = "returned", "zurückgegeben"
        CHECKED = "checked", "geprüft"
        BATCH = "batch", "im Zahlungslauf"
        PAID = "paid", "bezahlt"
        BOUNCED = "bounced", "von der Bank zurück"
        WITHDRAWN = "withdrawn", "zurückgezogen"

    #: What is called and not paid.
    OPEN = (State.CALLED, State.RETURNED, State.CHECKED, State.BATCH, State.BOUNCED)

    class Kind(models.TextChoices):
        REFUND = "refund", "Erstattung an den Veranstalter"
        INVOICE = "invoice", "Rechnung, direkt bezahlt"

    application = models.ForeignKey(
        Application, models.PROTECT, null=True, blank=True, related_name="calls", verbose_name="Bewilligung"
    )
    expense = models.OneToOneField(
        Expense, models.PROTECT, null=True, blank=True, related_name="call", verbose_name="Ausgabe"
    )
    payee = models.ForeignKey(Payee, models.PROTECT, related_name="calls", verbose_name="Empfänger")
    amount = MoneyField("Betrag")
    kind = models.CharField("Art", max_length=7, choices=Kind.choices)
    purpose = fields.CharField("Verwendungszweck", max_length=140)
    invoice_number = fields.CharField("Rechnungsnummer", max_length=60, blank=True)
    invoice_on = models.DateField("Rechnung vom", null=True, blank=True, validators=[require_day])
    without_invoice = fields.CharField("Warum ohne Rechnung", max_length=300, blank=True)
    due_on = models.DateField("fällig am", validators=[require_day])
    others_used = MoneyField("eingesetzte andere Mittel", null=True, blank=True)
    override = fields.TextField("Begründung, warum schon jetzt", blank=True)
    instalment = models.OneToOneField(
        Instalment, models.PROTECT, null=True, blank=True, related_name="call", verbose_name="Rate"
    )
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.CALLED)
    called_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="abgerufen von")
    called_on = models.DateField("abgerufen am")
    checked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="geprüft von"
    )

    folded_invoice = fields.FoldedField(of=["invoice_number"])
    folded_purpose = fields.FoldedField(of=["purpose"])

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = "Abruf"
        verbose_name_plural = "Abrufe"
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(application__isnull=False, expense__isnull=True)
                | Q(application__isnull=True, expense__isnull=False),
                name="call_has_one_cause",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="call_asks_for_something"),
            models.CheckConstraint(condition=~Q(purpose=""), name="call_has_purpose"),
            models.CheckConstraint(
                condition=(~Q(invoice_number="") & Q(invoice_on__isnull=False, without_invoice=""))
                | (Q(invoice_number="", invoice_on__isnull=True) & ~Q(without_invoice="")),
                name="call_has_invoice_or_reason",
            ),
            models.CheckConstraint(
                condition=Q(others_used__isnull=True) | Q(others_used__gte=0),
                name="call_others_used_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["called", "returned"], checked_by__isnull=True)
                | Q(state="withdrawn")
                | Q(state__in=["checked", "batch", "paid", "bounced"], checked_by__isnull=False),
                name="call_checked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("called_by")),
                name="call_checked_by_another",
            ),
            within("call_days_within", days="invoice_on due_on"),
            stored_types(
                "call_types",
                integers="application expense payee amount others_used instalment called_by checked_by",
                texts="kind purpose invoice_number without_invoice override state folded_invoice folded_purpose",
                days="invoice_on due_on called_on",
            ),
            known(
                "call_words_known",
                state=["called", "returned", "checked", "batch", "paid", "bounced", "withdrawn"],
                kind=["refund", "invoice"],
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_on", "id"], name="call_queue"),
            models.Index(
                fields=["payee", "folded_invoice"], condition=~Q(invoice_number=""), name="call_invoice"
            ),
        ]

    def __str__(self) -> str:
        return f"Abruf Nr. {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("payments:call", args=[self.pk])

    @property
    def grant(self) -> Application:
        """Return its application. A call for an expense has none."""
        assert self.application is not None
        return self.application

    @property
    def pot(self) -> Pot:
        return self.application.pot if self.application else self.overhead.pot

    @property
    def overhead(self) -> Expense:
        """Return its expense. A call of a grant has none."""
        assert self.expense is not None
        return self.expense

    @property
    def number(self) -> str:
        """Return the number by which the bank's statement leads back to what was paid: the project's or the expense's."""
        if self.application:
            return str(self.application.project.number)
        return f"{self.pot.year}-GK-{self.expense_id}"

    @property
    def subject(self) -> str:
        """Return what the money is for, as lists say it."""
        if self.application:
            return f"{self.number}, {self.application.project.display_title}"
        return f"{self.pot}, {self.overhead.purpose}"

    @property
    def reference(self) -> str:
        """Return what the payee recognises: the invoice, or what the money is for."""
        return f"Rechnung {self.invoice_number}" if self.invoice_number else self.purpose

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def is_called(self) -> bool:
        return self.state == self.State.CALLED

    @property
    def is_returned(self) -> bool:
        return self.state == self.State.RETURNED

    @property
    def is_bounced(self) -> bool:
        return self.state == self.State.BOUNCED

    @property
    def is_paid(self) -> bool:
        return self.state == self.State.PAID

    @property
    def is_overdue(self) -> bool:
        """Return whether it is neither paid nor withdrawn after its day."""
        return self.is_open and self.due_on < timezone.localdate()


class CallStep(TakenStep):
    """One step on a call: who took it, for whom, when and why. Never changed.

    ``payee`` is who was to get the money then.
    """

    class Step(models.TextChoices):
        """What can happen to a call. ``transitions.TABLE`` says from which state."""

        CALL = "call", "abgerufen"
        RETURN = "return", "zurückgegeben"
        RESEND = "resend", "erneut gesendet"
        CHECK = "check", "geprüft"
        PUT_IN = "put_in", "in einen Zahlungslauf aufgenommen"
        TAKE_OUT = "take_out", "aus dem Zahlungslauf genommen"
        PAY = "pay", "bezahlt"
        SEND_BACK = "send_back", "von der Bank zurückgekommen"
        WITHDRAW = "withdraw", "zurückgezogen"

    call = models.ForeignKey(PaymentCall, models.PROTECT, related_name="steps")
    step = models.CharField("Schritt", max_length=10, choices=Step.choices)
    payee = models.ForeignKey(Payee, models.PROTECT, related_name="+", verbose_name="Empfänger")

    class Meta:
        verbose_name = "Schritt eines Abrufs"
        verbose_name_plural = "Schritte der Abrufe"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(step__in=["return", "withdraw", "send_back"]) | ~Q(reason=""),
                name="call_step_has_reason",
            ),
            stored_types(
                "call_step_types",
                integers="call payee actor mandate in_stead_of",
                texts="step reason",
                days="on",
                moments="recorded_at",
            ),
            known(
                "call_step_words_known",
                step=[
                    "call", "return", "resend", "check", "put_in", "take_out", "pay", "send_back", "withdraw",
                ],
            ),
        ]  # fmt: skip

    @property
    def is_first(self) -> bool:
        return self.step == self.Step.CALL

    @property
    def is_resent(self) -> bool:
        return self.step == self.Step.RESEND

    @property
    def is_of_district(self) -> bool:
        """Return whether the district took it, so that the Wirtschaftsförderung checks next."""
        return self.is_first or self.is_resent

    @property
    def is_return(self) -> bool:
        return self.step == self.Step.RETURN

    @property
    def is_check(self) -> bool:
        return self.step == self.Step.CHECK

    @property
    def is_bounce(self) -> bool:
        return self.step == self.Step.SEND_BACK


class CallPaper(models.Model):
    """A file of a call, such as its invoice. Never changed, never removed: it is a voucher.

    ``sha256`` is the hash of its bytes, by which they are found in the storage (``members.common.stored``).
    """

    Kind = Kind
    IMAGES = IMAGES

    call = models.ForeignKey(PaymentCall, models.PROTECT, related_name="papers")
    name = fields.CharField("Name", max_length=120)
    kind = models.CharField("Art", max_length=4, choices=Kind.choices)
    size = models.PositiveIntegerField("Größe in Byte")
    sha256 = models.CharField("Prüfsumme", max_length=64, db_index=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="hinzugefügt von")
    uploaded_at = models.DateTimeField("hinzugefügt", auto_now_add=True)

    class Meta:
        verbose_name = "Unterlage eines Abrufs"
        verbose_name_plural = "Unterlagen der Abrufe"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0) & ~Q(sha256=""), name="call_paper_has_its_file"),
            models.UniqueConstraint(fields=["call", "sha256"], name="file_once_per_call"),
            stored_types(
                "call_paper_types",
                integers="call size uploaded_by",
                texts="name kind sha256",
                moments="uploaded_at",
            ),
            known("call_paper_words_known", kind=Kind.values),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("payments:call_paper", args=[self.pk])
