"""Sealed files: what was written comes back, and nothing else ever does."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.backup.backup_key import BackupKey
from finplatform.backup.sealed_file import (
    CHUNK,
    HEADER_BYTES,
    TAG_BYTES,
    DamagedError,
    check,
    opened,
    sealing,
)
from finplatform.errors import FinplatformError

KEY = BackupKey(bytes(range(32)))
LABEL = "a/file"
CONTENT = bytes((number * number) % 251 for number in range(200_003))
STORED_CHUNK = CHUNK + TAG_BYTES


def sealed(path: Path, content: bytes, label: str = LABEL) -> Path:
    with sealing(path, KEY, label) as sink:
        for start in range(0, len(content), 65_537):
            sink.write(content[start : start + 65_537])
    return path


def read(path: Path, key: BackupKey = KEY, label: str = LABEL) -> bytes:
    with opened(path, key, label) as stream:
        return stream.read()


def incompressible(size: int) -> bytes:
    return random.Random(7).randbytes(size)  # noqa: S311  no secret


@pytest.fixture
def of_three_chunks(tmp_path: Path) -> Path:
    return sealed(tmp_path / "file", incompressible(2 * CHUNK + 100))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_content_comes_back_whatever_its_size(tmp_path: Path, size: int) -> None:
    content = incompressible(size)
    assert read(sealed(tmp_path / "file", content)) == content


def test_no_content_is_readable_without_the_key(tmp_path: Path) -> None:
    stored = sealed(tmp_path / "file", b"CANARY-VALUE" * 3).read_bytes()
    assert b"CANARY" not in stored


@given(at=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
def test_any_flipped_bit_is_found(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int
) -> None:
    path = sealed(tmp_path_factory.mktemp("flip") / "file", CONTENT[:5_000])
    stored = bytearray(path.read_bytes())
    stored[at % len(stored)] ^= 1 << bit
    path.write_bytes(stored)
    with pytest.raises(FinplatformError, match=r"damaged"):
        check(path, KEY, LABEL)


def test_chunks_in_another_order_are_found(of_three_chunks: Path) -> None:
    stored = of_three_chunks.read_bytes()
    first = stored[HEADER_BYTES : HEADER_BYTES + STORED_CHUNK]
    second = stored[HEADER_BYTES + STORED_CHUNK :][:STORED_CHUNK]
    rest = stored[HEADER_BYTES + 2 * STORED_CHUNK :]
    of_three_chunks.write_bytes(stored[:HEADER_BYTES] + second + first + rest)
    with pytest.raises(DamagedError):
        check(of_three_chunks, KEY, LABEL)


@pytest.mark.parametrize(
    "kept", [HEADER_BYTES, HEADER_BYTES + STORED_CHUNK, HEADER_BYTES + 2 * STORED_CHUNK, -1, 5]
)
def test_a_missing_end_is_found_also_between_chunks(of_three_chunks: Path, kept: int) -> None:
    of_three_chunks.write_bytes(of_three_chunks.read_bytes()[:kept])
    with pytest.raises(DamagedError):
        check(of_three_chunks, KEY, LABEL)


def test_a_chunk_that_is_left_out_or_repeated_is_found(of_three_chunks: Path) -> None:
    stored = of_three_chunks.read_bytes()
    header, first = stored[:HEADER_BYTES], stored[HEADER_BYTES:][:STORED_CHUNK]
    rest = stored[HEADER_BYTES + STORED_CHUNK :]
    for changed in (header + rest, header + first + first + rest, stored + b"x"):
        of_three_chunks.write_bytes(changed)
        with pytest.raises(DamagedError):
            check(of_three_chunks, KEY, LABEL)


def test_a_file_does_not_open_under_another_name(tmp_path: Path) -> None:
    path = sealed(tmp_path / "file", CONTENT, "another/file")
    with pytest.raises(DamagedError):
        check(path, KEY, LABEL)


def test_another_key_is_named_rather_than_taken_for_damage(tmp_path: Path) -> None:
    other = BackupKey(bytes(32))
    path = sealed(tmp_path / "file", CONTENT)
    with pytest.raises(FinplatformError, match=f"{KEY.fingerprint}.*{other.fingerprint}"):
        check(path, other, LABEL)


def test_damage_is_found_before_its_bytes_are_handed_on(of_three_chunks: Path) -> None:
    stored = bytearray(of_three_chunks.read_bytes())
    stored[HEADER_BYTES + STORED_CHUNK + 17] ^= 1
    of_three_chunks.write_bytes(stored)
    expected = incompressible(2 * CHUNK + 100)
    handed_on = bytearray()

    def read_all() -> None:
        with opened(of_three_chunks, KEY, LABEL) as stream:
            while piece := stream.read(4_096):
                handed_on.extend(piece)

    with pytest.raises(DamagedError):
        read_all()
    assert expected.startswith(bytes(handed_on))
    assert len(handed_on) <= CHUNK


def test_a_file_that_was_not_finished_is_not_there(tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    def write_half() -> None:
        with sealing(tmp_path / "file", KEY, LABEL) as sink:
            sink.write(CONTENT)
            raise KilledError

    with pytest.raises(KilledError):
        write_half()
    assert list(tmp_path.iterdir()) == []
