"""Banks that the tests of the live page look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from finplatform.settings import Settings
from finplatform.warehouse.embedded.ports import free_port
from finplatform_tests.chromium import chromium
from finplatform_tests.integration.live.bank import LiveBank


@pytest.fixture
def empty_database(postgres_url: str, tmp_path: Path) -> LiveBank:
    """A database without any table."""
    settings = Settings(
        home=tmp_path / "home",
        database_url=postgres_url,
        api_port=free_port(),
        ui_port=free_port(),
        api_anonymous_role="admin",
    )
    return LiveBank(postgres_url, settings)


@pytest.fixture
def empty_bank(empty_database: LiveBank) -> LiveBank:
    """A bank with all tables and no rows."""
    empty_database.make_source()
    empty_database.make_warehouse("fraud_alerts", "payments", "settlements", "transactions")
    return empty_database


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's Chromium."""
    with chromium() as found:
        yield found
