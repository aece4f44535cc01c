"""The tree against the published vectors of RFC 6962 and 9162, and proofs against each other."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.security.audit.tree import (
    GrowingTree,
    includes,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
)

# Test data of the certificate-transparency reference implementation.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    bytes.fromhex(text)
    for text in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
LEAVES = [leaf_hash(data) for data in INPUTS]

sizes = st.integers(1, 70)


def _leaves(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_roots_are_the_published_ones(size: int) -> None:
    assert root_of(LEAVES[:size]) == ROOTS[size]


def test_a_growing_tree_has_the_published_root_at_each_size() -> None:
    tree = GrowingTree()
    found = [tree.root]
    for leaf in LEAVES:
        tree.append(leaf)
        found.append(tree.root)
    assert found == ROOTS


def test_proofs_are_those_of_the_example_in_the_rfc() -> None:
    """RFC 9162, 2.1.5: a tree of seven leaves and the letters of its picture."""
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, last = node_hash(g, h), node_hash(i, j)
    assert inclusion_proof(LEAVES[:7], 0) == [b, h, last]
    assert inclusion_proof(LEAVES[:7], 3) == [c, g, last]
    assert inclusion_proof(LEAVES[:7], 4) == [f, j, k]
    assert inclusion_proof(LEAVES[:7], 6) == [i, k]


@given(size=sizes, data=st.data())
def test_a_leaf_is_proven_at_its_place_and_at_no_other(size: int, data: st.DataObject) -> None:
    leaves = _leaves(size)
    index = data.draw(st.integers(0, size - 1))
    root, proof = root_of(leaves), inclusion_proof(leaves, index)
    assert includes(root, size, index, leaves[index], proof)
    assert not any(
        includes(root, size, other, leaves[index], proof) for other in range(size) if other != index
    )
    assert not includes(root, size, index, leaf_hash(b"another"), proof)
    assert not includes(leaf_hash(b"another"), size, index, leaves[index], proof)
    assert not includes(root, size, index, leaves[index], [*proof, root])
    assert not proof or not includes(root, size, index, leaves[index], proof[:-1])


def test_every_change_of_a_leaf_changes_the_root() -> None:
    roots = {root_of(LEAVES)}
    for place in range(len(LEAVES)):
        changed = [*LEAVES]
        changed[place] = leaf_hash(b"another")
        roots.add(root_of(changed))
    for place, _ in enumerate(pairwise(LEAVES)):
        swapped = [*LEAVES]
        swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
        roots.add(root_of(swapped))
    assert len(roots) == 1 + 8 + 7


@pytest.mark.parametrize("index", [-1, 8])
def test_what_is_not_in_a_tree_has_no_proof(index: int) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(LEAVES, index)
