"""Selection of backups: to restore to an instant, as the base of an incremental one, and to keep.

Belongs here: decisions over manifests, without files. Does not belong here: carrying them out.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from finplatform.backup.manifest import Archived, Backup
from finplatform.backup.wal_names import position_of, segment_number
from finplatform.errors import FinplatformError

LONGEST_CHAIN = timedelta(days=7)
"""Age of a full backup from which no incremental one builds on it."""


def chain_of(backup: Backup, backups: Iterable[Backup]) -> list[Backup]:
    """The backups that one builds on, the full one first, itself last.

    Raises:
        FinplatformError: If one of them is missing.
    """
    by_id = {one.backup_id: one for one in backups}
    chain = [backup]
    while chain[0].parent is not None:
        parent = by_id.get(chain[0].parent)
        if parent is None:
            raise FinplatformError(
                f"Backup {backup.backup_id} builds on {chain[0].parent}, which is not there.",
                "Put that folder back, or choose an older backup: `finplatform backup list`.",
            )
        chain.insert(0, parent)
    return chain


def chosen(backups: Sequence[Backup], target: datetime | None) -> Backup:
    """The newest physical backup that had ended at an instant.

    Args:
        backups: All backups.
        target: The instant; None for the latest.

    Raises:
        FinplatformError: If there is none.
    """
    physical = sorted((one for one in backups if one.is_physical), key=lambda one: one.ended_at)
    if not physical:
        raise FinplatformError(
            "There is no backup of the cluster.",
            "`finplatform backup create` makes one; FINPLATFORM_BACKUP_DIR names their folder.",
        )
    before = [one for one in physical if target is None or one.ended_at <= target]
    if not before:
        raise FinplatformError(
            f"{target:%Y-%m-%d %H:%M:%S%z} is before the first backup, which ended at"
            f" {physical[0].ended_at:%Y-%m-%d %H:%M:%S%z}.",
            "Nothing was changed. What came before it is in no backup of this folder.",
        )
    return before[-1]


def check_reached(target: datetime | None, archived: Archived | None, backup: Backup) -> None:
    """Refuses an instant after the end of the kept log.

    Raises:
        FinplatformError: If the log does not reach it.
    """
    end = archived.at if archived is not None else backup.ended_at
    if target is not None and target > end:
        raise FinplatformError(
            f"The kept log ends at {end:%Y-%m-%d %H:%M:%S%z}, before the requested instant.",
            "Nothing was changed. `--to latest` restores all that is kept; on a running server"
            " `finplatform backup wal` keeps what it has written since.",
        )


def parent_for(
    backups: Sequence[Backup], system_identifier: str, timeline: int, at: datetime
) -> Backup | None:
    """The backup that an incremental one can build on now.

    Args:
        backups: All backups.
        system_identifier: Cluster that is to be backed up.
        timeline: Its timeline.
        at: Now.

    Returns:
        The newest of that timeline whose full one is young enough; None if there is none.
    """
    physical = [one for one in backups if one.is_physical]
    if not physical:
        return None
    newest = max(physical, key=lambda one: one.ended_at)
    if (newest.system_identifier, newest.timeline) != (system_identifier, timeline):
        return None
    by_id = {one.backup_id: one for one in backups}
    first: Backup | None = newest
    while first is not None and first.parent is not None:
        first = by_id.get(first.parent)
    is_young = first is not None and at - first.began_at < LONGEST_CHAIN
    return newest if is_young else None


def surplus(backups: Sequence[Backup], keep: int) -> list[Backup]:
    """Backups that retention removes, the newest first, so that no chain is ever cut.

    Of physical backups and of dumps the newest `keep` remain, and whatever these build on.

    Args:
        backups: All backups.
        keep: Number of each to keep.
    """
    needed: set[str] = set()
    for is_physical in (True, False):
        of_kind = [one for one in backups if one.is_physical == is_physical]
        newest = sorted(of_kind, key=lambda one: one.backup_id)[-keep:]
        for backup in newest:
            needed |= _ancestry(backup, {one.backup_id: one for one in backups})
    found = [one for one in backups if one.backup_id not in needed]
    return sorted(found, key=lambda one: one.backup_id, reverse=True)


def first_segments(backups: Iterable[Backup]) -> dict[tuple[str, int], int]:
    """Of each cluster and timeline the number of the first segment that a backup needs."""
    found: dict[tuple[str, int], int] = {}
    for backup in backups:
        if backup.is_physical:
            name = (backup.system_identifier, backup.timeline)
            number = segment_number(position_of(backup.start_position))
            found[name] = min(number, found.get(name, number))
    return found


def _ancestry(backup: Backup, by_id: Mapping[str, Backup]) -> set[str]:
    found = {backup.backup_id}
    following = backup
    while following.parent is not None and following.parent in by_id:
        following = by_id[following.parent]
        found.add(following.backup_id)
    return found
