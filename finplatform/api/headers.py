"""Headers that every answer has.

Belongs here: what browsers may do with an answer. Streams pass through untouched but for these.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# With `no-referrer` a browser sends the origin `null` along with the forms of these very pages.
_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}
_OWN_PAGES = "default-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
_WITH_SCRIPTS_INSIDE = ("/docs", "/reports/")
"""Paths of pages that other programs made, with scripts in the page."""


class Headers:
    """ASGI middleware that adds them.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, and adds to its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _EVERYWHERE.items():
                    headers.setdefault(name, value)
                # Files change with a new version or a new run; a tag saves sending them again.
                headers.setdefault("Cache-Control", "no-cache")
                if not scope["path"].startswith(_WITH_SCRIPTS_INSIDE):
                    headers.setdefault("Content-Security-Policy", _OWN_PAGES)
            await send(message)

        await self._app(scope, receive, send_with_headers)
