"""Gunicorn in production and in the demonstration; processes by ``WEB_CONCURRENCY``, address by ``--bind``."""

import errno
import os
import socket
import sys
from typing import Any

from gunicorn import glogging

from members.common.logs import WithoutTokens

wsgi_app = "stadtbezirk.wsgi:application"
worker_class = "gthread"
threads = 8
max_requests = 5000
max_requests_jitter = 500
# Through this socket whoever runs as the same user could steer the server; nobody here needs it.
control_socket_disable = True


class logger_class(glogging.Logger):
    """Also with --access-logfile no line holds a mailed link."""

    def __init__(self, cfg: Any) -> None:
        super().__init__(cfg)
        for log in (self.error_log, self.access_log):
            log.addFilter(WithoutTokens())


def on_starting(server: Any) -> None:
    """Say in German that the address is taken; gunicorn would try for five seconds and say it in English."""
    if "LISTEN_FDS" in os.environ or "GUNICORN_FD" in os.environ:
        return  # the sockets are handed over
    for address in server.cfg.address:
        if isinstance(address, tuple):
            require_free(address)


def require_free(address: tuple[Any, ...]) -> None:
    family = socket.AF_INET6 if ":" in str(address[0]) else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            why = "ist schon belegt" if error.errno == errno.EADDRINUSE else f"geht nicht ({error.strerror})"
            sys.exit(f"Die Adresse {address[0]}:{address[1]} {why}. Bitte mit --bind eine andere nennen.")
