"""The search for texts in the files of the home, unpacked, and taking them out of there.

Pages, exports and copies are made anew when they are wanted, so those that hold a text are removed;
logs and files that sources sent keep their other lines. Belongs here: which file is treated how.
Does not belong here: the server's data folder, and keys.
"""

import gzip
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl
from pyarrow import ArrowException, parquet

from finplatform.privacy.table_search import ERASED, spellings

_CHUNK = 4 << 20
_OVERLAP = 4096
"""Characters that a piece shares with the one before, longer than any text that is looked for."""

_ROWS = 50_000

_NOT_SEARCHED = frozenset({"postgres", "keys"})
"""Folders of the home that are not gone through: the server's own, and keys."""


class Treatment(StrEnum):
    """What becomes of a file that holds a text.

    Attributes:
        REMOVE: It is deleted; it can be made anew.
        REPLACE: The text is replaced, the rest stays.
        KEEP: It is named to the operator.
    """

    REMOVE = "removed"
    REPLACE = "replaced"
    KEEP = "kept"


_SOURCES = frozenset({"landing", "feeds"})
"""Folders of what sources sent, lists of sanctions among it."""

_TREATMENTS: Mapping[tuple[str, ...], Treatment] = {
    # What was handed to an authority is evidence.
    ("reports",): Treatment.REMOVE,
    ("reports", "filings"): Treatment.KEEP,
    ("reports", "outbox"): Treatment.KEEP,
    ("documents",): Treatment.REMOVE,
    ("bench",): Treatment.REMOVE,
    ("filings",): Treatment.REPLACE,
    ("logs",): Treatment.REPLACE,
    ("dagster",): Treatment.REPLACE,
    ("dbt",): Treatment.REPLACE,
    ("run",): Treatment.REPLACE,
    ("landing",): Treatment.REPLACE,
    ("feeds",): Treatment.REPLACE,
}


@dataclass(frozen=True, order=True)
class FileHit:
    """A file that holds a text.

    Attributes:
        path: The file.
        treatment: What became of it.
    """

    path: str
    treatment: Treatment


def find_in_files(root: Path, texts: Sequence[str], *, ignore_case: bool = False) -> list[Path]:
    """Files of the home that hold a text, in their content or their name.

    Archives, compressed files, workbooks and Parquet files are unpacked.

    Args:
        root: The home.
        texts: What is looked for.
        ignore_case: Whether the case of ASCII letters counts.
    """
    wanted = spellings(texts) if texts else []
    return [path for path in _files(root) if wanted and _holds(path, wanted, ignore_case)]


def clean_files(
    root: Path,
    texts: Sequence[str],
    numbers: Sequence[str],
    published: frozenset[str] = frozenset(),
) -> list[FileHit]:
    """Takes texts out of the files of the home.

    Args:
        root: The home.
        texts: Clear values.
        numbers: Customers' and accounts' numbers: pages and exports that name one are removed as
            well.
        published: Texts that a list of sanctions has as well: files of sources keep them.
    """
    wanted = spellings(texts) if texts else []
    in_made = sorted({*wanted, *numbers})
    own = [text for text in texts if text not in published]
    in_sources = spellings(own) if own else []
    hits = []
    for path in _files(root):
        parts = path.relative_to(root).parts
        treatment = _treatment(parts)
        looked_for = in_sources if parts[0] in _SOURCES else wanted
        looked_for = in_made if treatment is Treatment.REMOVE else looked_for
        if not looked_for or not _holds(path, looked_for, ignore_case=False):
            continue
        if treatment is Treatment.REMOVE:
            path.unlink(missing_ok=True)
        elif treatment is Treatment.REPLACE and not _replace(path, looked_for):
            treatment = Treatment.KEEP
        hits.append(FileHit(str(path), treatment))
    return hits


def _treatment(parts: tuple[str, ...]) -> Treatment:
    return _TREATMENTS.get(parts[:2], _TREATMENTS.get(parts[:1], Treatment.KEEP))


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        if Path(folder) == root:
            folders[:] = [name for name in folders if name not in _NOT_SEARCHED]
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _holds(path: Path, wanted: list[str], ignore_case: bool) -> bool:
    name = pl.Series([path.name])
    if name.str.contains_any(wanted, ascii_case_insensitive=ignore_case).any():
        return True
    try:
        for pieces in _pieces(path):
            if pieces.str.contains_any(wanted, ascii_case_insensitive=ignore_case).any():
                return True
    except FileNotFoundError:
        # What is gone meanwhile holds nothing.
        return False
    return False


def _pieces(path: Path) -> Iterator[pl.Series]:
    """Text of a file, a piece at a time."""
    if path.suffix == ".parquet":
        try:
            yield from _parquet_pieces(path)
        except (ArrowException, OSError):
            yield from _chunks(path)
        return
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                yield pl.Series([member, archive.read(member).decode("utf-8", "replace")])
        return
    yield from _chunks(path)


def _parquet_pieces(path: Path) -> Iterator[pl.Series]:
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_ROWS):
            frame = pl.from_arrow(batch)
            if isinstance(frame, pl.DataFrame):
                for column in frame.get_columns():
                    if column.dtype in (pl.String, pl.Categorical):
                        yield column.cast(pl.String).unique()


def _chunks(path: Path) -> Iterator[pl.Series]:
    tail = ""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                text = tail + chunk.decode("utf-8", "replace")
                yield pl.Series([text])
                tail = text[-_OVERLAP:]
        except (EOFError, gzip.BadGzipFile):
            return


def _replace(path: Path, wanted: list[str]) -> bool:
    """Replaces texts in a file of text, compressed or not; whether it is one."""
    packed = path.suffix == ".gz"
    raw = path.read_bytes()
    try:
        text = (gzip.decompress(raw) if packed else raw).decode("utf-8")
    except (UnicodeDecodeError, OSError, EOFError):
        return False
    if "\x00" in text:
        return False
    mended = text
    for one in sorted(wanted, key=len, reverse=True):
        mended = mended.replace(one, ERASED)
    content = mended.encode()
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    draft.chmod(path.stat().st_mode & 0o777)
    draft.replace(path)
    return True
