"""Who may open the pages of letters, and how a PDF is sent."""

import logging
from typing import Any

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response

from funding.letters.models import Letter
from funding.letters.permissions import may_read_letters
from funding.views.access import only_for
from funding.views.gone import gone_page
from members.common import stored

logger = logging.getLogger(__name__)


#: Lets only users in who read letters.
readers_only = only_for(may_read_letters)


def file_of(request: Any, letter: Letter) -> HttpResponseBase:
    """Send the letter's PDF, shown by the browser, or saved with ``?speichern=1``.

    Deleted after its retention, the page says so. Raises Http404 where the file is lost.
    """
    if gone := gone_page(request, letter):
        return gone
    etag = f'"{letter.sha256}"'
    if unchanged := get_conditional_response(request, etag=etag):
        return unchanged
    try:
        file = stored.get(letter.sha256)
    except FileNotFoundError as error:
        # The database was restored without its uploads; ``sweep_uploads`` lists what is missing.
        logger.error("The file of letter %s is missing.", letter.number)
        raise Http404 from error
    saved = "speichern" in request.GET
    response = FileResponse(
        file, as_attachment=saved, filename=letter.file_name, content_type="application/pdf"
    )
    return safe(response, etag=etag)


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """Send a PDF that is made for this answer alone."""
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return safe(response)


def safe(response: Any, *, etag: str = "") -> Any:
    """Keep the PDF out of every cache, and let nothing run or load in it but the browser's own viewer."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    if etag:
        response.headers["ETag"] = etag
    return response
