"""Servers that notifications and events are sent to: a real SMTP server and a real HTTP server.

Belongs here: starting them on loopback and keeping what they were sent. Both can refuse.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from finplatform.warehouse.embedded.ports import free_port


@dataclass
class Mailbox:
    """What a mail server was sent.

    Attributes:
        url: The server, as the settings name it.
        mails: The messages, in order.
        refuses: Whether the server takes none.
    """

    url: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    refuses: bool = False

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it by this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.refuses:
            return "451 Try again later"
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"

    def subjects(self, recipient: str | None = None) -> list[str]:
        """Subjects of the messages, or of those to a recipient."""
        return [mail["Subject"] for mail in self.mails if recipient in (None, mail["To"])]


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A mail server while a block lasts."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.url = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield box
    finally:
        controller.stop()


@dataclass
class Received:
    """What an HTTP server was sent.

    Attributes:
        url: The server.
        bodies: JSON bodies of the requests that it took, in order.
        headers: Their headers.
        paths: Their paths.
        status: Status that it answers.
    """

    url: str = ""
    bodies: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    status: int = 200


@contextmanager
def http_server() -> Iterator[Received]:
    """An HTTP server while a block lasts."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if received.status < 300:
                received.bodies.append(json.loads(body))
                received.headers.append(dict(self.headers))
                received.paths.append(self.path)
            self.send_response(received.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    received.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
