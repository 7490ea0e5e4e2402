"""What all processes of a demonstration share: the signing key, and the address at which it was served last.

Two files in its data folder, so that a command in a second shell writes links that the server understands.
"""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key

KEY, ADDRESS = "demo-secret-key", "demo-address"


def secret_key(folder: Path) -> str:
    """Return the signing key, or an empty text before ``keep_key``."""
    return _read(folder / KEY)


def address(folder: Path) -> str:
    """Return the address, or an empty text before the demonstration was served for the first time."""
    return _read(folder / ADDRESS)


def keep_key(folder: Path) -> None:
    """Create the key where there is none. It stays, so that a restart signs nobody out."""
    if not secret_key(folder):
        _write(folder / KEY, get_random_secret_key())


def keep_address(folder: Path, url: str) -> None:
    """Store the address at which the demonstration is served."""
    _write(folder / ADDRESS, url)


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
