"""No log holds what opens an account. Imports nothing of Django: gunicorn's own log uses it, too."""

import logging
import re

_TOKEN = re.compile(r"(/konto/link/)[^/\s\"'?#<>]+")


def without_tokens(text: str) -> str:
    return _TOKEN.sub(r"\1…", text)


class WithoutTokens(logging.Filter):
    """Blanks the tokens of mailed links in whatever is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_tokens(record.getMessage()), ()
        return True
