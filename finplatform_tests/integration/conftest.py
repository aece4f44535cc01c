"""Fixtures of tests that need a built bank."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL

from finplatform_tests.integration.bank import HISTORY, BuiltBank


@contextmanager
def new_databases(server: URL, *kinds: str) -> Iterator[list[str]]:
    """libpq URLs of empty databases, one per kind, that are dropped afterwards."""
    names = [f"test_{kind}_{uuid.uuid4().hex[:8]}" for kind in kinds]
    plain = server.set(drivername="postgresql")
    admin = plain.render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        for name in names:
            connection.execute(f"create database {name}".encode())
    try:
        yield [plain.set(database=name).render_as_string(hide_password=False) for name in names]
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            for name in names:
                connection.execute(f"drop database if exists {name} with (force)".encode())


def _new_bank(server: URL, home: Path) -> Iterator[BuiltBank]:
    with new_databases(server, "warehouse", "dagster") as (warehouse, dagster):
        yield BuiltBank(home, warehouse, dagster)


@pytest.fixture(scope="module")
def empty_bank(
    postgres_server: URL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltBank]:
    """A simulated bank of which nothing has been built."""
    for bank in _new_bank(postgres_server, tmp_path_factory.mktemp("bank")):
        bank.simulate()
        yield bank


@pytest.fixture(scope="module")
def bank(postgres_server: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuiltBank]:
    """A simulated bank through the whole graph."""
    for built in _new_bank(postgres_server, tmp_path_factory.mktemp("bank")):
        built.simulate()
        built.backfill(HISTORY, "full_history")
        yield built
