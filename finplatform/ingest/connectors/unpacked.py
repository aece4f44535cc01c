"""Files as streams of their content, decompressed.

The content is counted during decompression, so that a decompression bomb is refused early. Belongs
here: from a path to its content, and the refusal of other formats. Does not belong here: parsing.
"""

import bz2
import gzip
import io
import lzma
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.limits import MIB, Limits

_CHUNK = MIB

_XZ_MEMORY = 128 * MIB
"""Most memory of an xz decoder; the highest level needs 65 MiB."""

_DIRECTORY_BYTES = MIB
"""Largest central directory of a ZIP archive that is read."""

_END_OF_ZIP = b"PK\x05\x06"
_END_BYTES = 22
_COMMENT_BYTES = 0xFFFF

_SIGNATURES = {
    b"\x1f\x8b": "a gzip file, so its name should end with .gz",
    b"BZh91AY&SY": "a bzip2 file, so its name should end with .bz2",
    b"\xfd7zXZ\x00": "an xz file, so its name should end with .xz",
    b"\x28\xb5\x2f\xfd": "a Zstandard file, so its name should end with .zst",
    b"PK\x03\x04": "a ZIP archive or an Excel workbook: deliver CSV, or let its name end with .zip",
    b"PAR1": "Parquet, so its name should end with .parquet",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file: deliver CSV",
    b"7z\xbc\xaf": "a 7z archive: unpack it",
    b"Rar!": "a RAR archive: unpack it",
    b"%PDF": "a PDF: deliver CSV",
}
"""Signatures of files that are no text, with the remedy."""

_REFUSED = {
    ".tar": "a tar archive", ".tgz": "a tar archive", ".tbz2": "a tar archive",
    ".txz": "a tar archive", ".7z": "a 7z archive", ".rar": "a RAR archive",
    ".z": "a file of `compress`", ".lz4": "an lz4 file", ".br": "a Brotli file",
    ".xls": "an Excel workbook", ".xlsx": "an Excel workbook", ".xlsb": "an Excel workbook",
    ".ods": "a spreadsheet", ".pdf": "a PDF", ".orc": "an ORC file", ".avro": "an Avro file",
    ".feather": "an Arrow file", ".arrow": "an Arrow file",
}  # fmt: skip
"""Extensions of files that are not read, with their format."""

_PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")


@dataclass(frozen=True)
class Kind:
    """Format of a file, by its name.

    Attributes:
        form: `csv`, `parquet` or `xml`.
        packing: Extension of its compression; empty for none.
    """

    form: str
    packing: str


def kind_of(name: str) -> Kind:
    """Format of a file by the extensions of its name, in upper or lower case.

    Raises:
        FinplatformError: If files of that kind are not read.
    """
    plain = name.lower()
    packing = next((ending for ending in _PACKED if plain.endswith(ending)), "")
    plain = plain.removesuffix(packing)
    ending = Path(plain).suffix
    if ending in _REFUSED:
        raise FinplatformError(
            f"It is {_REFUSED[ending]}, which is not read.",
            "Deliver the table as CSV, Parquet or XML, plain or as .gz, .bz2, .xz, .zst or .zip.",
        )
    form = {".parquet": "parquet", ".xml": "xml"}.get(ending, "csv")
    if form == "parquet" and packing:
        raise FinplatformError(
            "It is Parquet inside another compression.",
            "Deliver the .parquet file itself, which is compressed within.",
        )
    return Kind(form, packing)


@contextmanager
def opened(path: Path, packing: str, limits: Limits) -> Iterator[BinaryIO]:
    """A file's content as a stream.

    Args:
        path: The file.
        packing: Its compression, as in `Kind`.
        limits: See `Limits`.

    Raises:
        FinplatformError: If the content is beyond its limit, or an archive holds not one file.
    """
    with path.open("rb") as file:
        if not packing:
            yield file
            return
        if packing == ".zip":
            _check_directory(file)
        size = path.stat().st_size
        with _UNPACKERS[packing](file) as content:
            counted = _Counted(content, lambda unpacked: limits.check_unpacked(unpacked, size))
            yield cast("BinaryIO", io.BufferedReader(counted, _CHUNK))


def form_inside(path: Path, kind: Kind) -> str:
    """Format of a file's content; for a ZIP archive that of its only member.

    Raises:
        FinplatformError: If the archive holds not one file, or one that is not read.
    """
    if kind.packing != ".zip":
        return kind.form
    with path.open("rb") as file:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            inside = kind_of(_only_member(archive).filename)
    if inside.packing or inside.form == "parquet":
        raise FinplatformError(
            "It is a ZIP archive of a file that is itself compressed.", "Deliver the file within."
        )
    return inside.form


def check_is_text(beginning: bytes) -> None:
    """Refuses content whose signature is that of another format.

    Raises:
        FinplatformError: If it is no text; the message names the format.
    """
    for signature, what in _SIGNATURES.items():
        if beginning.startswith(signature):
            raise FinplatformError("Its content is not what its name says.", f"It is {what}.")


class _Counted(io.RawIOBase):
    """A stream that counts the bytes read."""

    def __init__(self, source: BinaryIO, check: Callable[[int], None]) -> None:
        self._source = source
        self._check = check
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        content = self._source.read(min(len(target), _CHUNK))
        target[: len(content)] = content
        self._read += len(content)
        self._check(self._read)
        return len(content)


class _Unxz(io.RawIOBase):
    """The content of an xz file, whose memory is limited."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._decompressor = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        content = b""
        while not content:
            packed = b""
            if self._decompressor.eof:
                packed = self._decompressor.unused_data or self._source.read(_CHUNK)
                packed = packed.lstrip(b"\0")
                if not packed:
                    return 0
                self._decompressor = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
            elif self._decompressor.needs_input:
                packed = self._source.read(_CHUNK)
                if not packed:
                    raise EOFError
            content = self._decompressor.decompress(packed, len(target))
        target[: len(content)] = content
        return len(content)


@contextmanager
def _unzipped(file: BinaryIO) -> Iterator[BinaryIO]:
    with zipfile.ZipFile(file) as archive, archive.open(_only_member(archive)) as content:
        yield cast("BinaryIO", content)


@contextmanager
def _unzstd(file: BinaryIO) -> Iterator[BinaryIO]:
    with pa.CompressedInputStream(file, "zstd") as content:
        yield content


_UNPACKERS: dict[str, Callable[[BinaryIO], Any]] = {
    ".gz": lambda file: gzip.GzipFile(fileobj=file),
    ".bz2": bz2.BZ2File,
    ".xz": _Unxz,
    ".zst": _unzstd,
    ".zip": _unzipped,
}


def _check_directory(file: BinaryIO) -> None:
    """Refuses an archive with a large central directory before it is read into memory."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _END_BYTES - _COMMENT_BYTES))
    end = file.read()
    file.seek(0)
    found = end.rfind(_END_OF_ZIP)
    if found < 0 or len(end) - found < _END_BYTES:
        return
    (listed,) = struct.unpack_from("<I", end, found + 12)
    if listed > _DIRECTORY_BYTES:
        raise _not_one_file()


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not member.filename.startswith("__MACOSX/")
    ]
    if len(members) != 1:
        raise _not_one_file()
    if members[0].flag_bits & 1:
        raise FinplatformError(
            "It is a ZIP archive with a password.", "Deliver it without one, or unpack it."
        )
    return members[0]


def _not_one_file() -> FinplatformError:
    return FinplatformError(
        "It is a ZIP archive that holds not exactly one file.",
        "Deliver each table as a file of its own.",
    )
