"""``manage.py check --database default``: the database is as the code expects it."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections

from members import catalogue


@register(Tags.database)
def check_catalogue(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
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
