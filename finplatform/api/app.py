"""`create_app`: the FastAPI application from settings.

Belongs here: putting routers, files and shared state together. Does not belong here: what they do,
and running the application (see `server`).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import yaml
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from finplatform.api import listening, problems
from finplatform.api.database import Reader
from finplatform.api.headers import Headers
from finplatform.api.live.alerts import Alerts
from finplatform.api.live.currencies import Currencies
from finplatform.api.live.hub import ROUND_SECONDS, Hub
from finplatform.api.live.loads import Loads
from finplatform.api.live.pace import Pace
from finplatform.api.live.payments import Payments
from finplatform.api.live.pipeline import Pipeline
from finplatform.api.live.poll import Poll
from finplatform.api.live.transactions import Transactions
from finplatform.api.routes import health, live, pages
from finplatform.api.state import Shared
from finplatform.home import close_home
from finplatform.settings import Settings
from finplatform.warehouse.embedded.ports import LOOPBACK

STATIC = Path(__file__).with_name("static")

_SHARE_OF_TRANSACTIONS = 0.2
"""Share of the time that reading transactions may take: they are to be seen within two seconds."""


def create_app(settings: Settings, *, round_s: float = ROUND_SECONDS) -> FastAPI:
    """The application of a home.

    Args:
        settings: Name the home, the database and the Dagster UI.
        round_s: Seconds between rounds of the live page.
    """
    bank, reader = _bank(settings), Reader(settings)
    pipeline = Pipeline(f"http://{LOOPBACK}:{settings.webserver_read_only_port}")
    hub = Hub(reader, live_poll(), pipeline, bank, round_s)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        close_home(settings.home)
        settings.reports.mkdir(exist_ok=True)
        yield
        await hub.close()

    app = FastAPI(
        title="finplatform API",
        version=version("finplatform"),
        lifespan=lifespan,
        # Both would fetch their scripts from elsewhere; `/docs` is a page of ours.
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.shared = Shared(settings, bank, reader, hub)
    app.add_middleware(Headers)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(listening.names(settings)))
    problems.add_handlers(app)
    for module in (health, live, pages):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=STATIC), "static")
    # Paths that leave the folder, by dots or by links, are not found.
    app.mount(
        "/reports", StaticFiles(directory=settings.reports, html=True, check_dir=False), "reports"
    )
    return app


def live_poll() -> Poll:
    """The sections of the live page that are read from the database."""
    currencies = Currencies()
    return Poll(
        [
            (Transactions(currencies), Pace(share=_SHARE_OF_TRANSACTIONS)),
            (Alerts(), Pace()),
            (Payments(currencies), Pace()),
            (Loads(), Pace()),
        ]
    )


def _bank(settings: Settings) -> str:
    """Name of the bank in the source configuration, as far as that can be read."""
    try:
        written = yaml.safe_load(settings.sources_file.read_text(encoding="utf-8"))["bank"]
        return str(written if isinstance(written, str) else written["name"])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, KeyError):
        return "Bank"
