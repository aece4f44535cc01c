"""Running the application until it is stopped.

Belongs here: the web server. Does not belong here: the application (see `app`), and starting this
in the background (see `finplatform.cli.services`).
"""

import socket

import uvicorn
from fastapi import FastAPI

from finplatform.api import listening
from finplatform.api.app import create_app
from finplatform.api.state import Shared
from finplatform.settings import Settings

_LAST_WORDS_SECONDS = 5


class Server(uvicorn.Server):
    """A web server that ends its streams before it waits for open connections.

    A stream has no end of its own, and would keep the server for ever.
    """

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                **listening.uvicorn_options(settings),
                port=settings.api_port,
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=_LAST_WORDS_SECONDS,
            )
        )
        self._shared: Shared = app.state.shared

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the streams, and then everything."""
        await self._shared.hub.close()
        await super().shutdown(sockets)


def serve(settings: Settings) -> None:
    """Serves until interrupted or terminated."""
    Server(create_app(settings), settings).run()
