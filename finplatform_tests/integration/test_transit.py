"""In transit: every driver checks the database's certificate, UI and API are reached by TLS."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psycopg
import pytest
import trustme
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from finplatform.api import listening
from finplatform.errors import FinplatformError
from finplatform.settings import Settings, get_settings
from finplatform.warehouse import bulk
from finplatform.warehouse.database import Warehouse, open_dagster_storage, open_warehouse
from finplatform.warehouse.dbt import dbt_environment, run_dbt
from finplatform_tests.integration.ui.conftest import served
from finplatform_tests.transit import Certificates, Front, front, server_context

pytestmark = pytest.mark.integration

Settle = Callable[[URL], Settings]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"), trustme.CA())


@pytest.fixture
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[URL], Settings]]:
    """Settings that name a database."""

    def settle(url: URL) -> Settings:
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        monkeypatch.setenv("FINPLATFORM_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("FINPLATFORM_DATABASE_URL", plain)
        monkeypatch.setenv("FINPLATFORM_DAGSTER_DATABASE_URL", plain)
        get_settings.cache_clear()
        return get_settings()

    yield settle
    get_settings.cache_clear()


def _url(database: URL, server: Front, root: Path) -> URL:
    """URL of a database through a front, by which its certificate is checked."""
    kept = {name: value for name, value in database.query.items() if name not in ("host", "port")}
    checked = {"sslmode": "verify-full", "sslrootcert": str(root)}
    return database.set(host="localhost", port=server.port, query={**kept, **checked})


def _by_psycopg(settings: Settings) -> None:
    with open_warehouse(settings).connect() as connection:
        connection.execute("select 1")


def _by_adbc(settings: Settings) -> None:
    with bulk.connect(open_warehouse(settings).url) as connection:
        assert bulk.fetch_value(connection, "select 1") == 1


def _by_async_psycopg(settings: Settings) -> None:
    async def ask() -> None:
        url = open_warehouse(settings).url
        async with await psycopg.AsyncConnection.connect(url) as connection:
            await connection.execute("select 1")

    asyncio.run(ask())


def _by_sqlalchemy(settings: Settings) -> None:
    engine = create_engine(open_warehouse(settings).sqlalchemy_url)
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1"))
    finally:
        engine.dispose()


def _by_dagster_storage(settings: Settings) -> None:
    location = open_dagster_storage(settings).location.set(drivername="postgresql+psycopg2")
    engine = create_engine(location.render_as_string(hide_password=False))
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1"))
    finally:
        engine.dispose()


def _by_dbt(settings: Settings) -> None:
    environment = dbt_environment(settings, open_warehouse(settings).location)
    run_dbt(["debug", "--connection"], environment)


DRIVERS = {
    "psycopg": _by_psycopg,
    "ADBC": _by_adbc,
    "asynchronous psycopg": _by_async_psycopg,
    "SQLAlchemy": _by_sqlalchemy,
    "Dagster's storage": _by_dagster_storage,
    "dbt": _by_dbt,
}


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_driver_reaches_a_server_whose_certificate_is_right(
    postgres_url: str, certificates: Certificates, named: Settle, driver: str
) -> None:
    database = make_url(postgres_url)
    with front(database, server_context(*certificates.files("localhost"))) as server:
        DRIVERS[driver](named(_url(database, server, certificates.root)))
        assert (server.encrypted > 0, server.plain) == (True, 0)


def _wrong_servers(certificates: Certificates, strangers: Certificates) -> dict[str, object]:
    old = server_context(*certificates.files("localhost"))
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    return {
        "no TLS": None,
        "a stranger's certificate": server_context(*strangers.files("localhost")),
        "another host's certificate": server_context(*certificates.files("elsewhere.example")),
        "an expired certificate": server_context(*certificates.files("localhost", is_expired=True)),
        "TLS 1.1": old,
    }


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
@pytest.mark.parametrize(
    "wrong",
    ["no TLS", "a stranger's certificate", "another host's certificate", "an expired certificate",
     "TLS 1.1"],
)  # fmt: skip
@pytest.mark.parametrize("driver", DRIVERS)
def test_a_driver_sends_nothing_to_a_server_that_cannot_be_trusted(
    postgres_url: str,
    certificates: Certificates,
    named: Settle,
    tmp_path: Path,
    driver: str,
    wrong: str,
) -> None:
    database = make_url(postgres_url)
    strangers = Certificates(tmp_path, trustme.CA())
    context = _wrong_servers(certificates, strangers)[wrong]
    with front(database, context) as server:
        settings = named(_url(database, server, certificates.root))
        with pytest.raises(Exception, match=r"(?i)ssl|tls|certificate|connect"):
            DRIVERS[driver](settings)
        assert server.plain == 0


@pytest.fixture
def secured(
    certificates: Certificates, tmp_path: Path
) -> Iterator[tuple[int, ssl.SSLContext, Settings]]:
    """A server with the options of UI and API: its port, what trusts it, and the settings."""
    chain, key = certificates.files("localhost")
    settings = Settings(home=tmp_path / "home", tls_certificate=chain, tls_key=key)

    async def scheme(request: object) -> PlainTextResponse:
        return PlainTextResponse(request.url.scheme)

    options = listening.uvicorn_options(settings)
    options.pop("host")
    trusting = ssl.create_default_context(cafile=str(certificates.root))
    with served(Starlette(routes=[Route("/", scheme)]), **options) as port:
        yield port, trusting, settings


def test_ui_and_api_are_reached_by_tls(secured: tuple[int, ssl.SSLContext, Settings]) -> None:
    port, trusting, settings = secured
    answer = httpx.get(f"https://localhost:{port}/", verify=trusting, trust_env=False)
    assert answer.text == "https"
    assert listening.url(settings, port) == f"https://localhost:{port}"


def test_a_client_that_does_not_know_the_authority_does_not_go_on(
    secured: tuple[int, ssl.SSLContext, Settings],
) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"https://localhost:{secured[0]}/", trust_env=False)


def test_a_plain_request_to_a_port_with_tls_is_not_answered(
    secured: tuple[int, ssl.SSLContext, Settings],
) -> None:
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://localhost:{secured[0]}/", trust_env=False)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_an_old_version_of_tls_is_refused(
    secured: tuple[int, ssl.SSLContext, Settings], version: ssl.TLSVersion
) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with suppress(ssl.SSLError):
        old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", secured[0])) as raw,
        pytest.raises((ssl.SSLError, OSError)),
    ):
        old.wrap_socket(raw)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tls_certificate": "a.pem"}, "go together"),
        ({"tls_key": "a.key"}, "go together"),
        ({"public_name": "bank.example"}, "needs FINPLATFORM_TLS_CERTIFICATE"),
    ],
)
def test_a_name_for_others_needs_a_certificate(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], said: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"FINPLATFORM_{name.upper()}", value)
    get_settings.cache_clear()
    with pytest.raises(FinplatformError, match=said):
        get_settings()
    get_settings.cache_clear()


def test_without_a_name_for_others_only_this_machine_is_served(tmp_path: Path) -> None:
    alone = Settings(home=tmp_path)
    shown = alone.model_copy(update={"public_name": "bank.example", "tls_certificate": tmp_path})
    assert listening.address(alone) == "127.0.0.1"
    assert "bank.example" not in listening.names(alone)
    assert listening.address(shown) == "0.0.0.0"  # noqa: S104 - with a certificate
    assert "bank.example" in listening.names(shown)


def test_the_password_of_a_warehouse_stays_out_of_errors(certificates: Certificates) -> None:
    url = URL.create(
        "postgresql", "anna", "Canary", "localhost", 1, "x", {"sslmode": "verify-full"}
    )
    with pytest.raises(FinplatformError) as error:
        Warehouse(url).connect()
    assert "Canary" not in str(error.value)
