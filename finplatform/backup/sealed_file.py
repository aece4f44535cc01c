"""Files that are compressed and sealed as a stream: written once, read in order, whole or not.

A file is a header and chunks of AES-256-GCM. Its key is derived from the backups' key, a random
salt and its name; a chunk's nonce is its number and whether it is the last. So a changed bit, a
chunk that is missing, repeated or elsewhere, an end that is cut off, bytes after the end and a file
under another's name are all found, each before its bytes are handed on. Does not belong here: what
is in the files.
"""

import hashlib
import io
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from finplatform.backup.backup_key import BackupKey
from finplatform.errors import FinplatformError
from finplatform.security.key_file import sync_folder

MAGIC = b"FINPBK01"
CHUNK = 2**20
SALT_BYTES = 16
TAG_BYTES = 16
FINGERPRINT_BYTES = 8
HEADER_BYTES = len(MAGIC) + FINGERPRINT_BYTES + SALT_BYTES
_READ = 2**20


class DamagedError(FinplatformError):
    """A file of a backup is not what was written.

    Args:
        path: The file.
        what: How it differs.
    """

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"{path} is damaged: {what}.",
            "Put back that file from another copy, or use an older backup: `finplatform backup"
            " list`.",
        )


@dataclass(frozen=True)
class Sealed:
    """A sealed file.

    Attributes:
        bytes: Its size.
        content_bytes: Size of what it holds.
        sha256: Of the file as it is stored.
    """

    bytes: int
    content_bytes: int
    sha256: str


class _Chunks(io.RawIOBase):
    """Takes bytes and writes them in sealed chunks."""

    def __init__(self, file: IO[bytes], key: BackupKey, label: str) -> None:
        salt = os.urandom(SALT_BYTES)
        self._file = file
        self._header = MAGIC + bytes.fromhex(key.fingerprint) + salt
        self._cipher = AESGCM(key.file_key(salt, label))
        self._number = 0
        self._waiting = bytearray()
        self.digest = hashlib.sha256()
        self._put(self._header)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._waiting += piece
        # A full chunk is held back until more comes: the last one is marked.
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), is_last=False)
            del self._waiting[:CHUNK]
        return len(piece)

    def finish(self) -> None:
        """Writes the last chunk."""
        self._seal(bytes(self._waiting), is_last=True)
        self._waiting.clear()

    def _seal(self, content: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._number, is_last=is_last)
        self._put(self._cipher.encrypt(nonce, content, self._header))
        self._number += 1

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self.digest.update(data)


class Sink:
    """Takes the content of a sealed file.

    Args:
        stream: Where it is compressed.
    """

    def __init__(self, stream: pa.CompressedOutputStream) -> None:
        self._stream = stream
        self.content_bytes = 0
        self.result: Sealed | None = None

    def write(self, data: bytes) -> int:
        """Takes some bytes."""
        self._stream.write(data)
        self.content_bytes += len(data)
        return len(data)

    @property
    def sealed(self) -> Sealed:
        """What was written, once the block has ended."""
        if self.result is None:
            raise ValueError("the file is still being written")
        return self.result


@contextmanager
def sealing(path: Path, key: BackupKey, label: str) -> Iterator[Sink]:
    """Writes a sealed file completely or not at all.

    Args:
        path: The file; it appears, in place of an older one, when the block has ended.
        key: Key of the backups.
        label: Name by which it is read again.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            chunks = _Chunks(file, key, label)
            with pa.CompressedOutputStream(pa.PythonFile(chunks, "w"), "zstd") as stream:
                sink = Sink(stream)
                yield sink
            chunks.finish()
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        draft.replace(path)
        sync_folder(path.parent)
        sink.result = Sealed(size, sink.content_bytes, chunks.digest.hexdigest())
    finally:
        draft.unlink(missing_ok=True)


class _Opened(io.RawIOBase):
    """Gives the content of sealed chunks, each once it is known to be what was written."""

    def __init__(self, file: BinaryIO, path: Path, key: BackupKey, label: str) -> None:
        self._file = file
        self._path = path
        self._header = file.read(HEADER_BYTES)
        self._number = 0
        self._is_over = False
        self._content = memoryview(b"")
        self._cipher = AESGCM(self._key(key, label))
        self._ahead = file.read(CHUNK + TAG_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        target = memoryview(buffer).cast("B")
        while not self._content and not self._is_over:
            self._content = memoryview(self._next())
        count = min(len(target), len(self._content))
        target[:count] = self._content[:count]
        self._content = self._content[count:]
        return count

    def _next(self) -> bytes:
        sealed, self._ahead = self._ahead, self._file.read(CHUNK + TAG_BYTES)
        self._is_over = not self._ahead
        nonce = _nonce(self._number, is_last=self._is_over)
        try:
            content = self._cipher.decrypt(nonce, sealed, self._header)
        except InvalidTag:
            at = HEADER_BYTES + self._number * (CHUNK + TAG_BYTES)
            raise DamagedError(
                self._path, f"what is at byte {at:,} is not what was written there"
            ) from None
        except ValueError:
            raise DamagedError(self._path, "its end is missing") from None
        self._number += 1
        return content

    def _key(self, key: BackupKey, label: str) -> bytes:
        if len(self._header) < HEADER_BYTES or not self._header.startswith(MAGIC):
            raise DamagedError(self._path, "it does not begin as a sealed file")
        found = self._header[len(MAGIC) :][:FINGERPRINT_BYTES].hex()
        if found != key.fingerprint:
            raise FinplatformError(
                f"{self._path} was sealed with key {found}, or is damaged; the key at hand is"
                f" {key.fingerprint}.",
                "Put the key of that time into HOME/keys/backup.key or FINPLATFORM_BACKUP_KEY.",
            )
        return key.file_key(self._header[-SALT_BYTES:], label)


@contextmanager
def opened(path: Path, key: BackupKey, label: str) -> Iterator[BinaryIO]:
    """The content of a sealed file; all of it was checked once the block has ended.

    Args:
        path: The file.
        key: Key of the backups.
        label: Name that it was sealed under.

    Raises:
        DamagedError: If it is not what was written.
        FinplatformError: If it was sealed with another key, or is missing.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise DamagedError(path, "it is missing") from None
    with file:
        chunks = io.BufferedReader(_Opened(file, path, key, label), buffer_size=CHUNK)
        try:
            with pa.CompressedInputStream(pa.PythonFile(chunks, "r"), "zstd") as stream:
                yield stream
                while stream.read(_READ) or chunks.read(_READ):
                    pass
        except OSError as error:
            if isinstance(error, pa.ArrowException) or error.errno is None:
                raise DamagedError(path, "its content does not unpack") from error
            raise


def check(path: Path, key: BackupKey, label: str) -> int:
    """Reads a sealed file through; returns the size of its content.

    Raises:
        DamagedError: If it is not what was written.
    """
    size = 0
    with opened(path, key, label) as stream:
        while piece := stream.read(_READ):
            size += len(piece)
    return size


def _nonce(number: int, *, is_last: bool) -> bytes:
    return struct.pack(">3xQ?", number, is_last)
