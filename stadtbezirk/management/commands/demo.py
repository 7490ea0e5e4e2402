"""The command that loads and serves a demonstration."""

import errno
import os
import shlex
import socket
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections
from django.db.models import Model

from funding.models import Application, LedgerEntry
from members.common.counting import counted
from members.models import Body, District, Organisation, Person
from projects.models import Attachment, Project
from stadtbezirk.demo import PASSWORD, load, papers, people, retention, served

HOST = "127.0.0.1"
LOADED: tuple[type[Model], ...] = (Person, Body, Organisation, Project, Attachment, Application, LedgerEntry)


class Command(BaseCommand):
    help = "Lädt die Demonstration (einmal) und startet mit --serve den Server. Nie in der Produktion."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--serve", action="store_true", help="danach den Server starten")
        parser.add_argument("--port", default="8000", help="Port des Servers (8000)")

    def handle(self, *args: Any, serve: bool, port: str | int, **options: Any) -> None:
        if settings.APP_ENV == "production":
            raise CommandError(
                "Die Demonstration legt Konten mit öffentlichem Passwort an und läuft deshalb nicht in der "
                "Produktion. Bitte „make demo“ verwenden oder APP_ENV=demo setzen."
            )
        folder = settings.DATA_DIR
        require_writable(folder)
        if serve:
            number = port_number(port)
            require_free_port(number)
        self.prepare_database()
        self.show_accounts()
        if serve:
            self.say(f"\nAdresse: http://{HOST}:{number}/ (beenden mit Strg+C)")
            self.start_server(number, folder)

    def say(self, text: str) -> None:
        """Write the text at once."""
        self.stdout.write(text)
        self.stdout.flush()

    def prepare_database(self) -> None:
        """Create the tables, and load the demonstration once. Raises CommandError beside other data."""
        started = time.monotonic()
        self.say("Die Datenbank wird vorbereitet …")
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except DatabaseError as error:
            raise CommandError(f"Die Datenbank lässt sich nicht öffnen oder anlegen: {error}") from error
        if load.is_loaded():
            self.say("Die Demonstration ist schon geladen; vorhandene Daten bleiben, wie sie sind.")
            return
        if load.holds_other_data():
            raise CommandError(
                "Die Datenbank enthält schon eigene Daten. Die Demonstration wird nicht dazwischen geladen; "
                "bitte mit DATABASE_URL eine leere Datenbank nennen."
            )
        cast = load.load(self.say)
        papers.add()
        retention.keep(cast)
        self.say(
            f"Geladen in {time.monotonic() - started:.0f} s: {', '.join(_how_many(model) for model in LOADED)} "
            "(nachgerechnet)."
        )

    def show_accounts(self) -> None:
        slugs = ", ".join(District.objects.values_list("slug", flat=True))
        accounts = [
            (people.address("gf.<stadtbezirk>"), f"Geschäftsführung; <stadtbezirk> ist {slugs}"),
            (people.address("vertretung.aplerbeck"), "Vertretung der Geschäftsführung Aplerbeck"),
            *((people.address(local), group) for local, _, _, group, _ in people.STAFF),
            (people.address(people.CASH_AUDITOR), "Kassenprüfung, ein Sitz im Gremium des Vereins"),
            (people.address("admin"), "technische Administration"),
        ]
        self.say("\nKonten der Demonstration:")
        for account, what in accounts:
            self.say(f"  {account:33} {what}")
        self.say(f"Passwort für alle: {PASSWORD}")
        self.say(f"Nachrichten aus dem Postausgang anzeigen: {in_another_shell('send_mail_queue')}")

    def start_server(self, port: int, folder: Path) -> None:
        """Replace this process by the web server. Four threads are enough for SQLite and one room."""
        connections.close_all()
        served.keep_key(folder)
        served.keep_address(folder, os.environ.get("SITE_URL") or f"http://{HOST}:{port}")
        command = [sys.executable, "-m", "gunicorn", "stadtbezirk.wsgi", "--bind", f"{HOST}:{port}"]
        command += ["--worker-class", "gthread", "--workers", "1", "--threads", "4", "--log-level", "warning"]
        command += [
            "--chdir",
            str(settings.BASE_DIR),
            "--config",
            str(settings.BASE_DIR / "gunicorn.conf.py"),
        ]
        # Files are served from the sources. The empty folder spares WhiteNoise's warning.
        static_root = folder / "static"
        static_root.mkdir(exist_ok=True)
        environment = {**os.environ, "APP_ENV": settings.APP_ENV, "STATIC_ROOT": str(static_root)}
        os.execve(sys.executable, command, environment)  # noqa: S606 - no shell wanted


def in_another_shell(command: str) -> str:
    """Return the line that runs a command on this demonstration, typed where ``make demo`` was typed."""
    folder = os.environ.get("DATA_DIR")
    given = f"DATA_DIR={shlex.quote(folder)} " if folder else ""
    return f"APP_ENV=demo {given}.venv/bin/python manage.py {command}"


def require_writable(folder: Path) -> None:
    """Raise CommandError where the data folder cannot be created or written to."""
    probe = folder / f".write-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CommandError(
            f"Der Ordner {folder} ist nicht beschreibbar ({error.strerror}). Bitte mit DATA_DIR einen anderen nennen."
        ) from error


def port_number(typed: str | int) -> int:
    """Return the port. Raises CommandError with a German sentence; the parser's own would be English."""
    if not str(typed).isdecimal():
        raise CommandError(
            f"„{typed}“ ist kein Port. Bitte eine Zahl nennen, zum Beispiel: PORT=8123 make demo"
        )
    return int(typed)


def require_free_port(port: int) -> None:
    """Raise CommandError where the server cannot listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            used = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            what = "ist schon belegt" if used else "kann nicht verwendet werden"
            raise CommandError(
                f"Port {port} {what}. Bitte einen anderen wählen, zum Beispiel: PORT=8123 make demo"
            ) from error


def _how_many(model: type[Model]) -> str:
    """Return the number of the model's rows with its name, such as "80 Personen"."""
    names = model._meta
    return counted(model._default_manager.count(), str(names.verbose_name), str(names.verbose_name_plural))
