"""The probe of captures: sources whose changes are not captured, or too late.

Belongs here: what of a capture's state is an incident. The state is read by `finplatform.cdc`.
"""

from collections.abc import Iterator

from finplatform.cdc.status import CaptureStatus, capture_status
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.ingest.loaders import captured_sources
from finplatform.notifications import links
from finplatform.notifications.incident import Severity, Signal, plain_name
from finplatform.notifications.probes import Look, Probe
from finplatform.settings import Settings
from finplatform.warehouse.database import open_warehouse

CDC_LAG = "cdc_lag"

_MB = 1024**2


def capture_probe(sources: SourcesConfig) -> Probe:
    """The probe of the sources that are captured.

    Args:
        sources: Which they are.
    """

    def captures(look: Look) -> Iterator[Signal]:
        if "cdc" not in {sources.load_of(table) for table in sources.tables.values()}:
            return
        url = open_warehouse(look.settings).url
        for source in captured_sources(sources, look.settings, url).values():
            yield from capture_signals(capture_status(source, url), look.settings)

    return captures


def capture_signals(status: CaptureStatus, settings: Settings) -> Iterator[Signal]:
    """What is wrong with a capture, the worst alone.

    Args:
        status: Its state; one that has not begun is not wrong.
        settings: Levels.
    """
    name, behind = plain_name(status.source), (status.lag_bytes or 0) // _MB
    minutes = int(status.lag_seconds or 0) // 60
    if status.state == "lost":
        problem = "has lost its slot; its tables are read anew"
        severity = Severity.CRITICAL
    elif status.state == "unreachable":
        problem, severity = "cannot be reached", Severity.ERROR
    elif status.error is not None:
        problem, severity = "fails", Severity.ERROR
    elif behind >= settings.alert_lag_mb:
        problem, severity = f"is {behind:,} MB behind", Severity.ERROR
    elif minutes >= settings.alert_lag_minutes:
        problem, severity = f"is {minutes:,} minutes behind", Severity.ERROR
    else:
        return
    title = f"The capture of source {name} {problem}"
    yield Signal(CDC_LAG, name, severity, title, behind or None, links.live_page(settings))
