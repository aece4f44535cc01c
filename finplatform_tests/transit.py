"""A server's TLS for tests: certificates, and a front that speaks PostgreSQL's way into TLS.

The embedded PostgreSQL is built without OpenSSL. A front takes TLS off before it, as a pooler or a
balancer does in a bank, so that every client's own handshake and checks are tried. Belongs here:
the front and the certificates. Does not belong here: what must hold.
"""

import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from sqlalchemy.engine import URL

SSL_REQUEST = (8).to_bytes(4) + (80877103).to_bytes(4)
GSS_REQUEST = (8).to_bytes(4) + (80877104).to_bytes(4)


@dataclass(frozen=True)
class Certificates:
    """Certificates of one authority.

    Attributes:
        folder: Where files are.
        authority: Signs them.
    """

    folder: Path
    authority: trustme.CA

    @property
    def root(self) -> Path:
        """File of the authority's own certificate."""
        path = self.folder / "root.pem"
        self.authority.cert_pem.write_to_path(str(path))
        return path

    def files(self, name: str, *, is_expired: bool = False) -> tuple[Path, Path]:
        """Files of the certificate and the key of a host."""
        until = datetime.now(UTC) - timedelta(days=1) if is_expired else None
        made = self.authority.issue_cert(
            name,
            not_before=datetime.now(UTC) - timedelta(days=9),
            not_after=until or datetime.now(UTC) + timedelta(days=9),
        )
        chain, key = (self.folder / f"{name}.{ending}" for ending in ("pem", "key"))
        chain.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
        made.private_key_pem.write_to_path(str(key))
        return chain, key


class Front(socketserver.ThreadingTCPServer):
    """Takes connections and passes them on to a database.

    Args:
        database: URL of the database behind it.
        context: TLS of the front; None: it has none, and says so.
    """

    daemon_threads = True

    def __init__(self, database: URL, context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.database = database
        self.context = context
        self.encrypted = 0
        self.plain = 0
        self.port = int(self.server_address[1])


class _Connection(socketserver.BaseRequestHandler):
    """One client."""

    server: Front

    def handle(self) -> None:
        """Negotiates as the server does, and passes bytes on until one side ends."""
        client: socket.socket = self.request
        with suppress(OSError), ExitStack() as stack:
            first = _exactly(client, 8)
            while first in (SSL_REQUEST, GSS_REQUEST):
                is_tls = first == SSL_REQUEST and self.server.context is not None
                client.sendall(b"S" if is_tls else b"N")
                if is_tls and self.server.context is not None:
                    client = self.server.context.wrap_socket(client, server_side=True)
                    stack.callback(client.close)
                    self.server.encrypted += 1
                first = _exactly(client, 8)
            if not isinstance(client, ssl.SSLSocket):
                self.server.plain += 1
            behind = stack.enter_context(_behind(self.server.database))
            behind.sendall(first)
            _pass_on(client, behind)


def _behind(database: URL) -> socket.socket:
    host = str(database.query.get("host") or database.host)
    port = int(str(database.query.get("port") or database.port or 5432))
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    found = socket.socket(socket.AF_UNIX)
    found.connect(f"{host}/.s.PGSQL.{port}")
    return found


def _exactly(client: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        block = client.recv(size - len(content))
        if not block:
            raise ConnectionError
        content += block
    return content


def _pass_on(client: socket.socket, behind: socket.socket) -> None:
    other = {client: behind, behind: client}
    while True:
        is_waiting = isinstance(client, ssl.SSLSocket) and client.pending()
        ready = [client] if is_waiting else select.select([client, behind], [], [])[0]
        for one in ready:
            block = one.recv(65_536)
            if not block:
                return
            other[one].sendall(block)


@contextmanager
def front(database: URL, context: ssl.SSLContext | None) -> Iterator[Front]:
    """A front, served by a thread."""
    with Front(database, context) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def server_context(chain: Path, key: Path) -> ssl.SSLContext:
    """TLS of a server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context
