"""Values of the rows that a page carries, as text: numbers, dates, sums, and those of one row.

Belongs here: what claims are compared with. Does not belong here: the claims (`claims`).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

Row = Mapping[str, str | None]
Rows = Sequence[Row]
Found = dict[str, Row]
"""Rows that the names of a sentence stand for, by the place of the name in the sentence."""
Value = Callable[[Rows, Found], Any]
Of = Callable[[Row], Any]


def figure(text: str | None) -> Fraction | None:
    """A number as a page writes it; None for what is missing."""
    return None if text is None else Fraction(text)


def num(column: str) -> Of:
    """The number in a column of a row."""
    return lambda row: figure(row[column])


def flag(column: str) -> Of:
    """Whether a column of a row is true; None where it is null."""
    return lambda row: None if row[column] is None else row[column] == "True"


def when(column: str) -> Of:
    """The date in a column of a row."""
    return lambda row: None if row[column] is None else datetime.fromisoformat(str(row[column]))


def plain(text: Any) -> str:
    """A name or a code without what the writing of codes changes: case and underscores."""
    return str(text).replace("_", " ").casefold().strip()


def number_of(column: str | Of) -> Of:
    """The number in a column, or what is computed of a row."""
    return num(column) if isinstance(column, str) else column


def total(column: str | Of, where: Of | None = None) -> Value:
    """Sum over the rows of what is not missing."""
    of = number_of(column)
    return lambda rows, _: sum(
        (of(row) or 0 for row in rows if where is None or where(row)), start=Fraction(0)
    )


def size(where: Of | None = None) -> Value:
    """Number of the rows."""
    return lambda rows, _: sum(1 for row in rows if where is None or where(row))


def members(column: str) -> Value:
    """Number of different values in a column."""
    return lambda rows, _: len({row[column] for row in rows})


def ratio(part: Value, whole: Value) -> Value:
    """A part over its whole; None where there is no whole."""

    def value(rows: Rows, found: Found) -> Any:
        above, below = part(rows, found), whole(rows, found)
        return None if above is None or not below else Fraction(above) / Fraction(below)

    return value


def part_of_all(place: str, value: str, share: str, shown: int = 15) -> Value:
    """The part of all that a row has, where a chart shows so many rows at most.

    Where more may be there than is shown, it is the part that the row states, which is no more than
    its part of what is shown.

    Args:
        place: Place of the row's name in the sentence.
        value: Column of what the part is of.
        share: Column of the part.
        shown: Rows that are shown at most.
    """

    def part(rows: Rows, found: Found) -> Any:
        of_shown = ratio(at(place, value), total(value))(rows, found)
        stated = figure(found[place][share])
        is_cut = len(rows) >= shown
        return stated if is_cut and stated is not None and stated <= of_shown else of_shown

    return part


def less(first: Value, second: Value) -> Value:
    """A difference."""
    return lambda rows, found: first(rows, found) - second(rows, found)


def at(place: str, column: str | Of) -> Value:
    """A value of the row that a name of the sentence stands for."""
    of = number_of(column)
    return lambda _, found: of(found[place])


def first(column: str | Of) -> Value:
    """A value of the first row."""
    of = number_of(column)
    return lambda rows, _: of(rows[0])


def last(column: str | Of) -> Value:
    """A value of the last row."""
    of = number_of(column)
    return lambda rows, _: of(rows[-1])


def fixed(value: Any) -> Value:
    """A value that is the same for all rows."""
    return lambda _rows, _found: value


def known(*columns: str) -> Callable[[Rows], Rows]:
    """The rows that have a value in each of some columns."""
    return lambda rows: [row for row in rows if all(row[column] is not None for column in columns)]


def over(chosen: Callable[[Rows], Rows], value: Value) -> Value:
    """A value of some of the rows."""
    return lambda rows, found: value(chosen(rows), found)


def gap(column: str, other: str) -> Of:
    """How far two columns of a row are apart."""
    return lambda row: (
        None
        if row[column] is None or row[other] is None
        else abs(num(column)(row) - num(other)(row))
    )
