"""What belongs to a fiscal year: its pots, and whatever is booked on them."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from funding.letters.models import Letter
from funding.models import Application, FiscalYear, LedgerEntry, Pot
from funding.payments.models import BankStatement, CallPaper, Payment, PaymentCall
from funding.proofs.models import ProofOfUse, ProofPhoto, Voucher
from projects.models import Attachment


def as_of(year: FiscalYear) -> date:
    """Return the local date on which the statutes are checked: the year's last one, or today while it runs."""
    return min(date(year.year, 12, 31), timezone.localdate())


def pots(year: FiscalYear) -> "QuerySet[Pot]":
    return Pot.objects.filter(year=year).select_related("year", "district")


def applications(year: FiscalYear) -> "QuerySet[Application]":
    """Return the applications on the year's pots, and those that are booked there: carried over, or paid back late."""
    booked = LedgerEntry.objects.filter(pot__year=year, application__isnull=False).order_by()
    return Application.objects.filter(
        Q(pot__year=year) | Q(carried_to__year=year) | Q(pk__in=booked.values("application"))
    )


def calls(year: FiscalYear) -> "QuerySet[PaymentCall]":
    return PaymentCall.objects.filter(Q(application__in=applications(year)) | Q(expense__pot__year=year))


def payments(year: FiscalYear) -> "QuerySet[Payment]":
    return Payment.objects.filter(
        Q(call__in=calls(year)) | Q(decision__application__in=applications(year)) | Q(expense__pot__year=year)
    )


def statements(year: FiscalYear) -> "QuerySet[BankStatement]":
    """Return the statements that touch the calendar year, and those with a payment of the fiscal year."""
    paid = payments(year)
    of_year = (
        Q(closed_on__year=year.year)
        | Q(opened_on__year=year.year)
        | Q(entries__payment__in=paid)
        | Q(entries__batch__payments__in=paid)
    )
    return BankStatement.objects.filter(pk__in=BankStatement.objects.filter(of_year).order_by().values("pk"))


def letters(year: FiscalYear) -> "QuerySet[Letter]":
    return Letter.objects.filter(decision__application__in=applications(year))


def attachments(year: FiscalYear) -> "QuerySet[Attachment]":
    return Attachment.objects.present().filter(project__applications__in=applications(year)).distinct()


def call_papers(year: FiscalYear) -> "QuerySet[CallPaper]":
    return CallPaper.objects.filter(call__in=calls(year))


def proofs(year: FiscalYear) -> "QuerySet[ProofOfUse]":
    return ProofOfUse.objects.filter(application__in=applications(year))


def vouchers(year: FiscalYear) -> "QuerySet[Voucher]":
    return Voucher.objects.filter(row__proof__in=proofs(year))


def photos(year: FiscalYear) -> "QuerySet[ProofPhoto]":
    return ProofPhoto.objects.filter(proof__in=proofs(year))
