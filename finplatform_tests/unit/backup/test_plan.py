"""Which backups are chosen, built on and kept."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.backup.manifest import Archived, Backup
from finplatform.backup.plan import chain_of, check_reached, chosen, parent_for, surplus
from finplatform.errors import FinplatformError

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def backup(hour: int, parent: str | None = None, kind: str = "", timeline: int = 1) -> Backup:
    at = START + timedelta(hours=hour)
    kind = kind or ("incremental" if parent else "full")
    return Backup.model_validate(
        {
            "backup_id": f"{hour:04}-{kind}",
            "kind": kind,
            "parent": parent,
            "system_identifier": "7",
            "timeline": timeline,
            "began_at": at,
            "ended_at": at + timedelta(minutes=5),
            "server_version": "18.6",
            "platform_version": "1",
            "key": "00",
            "parts": (),
        }
    )


FULL = backup(0)
FIRST = backup(1, FULL.backup_id)
SECOND = backup(2, FIRST.backup_id)
ALL = [FULL, FIRST, SECOND]


def test_the_newest_backup_that_had_ended_is_chosen() -> None:
    assert chosen(ALL, FIRST.ended_at) == FIRST
    assert chosen(ALL, FIRST.ended_at - timedelta(microseconds=1)) == FULL
    assert chosen(ALL, None) == SECOND


def test_an_instant_before_the_first_backup_is_refused_with_its_end() -> None:
    with pytest.raises(
        FinplatformError, match="before the first backup, which ended at 2026-03-02 12:05"
    ):
        chosen(ALL, FULL.ended_at - timedelta(seconds=1))


def test_dumps_are_never_restored_to_an_instant() -> None:
    with pytest.raises(FinplatformError, match="no backup of the cluster"):
        chosen([backup(0, kind="dump")], None)


def test_an_instant_after_the_kept_log_is_refused() -> None:
    archived = Archived(system_identifier="7", timeline=1, position="0/1", at=SECOND.ended_at)
    check_reached(SECOND.ended_at, archived, SECOND)
    with pytest.raises(FinplatformError, match="The kept log ends at"):
        check_reached(SECOND.ended_at + timedelta(seconds=1), archived, SECOND)


def test_a_chain_begins_with_the_full_backup() -> None:
    assert chain_of(SECOND, ALL) == ALL


def test_a_chain_without_its_beginning_is_refused() -> None:
    with pytest.raises(FinplatformError, match=f"builds on {FULL.backup_id}"):
        chain_of(SECOND, [FIRST, SECOND])


def test_nothing_builds_on_another_timeline_cluster_or_an_old_full_backup() -> None:
    assert parent_for(ALL, "7", 1, START + timedelta(days=6)) == SECOND
    assert parent_for(ALL, "7", 2, START) is None
    assert parent_for(ALL, "8", 1, START) is None
    assert parent_for(ALL, "7", 1, START + timedelta(days=8)) is None
    assert parent_for([FIRST, SECOND], "7", 1, START) is None


@given(
    st.lists(st.sampled_from(["full", "incremental", "dump"]), max_size=20),
    st.integers(min_value=1, max_value=6),
)
def test_retention_never_removes_what_a_kept_backup_builds_on(kinds: list[str], keep: int) -> None:
    backups: list[Backup] = []
    last: str | None = None
    for hour, kind in enumerate(kinds):
        kind = "full" if kind == "incremental" and last is None else kind
        backups.append(backup(hour, last if kind == "incremental" else None, kind))
        last = last if kind == "dump" else backups[-1].backup_id
    removed = surplus(backups, keep)
    kept = [one for one in backups if one not in removed]
    for one in kept:
        chain_of(one, kept)
    for is_physical in (True, False):
        of_kind = [one for one in backups if one.is_physical == is_physical]
        assert {one.backup_id for one in of_kind[-keep:]} <= {one.backup_id for one in kept}
    # And it keeps no more than that: without a kept one, a chain or the newest would be cut.
    newest = [
        one
        for is_physical in (True, False)
        for one in [b for b in backups if b.is_physical == is_physical][-keep:]
    ]
    needed = {b.backup_id for one in newest for b in chain_of(one, backups)}
    assert {one.backup_id for one in kept} == needed
