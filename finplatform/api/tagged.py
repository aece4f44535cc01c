"""Entity tags of answers that are made anew each time (RFC 9110, 8.8.3).

Belongs here: a kind of route that tags its answers by their content, and answers 304 to a client
that has them already. Files have tags of their own.
"""

import hashlib
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute


class TaggedRoute(APIRoute):
    """A route whose whole answers bear a tag."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers requests of the route."""
        answer = super().get_route_handler()

        async def tagged(request: Request) -> Response:
            response = await answer(request)
            body = getattr(response, "body", b"")
            if not body or response.status_code != HTTPStatus.OK:
                return response
            tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            response.headers["ETag"] = tag
            if matches(request.headers.get("if-none-match"), tag):
                kept = {"ETag": tag, **_kept(response)}
                return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=kept)
            return response

        return tagged


def matches(given: str | None, tag: str) -> bool:
    """Whether a client's `If-None-Match` names a tag."""
    if given is None:
        return False
    named = [part.strip().removeprefix("W/") for part in given.split(",")]
    return "*" in named or tag in named


def _kept(response: Response) -> dict[str, str]:
    """Headers that an answer without its body repeats."""
    names = ("cache-control", "vary", "x-more-rows")
    return {name: value for name in names if (value := response.headers.get(name)) is not None}
