"""Letters about closing a year, opening it again, and what its districts have still to do. Only what is done today is told."""

from django.utils import timezone

from funding.closing.lights import Question
from funding.closing.models import YearClosing
from funding.models import Application, FiscalYear
from funding.notices import titles
from members.models import User
from members.post import notify
from members.roles import groups


def tell_of_request(closing: YearClosing) -> None:
    """Write to the others of the Wirtschaftsförderung that one of them is to confirm or refuse."""
    if closing.requested_on == timezone.localdate():
        _tell(closing, "zweite Person nötig", key=_key(closing))


def tell_of_decision(closing: YearClosing) -> None:
    """Write to the others what became of it. The letters that asked for a second person and have not gone out are deleted."""
    notify.forget(_key(closing))
    if closing.decided_on == timezone.localdate() and not closing.was_taken_back:
        _tell(closing, closing.said, key=f"{_key(closing)}:decided")


def remind(application: Application, *, of: Question, year: FiscalYear, reason: str, actor: User) -> None:
    """Write to who directs the calling district what is open and what to do about it; once a day."""
    today = timezone.localdate()
    notify.notify_directors(
        [application.calling_district_id],
        day=today,
        without=actor,
        key=f"year-end:{year.year}:{of.key}:{application.pk}:{today:%Y%m%d}",
        template="year_reminder",
        context={
            "application": application, "project": application.project, "actor": actor, "year": str(year), "reason": reason,
            "what": of.one, "step": of.own,
        },
        **titles(f"Jahresabschluss {year}: {of.one}", application),
    )  # fmt: skip


def _key(closing: YearClosing) -> str:
    return f"year-closing:{closing.pk}"


def _tell(closing: YearClosing, what: str, *, key: str) -> None:
    actor = closing.decided_by or closing.requested_by
    notify.notify(
        notify.accounts_of(groups.BUSINESS_DEVELOPMENT, without=actor),
        group=groups.BUSINESS_DEVELOPMENT,
        template="year_closing",
        context={"closing": closing, "year": closing.year, "actor": actor},
        subject=f"{closing}: {what}",
        occasion=f"Haushaltsjahr {closing.get_what_display()}",
        key=key,
    )
