"""Read a request that brings files, or say in one German sentence why that is not possible."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from members.common import disk, uploads
from members.common.middleware import body_size
from members.common.uploads import MB

#: The size of one request in bytes: five of the largest files fit into a form without JavaScript.
LARGEST_REQUEST = 60 * MB
TOO_LARGE = (
    f"Das war zu viel auf einmal; angekommen ist nichts. Möglich sind {LARGEST_REQUEST // MB} MB zusammen und "
    f"{uploads.LARGEST_FILE // MB} MB je Datei. Bitte verkleinern Sie die Dateien oder senden Sie sie einzeln."
)
UNREADABLE = (
    "Die Dateien sind nicht vollständig angekommen, gespeichert wurde nichts. Bitte senden Sie sie noch einmal, "
    f"höchstens {settings.DATA_UPLOAD_MAX_NUMBER_FILES} auf einmal."
)


def trouble_reading(request: HttpRequest) -> tuple[str, int] | None:
    """Read the body of a POST; return a sentence and the status if that failed, None if all has arrived.

    Too large a request is refused before a byte of it is read. Of a broken body nothing more can be read.
    The view carries ``checks_body_size`` and checks the form's token afterwards: reading the token reads the files.
    """
    if body_size(request) > LARGEST_REQUEST:
        return TOO_LARGE, 413
    try:
        request.POST  # noqa: B018 - reads the body
    except (TooManyFilesSent, TooManyFieldsSent, RequestDataTooBig, MultiPartParserError, OSError) as error:
        return (disk.SENTENCE, 503) if disk.is_full(error) else (UNREADABLE, 400)
    return None
