"""What a request for a change says, in German lines: for the decision that consents, and for mails."""

from datetime import date

from funding.proofs.models import ChangeRequest
from members.common.money import format_euro


def in_words(change: ChangeRequest) -> str:
    """Return what is to become of what, one line for each. Reads the rows."""
    lines = []
    if change.moves_period:
        lines.append(f"Durchführung: bisher {_period(change.period_before)}, neu {_period(change.period)}")
    if change.partners:
        lines.append(f"Partner: {change.partners}")
    lines += [
        f"{row}: bisher {format_euro(row.before)}, neu {format_euro(row.after)}" for row in change.rows.all()
    ]
    if change.amount is not None:
        lines.append(
            f"Förderung: bisher {format_euro(change.granted)}, gebraucht {format_euro(change.amount)}"
        )
    return "\n".join([*lines, f"Grund: {change.reason}"])


def _period(period: tuple[date | None, date | None]) -> str:
    first, last = period
    if first and last:
        return f"{first:%d.%m.%Y} bis {last:%d.%m.%Y}" if first != last else f"am {first:%d.%m.%Y}"
    if first or last:
        return f"ab {first:%d.%m.%Y}" if first else f"bis {last:%d.%m.%Y}"
    return "offen"
