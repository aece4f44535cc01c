"""The Merkle tree of RFC 9162: hashes, roots and proofs of inclusion.

A tree is a sequence of leaf hashes; its shape follows from its size alone. Belongs here: section
2.1 of the RFC. Does not belong here: what a leaf is the hash of (see `events`).
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32

Leaves = Sequence[bytes]
"""Hashes of the leaves, in their order."""


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf, 32 bytes."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of a node above two others, 32 bytes."""
    return sha256(b"\x01" + left + right).digest()


class GrowingTree:
    """A tree that grows at its end, of which only the roots of its full subtrees are kept.

    Appending takes two hashes on average and the root as many as the size has binary digits, so
    that roots at several sizes come from one pass over the leaves.
    """

    def __init__(self) -> None:
        self._size = 0
        self._peaks: list[bytes] = []

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._size

    @property
    def root(self) -> bytes:
        """Hash of the whole tree; of the empty one, that of nothing."""
        if not self._peaks:
            return sha256(b"").digest()
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def append(self, leaf: bytes) -> None:
        """Appends the hash of a leaf."""
        node, rest = leaf, self._size
        while rest & 1:
            node = node_hash(self._peaks.pop(), node)
            rest >>= 1
        self._peaks.append(node)
        self._size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Appends hashes of leaves."""
        for leaf in leaves:
            self.append(leaf)


def root_of(leaves: Leaves) -> bytes:
    """Root of a tree (RFC 9162, 2.1.1)."""
    tree = GrowingTree()
    tree.extend(leaves)
    return tree.root


def inclusion_proof(leaves: Leaves, index: int) -> list[bytes]:
    """Hashes by which a leaf leads to the root (RFC 9162, 2.1.3.1).

    Args:
        leaves: The tree.
        index: Position of the leaf, from 0.

    Raises:
        IndexError: If the tree has no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    left, right = leaves[:middle], leaves[middle:]
    if index < middle:
        return [*inclusion_proof(left, index), root_of(right)]
    return [*inclusion_proof(right, index - middle), root_of(left)]


def includes(root: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that a leaf is in a tree (RFC 9162, 2.1.3.2).

    Args:
        root: Root of the tree.
        size: Its size.
        index: Position of the leaf, from 0.
        leaf: Its hash.
        proof: Result of `inclusion_proof`.
    """
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            place, last = _up_to_left_turn(place, last)
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def _up_to_left_turn(place: int, last: int) -> tuple[int, int]:
    """Levels without a right sibling are climbed at once."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _split(size: int) -> int:
    """The largest power of two that is smaller than a size."""
    return 1 << (size - 1).bit_length() - 1
