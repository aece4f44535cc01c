"""`create_app`: the FastAPI application from settings.

Belongs here: putting routers, files and shared state together. Does not belong here: what they do,
and running the application (see `server`).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import yaml
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from finplatform.api import listening, problems
from finplatform.api.audit import Audit, Recorder, audit_writer
from finplatform.api.dagster import Dagster
from finplatform.api.database import Reader
from finplatform.api.headers import Headers
from finplatform.api.initialize import initialize
from finplatform.api.live.alerts import Alerts
from finplatform.api.live.captures import Captures
from finplatform.api.live.currencies import Currencies
from finplatform.api.live.hub import ROUND_SECONDS, Hub
from finplatform.api.live.loads import Loads
from finplatform.api.live.pace import Pace
from finplatform.api.live.payments import Payments
from finplatform.api.live.pipeline import Pipeline
from finplatform.api.live.poll import Poll
from finplatform.api.live.stream import StreamWatch
from finplatform.api.live.transactions import Transactions
from finplatform.api.login.gate import GUARDED, PUBLIC, RESPONSES, LoginNeededError
from finplatform.api.login.service import Login
from finplatform.api.metrics import Measured, Metrics
from finplatform.api.platform_metrics import PlatformMetrics
from finplatform.api.pool import LINES, Lines, Pool
from finplatform.api.routes import (
    accounts,
    alerts,
    capital,
    customers,
    etl,
    exports,
    health,
    jobs,
    laundering,
    lineage,
    live,
    login,
    login_page,
    openid,
    pages,
    payment_reports,
    periods,
    reports,
    risk,
    transactions,
)
from finplatform.api.state import Shared
from finplatform.home import close_home
from finplatform.security.access_tokens import AccessTokens
from finplatform.security.passwords import Passwords
from finplatform.security.throttle import Throttle
from finplatform.settings import Settings
from finplatform.warehouse.embedded.ports import LOOPBACK

if TYPE_CHECKING:
    from finplatform.api.login.openid import OpenId

STATIC = Path(__file__).with_name("static")

LARGEST_BODY = 64 * 1024
"""Bytes of the largest request: none has more than a form."""

_SHARE_OF_TRANSACTIONS = 0.2
"""Share of the time that reading transactions may take: they must appear within two seconds."""

_PUBLIC = (health.router, login.public_router, login_page.router, openid.router)
_GUARDED = (
    accounts, alerts, capital, customers, etl, exports, jobs, laundering, lineage, live, login,
    pages,
    payment_reports, periods, reports, risk, transactions,
)  # fmt: skip


@dataclass(frozen=True)
class Parts:
    """Parts of an application that may be others than those of the settings.

    Attributes:
        passwords: Hashes and compares passwords.
        throttle: Counts wrong logins.
        dagster: Carries requests to Dagster; None: the network.
        audit: Records requests; None: the trail in the database.
        round_s: Seconds between rounds of the live page.
        lines: Connections of requests to the database, and who may wait for them.
    """

    passwords: Passwords | None = None
    throttle: Throttle | None = None
    dagster: httpx.AsyncBaseTransport | None = None
    audit: Recorder | None = None
    round_s: float = ROUND_SECONDS
    lines: Lines = LINES


def create_app(settings: Settings, parts: Parts | None = None) -> FastAPI:
    """The application of a home.

    Args:
        settings: Name the home, the database and the Dagster UI.
        parts: What is otherwise than the settings have it.
    """
    shared = shared_of(settings, parts or Parts())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        close_home(settings.home)
        settings.reports.mkdir(exist_ok=True)
        await shared.pool.open()
        yield
        await shared.hub.close()
        await shared.dagster.close()
        await shared.audit.close()
        await shared.pool.close()

    app = FastAPI(
        title="finplatform API",
        version=version("finplatform"),
        lifespan=lifespan,
        # All of them are routes of ours, behind the gate; the pages would fetch their scripts.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        max_body_size=LARGEST_BODY,
        responses=problems.described(422, 429, 503),
    )
    app.state.shared = shared
    app.add_middleware(Audit, record=shared.audit.record)
    app.add_middleware(Measured, metrics=shared.metrics)
    app.add_middleware(Headers)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(listening.names(settings)))
    problems.add_handlers(app)
    app.add_exception_handler(LoginNeededError, login_page.login_needed)
    for router in _PUBLIC:
        app.include_router(router, dependencies=[PUBLIC])
    refusals = problems.described(*RESPONSES)
    for module in _GUARDED:
        app.include_router(module.router, dependencies=[GUARDED], responses=refusals)
    app.include_router(health.measured, dependencies=[GUARDED], responses=refusals)
    # The look of the login page: nothing of the bank is in these files.
    app.mount("/static", StaticFiles(directory=STATIC), "static")
    return app


def live_poll(settings: Settings) -> Poll:
    """The sections of the live page that are read from the database.

    Args:
        settings: Settings with the stream's server, which one section reads.
    """
    currencies = Currencies()
    return Poll(
        [
            (Transactions(currencies), Pace(share=_SHARE_OF_TRANSACTIONS)),
            (Alerts(), Pace()),
            (Payments(currencies), Pace()),
            (StreamWatch(settings), Pace()),
            (Captures(), Pace()),
            (Loads(), Pace()),
        ]
    )


def shared_of(settings: Settings, parts: Parts) -> Shared:
    """What the requests of an application share.

    Args:
        settings: Name the home, the database and the webservers.
        parts: What is otherwise than the settings have it.
    """
    bank, reader = _bank(settings), Reader(settings)
    looking = f"http://{LOOPBACK}:{settings.webserver_read_only_port}"
    acting = f"http://{LOOPBACK}:{settings.webserver_port}"
    pool = Pool(settings, parts.lines)
    login_of = Login(settings, pool.logins, parts.passwords, parts.throttle)
    return Shared(
        settings=settings,
        bank=bank,
        reader=reader,
        hub=Hub(reader, live_poll(settings), Pipeline(looking), bank, parts.round_s),
        pool=pool,
        login=login_of,
        openid=_provider(settings, login_of.tokens),
        dagster=Dagster(acting, parts.dagster),
        metrics=Metrics(),
        platform=PlatformMetrics(settings, reader),
        audit=parts.audit or audit_writer(settings),
        prepare=initialize,
    )


def _provider(settings: Settings, tokens: AccessTokens) -> "OpenId | None":
    """The outside OpenID provider, of which most homes have none."""
    if settings.openid_issuer is None:
        return None
    from finplatform.api.login.openid import openid_of

    return openid_of(settings, tokens)


def _bank(settings: Settings) -> str:
    """Name of the bank in the source configuration, as far as that can be read."""
    try:
        written = yaml.safe_load(settings.sources_file.read_text(encoding="utf-8"))["bank"]
        return str(written if isinstance(written, str) else written["name"])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, KeyError):
        return "Bank"
