"""What the requests of one application share, and how a route gets hold of it.

Belongs here: the shared state and its dependencies. Does not belong here: making it (see `app`).
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from finplatform.api.database import Reader
from finplatform.api.live.hub import Hub
from finplatform.settings import Settings


@dataclass(frozen=True)
class Shared:
    """What all requests use.

    Attributes:
        settings: Settings of the platform.
        bank: Name of the bank.
        reader: Sessions that can only read.
        hub: The poll of the live page.
    """

    settings: Settings
    bank: str
    reader: Reader
    hub: Hub


def _shared(request: Request) -> Shared:
    shared: Shared = request.app.state.shared
    return shared


FromApp = Annotated[Shared, Depends(_shared)]
"""Parameter of a route that takes what all requests share."""
