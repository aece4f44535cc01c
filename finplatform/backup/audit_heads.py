"""The audit trail's signed heads after a restore to an earlier instant.

Heads in the home cover more than the restored rows and would report deleted rows. They are moved
aside as evidence of the undone rows, and the trail continues from the last head of the restored
rows. Does not belong here: sealing (see `finplatform.warehouse.audit_seals`).
"""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from finplatform.security.audit.tree import HASH_BYTES
from finplatform.settings import Settings
from finplatform.warehouse import audit_log
from finplatform.warehouse.audit_seals import SealFolder
from finplatform.warehouse.database import Warehouse


def set_back(settings: Settings, warehouse: Warehouse) -> Path | None:
    """Takes the heads of rows away that a restored database does not have.

    Args:
        settings: Name the home.
        warehouse: The restored database.

    Returns:
        Folder with all heads as they were; None if none had to go.
    """
    folder = SealFolder.of(settings, warehouse)
    notes = folder.notes()
    if not notes:
        return None
    with audit_log.trail(warehouse) as connection:
        present = audit_log.size(connection)
    beyond = [note.size for note in notes if note.size > present]
    if not beyond:
        return None
    at = datetime.now(UTC)
    aside = folder.path.with_name(f"{folder.path.name}.before-{at:%Y%m%dT%H%M%S.%fZ}")
    shutil.copytree(folder.path, aside)
    for size in beyond:
        folder.note(size).unlink()
    last = max((note.size for note in notes if note.size <= present), default=0)
    os.truncate(folder.leaves, last * HASH_BYTES)
    return aside
