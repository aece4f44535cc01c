"""Fixtures that the whole suite shares: settings of a private home, and a real PostgreSQL.

The server is the one at `FINPLATFORM_DATABASE_URL` if that is set, else an embedded one in a
temporary home, started once per test process and stopped at its end. Its clock is moved where that
of the tests is (`make test-dates`).
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as property_settings
from sqlalchemy.engine import URL, make_url

from finplatform.settings import Settings, get_settings
from finplatform.warehouse.embedded import EmbeddedServer
from finplatform.warehouse.embedded.cluster import SUPERUSER
from finplatform.warehouse.embedded.layout import Layout
from finplatform.warehouse.embedded.ports import free_port
from finplatform_tests.databases import new_databases
from finplatform_tests.dates import CLOCK
from finplatform_tests.integration.bank import BuiltBank

# Threads of OpenMP wait for each other by turning in circles: beside other work a fit of a second
# takes minutes. Read when the first library with OpenMP is loaded, here and in child processes.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A busy machine is no reason to fail, and every run tries the same examples: what is red was
# changed. Other examples are tried by `--hypothesis-profile=explore`.
for profile, same_examples in (("explore", False), ("suite", True)):
    property_settings.register_profile(
        profile,
        deadline=None,
        derandomize=same_examples,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
property_settings.load_profile("suite")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps a module on one worker, and all tests of the built bank on the one that builds it.

    Comes before xdist's own hook, which reads the groups.
    """
    for item in items:
        shares = "built_bank" in getattr(item, "fixturenames", ())
        item.add_marker(
            pytest.mark.xdist_group("built_bank" if shares else item.nodeid.split("::")[0])
        )


@pytest.fixture(scope="session")
def postgres_logins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[URL, URL | None]]:
    """URLs of a server as the platform's login, which is no superuser, and as the superuser.

    On the server of `FINPLATFORM_DATABASE_URL` the login is the one given, and there is no other.
    """
    given = Settings().database_url
    if given is not None:
        yield make_url(given.get_secret_value()), None
        return
    home = tmp_path_factory.mktemp("server")
    clock = {name: os.environ[name] for name in CLOCK if name in os.environ}
    server = EmbeddedServer(home, port=free_port(), memory_mb=2048, environment=clock)
    info = server.start()
    loader = make_url(info.url("finplatform"))
    try:
        secret = Layout(home).password_file.read_text()
        yield loader, loader.set(username=SUPERUSER, password=secret)
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postgres_server(postgres_logins: tuple[URL, URL | None]) -> URL:
    """URL of a server on which databases can be made, by a login that is no superuser."""
    return postgres_logins[0]


@pytest.fixture(scope="session")
def postgres_superuser(postgres_logins: tuple[URL, URL | None]) -> URL:
    """URL of the same server as its superuser."""
    if postgres_logins[1] is None:
        pytest.skip("needs a superuser, of the embedded server")
    return postgres_logins[1]


@pytest.fixture
def postgres_url(postgres_server: URL) -> Iterator[str]:
    """libpq URL of an empty database that is dropped after the test; sessions run in UTC."""
    with new_databases(postgres_server, "empty") as (url,):
        yield (
            make_url(url)
            .update_query_dict({"options": "-ctimezone=UTC"})
            .render_as_string(hide_password=False)
        )


@pytest.fixture(scope="session")
def built_bank(
    postgres_server: URL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltBank]:
    """A simulated bank through the whole graph, for tests that leave it as it is."""
    with new_databases(postgres_server, "warehouse", "dagster") as urls:
        bank = BuiltBank(tmp_path_factory.mktemp("built_bank"), *urls)
        bank.simulate()
        bank.build()
        yield bank


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A private home, named by the settings for the length of a test."""
    folder = tmp_path / "home"
    monkeypatch.setenv("FINPLATFORM_HOME", str(folder))
    get_settings.cache_clear()
    yield folder
    get_settings.cache_clear()


@pytest.fixture
def settings(home: Path) -> Settings:
    """Settings of the private home."""
    return get_settings()
