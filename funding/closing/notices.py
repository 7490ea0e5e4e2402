"""Letters about closing a year and opening it again. Only what is done today is told."""

from django.utils import timezone

from funding.closing.models import YearClosing
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
