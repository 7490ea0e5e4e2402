"""Django's SMTP backend, which also tells whether a mail may have gone out although no answer came."""

import smtplib
from contextlib import suppress
from typing import Any

from django.core.mail.backends.smtp import EmailBackend


class _NotesDoubt:
    #: Whether the server has received the mail, or a part of it, and has not answered yet.
    in_doubt = False

    def data(self, msg: Any) -> Any:
        self.in_doubt = True
        try:
            answer = super().data(msg)  # type: ignore[misc]
        except smtplib.SMTPDataError:  # The server refused before the mail was handed over.
            self.in_doubt = False
            raise
        self.in_doubt = False
        return answer


class _Smtp(_NotesDoubt, smtplib.SMTP):
    pass


class _SmtpOverTls(_NotesDoubt, smtplib.SMTP_SSL):
    pass


class Backend(EmailBackend):
    """A connection to the mail server. ``in_doubt`` tells whether the last mail may have gone out."""

    @property
    def connection_class(self) -> Any:
        return _SmtpOverTls if self.use_ssl else _Smtp

    @property
    def in_doubt(self) -> bool:
        """Return whether the last mail may have gone out although no answer came."""
        return isinstance(self.connection, _NotesDoubt) and self.connection.in_doubt

    def hang_up(self) -> None:
        """Close the connection without a last word to a server that does not answer."""
        if self.connection:
            with suppress(OSError):
                self.connection.close()
            self.connection = None
