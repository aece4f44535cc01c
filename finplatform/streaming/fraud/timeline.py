"""What happened to each of many things, in order of time, for sums over moving windows.

Rows are kept in sorted runs with running sums, so that a window of any row is two binary searches,
exact to the unit. New rows come as a run of their own; runs of like size are merged, as in a
log-structured merge tree, so that a small batch costs little however long the history is. Belongs
here: counting and adding up. Does not belong here: what the rows mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Ints = np.ndarray
"""Whole numbers, shape (rows,)."""

_TIME_BITS = 33
"""Seconds and days of any date fit, so that a thing's code and an instant make one sortable number.
"""
_TIME_MASK = (1 << _TIME_BITS) - 1
_GROWTH = 4
"""A run is merged into the one before it as soon as that is less than so many times its size."""


@dataclass(frozen=True)
class _Run:
    """Rows in order of thing and time.

    Attributes:
        keys: Hashes of the things, ascending, each once.
        places: Code of the thing in `keys` and instant of each row, in one number, ascending.
        values: Values of the rows by name.
        sums: Sums of each value over the rows before, one more than there are rows.
    """

    keys: Ints
    places: Ints
    values: Mapping[str, Ints]
    sums: Mapping[str, Ints]

    @classmethod
    def of_rows(cls, key: Ints, at: Ints, values: Mapping[str, Ints]) -> "_Run":
        """Sorts rows; those of one thing and instant stay in the order in which they came."""
        keys, codes = np.unique(key, return_inverse=True)
        places = (codes.astype(np.int64) << _TIME_BITS) | at
        order = np.argsort(places, kind="stable")
        kept = {name: value[order] for name, value in values.items()}
        sums = {name: np.concatenate(([0], np.cumsum(value))) for name, value in kept.items()}
        return cls(keys, places[order], kept, sums)

    def rows(self) -> tuple[Ints, Ints, Mapping[str, Ints]]:
        """Key, instant and values of the rows."""
        return self.keys[self.places >> _TIME_BITS], self.places & _TIME_MASK, self.values


class Timeline:
    """Rows of many things, each with an instant and whole-number values.

    Args:
        names: Names of the values.
    """

    def __init__(self, *names: str) -> None:
        self._names = names
        self._runs: list[_Run] = []

    def __len__(self) -> int:
        return sum(len(run.places) for run in self._runs)

    def append(self, key: Ints, at: Ints, **values: Ints) -> None:
        """Adds rows.

        Args:
            key: Hash of the thing of each row.
            at: Instant of each row: a second or a day, not negative.
            values: Values by name.
        """
        if not len(key):
            return
        self._runs.append(_Run.of_rows(key, at, {name: values[name] for name in self._names}))
        while len(self._runs) > 1 and self._is_due():
            self._merge()

    def forget(self, before: int) -> None:
        """Drops the rows before an instant, in one merge of everything."""
        while len(self._runs) > 1:
            self._merge()
        for run in self._runs:
            key, at, values = run.rows()
            kept = at >= before
            rest = {name: value[kept] for name, value in values.items()}
            self._runs = [_Run.of_rows(key[kept], at[kept], rest)] if kept.any() else []

    def before(self, key: Ints, at: Ints) -> "Before":
        """What happened to each thing before an instant.

        Args:
            key: Hashes of the things.
            at: Instant of each that does not count itself.
        """
        return Before(self._runs, self._names, key, at)

    def _is_due(self) -> bool:
        return len(self._runs[-2].places) < _GROWTH * len(self._runs[-1].places)

    def _merge(self) -> None:
        """Makes the last two runs one, the earlier rows first."""
        earlier, later = (run.rows() for run in self._runs[-2:])
        self._runs[-2:] = [
            _Run.of_rows(
                np.concatenate([earlier[0], later[0]]),
                np.concatenate([earlier[1], later[1]]),
                {name: np.concatenate([earlier[2][name], later[2][name]]) for name in self._names},
            )
        ]


class Before:
    """The rows of a timeline before an instant of each of some things; see `Timeline.before`.

    Args:
        runs: Runs of the timeline.
        names: Names of its values.
        key: Hashes of the things.
        at: Instant of each.
    """

    def __init__(self, runs: Sequence[_Run], names: Sequence[str], key: Ints, at: Ints) -> None:
        self._runs = runs
        self._names = names
        self._at = at
        # An unknown thing has the code of some other one: what is found there is not counted.
        self._codes = [np.searchsorted(run.keys, key) for run in runs]
        self._known = [
            run.keys[np.minimum(code, len(run.keys) - 1)] == key
            for run, code in zip(runs, self._codes, strict=True)
        ]
        self._ends = [self._position(place, at) for place in range(len(runs))]

    def total(self, name: str, back: int) -> Ints:
        """Sum of a value over the rows from so long before the instant on.

        Args:
            name: Name of the value.
            back: Seconds or days.
        """
        since = np.maximum(self._at - back, 0)
        found = np.zeros(len(self._at), dtype=np.int64)
        for place, run in enumerate(self._runs):
            sums = run.sums[name]
            part = sums[self._ends[place]] - sums[self._position(place, since)]
            found += np.where(self._known[place], part, 0)
        return found

    def last(self) -> tuple[Ints, dict[str, Ints]]:
        """Instant, -1 for none, and values of each thing's last row."""
        at = np.full(len(self._at), -1, dtype=np.int64)
        values = {name: np.zeros(len(self._at), dtype=np.int64) for name in self._names}
        for run, code, known, end in zip(
            self._runs, self._codes, self._known, self._ends, strict=True
        ):
            row = np.maximum(end - 1, 0)
            is_there = known & (end > 0) & (run.places[row] >> _TIME_BITS == code)
            then = run.places[row] & _TIME_MASK
            # Of two rows of one instant the later run has the one that came last.
            is_later = is_there & (then >= at)
            at = np.where(is_later, then, at)
            for name, value in values.items():
                values[name] = np.where(is_later, run.values[name][row], value)
        return at, values

    def _position(self, place: int, at: Ints) -> Ints:
        """Rows of a run before an instant of each thing."""
        needles = (self._codes[place].astype(np.int64) << _TIME_BITS) | at
        return np.searchsorted(self._runs[place].places, needles)
