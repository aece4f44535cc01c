"""The way to a server of the stream elsewhere is encrypted, and to nobody but that server."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import redis
import trustme
from pydantic import SecretStr

from finplatform.settings import Settings
from finplatform.streaming.client import connect, connect_async, stream_socket
from finplatform_tests.transit import Certificates
from finplatform_tests.waiting import wait_for_end

pytestmark = pytest.mark.integration


@contextmanager
def front(socket: Path, chain: Path, key: Path) -> Iterator[int]:
    """Port of a server that takes TLS off and passes everything on to a socket."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    loop = asyncio.new_event_loop()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while block := await reader.read(65_536):
                writer.write(block)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind_writer = await asyncio.open_unix_connection(socket)
        await asyncio.gather(pump(reader, behind_writer), pump(behind_reader, writer))

    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever, name="front")
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        wait_for_end(thread)
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path, trustme.CA())


def located(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"redis_url": SecretStr(url)})


def test_a_server_is_believed_by_its_certificate_alone(
    stream: redis.Redis, stream_settings: Settings, certificates: Certificates, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    with front(stream_socket(stream_settings), *certificates.files("localhost")) as port:
        trusted = f"rediss://localhost:{port}/0?ssl_ca_certs={certificates.root}"
        with connect(located(stream_settings, trusted)) as client:
            assert client.ping()
        for url in (
            f"rediss://localhost:{port}/0?ssl_ca_certs={other}",
            f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={certificates.root}",
            f"rediss://localhost:{port}/0",
            f"redis://localhost:{port}/0",
        ):
            with connect(located(stream_settings, url)) as client, pytest.raises(redis.RedisError):
                client.ping()


def test_the_api_takes_the_same_way(
    stream: redis.Redis, stream_settings: Settings, certificates: Certificates
) -> None:
    async def ask(url: str) -> bool:
        async with connect_async(located(stream_settings, url)) as client:
            return bool(await client.ping())

    with front(stream_socket(stream_settings), *certificates.files("localhost")) as port:
        assert asyncio.run(ask(f"rediss://localhost:{port}/0?ssl_ca_certs={certificates.root}"))
        with pytest.raises(redis.RedisError):
            asyncio.run(ask(f"rediss://localhost:{port}/0"))


def test_the_embedded_server_listens_on_its_socket_alone(
    stream: redis.Redis, stream_settings: Settings
) -> None:
    assert stream.config_get("port")["port"] == "0"
    socket = stream_socket(stream_settings)
    assert socket.stat().st_mode & 0o077 == 0
    assert stream_settings.stream.stat().st_mode & 0o077 == 0
    assert stream.config_get("appendfsync")["appendfsync"] == "always"
