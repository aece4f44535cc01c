"""Running the proxy of the webservers until it is stopped.

It also copies people's statements from the database's log to the audit trail, and periodically
signs a head of the trail. Does not belong here: the application (see `app`).
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.requests import HTTPConnection, Request
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from finplatform.api import listening, problems
from finplatform.api.app import STATIC, Parts, shared_of
from finplatform.api.audit import Audit
from finplatform.api.login.gate import PUBLIC
from finplatform.api.login.identity import Identity
from finplatform.api.pool import Line, Lines
from finplatform.api.routes import login_page, openid
from finplatform.api.ui.app import LOGIN_PATH, Doors, create_ui
from finplatform.api.ui.forward import Forwarder
from finplatform.errors import FinplatformError
from finplatform.home import close_home
from finplatform.settings import Settings
from finplatform.warehouse import statement_log
from finplatform.warehouse.audit_seals import seal
from finplatform.warehouse.database import open_warehouse
from finplatform.warehouse.embedded import server_for
from finplatform.warehouse.embedded.ports import LOOPBACK

_LOG = logging.getLogger(__name__)
_COLLECT_EVERY_S = 30.0
_SEAL_EVERY_ROUNDS = 20
_LAST_WORDS_SECONDS = 5
_LINES = Lines(prompt=Line(connections=5, waiting=500, seconds=5.0))


def ui_of(settings: Settings) -> FastAPI:
    """The application of a home, with the logins of its database.

    Args:
        settings: Name the home, the database and the ports.
    """
    shared = shared_of(settings, Parts(lines=_LINES))

    async def identify(connection: HTTPConnection) -> Identity | None:
        # Credentials of a websocket are in its headers as those of a request are.
        scope = {**connection.scope, "type": "http", "method": "GET"}
        return await shared.login.credentials.identify(Request(scope))

    doors = Doors(
        identify,
        shared.audit.record,
        full=Forwarder(f"http://{LOOPBACK}:{settings.webserver_port}"),
        read=Forwarder(f"http://{LOOPBACK}:{settings.webserver_read_only_port}"),
    )

    @asynccontextmanager
    async def parts() -> AsyncIterator[None]:
        close_home(settings.home)
        await shared.pool.open()
        keeping = asyncio.create_task(_keep_trail(settings))
        yield
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        await shared.audit.close()
        await shared.dagster.close()
        await shared.pool.close()

    login = APIRouter(dependencies=[PUBLIC])
    login.include_router(login_page.router)
    login.include_router(openid.router)
    app = create_ui(
        doors,
        hosts=listening.names(settings),
        logins=[login],
        files=[Mount("/static", StaticFiles(directory=STATIC), name="static")],
        parts=parts,
    )
    app.state.shared = shared
    problems.add_handlers(app)
    app.add_middleware(Audit, record=shared.audit.record, only=(LOGIN_PATH, "/logout"))
    return app


def serve(settings: Settings) -> None:
    """Serves until interrupted or terminated."""
    uvicorn.run(
        ui_of(settings),
        **listening.uvicorn_options(settings),
        port=settings.ui_port,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=_LAST_WORDS_SECONDS,
    )


async def _keep_trail(settings: Settings) -> None:
    """Takes over statements, and signs heads, while the database is up."""
    rounds = 0
    while True:
        try:
            await asyncio.to_thread(_take_over, settings, is_sealing=not rounds)
            rounds = (rounds + 1) % _SEAL_EVERY_ROUNDS
        except (psycopg.Error, FinplatformError, OSError) as error:
            _LOG.warning("The audit trail was not kept up: %s", type(error).__name__)
        await asyncio.sleep(_COLLECT_EVERY_S)


def _take_over(settings: Settings, *, is_sealing: bool) -> None:
    if settings.database_url is None and server_for(settings).status() is None:
        return
    warehouse = open_warehouse(settings)
    statement_log.collect(settings, warehouse)
    if is_sealing:
        seal(settings, warehouse)
