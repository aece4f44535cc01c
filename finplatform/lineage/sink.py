"""Transports of lineage events: a file, a server, or both, by the settings.

Does not belong here: the events.
"""

from collections.abc import Sequence

from openlineage.client.event_v2 import RunEvent
from openlineage.client.transport.file import FileConfig, FileTransport
from openlineage.client.transport.http import (
    ApiKeyTokenProvider,
    HttpConfig,
    HttpTransport,
    TokenProvider,
)
from openlineage.client.transport.transport import Transport

from finplatform.errors import FinplatformError
from finplatform.settings import Settings

_SECONDS = 5.0
"""Timeout of a request; undelivered events are sent again at the next tick."""


def send(events: Sequence[RunEvent], settings: Settings) -> None:
    """Sends events in their order.

    Args:
        events: The events.
        settings: File and server.

    Raises:
        FinplatformError: If one was not accepted.
    """
    for transport in _transports(settings):
        try:
            for event in events:
                transport.emit(event)
        except Exception as error:
            raise FinplatformError(
                f"Lineage was not accepted by {transport.kind}: {type(error).__name__}.",
                "Check FINPLATFORM_OPENLINEAGE_URL and FINPLATFORM_OPENLINEAGE_FILE.",
            ) from error
        finally:
            transport.close(_SECONDS)


def _transports(settings: Settings) -> list[Transport]:
    found: list[Transport] = []
    if settings.openlineage_url is not None:
        key = settings.openlineage_api_key
        provider = (
            ApiKeyTokenProvider({"apiKey": key.get_secret_value()}) if key else TokenProvider({})
        )
        retry = {"total": 1}
        config = HttpConfig(
            url=settings.openlineage_url, timeout=_SECONDS, auth=provider, retry=retry
        )
        found.append(HttpTransport(config))
    if settings.openlineage_file is not None:
        settings.openlineage_file.parent.mkdir(parents=True, exist_ok=True)
        found.append(FileTransport(FileConfig(str(settings.openlineage_file), append=True)))
    return found
