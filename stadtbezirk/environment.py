"""Read settings from the environment. A wrong value stops the start with one German sentence."""

import logging
import os
import re
import stat
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"true", "on", "yes", "ja", "1"}, {"false", "off", "no", "nein", "0", ""}
DATABASES = {"sqlite", "postgres", "postgresql", "psql", "pgsql"}
#: The limits of Django's own check of the secret key.
SHORTEST_KEY, FEWEST_SIGNS = 50, 5
HOST = re.compile(r"\.?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?|\[[0-9a-f:]+\]")
ADDRESS = re.compile(r"([^<>@]*<)?[^\s<>@]+@[^\s<>@]+>?")
NEW_KEY = 'python3 -c "import secrets; print(secrets.token_urlsafe(50))"'


def wrong(name: str, value: object, expected: str) -> ImproperlyConfigured:
    """Return the error for a setting with a wrong value."""
    return ImproperlyConfigured(
        f"{name} ist „{value}“; erwartet wird {expected} (siehe README, Configuration)."
    )


class Environment(environ.Env):
    """The environment. Each method reads one kind of value, or raises ImproperlyConfigured."""

    def text(self, name: str, default: str = "") -> str:
        """Return the text without blanks at its ends."""
        return str(self.str(name, default=default)).strip()

    def number(self, name: str, default: int, *, least: int = 0, most: int = 2**31 - 1) -> int:
        """Return the whole number between ``least`` and ``most``."""
        given = self.text(name)
        if not given:
            return default
        if not re.fullmatch(r"[0-9]{1,10}", given) or not least <= int(given) <= most:
            span = f"von {least} bis {most}" if most < 2**31 - 1 else f"ab {least}"
            raise wrong(name, given, f"eine ganze Zahl {span}")
        return int(given)

    def switch(self, name: str, default: bool) -> bool:
        """Return whether the switch is on."""
        given = self.text(name).lower()
        if not given:
            return default
        if given not in TRUE | FALSE:
            raise wrong(name, given, "true oder false")
        return given in TRUE

    def names(self, name: str, default: list[str]) -> list[str]:
        """Return the names that commas separate."""
        return [each.strip() for each in self.text(name).split(",") if each.strip()] or default

    def secret_key(self, name: str) -> str:
        """Return the secret key. The error does not repeat it, because messages end up in logs."""
        given = self.text(name)
        if given and (len(given) < SHORTEST_KEY or len(set(given)) < FEWEST_SIGNS):
            raise ImproperlyConfigured(
                f"{name} ist zu leicht zu erraten: gebraucht werden {SHORTEST_KEY} zufällige Zeichen oder mehr, "
                f"zum Beispiel aus: {NEW_KEY}"
            )
        return given

    def hosts(self, name: str) -> list[str]:
        """Return the names of hosts that commas separate."""
        hosts = self.names(name, [])
        for host in hosts:
            if not HOST.fullmatch(host.lower()):
                raise wrong(
                    name,
                    host,
                    "der Name der Website ohne https://, ohne Port und ohne Stern, zum Beispiel "
                    "stadtbezirke.example.org",
                )
        return hosts

    def site(self, name: str, default: str) -> str:
        """Return an address such as https://example.org, without path and without a slash at its end."""
        given = (self.text(name) or default).rstrip("/")
        if not is_site(given):
            raise wrong(name, given, "eine Adresse wie https://stadtbezirke.example.org")
        return given

    def sites(self, name: str) -> list[str]:
        """Return the addresses without path that commas separate. Their hosts may begin with "*."."""
        given = self.names(name, [])
        for each in given:
            if not is_site(each.replace("://*.", "://")):
                raise wrong(name, each, "eine Adresse wie https://stadtbezirke.example.org, ohne Pfad")
        return given

    def sender(self, name: str, default: str) -> str:
        """Return an e-mail address, with or without a name."""
        given = self.text(name) or default
        if not ADDRESS.fullmatch(given):
            raise wrong(name, given, "eine E-Mail-Adresse, zum Beispiel „Verein <post@example.org>“")
        return given

    def level(self, name: str, default: str) -> str:
        """Return the name of a logging level."""
        given = (self.text(name) or default).upper()
        if given not in logging.getLevelNamesMapping():
            raise wrong(name, given, "DEBUG, INFO, WARNING, ERROR oder CRITICAL")
        return given

    def folder(self, name: str, default: Path, *, base: Path) -> Path:
        """Return the absolute path: cron starts commands in another directory than a person does."""
        return base / (self.text(name) or default)

    def database(self, name: str, default: Path, *, base: Path) -> dict[str, Any]:
        """Return Django's setting. The error does not repeat the address, which holds the password."""
        given = self.text(name)
        if not given:
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default)}
        expected = ImproperlyConfigured(
            f"{name} ist keine Adresse einer Datenbank; erwartet wird postgres://benutzer:passwort@rechner/name oder "
            "sqlite:////pfad/zur/datei.sqlite3. Sonderzeichen im Passwort werden mit % geschrieben, @ als %40."
        )
        if given.partition("://")[0] not in DATABASES:
            raise expected
        found = self._parsed(environ.Env.db_url_config, given, expected)
        if not found["NAME"]:
            raise expected
        if found["ENGINE"] == "django.db.backends.sqlite3" and found["NAME"] != ":memory:":
            found["NAME"] = str(base / found["NAME"])
        return found

    def cache_server(self, name: str) -> dict[str, Any] | None:
        """Return Django's setting for the cache, or None where no server is named."""
        given = self.text(name)
        expected = ImproperlyConfigured(
            f"{name} ist keine Adresse eines Caches; erwartet wird zum Beispiel rediscache://rechner:6379/1."
        )
        return self._parsed(environ.Env.cache_url_config, given, expected) if given else None

    def mail_server(self, name: str, default: str) -> dict[str, Any]:
        """Return Django's settings for sending mail."""
        given = self.text(name) or default
        expected = ImproperlyConfigured(
            f"{name} ist keine Adresse eines Mailservers; erwartet wird zum Beispiel "
            "smtp+tls://benutzer:passwort@rechner:587. Sonderzeichen im Passwort werden mit % geschrieben, @ als %40."
        )
        found = self._parsed(environ.Env.email_url_config, given, expected)
        if given.startswith("smtp") and not found["EMAIL_HOST"]:
            raise expected
        return found

    @staticmethod
    def _parsed(parse: Any, given: str, expected: ImproperlyConfigured) -> dict[str, Any]:
        try:
            with warnings.catch_warnings(action="ignore"):
                return dict(parse(given))
        except (ImproperlyConfigured, ValueError, KeyError, AttributeError):
            raise expected from None


def is_site(address: str) -> bool:
    """Return whether this is an http or https address of a host, without path, query and user."""
    try:
        parts = urlsplit(address)
        return (
            parts.scheme in {"http", "https"}
            and bool(HOST.fullmatch(parts.hostname or ""))
            and not (parts.path or parts.query or parts.fragment or parts.username)
            and parts.port != 0
        )
    except ValueError:
        return False


def prepare_database_file(file: Path, data_dir: Path) -> None:
    """Create folder and file of an SQLite database, or close an existing file to other users of the machine.

    SQLite gives its -wal and -shm files the permissions of this file. Only our own data folder is created: a
    wrong path must not lead to an empty database elsewhere.
    Raises ImproperlyConfigured where the file cannot be created or written.
    """
    try:
        if data_dir in file.parents:
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
        for each in (file, *beside(file)):
            shut_to_others(each)
        if not os.access(file, os.R_OK | os.W_OK) or not os.access(file.parent, os.W_OK):
            raise PermissionError(None, "keine Rechte")
    except OSError as error:
        raise ImproperlyConfigured(
            f"Die Datenbank {file} lässt sich nicht anlegen oder beschreiben ({error.strerror}). Bitte DATA_DIR oder "
            "DATABASE_URL richtigstellen, oder dem Benutzerkonto der Anwendung Rechte an dem Ordner geben."
        ) from None


def beside(file: Path) -> tuple[Path, Path]:
    """Return the -wal and -shm files, there while the database is open and after a process was killed."""
    return file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")


def shut_to_others(file: Path) -> None:
    """Take all rights from those who are neither owner nor in the group. Another user's file stays."""
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & 0o007:
            file.chmod(mode & ~0o007)
    except (FileNotFoundError, PermissionError):
        pass
