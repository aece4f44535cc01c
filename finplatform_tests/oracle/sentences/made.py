"""Rows with extremes, as the queries of charts give them.

A bank of a kind has rows for every chart: all equal, nothing but zeros, one member alone, one that
dominates, falling below zero, ties, unknown figures. Belongs here: values of each kind of bank, and
columns that follow from others. Does not belong here: which columns a chart has (the modules of
pages).
"""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

Cells = dict[str, Any]
Derived = Callable[[list[Cells]], Sequence[Any]]
Maker = Callable[["Source"], list[Cells]]

CODES = ("MOBILE_APP", "ATM", "BRANCH", "POS", "ONLINE_BANKING", "GOLD_CARD", "LOAN")
NAMES = (
    "Blue Harbour 7",
    "Acorn & Sons",
    "Quarry Market",
    "Tilia",
    "North Pier 12",
    "Umbra",
    "Old Mill",
)
BANKS = (
    "plain", "large", "single", "pair", "equal", "zero", "dominant", "negative", "tied", "close",
    "unknown", "mostly unknown",
)  # fmt: skip
"""Kinds of banks."""


class Source:
    """Values of one kind of bank."""

    def __init__(self, bank: str, seed: int = 0) -> None:
        self.bank = bank
        self._random = random.Random(f"{bank} {seed}")  # noqa: S311 - test data
        self._place = 0
        self._constant = self._random.choice((1, 2, 40, 1000))

    @property
    def size(self) -> int:
        """Rows of a chart that has as many as it likes."""
        sizes = {"single": 1, "pair": 2, "large": 7}
        return sizes.get(self.bank, self._random.randint(3, 6))

    def at(self, place: int) -> None:
        """Says which row comes now: the first dominates."""
        self._place = place

    def value(self, kind: str) -> Any:
        """A value of a kind; a `?` at its end says that it may be null."""
        if kind.endswith("?"):
            missing = {"unknown": 1.0, "mostly unknown": 0.7, "plain": 0.15}.get(self.bank, 0.0)
            if self._random.random() < missing:
                return None
        return getattr(self, f"_{kind.rstrip('?')}")()

    def choice(self, values: Sequence[Any]) -> Any:
        """One of some values."""
        return values[0] if self.bank in ("equal", "zero") else self._random.choice(values)

    def sample(self, values: Sequence[Any], least: int = 1) -> list[Any]:
        """Some of some values, in their order."""
        if self.bank == "single":
            return [self._random.choice(values)]
        count = self._random.randint(min(least, len(values)), len(values))
        kept = set(self._random.sample(range(len(values)), count))
        return [value for place, value in enumerate(values) if place in kept]

    def _money(self) -> Decimal:
        if self.bank == "negative" and self._random.random() < 0.8:
            return -self._money1()
        if (
            self.bank in ("plain", "large", "unknown", "mostly unknown")
            and self._random.random() < 0.3
        ):
            return -self._money1()
        return self._money0()

    def _money0(self) -> Decimal:
        return Decimal(0) if self.bank == "zero" else self._few((0, 0, 5, 5, 12)) or self._money1()

    def _money1(self) -> Decimal:
        tied = self._few((5, 5, 12))
        if self.bank in ("equal", "pair"):
            return Decimal(self._constant)
        if self.bank == "dominant":
            return (
                Decimal("98765432.10")
                if not self._place
                else Decimal(self._random.randint(1, 900)) / 100
            )
        if self.bank == "close":
            return Decimal(100000) + Decimal(self._random.randint(0, 3)) / 100
        top = 10 ** self._random.choice((2, 3, 5, 8, 11))
        return tied if tied is not None else Decimal(self._random.randint(1, top)) / 100

    def _few(self, values: Sequence[int]) -> Decimal | None:
        return Decimal(self._random.choice(values)) if self.bank == "tied" else None

    def _count(self) -> int:
        if self.bank == "zero":
            return 0
        if self.bank == "tied":
            return self._random.choice((0, 0, 1, 1, 2))
        return self._count1() - (self._random.random() < 0.2 and self.bank in ("plain", "large"))

    def _count1(self) -> int:
        if self.bank in ("equal", "pair"):
            return self._constant
        if self.bank == "zero":
            return 1
        if self.bank == "dominant":
            return 1_000_000 if not self._place else 1
        return self._random.choice((1, 2)) if self.bank == "tied" else self._random.randint(1, 5000)

    def _share(self) -> float:
        if self.bank in ("equal", "pair"):
            return 0.25
        if self.bank == "zero":
            return 0.0
        if self.bank == "dominant":
            return 0.9999 if not self._place else 0.00001
        if self.bank == "tied":
            return self._random.choice((0.0, 0.5, 1.0))
        if self.bank == "close":
            return 0.5 + self._random.randint(0, 4) / 100_000
        return self._random.random()

    def _rate(self) -> float:
        if self.bank == "negative":
            return -self._share()
        sign = -1 if self.bank in ("plain", "large", "close") and self._random.random() < 0.5 else 1
        return sign * self._share()

    def _ratio(self) -> Decimal:
        return round(Decimal(str(self._share())), 4)

    def _float(self) -> float:
        return self._rate() * 10

    def _float0(self) -> float:
        return self._share() * 10

    def _float1(self) -> float:
        return self._float0() + 0.5

    def _flag(self) -> bool:
        if self.bank in ("zero", "single"):
            return False
        return self.bank == "equal" or self._random.random() < 0.5


def frame(columns: str, *, order: str = "", rows: int | None = None, **derived: Derived) -> Maker:
    """Rows of independent columns.

    Args:
        columns: `name:kind` of each. Kinds are those of values, or the keys `code`, `name`,
        `month`,
            `month_end`, `quarter_end` and `day`, or choices such as `green/red`; `@` before a kind
            makes it the same for all rows.
        order: Columns that the query orders by, `-` before those that fall.
        rows: Number of rows, if it is fixed.
        derived: Columns that follow from others.
    """
    pairs = [tuple(column.split(":", 1)) for column in columns.split()]

    def make(source: Source) -> list[Cells]:
        size = rows or source.size
        fixed = {name: _cell(source, kind[1:], 0) for name, kind in pairs if kind[0] == "@"}
        made = []
        for place in range(size):
            source.at(place)
            made.append(
                {name: fixed[name] if name in fixed else _cell(source, kind, place)
                 for name, kind in pairs}
            )  # fmt: skip
        return arranged(made, order, derived)

    return make


def grid(
    left: str, right: str, columns: str, *, order: str = "", is_whole: bool = True,
    **derived: Derived,
) -> Maker:  # fmt: skip
    """Rows of pairs of two keys.

    Args:
        left: `name:kind` of the first key, of which all members are there.
        right: `name:kind` of the second key.
        columns: The other columns, as in `frame`.
        order: Columns that the query orders by.
        is_whole: Whether every pair has a row.
        derived: Columns that follow from others.
    """
    (name, kind), (other, other_kind) = left.split(":"), right.split(":")
    pairs = [tuple(column.split(":", 1)) for column in columns.split()]

    def make(source: Source) -> list[Cells]:
        sizes = (source.size, 1 if source.bank == "single" else 3)
        fixed = {each: _cell(source, of[1:], 0) for each, of in pairs if of[0] == "@"}
        made: list[Cells] = []
        for first in range(sizes[0]):
            for second in range(sizes[1]):
                source.at(first * sizes[1] + second)
                if made and not is_whole and source.choice((False, False, True)):
                    continue
                made.append(
                    {
                        name: _cell(source, kind, first),
                        other: _cell(source, other_kind, second),
                        **{
                            each: fixed[each] if each in fixed else _cell(source, of, 0)
                            for each, of in pairs
                        },
                    }
                )
        return arranged(made, order, derived)

    return make


def arranged(made: list[Cells], order: str, derived: Mapping[str, Derived]) -> list[Cells]:
    """Rows with the columns that follow from others, in order; nulls come last."""
    for name, follow in derived.items():
        for cells, value in zip(made, follow(made), strict=True):
            cells[name] = value
    for column in reversed(order.split()):
        key = column.removeprefix("-")
        known = [cells for cells in made if cells[key] is not None]
        made = sorted(known, key=lambda cells: cells[key], reverse=column[0] == "-") + [
            cells for cells in made if cells[key] is None
        ]
    return made


def _cell(source: Source, kind: str, place: int) -> Any:
    if "/" in kind:
        return source.choice(kind.split("/"))
    if kind in _KEYS:
        return _KEYS[kind](place)
    return source.value(kind)


def month_end(place: int) -> date:
    """A month end, that of March 2025 first."""
    months = 2025 * 12 + 3 + place
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


_KEYS: Mapping[str, Callable[[int], Any]] = {
    "code": lambda place: CODES[place % len(CODES)],
    "name": lambda place: NAMES[place % len(NAMES)],
    "month_end": month_end,
    "month": lambda place: f"{month_end(place):%Y-%m}",
    "quarter_end": lambda place: month_end(3 * place),
    "day": lambda place: date(2025, 3, 3) + timedelta(days=place),
    "number": lambda place: place + 1,
    "code_text": lambda place: CODES[place].replace("_", " ").lower(),
    "stage": lambda place: f"stage {place + 1}",
    "symbol": lambda place: f"FP{CODES[place][:3]}",
    "band": lambda place: (
        "below 50",
        "50 to 200",
        "200 to 1,000",
        "1,000 to 5,000",
        "5,000 and more",
        "x",
        "y",
    )[place],
    "schema": lambda place: ("bronze", "silver", "gold", "ops", "compliance", "vault", "audit")[
        place
    ],
    "hour": lambda place: f"{place:02d}",
    "age": lambda place: ("18_24", "25_34", "35_44", "45_54", "55_64", "65_plus", "under_18")[
        place
    ],
}


def part_of(column: str, *, is_exact: bool = False) -> Derived:
    """Each row's part of a column's sum; null where that is zero."""

    def follow(made: list[Cells]) -> list[Any]:
        whole = sum(cells[column] or 0 for cells in made)
        return [
            None if not whole or cells[column] is None
            else Decimal(cells[column]) / whole if is_exact else float(cells[column] / whole)
            for cells in made
        ]  # fmt: skip

    return follow


def of_columns(compute: Callable[..., Any]) -> Derived:
    """What follows from the other columns of the same row; null where it fails or one is null."""

    def follow(made: list[Cells]) -> list[Any]:
        values = []
        for cells in made:
            try:
                values.append(compute(cells))
            except (TypeError, ZeroDivisionError, ArithmeticError):
                values.append(None)
        return values

    return follow


def sum_of(column: str) -> Derived:
    """A column's sum, on every row."""
    return lambda made: [sum(cells[column] or 0 for cells in made)] * len(made)
