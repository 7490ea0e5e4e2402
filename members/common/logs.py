"""Keep what opens an account, or a letter, out of every log. Imports nothing of Django: gunicorn's log uses it, too."""

import logging
import re

_TOKEN = re.compile(r"(/konto/link/|/foerderung/zusage/)[^/\s\"'?#<>]+")


def without_tokens(text: str) -> str:
    """Return the text with the token of each mailed link replaced by "…"."""
    return _TOKEN.sub(r"\1…", text)


class WithoutTokens(logging.Filter):
    """A log filter that blanks the tokens of mailed links in every message."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_tokens(record.getMessage()), ()
        return True
