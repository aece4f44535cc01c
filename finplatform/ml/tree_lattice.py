"""Sizes of boosted trees that a search may try, and which lie next to each other.

Belongs here: the axes, their natural ends, and the names of settings. Does not belong here: growing
trees (`finplatform.ml.boosting`), and what makes one size better than another
(`finplatform.ml.setting_search`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

_Value = TypeVar("_Value", int, float)

TREES = (3, 5, 7, 10, 15, 20, 30, 40, 60, 80, 120, 160, 240, 320, 480, 640, 960, 1280)
"""Numbers of trees; each is about two fifths more than the one before."""

_BELOW, _ABOVE = 4, 2
"""Numbers of trees that are tried below and above the best one of a neighbouring shape."""


@dataclass(frozen=True)
class Shape:
    """Hyperparameters of one boosting run; its first trees are those of any shorter run.

    Attributes:
        leaves: Most leaves of a tree.
        min_rows: Fewest rows of a leaf.
        column_share: Share of the columns that a split chooses from.
        penalty: Ridge penalty of leaves.
    """

    leaves: int
    min_rows: int = 20
    column_share: float = 0.3
    penalty: float = 1.0


@dataclass(frozen=True)
class Cell:
    """A shape, and a number of trees of it."""

    shape: Shape
    trees: int

    @property
    def name(self) -> str:
        """Name in the record of a search."""
        shape = self.shape
        return (
            f"{self.trees} trees, {shape.leaves} leaves, {shape.min_rows} rows,"
            f" {shape.column_share:g} of columns, penalty {shape.penalty:g}"
        )

    @classmethod
    def named(cls, name: str) -> "Cell":
        """The cell of a name."""
        trees, leaves, min_rows, share, penalty = re.findall(r"[\d.e+-]*\d", name)
        return cls(Shape(int(leaves), int(min_rows), float(share), float(penalty)), int(trees))


@dataclass(frozen=True)
class Lattice:
    """Axes of the search, each ascending, and where it begins.

    An axis of one value is not searched. The search leaves an axis only at its ends, which are
    natural ones by default: trees of two leaves add up columns without any interplay, a split that
    chooses from all columns cannot choose from more.

    Attributes:
        start: Start of the search.
        leaves: Most leaves of a tree.
        min_rows: Fewest rows of a leaf.
        column_share: Shares of the columns.
        penalty: Ridge penalties.
        trees: Numbers of trees.
        first_trees: Numbers of trees that are tried at the start.
    """

    start: Shape
    leaves: tuple[int, ...] = (2, 4, 8, 16, 32, 64)
    min_rows: tuple[int, ...] = (1, 5, 20, 80, 320)
    column_share: tuple[float, ...] = (0.1, 0.3, 1.0)
    penalty: tuple[float, ...] = (1.0,)
    trees: tuple[int, ...] = TREES
    first_trees: tuple[int, ...] = (10, 15, 20, 30, 40, 60, 80)

    @property
    def first(self) -> tuple[str, ...]:
        """Names of the cells to begin with, fewest trees first."""
        return tuple(Cell(self.start, trees).name for trees in self.first_trees)

    def neighbours(self, name: str) -> tuple[str, ...]:
        """Names of the cells around one: more and fewer trees, and the next value of each axis."""
        cell = Cell.named(name)
        at = self.trees.index(cell.trees)
        numbers = self.trees[max(at - _BELOW, 0) : at + _ABOVE + 1]
        shapes = (cell.shape, *self._next_shapes(cell.shape))
        return tuple(Cell(shape, trees).name for shape in shapes for trees in numbers)

    def ends(self, name: str) -> tuple[str, ...]:
        """Axes at whose open end a cell lies: beyond it might be a better one.

        Natural ends are none: no tree has fewer than two leaves, no split sees more than all
        columns.
        """
        cell = Cell.named(name)
        at: dict[str, tuple[float, tuple[float, ...], float]] = {
            "leaves": (cell.shape.leaves, self.leaves, 2),
            "min_rows": (cell.shape.min_rows, self.min_rows, 1),
            "column_share": (cell.shape.column_share, self.column_share, 1),
            "penalty": (cell.shape.penalty, self.penalty, 0),
            "trees": (cell.trees, self.trees, 1),
        }
        return tuple(
            axis
            for axis, (value, values, natural) in at.items()
            if len(values) > 1 and value in (values[0], values[-1]) and value != natural
        )

    def _next_shapes(self, shape: Shape) -> Iterator[Shape]:
        """Shapes one step away on one axis, the more restrained step first."""
        yield from (replace(shape, leaves=to) for to in _next(self.leaves, shape.leaves))
        yield from (
            replace(shape, min_rows=to) for to in reversed(_next(self.min_rows, shape.min_rows))
        )
        yield from (
            replace(shape, column_share=to) for to in _next(self.column_share, shape.column_share)
        )
        yield from (
            replace(shape, penalty=to) for to in reversed(_next(self.penalty, shape.penalty))
        )


def _next(axis: Sequence[_Value], value: _Value) -> list[_Value]:
    """Values just below and above one."""
    at = axis.index(value)
    return [axis[to] for to in (at - 1, at + 1) if 0 <= to < len(axis)]
