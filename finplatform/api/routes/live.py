"""`/api/live/events`: the stream that feeds the live page.

Belongs here: the endpoint. What is sent is made by `finplatform.api.live`. An event `snapshot` has
all sections, an event `round` those that changed, each about a second apart; both are JSON with
`at`, `bank` and `sections`.
"""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from finplatform.api.state import FromApp

# An endless stream for the live page; it is not part of the public API.
router = APIRouter(prefix="/api/live", include_in_schema=False)


def _admitted(shared: FromApp) -> None:
    """Refuses a watcher too many, before the stream begins.

    Raises:
        HTTPException: If there is no room.
    """
    if not shared.hub.has_room:
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "No more can watch at the moment.")


@router.get("/events", response_class=EventSourceResponse, dependencies=[Depends(_admitted)])
async def events(
    shared: FromApp,
    last_event_id: Annotated[str | None, Header(description="As browsers send it.")] = None,
    after: Annotated[
        str | None, Query(description="The same, from a page that connects anew.")
    ] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Sends what the live page shows, as server-sent events, for as long as one listens."""
    async for event in shared.hub.events(last_event_id or after):
        yield event
