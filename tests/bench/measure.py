"""Taking turns, and calling a WSGI application without a network."""

import gc
import io
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any


def taking_turns(tasks: Sequence[Callable[[], Any]], repeats: int) -> list[float]:
    """The median time of each task in seconds; each runs once unmeasured first."""
    times: list[list[float]] = [[] for _ in tasks]
    for task in tasks:
        task()
    gc.collect()
    for _ in range(repeats):
        for task, taken in zip(tasks, times, strict=True):
            begin = time.perf_counter()
            task()
            taken.append(time.perf_counter() - begin)
    return [median(taken) for taken in times]


class Answer:
    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body


class Site:
    """A WSGI application as a server would call it, from the environment to the closed answer."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self.application = application

    def get(self, address: str, cookie: str = "") -> Answer:
        """The whole answer."""
        status, headers, response = self._call(address, cookie)
        try:
            body = b"".join(response)
        finally:
            response.close()
        return Answer(status, headers, body)

    def size(self, address: str, cookie: str = "") -> int:
        """The bytes of an answer that is not kept. Raises AssertionError where it is no 200."""
        status, _, response = self._call(address, cookie)
        try:
            assert status == 200, f"{address} answered {status}"
            return sum(len(part) for part in response)
        finally:
            response.close()

    def _call(self, address: str, cookie: str) -> tuple[int, list[tuple[str, str]], Any]:
        path, _, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_X_FORWARDED_PROTO": "https",
            "HTTP_COOKIE": cookie,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        started: list[Any] = []
        response = self.application(environ, lambda status, headers, *_: started.extend((status, headers)))
        return int(started[0].split()[0]), started[1], response

    def page(self, address: str, cookie: str = "") -> Answer:
        """The answer, which has to be a page. Raises AssertionError otherwise."""
        answer = self.get(address, cookie)
        assert answer.status == 200, f"{address} answered {answer.status}"
        return answer
