"""The measures of the platform in Prometheus' form.

Belongs here: reading them on each scrape, as the role that can only read. Which there are
is in `measures`; what the API measures of itself in `metrics`.
"""

import asyncio
import logging
import time
from collections.abc import Sequence

import psycopg
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from finplatform.api.database import DatabaseUnavailableError, Reader, Session
from finplatform.api.measures import MEASURES
from finplatform.settings import Settings
from finplatform.warehouse.measures import Measure, Rows

_LOG = logging.getLogger(__name__)

_PREFIX = "finplatform_"
_READ_EVERY_S = 10.0
"""Scrapes in between get what was read last."""

_EXISTING = "select name from unnest(%(names)s::text[]) as name where to_regclass(name) is not null"

Family = CounterMetricFamily | GaugeMetricFamily


class PlatformMetrics:
    """Reads the measures of a platform.

    Args:
        settings: For measures that are not in the database.
        reader: Sessions that can only read.
        measures: What is measured.
        every_s: Seconds for which what was read is good.
    """

    def __init__(
        self,
        settings: Settings,
        reader: Reader,
        measures: Sequence[Measure] = MEASURES,
        every_s: float = _READ_EVERY_S,
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._measures = measures
        self._every_s = every_s
        self._lock = asyncio.Lock()
        self._read_at = float("-inf")
        self._text = b""

    async def text(self) -> bytes:
        """All figures as Prometheus reads them; without a database, that there is none."""
        async with self._lock:
            if time.monotonic() - self._read_at >= self._every_s:
                self._text = _rendered(await self._families())
                self._read_at = time.monotonic()
            return self._text

    async def _families(self) -> list[Family]:
        found = [await self._asked(measure) for measure in self._measures if not _is_sql(measure)]
        is_up = True
        try:
            async with self._reader.session("metrics") as session:
                found += await self._queried(session)
        except (DatabaseUnavailableError, psycopg.Error):
            is_up = False
        up = GaugeMetricFamily(f"{_PREFIX}database_up", "Whether the database answers.", is_up)
        return [up, *(family for family in found if family is not None)]

    async def _queried(self, session: Session) -> list[Family | None]:
        measures = [measure for measure in self._measures if _is_sql(measure)]
        names = sorted({name for measure in measures for name in measure.needs})
        rows = await session.rows(_EXISTING, {"names": names})
        existing = {row["name"] for row in rows}
        found: list[Family | None] = []
        for measure in measures:
            if existing.issuperset(measure.needs):
                try:
                    answer = await session.rows(str(measure.source))
                    found.append(_family(measure, [tuple(row.values()) for row in answer]))
                except psycopg.Error as error:
                    if session.is_lost:
                        raise
                    _LOG.warning("Measure %s: %s.", measure.name, type(error).__name__)
        return found

    async def _asked(self, measure: Measure) -> Family | None:
        if isinstance(measure.source, str):
            return None
        try:
            rows = await asyncio.to_thread(measure.source, self._settings)
            return _family(measure, rows)
        except Exception as error:  # noqa: BLE001 - one measure that fails hides no other
            _LOG.warning("Measure %s: %s.", measure.name, type(error).__name__)
            return None


class _Once(Collector):
    """Hands over families that were read."""

    def __init__(self, families: Sequence[Family]) -> None:
        self._families = families

    def collect(self) -> Sequence[Family]:
        """The families."""
        return self._families


def _is_sql(measure: Measure) -> bool:
    return isinstance(measure.source, str)


def _family(measure: Measure, rows: Rows) -> Family:
    kind = CounterMetricFamily if measure.is_counter else GaugeMetricFamily
    family = kind(f"{_PREFIX}{measure.name}", measure.text, labels=measure.labels)
    for *labels, value in rows:
        if value is not None:
            family.add_metric([str(label) for label in labels], float(value))
    return family


def _rendered(families: Sequence[Family]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Once(families))
    return generate_latest(registry)
