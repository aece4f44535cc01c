"""Isolation Forest as plain arrays: how few random cuts it takes to set a row apart.

Belongs here: growing the trees (scikit-learn's), and following them without it, so that a stored
forest is numbers and no object. Does not belong here: what rows mean.

Reference: Liu, Ting and Zhou, Isolation Forest, ICDM 2008, equations 1 and 2.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

TREES, ROWS_PER_TREE = 60, 256
_EULER = 0.5772156649015329
_LEAF = -2

_ROWS_AT_A_TIME = 8_192
"""Rows that go down a tree together: few enough to stay in the processor's cache."""


@dataclass(frozen=True)
class IsolationForest:
    """Trees of equal size, padded; arrays of shape (trees, nodes).

    Attributes:
        feature: Column that a node cuts; negative for a leaf.
        threshold: Rows up to it go left.
        left: Node on the left; the node itself for a leaf.
        right: Node on the right.
        path: Length of the path to a leaf: its depth, and what its rows would take on average.
        rows: Rows that each tree has seen.
    """

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    path: np.ndarray
    rows: int

    def score(self, matrix: np.ndarray) -> np.ndarray:
        """Anomaly score from 0 to 1, shape (rows,): near 1 is set apart at once, 0.5 is average.

        Args:
            matrix: Finite numbers, shape (rows, columns), columns as in `grow`.
        """
        values = np.asarray(matrix, dtype=np.float32)
        paths = [
            self._paths(values[first : first + _ROWS_AT_A_TIME])
            for first in range(0, max(len(values), 1), _ROWS_AT_A_TIME)
        ]
        average = float(average_path(self.rows))
        return np.asarray(2.0 ** (-np.concatenate(paths) / len(self.feature) / average))

    def _paths(self, values: np.ndarray) -> np.ndarray:
        """Sum of the lengths of the rows' paths over all trees, shape (rows,)."""
        every = np.arange(len(values))
        total = np.zeros(len(values))
        for tree in range(len(self.feature)):
            node = np.zeros(len(values), dtype=np.int64)
            feature, threshold = np.maximum(self.feature[tree], 0), self.threshold[tree]
            left, right = self.left[tree], self.right[tree]
            for _ in range(_deepest(self.rows)):
                goes_left = values[every, feature[node]] <= threshold[node]
                node = np.where(goes_left, left[node], right[node])
            total += self.path[tree][node]
        return total

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        arrays = ("feature", "threshold", "left", "right", "path")
        return {name: getattr(self, name).tolist() for name in arrays} | {"rows": self.rows}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "IsolationForest":
        """The forest that `to_dict` wrote."""
        whole = {
            name: np.array(plain[name], dtype=np.int64) for name in ("feature", "left", "right")
        }
        real = {name: np.array(plain[name], dtype=float) for name in ("threshold", "path")}
        return cls(**whole, **real, rows=int(plain["rows"]))


def average_path(rows: Any) -> np.ndarray:
    """Average path of an unsuccessful search among `rows` rows: 2 H(n-1) - 2 (n-1) / n."""
    n = np.asarray(rows, dtype=float)
    many = np.maximum(n, 3)
    harmonic = np.log(many - 1) + _EULER
    long = 2 * harmonic - 2 * (many - 1) / many
    return np.where(n <= 1, 0.0, np.where(n == 2, 1.0, long))


def grow(matrix: np.ndarray, *, seed: int) -> IsolationForest:
    """Grow a forest on rows of which most are ordinary.

    Args:
        matrix: Finite numbers, shape (rows, columns), at least two rows.
        seed: Seed of rows and cuts.
    """
    from sklearn.ensemble import IsolationForest as Grower

    rows = min(ROWS_PER_TREE, len(matrix))
    grown = Grower(n_estimators=TREES, max_samples=rows, random_state=seed, n_jobs=1).fit(
        np.asarray(matrix, dtype=np.float32)
    )
    trees = [estimator.tree_ for estimator in grown.estimators_]
    most = max(tree.node_count for tree in trees)
    shape = (len(trees), most)
    feature, left = np.full(shape, _LEAF), np.tile(np.arange(most), (len(trees), 1))
    right, threshold, path = left.copy(), np.zeros(shape), np.zeros(shape)
    for at, tree in enumerate(trees):
        nodes = slice(0, tree.node_count)
        is_leaf = tree.children_left < 0
        own = np.arange(tree.node_count)
        feature[at, nodes] = tree.feature
        threshold[at, nodes] = tree.threshold
        left[at, nodes] = np.where(is_leaf, own, tree.children_left)
        right[at, nodes] = np.where(is_leaf, own, tree.children_right)
        path[at, nodes] = _depths(tree.children_left, tree.children_right) + average_path(
            tree.n_node_samples
        )
    return IsolationForest(feature, threshold, left, right, path, rows)


def _deepest(rows: int) -> int:
    """Depth at which trees stop, where rows are taken as ordinary."""
    return int(np.ceil(np.log2(max(rows, 2))))


def _depths(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Depth of each node; children come after their parent."""
    depth = np.zeros(len(left), dtype=np.int64)
    level = np.array([0])
    while len(level):
        inner = level[left[level] >= 0]
        children = np.concatenate([left[inner], right[inner]])
        depth[children] = np.repeat(depth[inner][None], 2, axis=0).ravel() + 1
        level = children
    return depth
