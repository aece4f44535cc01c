"""Leak detection: search for known clear values (canaries) in files and streams.

Belongs here: finding bytes in files and streams. Does not belong here: which canaries are planted
and where a match is allowed; the caller decides.
"""

import json
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from finplatform.errors import FinplatformError

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, order=True)
class Hit:
    """A canary found.

    Attributes:
        source: Path of the file, or number of the text.
        offset: Position of its first byte; -1 when it stands in the file's name.
        canary: Which one.
    """

    source: str
    offset: int
    canary: str


def find_canaries(
    source: str | Path | Iterable[bytes],
    canaries: Iterable[str],
    *,
    ignore_case: bool = False,
    chunk_bytes: int = CHUNK_BYTES,
) -> list[Hit]:
    """Where canaries occur, in a file, a whole folder or some texts.

    Each canary is looked for as UTF-8, as JSON escapes it, as UTF-16 and as hex (how PostgreSQL
    prints bytea). Compressed content is not unpacked: search dumps and Parquet files written
    without compression. Links are not followed; pipes and sockets have no content to search.

    Args:
        source: A folder or file, or texts each searched on its own.
        canaries: Clear values that must not be there.
        ignore_case: Ignore the case of ASCII letters.
        chunk_bytes: Bytes read at a time.

    Returns:
        Hits in order of source and offset.

    Raises:
        FinplatformError: A canary is empty, or a file cannot be read: silence would look clean.
    """
    needles = _needles(canaries, ignore_case=ignore_case)
    if isinstance(source, str | Path):
        found = _in_tree(Path(source), needles, ignore_case, chunk_bytes)
    else:
        texts = enumerate(source)
        found = (
            hit for n, text in texts for hit in _in_stream(str(n), [text], needles, ignore_case)
        )
    return sorted(set(found))


def _needles(canaries: Iterable[str], *, ignore_case: bool) -> dict[bytes, str]:
    """The bytes to look for, and the canary each stands for."""
    needles: dict[bytes, str] = {}
    for canary in canaries:
        if not canary.strip():
            raise FinplatformError(
                "An empty canary would be found everywhere.", "Give the clear value to look for."
            )
        plain = canary.encode()
        forms = [
            plain,
            json.dumps(canary)[1:-1].encode(),
            canary.encode("utf-16-le"),
            plain.hex().encode(),
        ]
        for form in forms:
            needles.setdefault(form.lower() if ignore_case else form, canary)
    return needles


def _in_tree(
    root: Path, needles: dict[bytes, str], ignore_case: bool, chunk_bytes: int
) -> Iterator[Hit]:
    for path in _files(root):
        name = os.fsencode(path.relative_to(root)) if path != root else os.fsencode(path.name)
        for hit in _in_stream(str(path), [name], needles, ignore_case):
            yield Hit(hit.source, -1, hit.canary)
        try:
            yield from _in_stream(str(path), _chunks(path, chunk_bytes), needles, ignore_case)
        except FileNotFoundError:
            # A server at work removes files of its own; what is gone leaks nothing.
            continue
        except OSError as error:
            raise FinplatformError(
                f"{path} cannot be searched ({error.strerror}).",
                "Run as a user who may read everything below the folder.",
            ) from error


def _files(root: Path) -> Iterator[Path]:
    """Regular files at or below root, no links; a folder that cannot be listed is an error."""

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise FinplatformError(
                f"{error.filename} cannot be searched ({error.strerror}).",
                "Run as a user who may read everything below the folder.",
            ) from error

    if not root.exists():
        raise FinplatformError(f"There is nothing to search at {root}.", "Check the path.")
    if root.is_file():
        yield root
        return
    for folder, _, names in os.walk(root, onerror=refuse):
        for name in sorted(names):
            path = Path(folder, name)
            try:
                if stat.S_ISREG(path.lstat().st_mode):
                    yield path
            except FileNotFoundError:
                continue


def _chunks(path: Path, size: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(size):
            yield chunk


def _in_stream(
    source: str, chunks: Iterable[bytes], needles: dict[bytes, str], ignore_case: bool
) -> Iterator[Hit]:
    """Hits in consecutive chunks; the end of each is searched again with the next one."""
    overlap = max(map(len, needles), default=1) - 1
    tail, start = b"", 0
    for chunk in chunks:
        block = tail + (chunk.lower() if ignore_case else chunk)
        for needle, canary in needles.items():
            at = block.find(needle)
            while at >= 0:
                yield Hit(source, start + at, canary)
                at = block.find(needle, at + 1)
        tail = block[-overlap:] if overlap else b""
        start += len(block) - len(tail)
