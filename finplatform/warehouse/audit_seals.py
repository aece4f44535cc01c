"""Signed heads of the audit trail, in files of the home: sealing, and verifying what was sealed.

`HOME/audit/<database>` holds a note per head, named by the number of rows that it covers, the
hashes of all sealed rows one after the other (`leaves`), and the public key (`verifier`). The
private key is in `HOME/keys`. Belongs here: these files, and bringing them together with the rows.
Does not belong here: what a head is, and how tampering is found (see `finplatform.security.audit`).
"""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from finplatform.errors import FinplatformError
from finplatform.home import PRIVATE
from finplatform.security.audit.notes import FIRST, Head, NoteError, Signer, Verifier, note_hash
from finplatform.security.audit.tree import HASH_BYTES, GrowingTree, includes, inclusion_proof
from finplatform.security.audit.verify import (
    Finding,
    Kind,
    LeafFile,
    Note,
    Report,
    Sealed,
    valid_heads,
    verify,
)
from finplatform.security.key_file import is_open_to_others, sync_folder, write_once
from finplatform.settings import Settings
from finplatform.warehouse import audit_log
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.embedded.layout import locked
from finplatform.warehouse.private_files import write_whole

KEY_FILE = "audit.key"

_SUFFIX = ".note"
_DIGITS = 12
_SNAPSHOT = "set transaction isolation level repeatable read, read only"


@dataclass(frozen=True)
class SealFolder:
    """The files of one database's trail.

    Attributes:
        path: The folder.
        origin: Name of the log, and of its key.
    """

    path: Path
    origin: str

    @classmethod
    def of(cls, settings: Settings, warehouse: Warehouse) -> "SealFolder":
        """The folder of a database in a home."""
        database = str(warehouse.location.database)
        return cls(settings.audit / database, f"finplatform/audit/{database}")

    @property
    def leaves(self) -> Path:
        """Hashes of the sealed rows."""
        return self.path / "leaves"

    @property
    def verifier(self) -> Path:
        """Public key of the heads' signer."""
        return self.path / "verifier"

    @property
    def lock(self) -> Path:
        """Held while a head is made."""
        return self.path / "seal.lock"

    def note(self, size: int) -> Path:
        """File of a head."""
        return self.path / f"{size:0{_DIGITS}}{_SUFFIX}"

    def notes(self) -> list[Note]:
        """Kept heads in the order of their sizes."""
        found = sorted(self.path.glob(f"*{_SUFFIX}"))
        return [
            Note(int(path.stem), path.read_text("utf-8", errors="replace"))
            for path in found
            if path.stem.isdecimal()
        ]

    def sealed(self, verifier: Verifier, copies: Mapping[int, bytes]) -> Sealed:
        """Stored hashes and heads, for a verification.

        Args:
            verifier: Key of the signer.
            copies: SHA-256 of notes by size, as stored in the database.
        """
        content = self.leaves.read_bytes() if self.leaves.exists() else b""
        return Sealed(self.origin, verifier, self.notes(), LeafFile(content), copies)


def seal(settings: Settings, warehouse: Warehouse) -> Head | None:
    """Signs a tree head of all committed rows.

    The new root is computed from the sealed hashes and the new rows, so that a change of sealed
    rows is not signed.

    Args:
        settings: Name the home.
        warehouse: The database.

    Returns:
        The new head, the last one if there are no new rows, None if there never were any.

    Raises:
        FinplatformError: If the files, or rows since the last head, do not verify.
    """
    folder = SealFolder.of(settings, warehouse)
    signer = _signer(settings, folder)
    folder.path.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    with locked(folder.lock):
        if not folder.verifier.exists():
            write_whole(folder.verifier, f"{signer.verifier.text}\n")
        sealed = folder.sealed(signer.verifier, {})
        heads, findings = valid_heads(sealed)
        size = heads[-1].size if heads else 0
        tree = _tree_of(sealed, size)
        if findings or (heads and tree.root != heads[-1].root):
            raise _refusal("its heads or their hashes were changed")
        added = _new_hashes(warehouse, size)
        if not added:
            return heads[-1] if heads else None
        tree.extend(added)
        previous = note_hash(sealed.notes[-1].text) if sealed.notes else FIRST
        head = Head(folder.origin, tree.size, tree.root, datetime.now(UTC), previous)
        _append(folder.leaves, size, b"".join(added))
        write_whole(folder.note(head.size), signer.sign(head.text))
        sync_folder(folder.path)
        return head


def verify_trail(settings: Settings, warehouse: Warehouse, key: str | None = None) -> Report:
    """Verifies every row of the trail, and every head.

    Args:
        settings: Name the home.
        warehouse: The database.
        key: Text of the public key, from where it is kept outside; default: the home's own.

    Raises:
        FinplatformError: If the key is none, or the database does not answer.
    """
    folder = SealFolder.of(settings, warehouse)
    verifier = _verifier(settings, folder, key)
    with audit_log.trail(warehouse) as connection:
        connection.execute(_SNAPSHOT.encode())
        return verify_session(connection, folder, verifier)


def verify_session(
    connection: psycopg.Connection, folder: SealFolder, verifier: Verifier
) -> Report:
    """Verifies the trail in a transaction.

    Args:
        connection: Session in a repeatable-read transaction.
        folder: Files outside the database.
        verifier: Key of the heads' signer.
    """
    sealed = folder.sealed(verifier, _copies(connection))
    return verify(audit_log.rows(connection), sealed, audit_log.size(connection))


def kept_heads(settings: Settings, warehouse: Warehouse) -> list[tuple[Head, bytes]]:
    """Heads in the order of their sizes, each with the SHA-256 of its note.

    Raises:
        FinplatformError: If the signature of one is invalid.
    """
    folder = SealFolder.of(settings, warehouse)
    sealed = folder.sealed(_verifier(settings, folder, None), {})
    heads, findings = valid_heads(sealed)
    if findings:
        raise _refusal("its heads were changed")
    return list(zip(heads, (note_hash(note.text) for note in sealed.notes), strict=True))


def last_note(settings: Settings, warehouse: Warehouse) -> str | None:
    """Text of the latest kept head, for a copy elsewhere."""
    notes = SealFolder.of(settings, warehouse).notes()
    return notes[-1].text if notes else None


def outside_head(
    settings: Settings, warehouse: Warehouse, note: str, key: str | None = None
) -> list[Finding]:
    """Differences between a head from outside and the sealed hashes.

    The rows themselves are compared with these hashes by `verify_trail`.

    Args:
        settings: Name the home.
        warehouse: The database.
        note: The signed note.
        key: Text of the public key; default: the home's own.
    """
    folder = SealFolder.of(settings, warehouse)
    verifier = _verifier(settings, folder, key)
    try:
        head = Head.parse(verifier.open(note))
    except NoteError as error:
        return [Finding(Kind.SWAPPED_HEAD, 0, f"The head that was kept outside: {error}.")]
    sealed = folder.sealed(verifier, {})
    if len(sealed.leaves) < head.size:
        message = f"A head of {head.size} rows was signed; {len(sealed.leaves)} are sealed here."
        return [Finding(Kind.TRUNCATED, len(sealed.leaves) + 1, message)]
    if _tree_of(sealed, head.size).root != head.root:
        message = f"The head of {head.size} rows that was kept outside has another root."
        return [Finding(Kind.REHASHED, head.size, message)]
    return []


def proof_of(settings: Settings, warehouse: Warehouse, seq: int) -> dict[str, Any]:
    """The inclusion proof of a row in the tree of the latest head, with the data to check it.

    Args:
        settings: Name the home.
        warehouse: The database.
        seq: Number of the row.

    Raises:
        FinplatformError: If no head covers the row, or the files are not those of the head.
    """
    folder = SealFolder.of(settings, warehouse)
    heads = kept_heads(settings, warehouse)
    if not heads or seq > heads[-1][0].size:
        raise FinplatformError(f"No head covers row {seq} yet.", "Run `finplatform audit seal`.")
    head = heads[-1][0]
    leaves = folder.sealed(_verifier(settings, folder, None), {}).leaves[: head.size]
    path = inclusion_proof(leaves, seq - 1)
    if not includes(head.root, head.size, seq - 1, leaves[seq - 1], path):
        raise _refusal("the sealed hashes do not make the head's root")
    return {
        "index": seq - 1,
        "size": head.size,
        "leaf": leaves[seq - 1].hex(),
        "path": [sibling.hex() for sibling in path],
        "root": head.root.hex(),
        "note": folder.note(head.size).read_text("utf-8"),
    }


def _tree_of(sealed: Sealed, size: int) -> GrowingTree:
    tree = GrowingTree()
    tree.extend(sealed.leaves[:size])
    return tree


def _new_hashes(warehouse: Warehouse, size: int) -> list[bytes]:
    """Hashes of the rows after the last head.

    Raises:
        FinplatformError: If rows are missing, or do not match their hashes.
    """
    added: list[bytes] = []
    with audit_log.trail(warehouse) as connection:
        connection.execute(_SNAPSHOT.encode())
        for row in audit_log.rows(connection, size):
            if row.seq != size + len(added) + 1 or row.hash != row.leaf:
                raise _refusal(f"row {size + len(added) + 1} is not as it was recorded")
            added.append(row.leaf)
        if size + len(added) < audit_log.size(connection):
            raise _refusal(f"row {size + len(added) + 1} is gone")
    return added


def _append(path: Path, size: int, content: bytes) -> None:
    """Appends hashes after the sealed ones, and removes leftovers of an interrupted seal."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.ftruncate(handle, size * HASH_BYTES)
        os.lseek(handle, 0, os.SEEK_END)
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _copies(connection: psycopg.Connection) -> dict[int, bytes]:
    """Hashes of the heads stored in the database."""
    row = connection.execute("select to_regclass('audit.tree_heads') is not null").fetchone()
    if not (row and row[0]):
        return {}
    found = connection.execute("select tree_size, note_hash from audit.tree_heads").fetchall()
    return {int(size): bytes.fromhex(digest) for size, digest in found}


def _signer(settings: Settings, folder: SealFolder) -> Signer:
    """The signer of the home's private key; a missing key is created.

    Raises:
        FinplatformError: If the key cannot be written or read, is malformed, or open to others.
    """
    path = settings.keys / KEY_FILE
    try:
        write_once(path, lambda: base64.b64encode(os.urandom(HASH_BYTES)).decode() + "\n")
        is_open, text = is_open_to_others(path), path.read_text("ascii")
    except OSError as error:
        raise FinplatformError(
            f"The audit key at {path} cannot be used ({error.strerror}).",
            "Run as the user that owns the home.",
        ) from error
    if is_open:
        raise FinplatformError(
            f"The audit key at {path} is open to other users.", f"Run `chmod 600 {path}`."
        )
    try:
        return Signer(folder.origin, base64.b64decode(text))
    except ValueError as error:
        raise FinplatformError(
            f"The audit key at {path} is malformed.", "Put back the key from your copy."
        ) from error


def _verifier(settings: Settings, folder: SealFolder, key: str | None) -> Verifier:
    """The key given, else that of the private key, else that of the folder."""
    try:
        if key is not None:
            return Verifier.parse(key)
        if (settings.keys / KEY_FILE).exists() or not folder.verifier.exists():
            return _signer(settings, folder).verifier
        return Verifier.parse(folder.verifier.read_text("utf-8"))
    except NoteError as error:
        raise FinplatformError(
            f"The public key is no signer's: {error}.",
            "It looks like name+8 hex digits+base64, as in the file `verifier`.",
        ) from error


def _refusal(what: str) -> FinplatformError:
    return FinplatformError(
        f"The audit trail is not sealed: {what}.",
        "`finplatform audit verify` names what was tampered with.",
    )
