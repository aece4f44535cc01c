"""What Dagster works out of a run's days, worked out once.

For each input, output and check of a partitioned step Dagster lists all days of the graph and
gathers the run's days into a set again, which took a tenth of a run's time in Python. Both depend
on the definition, the minute and the days alone. Belongs here: remembering them.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import dagster as dg
from dagster._core.definitions.partitions.subset import TimeWindowPartitionsSubset  # noqa: TID251

_Cut = dg.TimeWindowPartitionsDefinition


def remember_partitions() -> None:
    """Has Dagster remember partitions from now on in this process."""
    # There is no hook for it; ADR 7 says why Dagster's private parts are touched.
    for owner, name, by in (
        (_Cut, "get_partition_keys", _keys),
        (TimeWindowPartitionsSubset, "with_partition_keys", _subset),
    ):
        setattr(owner, name, by)


_work_out_keys: Callable[..., Sequence[str]] = _Cut.get_partition_keys
_work_out_subset: Callable[..., Any] = TimeWindowPartitionsSubset.with_partition_keys


class _Same:
    """A definition by what it says: its own hash goes through its description letter by letter."""

    def __init__(self, cut: dg.TimeWindowPartitionsDefinition) -> None:
        self.cut = cut
        self._text = repr(cut)
        self._hash = hash(self._text)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._text == other._text


def _keys(
    self: dg.TimeWindowPartitionsDefinition,
    current_time: datetime | None = None,
    dynamic_partitions_store: Any = None,
) -> Sequence[str]:
    with dg.partition_loading_context(current_time, dynamic_partitions_store) as context:
        return list(_keys_at(_Same(self), _minute(context.effective_dt)))


@lru_cache(maxsize=32)
def _keys_at(cut: _Same, minute: datetime) -> tuple[str, ...]:
    return tuple(_work_out_keys(cut.cut, minute))


def _subset(self: Any, partition_keys: Iterable[str], validate: bool = True) -> Any:
    if self.included_time_windows:
        return _work_out_subset(self, partition_keys, validate=validate)
    with dg.partition_loading_context() as context:
        minute = _minute(context.effective_dt)
        return _subset_at(_Same(self.partitions_def), tuple(partition_keys), validate, minute)


@lru_cache(maxsize=32)
def _subset_at(cut: _Same, keys: tuple[str, ...], validate: bool, minute: datetime) -> Any:
    with dg.partition_loading_context(minute):
        return _work_out_subset(cut.cut.empty_subset(), keys, validate=validate)


def _minute(moment: datetime) -> datetime:
    """The minute that a moment lies in: partitions end at one, so within it none is added."""
    return moment.replace(second=0, microsecond=0)
