"""What it means when a mail server does not take a mail: for this mail, and for those behind it."""

import re
import smtplib
from enum import Enum

#: A server that asks for a name and a password, or for other ones.
ASKS_WHO_WE_ARE = (530, 534, 535, 538)
#: The server goes away in the middle of the conversation.
GOES_AWAY = 421
#: A server that sends nothing on for us says so at each recipient: "554 5.7.1 <a@b.de>: Relay access denied".
SENDS_NOTHING_ON = re.compile(
    r"relay(ing)?( access)? (denied|not permitted|not allowed|prohibited)|(unable|not permitted|not allowed) to relay",
    re.IGNORECASE,
)


class Meaning(Enum):
    """What becomes of a mail that was not taken."""

    #: Refused for good, or not to be put together: it is not tried again.
    FOR_GOOD = "for good"
    #: May pass: it is tried again after a pause.
    LATER = "later"
    #: The connection broke or the server is silent: tried again, and the second one in a row ends the run.
    NO_ANSWER = "no answer"
    #: The server takes no mail of ours at all: the run ends, and every mail stays as it was.
    TAKES_NONE = "takes none"


def answer_of(error: Exception) -> tuple[int, str]:
    """Return the code and the text with which the server answered; 0 and an empty text without an answer.

    A mail of the outbox has one recipient, so there is one answer.
    """
    code, text = 0, b""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()), (code, text))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, text = error.smtp_code, error.smtp_error  # type: ignore[assignment]
    return code, text.decode(errors="replace") if isinstance(text, bytes) else str(text)


def in_words(error: Exception) -> str:
    """Return the server's answer on one line, or the error where there is none."""
    code, text = answer_of(error)
    return " ".join((f"{code} {text}" if code else f"{type(error).__name__}: {error}").split())


def meaning_of(error: Exception, *, own_sender: bool = False) -> Meaning:
    """Return what the error means. ``own_sender``: this mail has another sender than all the others."""
    code, text = answer_of(error)
    if not isinstance(error, OSError):
        return Meaning.FOR_GOOD
    if not isinstance(error, smtplib.SMTPException):
        return Meaning.NO_ANSWER
    if isinstance(error, smtplib.SMTPServerDisconnected) or code == GOES_AWAY:
        return Meaning.NO_ANSWER
    if isinstance(error, smtplib.SMTPSenderRefused) and own_sender:
        return Meaning.FOR_GOOD if code >= 500 else Meaning.LATER
    if isinstance(error, (smtplib.SMTPSenderRefused, smtplib.SMTPHeloError, smtplib.SMTPConnectError)):
        return Meaning.TAKES_NONE
    if code in ASKS_WHO_WE_ARE or SENDS_NOTHING_ON.search(text):
        return Meaning.TAKES_NONE
    if code >= 500 or isinstance(error, smtplib.SMTPNotSupportedError):
        return Meaning.FOR_GOOD
    return Meaning.LATER
