"""Sizes of trees: names, neighbours and ends."""

import pytest

from finplatform.ml.tree_lattice import TREES, Cell, Lattice, Shape

LATTICE = Lattice(Shape(leaves=8))


@pytest.mark.parametrize(
    "cell", [Cell(Shape(2, 1, 0.1, 0.01), 3), Cell(Shape(64, 320, 1.0, 1e-5), 1280)]
)
def test_a_name_stands_for_one_cell(cell: Cell) -> None:
    assert Cell.named(cell.name) == cell


def test_every_next_value_of_every_axis_is_a_neighbour_of_a_cell() -> None:
    neighbours = {Cell.named(name) for name in LATTICE.neighbours(Cell(Shape(8), 40).name)}
    assert {cell.shape.leaves for cell in neighbours} == {4, 8, 16}
    assert {cell.shape.min_rows for cell in neighbours} == {5, 20, 80}
    assert {cell.shape.column_share for cell in neighbours} == {0.1, 0.3, 1.0}
    assert {20, 30, 60, 80} <= {cell.trees for cell in neighbours}
    assert all(cell.trees in TREES for cell in neighbours)


def test_a_cell_at_the_end_of_an_axis_has_no_neighbour_beyond_it() -> None:
    neighbours = {Cell.named(name).shape for name in LATTICE.neighbours(Cell(Shape(2), 1280).name)}
    assert {shape.leaves for shape in neighbours} == {2, 4}


def test_open_ends_are_told_and_natural_ones_are_none() -> None:
    assert LATTICE.ends(Cell(Shape(8), 40).name) == ()
    assert LATTICE.ends(Cell(Shape(2, 1, 1.0), 40).name) == ()
    assert LATTICE.ends(Cell(Shape(64, 320, 0.1), 1280).name) == (
        "leaves", "min_rows", "column_share", "trees",
    )  # fmt: skip
