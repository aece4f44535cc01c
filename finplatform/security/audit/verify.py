"""Verification of the audit trail: the stored rows against the signed tree heads.

The hashes of all sealed leaves are kept with the heads, outside the database. Once they reproduce
the signed roots, the first row that differs from its leaf is the first tampered row; the hash of
its content at other positions gives the kind of tampering. Belongs here: the comparison of a stream
of rows. Does not belong here: reading rows and files (see `finplatform.warehouse.audit_seals`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import overload

from finplatform.security.audit.events import Row
from finplatform.security.audit.notes import FIRST, Head, NoteError, Verifier, note_hash
from finplatform.security.audit.tree import HASH_BYTES, GrowingTree, Leaves


class Kind(StrEnum):
    """How the trail was tampered with.

    Attributes:
        EDITED: A row's content, or its stored hash, was changed.
        DELETED: Rows before others are gone.
        INSERTED: A row is there that was not recorded.
        REORDERED: Rows changed places.
        TRUNCATED: The last rows are gone.
        REHASHED: Rows were changed and their hashes made anew, as if they had been so.
        SWAPPED_HEAD: A signed head is gone, or another note is in its place.
        DAMAGED_LEAVES: The file of sealed hashes does not make the signed roots, while the rows do.
    """

    EDITED = "edited"
    DELETED = "deleted"
    INSERTED = "inserted"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    REHASHED = "re-hashed tail"
    SWAPPED_HEAD = "swapped head"
    DAMAGED_LEAVES = "damaged leaves"


@dataclass(frozen=True)
class Finding:
    """Something that was tampered with.

    Attributes:
        kind: How.
        seq: The first row concerned; of a head, its size.
        message: What is wrong, in words.
    """

    kind: Kind
    seq: int
    message: str


@dataclass(frozen=True)
class Note:
    """A kept note.

    Attributes:
        size: Tree size that its file is named by.
        text: What the file holds.
    """

    size: int
    text: str


@dataclass(frozen=True)
class Sealed:
    """Notes and leaf hashes kept outside the database.

    Attributes:
        origin: Name of the log.
        verifier: Key of the heads' signer.
        notes: Signed heads in the order of their sizes.
        leaves: Hashes of the sealed leaves.
        copies: SHA-256 of notes by size, as the database has noted them.
    """

    origin: str
    verifier: Verifier
    notes: Sequence[Note]
    leaves: Leaves
    copies: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """Result of a verification.

    Attributes:
        rows: Rows that were compared, up to the first that is broken.
        sealed: Rows that the last valid head covers.
        heads: Number of valid heads.
        findings: What is wrong, heads first; empty if the trail holds.
    """

    rows: int
    sealed: int
    heads: int
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether there are no findings."""
        return not self.findings


class LeafFile(Sequence[bytes]):
    """Hashes of leaves as one byte string; an incomplete hash at the end is ignored.

    Args:
        content: The hashes one after the other.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __len__(self) -> int:
        return len(self._content) // HASH_BYTES

    @overload
    def __getitem__(self, index: int) -> bytes: ...

    @overload
    def __getitem__(self, index: slice) -> "LeafFile": ...

    def __getitem__(self, index: int | slice) -> "bytes | LeafFile":
        if isinstance(index, slice):
            start, stop, _ = index.indices(len(self))
            return LeafFile(self._content[start * HASH_BYTES : stop * HASH_BYTES])
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self._content[index * HASH_BYTES : (index + 1) * HASH_BYTES]


def verify(rows: Iterable[Row], sealed: Sealed, recorded: int) -> Report:
    """Compares rows with the sealed hashes.

    Args:
        rows: All stored rows, ordered by `seq`.
        sealed: What is kept outside the database.
        recorded: Number of events that the database has counted.
    """
    heads, findings = valid_heads(sealed)
    anchored = _anchored(heads, sealed.leaves)
    row_check = _Rows(heads, sealed.leaves[:anchored], recorded)
    broken = row_check.run(rows)
    if broken is not None:
        findings.append(broken)
    elif heads and anchored < heads[-1].size:
        findings.append(
            Finding(
                Kind.DAMAGED_LEAVES,
                anchored + 1,
                "The file of sealed hashes does not make the signed root, but the rows do.",
            )
        )
    return Report(row_check.rows, heads[-1].size if heads else 0, len(heads), tuple(findings))


def valid_heads(sealed: Sealed) -> tuple[list[Head], list[Finding]]:
    """Heads that their signer made, each following the one before, and what is wrong with others.

    Args:
        sealed: What is kept outside the database.
    """
    heads: list[Head] = []
    findings = []
    previous = FIRST
    for note in sealed.notes:
        try:
            heads.append(_opened(note, sealed, previous))
        except NoteError as error:
            findings.append(_swapped(note.size, f"The head of {note.size} rows: {error}."))
        previous = note_hash(note.text)
    kept = {note.size for note in sealed.notes}
    findings += [
        _swapped(size, f"The head of {size} rows is gone; the database has noted it.")
        for size in sealed.copies
        if size not in kept
    ]
    return heads, findings


def _opened(note: Note, sealed: Sealed, previous: bytes) -> Head:
    head = Head.parse(sealed.verifier.open(note.text))
    copy = sealed.copies.get(note.size)
    wrong = {
        f"it is of the log {head.origin}": head.origin != sealed.origin,
        f"it states {head.size} rows": head.size != note.size,
        "it does not follow the head before it": head.previous != previous,
        "the database has noted another one": copy not in (None, note_hash(note.text)),
    }
    for message, is_so in wrong.items():
        if is_so:
            raise NoteError(message)
    return head


def _swapped(size: int, message: str) -> Finding:
    return Finding(Kind.SWAPPED_HEAD, size, message)


def _anchored(heads: Sequence[Head], leaves: Leaves) -> int:
    """Size of the last head up to which the kept leaves make every signed root."""
    tree = GrowingTree()
    anchored = 0
    for head in heads:
        if head.size > len(leaves):
            break
        tree.extend(leaves[tree.size : head.size])
        if tree.root != head.root:
            break
        anchored = head.size
    return anchored


class _Rows:
    """The pass over the rows.

    Args:
        heads: Valid heads.
        leaves: Sealed hashes that make the signed roots.
        recorded: Number of events that the database has counted.
    """

    def __init__(self, heads: Sequence[Head], leaves: Leaves, recorded: int) -> None:
        self.rows = 0
        self._leaves = leaves
        self._recorded = recorded
        self._last_head = heads[-1].size if heads else 0
        # Rows beyond the anchored leaves are verified by roots only.
        self._roots = {head.size: head.root for head in heads if head.size > len(leaves)}
        self._good = len(leaves)
        self._tree = GrowingTree()
        if self._roots:
            self._tree.extend(leaves)

    def run(self, rows: Iterable[Row]) -> Finding | None:
        """The first row that is broken, if any is."""
        left = iter(rows)
        for row in left:
            broken = self._misplaced(row) or self._changed(row, left)
            if broken is not None:
                return broken
            self.rows = row.seq
            broken = self._off_root(row)
            if broken is not None:
                return broken
        return self._ended()

    def _misplaced(self, row: Row) -> Finding | None:
        expected = self.rows + 1
        if row.seq < expected:
            return Finding(Kind.INSERTED, row.seq, f"Row {row.seq} is there more than once.")
        if row.seq > expected:
            gone = _rows(expected, row.seq - 1)
            return Finding(Kind.DELETED, expected, f"There are later rows, but not {gone}.")
        return None

    def _changed(self, row: Row, left: Iterator[Row]) -> Finding | None:
        made = row.hash
        if row.seq <= len(self._leaves) and made != self._leaves[row.seq - 1]:
            return self._diagnosed(row, left)
        if made != row.leaf:
            return Finding(Kind.EDITED, row.seq, f"Row {row.seq} does not make its hash.")
        return None

    def _diagnosed(self, row: Row, left: Iterator[Row]) -> Finding:
        """Kind of tampering of a row that differs from its sealed hash.

        Rows may have been renumbered: what counts is whose content is at this place, and where the
        content is that belongs here.
        """
        seq = row.seq
        home = next((at for at in range(1, len(self._leaves) + 1) if self._is_at(row, at)), 0)
        is_later = any(self._is_at(other, seq) for other in left)
        if is_later and home > seq:
            return Finding(Kind.REORDERED, seq, f"Row {home} is in the place of row {seq}.")
        if is_later:
            return Finding(Kind.INSERTED, seq, f"Row {seq} was not recorded; it moved others down.")
        if home > seq:
            gone = _rows(seq, home - 1)
            return Finding(Kind.DELETED, seq, f"Later rows moved to the place of {gone}.")
        if row.leaf == row.hash:
            message = f"Row {seq} is another than the one sealed, and was given a new hash."
            return Finding(Kind.REHASHED, seq, message)
        return Finding(Kind.EDITED, seq, f"Row {seq} is another than the one sealed.")

    def _is_at(self, row: Row, seq: int) -> bool:
        return row.hash_as(seq) == self._leaves[seq - 1]

    def _off_root(self, row: Row) -> Finding | None:
        if not self._roots or row.seq <= len(self._leaves):
            return None
        self._tree.append(row.hash)
        root = self._roots.get(row.seq)
        if root is None:
            return None
        if root != self._tree.root:
            changed = _rows(self._good + 1, row.seq)
            message = f"The signed root is not made by {changed}, though each makes its hash."
            return Finding(Kind.REHASHED, self._good + 1, message)
        self._good = row.seq
        return None

    def _ended(self) -> Finding | None:
        last = max(self._last_head, self._recorded)
        if self.rows < last:
            gone = _rows(self.rows + 1, last)
            return Finding(Kind.TRUNCATED, self.rows + 1, f"The end lacks {gone}.")
        if self.rows > self._recorded:
            surplus = _rows(self._recorded + 1, self.rows)
            return Finding(Kind.INSERTED, self._recorded + 1, f"The count lacks {surplus}.")
        return None


def _rows(first: int, last: int) -> str:
    return f"row {first}" if first == last else f"rows {first} to {last}"
