"""A mail server for the tests: takes what it is sent, and misbehaves where a test says so."""

import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any

#: What a command is answered with; None keeps silent until the client goes away.
Answer = Callable[[str, "MailServer"], str | None]


class _Conversation(socketserver.StreamRequestHandler):
    server: "MailServer"

    def handle(self) -> None:
        self.server.connections += 1
        if not self._say("CONNECT"):
            return
        while line := self.rfile.readline():
            command = line.decode().strip().upper()
            if not self._say(command):
                return
            if command == "DATA":
                content = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.received.append(message_from_bytes(content))
                if not self._say("END OF MAIL"):
                    return
            elif command == "QUIT":
                return

    def _say(self, command: str) -> bool:
        answer = self.server.answer(command, self.server)
        if answer is None:
            while not self.server.over.wait(0.05):
                pass
            return False
        if not answer:
            return False
        self.wfile.write(answer.encode() + b"\r\n")
        return True


def obliging(command: str, server: "MailServer") -> str | None:
    return {"CONNECT": "220 hier", "DATA": "354 bitte", "QUIT": "221 bis dann"}.get(command, "250 gut")


class MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.received: list[Message] = []
        self.connections = 0
        self.answer: Answer = obliging
        self.over = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def delivery(self) -> dict[str, Any]:
        """For the setting MAIL_DELIVERY."""
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": self.port,
        }

    @property
    def recipients(self) -> list[str]:
        return [message["To"] for message in self.received]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed or gave up is what the tests are about."""


@contextmanager
def running() -> Iterator[MailServer]:
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
            time.sleep(0.06)
