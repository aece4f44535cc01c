"""A restore: a recovered cluster replaces the home's cluster, which is kept.

All fallible steps run before the switch, on a temporary server: unpacking, verification, WAL
replay, and repeated erasure of people who were erased since. Belongs here: that order and the
switch. Does not belong here: stopping the platform's other processes.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from finplatform.backup import home_files
from finplatform.backup.archive import clear_spool
from finplatform.backup.audit_heads import set_back
from finplatform.backup.creation import keep_written, spool_of
from finplatform.backup.folder import BackupFolder
from finplatform.backup.recovery import Target, make_plan, recovered
from finplatform.errors import FinplatformError
from finplatform.privacy import erasure
from finplatform.settings import Settings
from finplatform.warehouse.audit_log import record_command
from finplatform.warehouse.database import DATABASE, open_warehouse
from finplatform.warehouse.embedded import server_for
from finplatform.warehouse.embedded.layout import Layout, locked


@dataclass(frozen=True)
class Restored:
    """What came of a restore.

    Attributes:
        chain: Ids of the backups that were used, the full one first.
        segments: Files of the log that were replayed.
        target: Requested instant; None for the latest.
        kept_data: Where the data directory from before is; None if there was none.
        kept_heads: Where the audit trail's heads from before are; None if they all fit.
        files: Files that the home lacked and that were taken from the backup.
        erased: Persons that were erased again.
        seconds: From the beginning until the server served the restored data.
    """

    chain: list[str]
    segments: int
    target: datetime | None
    kept_data: Path | None
    kept_heads: Path | None
    files: list[str]
    erased: int
    seconds: float


def restore(settings: Settings, target: datetime | None, *, stop: Callable[[], None]) -> Restored:
    """Restores the embedded server to an instant, and starts it.

    Args:
        settings: Name home and folder.
        target: The instant; None for all that is kept.
        stop: Ends the platform's processes that use the database; called before the switch.

    Raises:
        FinplatformError: If it cannot be restored; the running data is as before.
    """
    began = monotonic()
    folder = BackupFolder.of(settings)
    key = folder.key(settings)
    server = server_for(settings)
    if server.status() is not None and folder.names():
        # What was committed a moment ago can be restored to as well.
        _keep_last(settings)
    planned = make_plan(folder, key, target)
    newest = planned.chain[-1]
    with recovered(settings, folder, key, planned, Target(target)) as found:
        # Before the erasures, which look for persons in files as well.
        files = home_files.unpack_missing(
            folder.of_backup(newest.backup_id) / home_files.NAME,
            key,
            f"{newest.backup_id}/{home_files.NAME}",
            settings.home,
        )
        url = found.warehouse.set(drivername="postgresql").render_as_string(hide_password=False)
        erased = erasure.replay(url, settings)
        data = found.finish()
        stop()
        server.stop()
        kept_data = _switch(Layout(settings.home), data)
    clear_spool(spool_of(settings))
    server.start()
    seconds = monotonic() - began
    kept_heads = set_back(settings, open_warehouse(settings))
    chain = [backup.backup_id for backup in planned.chain]
    record_command(
        settings,
        "restore",
        DATABASE,
        {
            "to": target.isoformat() if target else "latest",
            "backups": chain,
            "erased": erased,
            "kept_heads": kept_heads.name if kept_heads else None,
        },
    )
    return Restored(
        chain,
        len(planned.log),
        target,
        kept_data,
        kept_heads,
        files,
        erased,
        round(seconds, 1),
    )


def _keep_last(settings: Settings) -> None:
    """Keeps what the running server has written; one that cannot is restored all the same."""
    try:
        keep_written(settings)
    except FinplatformError:
        return


def _switch(layout: Layout, data: Path) -> Path | None:
    """Puts a data directory in place of the home's; returns where the old one is now."""
    kept = None
    layout.make_base()
    with locked(layout.control_lock):
        if layout.data.exists():
            kept = layout.base / f"data.before-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
            os.rename(layout.data, kept)  # noqa: PTH104  a folder, never replaced
        os.rename(data, layout.data)  # noqa: PTH104  a folder, never replaced
    return kept
