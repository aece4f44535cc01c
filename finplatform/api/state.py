"""What the requests of one application share, and how a route gets hold of it.

Belongs here: the shared state and its dependencies. Does not belong here: making it (see `app`).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from finplatform.api.audit import Recorder
from finplatform.api.dagster import Dagster
from finplatform.api.database import Reader
from finplatform.api.live.hub import Hub
from finplatform.api.metrics import Metrics
from finplatform.api.platform_metrics import PlatformMetrics
from finplatform.api.pool import Pool
from finplatform.settings import Settings

if TYPE_CHECKING:
    from finplatform.api.login.openid import OpenId
    from finplatform.api.login.service import Login


@dataclass(frozen=True)
class Shared:
    """What all requests use.

    Attributes:
        settings: Settings of the platform.
        bank: Name of the bank.
        reader: Sessions that can only read, for the live page.
        hub: The poll of the live page.
        pool: Connections that act as the caller.
        login: Sessions of people and services.
        openid: The outside provider; None without one.
        dagster: Jobs, runs and the asset graph.
        metrics: What the application measures of itself.
        platform: What is measured of database and pipeline.
        audit: Records requests to the application.
        prepare: Makes what a database needs before the first run.
        preparing: Held while it is made.
    """

    settings: Settings
    bank: str
    reader: Reader
    hub: Hub
    pool: Pool
    login: "Login"
    openid: "OpenId | None"
    dagster: Dagster
    metrics: Metrics
    platform: PlatformMetrics
    audit: Recorder
    prepare: Callable[[Settings], None]
    preparing: asyncio.Lock = field(default_factory=asyncio.Lock)


def _shared(request: Request) -> Shared:
    shared: Shared = request.app.state.shared
    return shared


FromApp = Annotated[Shared, Depends(_shared)]
"""Parameter of a route that takes what all requests share."""
