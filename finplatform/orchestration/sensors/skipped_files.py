"""Incidents of skipped files in the landing zone.

A file's name may be personal data: it is sent only if it matches the source configuration, and is
in the log otherwise. Does not belong here: the reasons of skipping (see `landing`).
"""

import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from finplatform.notifications import links
from finplatform.notifications.channels import recipients
from finplatform.notifications.incident import Severity, Signal, plain_name
from finplatform.notifications.store import IncidentStore
from finplatform.settings import Settings
from finplatform.warehouse.database import open_warehouse

LOGGER = logging.getLogger("finplatform.alerts")

KIND = "skipped_file"


def report_files(skipped: Sequence[tuple[str, str, bool]], settings: Settings) -> None:
    """Updates the open incidents of skipped files to the present ones.

    Args:
        skipped: Name and reason of each file, and whether the name matches the configuration.
        settings: Database and recipients.
    """
    for name, problem, _ in skipped:
        LOGGER.warning("File %s of the landing zone is skipped: %s", name, problem)
    with open_warehouse(settings).connect() as connection:
        found = connection.execute("select to_regclass('ops.notifications')").fetchone()
        if found is not None and found[0] is not None:
            store = IncidentStore(connection, recipients(settings))
            signals = [_signal(name, settings, is_known) for name, _, is_known in skipped]
            store.reconcile(KIND, signals, datetime.now(UTC))


def _signal(name: str, settings: Settings, is_known: bool) -> Signal:
    mark = f"file {hashlib.sha256(name.encode()).hexdigest()[:8]}"
    shown = plain_name(name, mark) if is_known else mark
    return Signal(
        KIND,
        mark,
        Severity.WARNING,
        f"The landing zone's {shown} is not loaded",
        link=links.start_page(settings),
    )
