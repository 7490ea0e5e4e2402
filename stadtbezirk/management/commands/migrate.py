"""``migrate`` in one transaction: it is done completely or, also when the process is killed, not at all."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as DjangosMigrate
from django.db import OperationalError, connections, transaction

from members.common import catalogue
from members.common.migrated import unapplied

#: Seconds that a second migrate waits for the first on SQLite. On PostgreSQL it waits without a limit.
PATIENCE = 3600
#: Tries to lock our tables while nobody uses them, and seconds between two of them.
TRIES, PAUSE = 600, 0.1


class Command(DjangosMigrate):
    changed = False
    may_go_back = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--yes", action="store_true", help="auch rückwärts: löscht Tabellen und Spalten mit ihrem Inhalt"
        )

    def get_check_kwargs(self, options: Any) -> Any:
        """Leave out the checks of the database. It is judged at the end, when the migrations are applied."""
        return {**super().get_check_kwargs(options), "databases": None}

    def handle(self, *args: Any, **options: Any) -> None:
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)
            return
        self.may_go_back = options["yes"] or options["fake"]
        with _alone(options["database"]):
            _hold_tables(options["database"])
            super().handle(*args, **options)
            self._finish(options["database"], faked=options["fake"])

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        if action == "unapply_start" and not self.may_go_back:
            raise CommandError(
                f"Das würde {migration} zurücknehmen und löschen, was seitdem in ihren Tabellen und Spalten steht. Geändert "
                "wurde nichts. Soll es wirklich rückwärts gehen, bitte zuerst mit backup sichern und dann mit --yes "
                "wiederholen."
            )
        self.changed = self.changed or action in ("apply_success", "unapply_success")
        super().migration_progress_callback(action, migration, fake)

    def _finish(self, using: str, *, faked: bool) -> None:
        if self.changed:
            connections[using].check_constraints()
        if unapplied(using) or catalogue.agrees(using):
            return
        found = list(catalogue.compared(using))
        if not found:
            catalogue.note(using)
        elif faked:
            self.stderr.write("\n".join(found))
        else:
            raise CommandError("\n".join([*found, "Es wurde nichts geändert."]))


@contextmanager
def _alone(using: str) -> Iterator[None]:
    """Open one transaction beside which no other migrate runs. Another one waits for its end.

    SQLite's migrations need foreign keys off, and SQLite switches them only outside a transaction. On
    PostgreSQL foreign keys are checked at once: it alters no table that a data migration has left with checks
    for the end.
    """
    connection = connections[using]
    with _patient(using), connection.constraint_checks_disabled(), transaction.atomic(using=using):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('stadtbezirk.migrate', 0))")
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield


def _hold_tables(using: str) -> None:
    """Lock all our tables at once where there is work to do, so that we and a user never wait for each other.

    SQLite needs no lock: it has one writer.
    """
    connection = connections[using]
    if connection.vendor == "sqlite" or (not unapplied(using) and catalogue.agrees(using)):
        return
    there = sorted(set(catalogue.tables()) & set(connection.introspection.table_names()))
    if not there:
        return
    for _ in range(TRIES):
        try:
            with transaction.atomic(using=using), connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {', '.join(there)} IN ACCESS EXCLUSIVE MODE NOWAIT")
        except OperationalError:
            time.sleep(PAUSE)
        else:
            return
    raise CommandError(
        "Die Tabellen sind seit einer Minute ohne Unterbrechung in Gebrauch. Es wurde nichts geändert; bitte die "
        "Anwendung anhalten und „migrate“ erneut ausführen."
    )


@contextmanager
def _patient(using: str) -> Iterator[None]:
    """Wait long for SQLite's one writer: its transactions begin IMMEDIATE."""
    if connections[using].vendor != "sqlite":
        yield
        return
    with connections[using].cursor() as cursor:
        [before] = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
    try:
        yield
    finally:
        with connections[using].cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {before}")
