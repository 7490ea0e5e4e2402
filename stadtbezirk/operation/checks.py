"""Our system checks.

``manage.py check --database default`` checks that the database is as the code expects it.
``manage.py check --deploy`` checks settings that only together can be wrong.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connections

from members.common import catalogue
from members.post import outbox as mail


@register(Tags.database)
def check_catalogue(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Return an error for each difference between the catalogue and the code."""
    found: list[CheckMessage] = []
    for using in databases or ():
        try:
            found += [Error(sentence, id="stadtbezirk.E001") for sentence in catalogue.differences(using)]
        except DatabaseError as error:
            found.append(
                Error(f"Die Datenbank {using} antwortet nicht: {str(error).strip()}", id="stadtbezirk.E002")
            )
            connections[using].close()
    return found


@register(Tags.security, deploy=True)
def check_proxy(app_configs: Any, **kwargs: Any) -> Iterable[CheckMessage]:
    """Warn where only one of the settings BEHIND_PROXY and TRUSTED_PROXY_COUNT is on."""
    trusted = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if settings.BEHIND_PROXY and not trusted:
        yield Warning(
            "BEHIND_PROXY ist an, TRUSTED_PROXY_COUNT aber 0: Alle Besuchenden teilen sich eine Grenze für falsche "
            "Passwörter.",
            hint="TRUSTED_PROXY_COUNT weglassen oder die Zahl der Proxys nennen.",
            id="stadtbezirk.W001",
        )
    if trusted and not settings.BEHIND_PROXY:
        yield Warning(
            "TRUSTED_PROXY_COUNT nennt einen Proxy, BEHIND_PROXY ist aber aus: Steht keiner davor, nennen Besuchende "
            "ihre Adresse selbst.",
            hint="Hinter einem Proxy BEHIND_PROXY=true setzen, sonst TRUSTED_PROXY_COUNT weglassen.",
            id="stadtbezirk.W002",
        )


@register(deploy=True)
def check_mail(app_configs: Any, **kwargs: Any) -> Iterable[CheckMessage]:
    """Warn where no mail server is set."""
    if not mail.has_server():
        yield Warning(
            "Es ist kein Mailserver eingestellt: Einladungen und neue Passwörter erreichen niemanden.",
            hint="EMAIL_URL setzen.",
            id="stadtbezirk.W003",
        )
