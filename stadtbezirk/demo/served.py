"""What every process of a demonstration shares: the signing key and where it was served last.

Two files in its data folder, so that a command in a second shell writes links that the server understands. The
settings read them; the command ``demo`` writes them.
"""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key

KEY, ADDRESS = "demo-secret-key", "demo-address"


def secret_key(folder: Path) -> str:
    """Empty before ``keep_key``."""
    return _read(folder / KEY)


def address(folder: Path) -> str:
    """Empty before the demonstration was served for the first time."""
    return _read(folder / ADDRESS)


def keep_key(folder: Path) -> None:
    """Make the key, once: who is signed in stays so over a restart."""
    if not secret_key(folder):
        _write(folder / KEY, get_random_secret_key())


def keep_address(folder: Path, url: str) -> None:
    _write(folder / ADDRESS, url)


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
