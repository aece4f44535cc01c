"""Manifests: any byte that is not as it was written is found."""

from pathlib import Path

import pytest

from finplatform.backup.backup_key import BackupKey
from finplatform.backup.manifest import Archived
from finplatform.backup.sealed_file import DamagedError

KEY = BackupKey(bytes(range(32)))
NOTE = Archived.model_validate(
    {
        "system_identifier": "7",
        "timeline": 1,
        "position": "0/16EF778",
        "at": "2026-03-02T12:00:00Z",
    }
)


def test_a_note_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "note"
    path.write_text(NOTE.text(KEY))
    assert Archived.read(path, KEY) == NOTE
    assert Archived.glance(path) == NOTE


def test_every_flipped_bit_of_a_note_is_found(tmp_path: Path) -> None:
    path = tmp_path / "note"
    stored = NOTE.text(KEY).encode()
    for at in range(len(stored)):
        for bit in range(8):
            changed = bytearray(stored)
            changed[at] ^= 1 << bit
            path.write_bytes(changed)
            with pytest.raises(DamagedError):
                Archived.read(path, KEY)


def test_a_note_of_another_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "note"
    path.write_text(NOTE.text(BackupKey(bytes(32))))
    with pytest.raises(DamagedError):
        Archived.read(path, KEY)
