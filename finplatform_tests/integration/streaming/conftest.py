"""A stream's server and a warehouse for tests of the stream."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import pytest
import redis

from finplatform.ingest.vault_key import vault_master_key
from finplatform.settings import Settings
from finplatform.streaming.client import connect
from finplatform.streaming.consumer import Place
from finplatform.streaming.server import serve
from finplatform_tests.waiting import wait_for_end, wait_until


@pytest.fixture
def stream_settings(tmp_path: Path, postgres_url: str) -> Settings:
    """Settings of a home with a server of its own, and an empty warehouse."""
    return Settings(home=tmp_path / "home", database_url=postgres_url)


@pytest.fixture
def stream(stream_settings: Settings) -> Iterator[redis.Redis]:
    """A client of the home's running server."""
    with running_server(stream_settings) as client:
        yield client


@pytest.fixture
def place(stream_settings: Settings, postgres_url: str) -> Place:
    """Where a consumer stores events."""
    master = vault_master_key(postgres_url, stream_settings)
    return Place(postgres_url, master, date(2024, 1, 1))


@contextmanager
def running_server(settings: Settings) -> Iterator[redis.Redis]:
    """A client of a home's server, which runs, and is started again, for the length of a block."""
    stopping = threading.Event()
    thread = threading.Thread(target=serve, args=(settings, stopping), name="stream server")
    thread.start()
    try:
        with connect(settings) as client:
            wait_until(lambda: answers(client), "the stream's server answers")
            yield client
    finally:
        stopping.set()
        wait_for_end(thread)


def answers(client: redis.Redis) -> bool:
    """Whether the server answers."""
    with suppress(redis.RedisError):
        return bool(client.ping())
    return False
