"""A server's TLS for tests: certificates, and a front that speaks PostgreSQL's way into TLS.

The embedded PostgreSQL is built without OpenSSL. A front takes TLS off before it, as a pooler or a
balancer does in a bank, so that every client's own handshake and checks are tried. Belongs here:
the front and the certificates. Does not belong here: what must hold.
"""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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


class Front:
    """Takes connections and passes them on to a database.

    Args:
        database: libpq URL of the database behind it.
        context: TLS of the front; None: it has none, and says so.
    """

    def __init__(self, database: URL, context: ssl.SSLContext | None) -> None:
        self._database = database
        self._context = context
        self.encrypted = 0
        self.plain = 0
        self.port = 0

    async def serve(self, ready: threading.Event, ended: asyncio.Event) -> None:
        """Serves until an event."""
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await ended.wait()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ssl.SSLError, asyncio.IncompleteReadError):
            first = await reader.readexactly(8)
            while first in (SSL_REQUEST, GSS_REQUEST):
                is_tls = first == SSL_REQUEST and self._context is not None
                writer.write(b"S" if is_tls else b"N")
                await writer.drain()
                if is_tls:
                    await writer.start_tls(self._context)
                    self.encrypted += 1
                first = await reader.readexactly(8)
            if writer.get_extra_info("ssl_object") is None:
                self.plain += 1
            await self._pass_on(first, reader, writer)
        writer.close()

    async def _pass_on(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        behind_reader, behind = await self._behind()
        behind.write(first)
        try:
            await asyncio.gather(_copy(reader, behind), _copy(behind_reader, writer))
        finally:
            behind.close()

    async def _behind(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        query = self._database.query
        host = str(query.get("host") or self._database.host)
        port = int(str(query.get("port") or self._database.port or 5432))
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)


@contextmanager
def front(database: URL, context: ssl.SSLContext | None) -> Iterator[Front]:
    """A front, served by a thread."""
    made = Front(database, context)
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    def run() -> None:
        loop.run_until_complete(made.serve(ready, ended))
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait()
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()


def server_context(chain: Path, key: Path) -> ssl.SSLContext:
    """TLS of a server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, ssl.SSLError):
        while block := await reader.read(65_536):
            writer.write(block)
            await writer.drain()
    with suppress(OSError, NotImplementedError, RuntimeError):
        writer.close()
