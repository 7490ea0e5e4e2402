"""gunicorn as in production, for the parts that measure over connections."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench import client
from tests.bench.databases import ROOT

WORKERS = 2


@contextmanager
def served(module: str, ready: str) -> Iterator[tuple[int, int]]:
    """gunicorn as in production on a free port; yields the port and the process."""
    with socket.socket() as probe:
        probe.bind((client.HOST, 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", f"{module}:application", "--config", str(ROOT / "gunicorn.conf.py"),
         "--workers", str(WORKERS), "--bind", f"{client.HOST}:{port}", "--log-level", "error"],
        cwd=ROOT,
    )  # fmt: skip
    try:
        _wait(f"http://{client.HOST}:{port}{ready}")
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(timeout=40)


def _wait(address: str) -> None:
    for _ in range(300):
        try:
            request = urllib.request.Request(
                address, headers={"Host": "localhost", "X-Forwarded-Proto": "https"}
            )
            urllib.request.urlopen(request, timeout=5)
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(address)
