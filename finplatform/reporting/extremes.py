"""The rows that a sentence names: the largest and the smallest, and those that are level with them.

Belongs here: choosing rows by their exact values, and naming them so that a tie or a single row is
said. Does not belong here: formatting of figures (`words`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from finplatform.reporting import words

Name = Callable[[Any], str]
"""What a sentence calls a row."""

_NAMED = 2
"""Rows level with another that are named; of more, the number is said."""


@dataclass(frozen=True)
class Extreme:
    """A row with the largest or the smallest value.

    Attributes:
        row: The first row with this value.
        bare: What it is called.
        level: What the other rows with this value are called, in the order of the rows.
        equal_count: Rows with this value, itself among them.
        known_count: Rows that have a value.
        row_count: All rows.
    """

    row: Any
    bare: str
    level: tuple[str, ...]
    equal_count: int
    known_count: int
    row_count: int

    def __getitem__(self, column: str) -> Any:
        """A value of the row."""
        return self.row[column]

    @property
    def name(self) -> str:
        """What it is called, with those that are level with it, such as `ATM (level with POS)`."""
        if self.row_count == 1:
            return f"{self.bare} (the only one)"
        if self.known_count == 1:
            return f"{self.bare} (the only one with a figure)"
        if not self.level:
            return self.bare
        return f"{self.bare} (level with {self._others()})"

    @property
    def heading(self) -> str:
        """Its name at the beginning of a sentence."""
        return words.capitalized(self.name)

    @property
    def is_only(self) -> bool:
        """Whether no other row has a value."""
        return self.known_count == 1

    @property
    def is_flat(self) -> bool:
        """Whether all rows with a value have this one."""
        return self.equal_count == self.known_count

    def _others(self) -> str:
        if len(self.level) <= _NAMED:
            return words.listed(self.level)
        return f"{'all ' if self.is_flat else ''}{len(self.level):,} others"


def label_of(column: str) -> Name:
    """Calls a row by the code in a column, as people write it."""
    return lambda row: words.label(row[column])


def text_of(column: str) -> Name:
    """Calls a row by the text in a column, as it is."""
    return lambda row: str(row[column])


def month_of(column: str) -> Name:
    """Calls a row by the month of a date."""
    return lambda row: words.month(row[column])


def day_of(column: str) -> Name:
    """Calls a row by a date."""
    return lambda row: words.day(row[column])


def largest(frame: pd.DataFrame, column: str, name: Name) -> Extreme:
    """The row with the largest value; the first row where none is known.

    Args:
        frame: Rows; at least one.
        column: Column of the value.
        name: What a row is called.
    """
    return _extreme(frame, list(frame[column]), name, max)


def smallest(frame: pd.DataFrame, column: str, name: Name) -> Extreme:
    """The row with the smallest value; the first row where none is known.

    Args:
        frame: Rows; at least one.
        column: Column of the value.
        name: What a row is called.
    """
    return _extreme(frame, list(frame[column]), name, min)


def furthest(
    frame: pd.DataFrame, column: str, name: Name, *, reference: float | str = 0
) -> Extreme:
    """The row whose value is furthest from a reference on either side; the first if none is known.

    Args:
        frame: Rows; at least one.
        column: Column of the value.
        name: What a row is called.
        reference: A number, or the column that holds each row's.
    """
    against = list(frame[reference]) if isinstance(reference, str) else [reference] * len(frame)
    sizes = [
        None
        if words.is_missing(value) or words.is_missing(other)
        else abs(exact(value) - exact(other))
        for value, other in zip(frame[column], against, strict=True)
    ]
    return _extreme(frame, sizes, name, max)


def of_sums(sums: dict[str, Any], name: Callable[[str], str] = words.label) -> Extreme:
    """The member with the largest sum.

    Args:
        sums: Sum by member, of at least one member.
        name: What a member is called.
    """
    frame = pd.DataFrame({"member": list(sums), "value": list(sums.values())}, dtype=object)
    return largest(frame, "value", lambda row: name(row["member"]))


def exact(value: Any) -> Decimal:
    """A number as the decimal that its shortest text writes, so that ties are those of the data."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def exact_column(frame: pd.DataFrame, values: Iterable[Decimal]) -> pd.Series:
    """Decimals, one per row of a frame, as a column of it."""
    return pd.Series(list(values), index=frame.index, dtype=object)


def _extreme(
    frame: pd.DataFrame,
    values: Sequence[Any],
    name: Name,
    choose: Callable[[list[Decimal]], Decimal],
) -> Extreme:
    places = [place for place, value in enumerate(values) if not words.is_missing(value)]
    if not places:
        return Extreme(frame.iloc[0], name(frame.iloc[0]), (), 1, 1, 1)
    numbers = [exact(values[place]) for place in places]
    found = choose(numbers)
    first, *level = [
        place for place, number in zip(places, numbers, strict=True) if number == found
    ]
    # Two rows of one name are one thing to the reader.
    bare = name(frame.iloc[first])
    names = dict.fromkeys(name(frame.iloc[place]) for place in level)
    return Extreme(
        row=frame.iloc[first],
        bare=bare,
        level=tuple(other for other in names if other != bare),
        equal_count=len(level) + 1,
        known_count=len(numbers),
        row_count=len(frame),
    )
