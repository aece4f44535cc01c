"""Sorting: which rows of a batch a load stores, which it rejects, and which it leaves alone.

A source may give more than a load asked for (a file holds many days), so a row is first judged and
then counted for the window it belongs to. Belongs here: that decision. Does not belong here: the
rules themselves (see `validate`) and writing anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from finplatform.contracts.contract import Kind, SourceContract
from finplatform.errors import FinplatformError
from finplatform.ingest import entity_log
from finplatform.ingest.conform import conform, failures_of, rename
from finplatform.ingest.connectors.base import Batch
from finplatform.ingest.connectors.config import TableConfig
from finplatform.ingest.duplicates import SeenKeys
from finplatform.ingest.merging import DAY
from finplatform.ingest.validate import Surroundings, find_failures
from finplatform.ingest.values import Reading, business_day
from finplatform.windows import Window


@dataclass(frozen=True)
class Sorted:
    """A batch, sorted.

    Attributes:
        good: Typed rows to store.
        received: All rows as they came, under the contract's names.
        typed: The same rows, typed.
        failures: Broken rules of the rows to reject, by row position.
        partitions: Business day per row, null where it has none; None for tables without days.
        rows: Rows that the load answers for.
        elsewhere: Rows of other windows.
        undated: Rejected rows that no partition holds.
    """

    good: pl.DataFrame
    received: pl.DataFrame
    typed: pl.DataFrame
    failures: pl.DataFrame
    partitions: pl.Series | None
    rows: int
    elsewhere: int
    undated: int


class Sorter:
    """Sorts the batches of one load, in their order.

    Args:
        contract: The table.
        config: Its place in the source configuration.
        lookups: Side tables of its `select`.
        surroundings: What rows are judged by.
        window: Days that the load replaces.
        reading: How the source writes times and numbers.
        seen: Keys that earlier places of the table have given.

    Attributes:
        is_log: Whether the source tells changes itself; None until a batch has come.
    """

    def __init__(
        self,
        contract: SourceContract,
        config: TableConfig,
        lookups: Mapping[str, pl.DataFrame],
        surroundings: Surroundings,
        window: Window | None,
        reading: Reading,
        seen: SeenKeys | None = None,
    ) -> None:
        self._contract = contract
        self._config = config
        self._lookups = lookups
        self._surroundings = surroundings
        self._window = window
        self._reading = reading
        self._keys, self._changes = seen or SeenKeys(), SeenKeys()
        self.is_log: bool | None = None

    def renamed(self, batch: Batch) -> pl.DataFrame:
        """A batch's rows under the contract's names, with the columns of a change log."""
        is_entity = self._contract.stored.kind is Kind.ENTITY
        keep = tuple(entity_log.INPUT_DTYPES) if is_entity else ()
        frame = rename(batch.frame, self._config, self._contract, self._lookups, keep=keep)
        is_log = "_changed_at" in frame.columns
        if self.is_log is not None and is_log != self.is_log:
            raise FinplatformError(
                f"Some files of {self._contract.table} have _changed_at and others do not.",
                "A table's files tell either changes or the present state.",
            )
        self.is_log = is_log
        return frame if is_log else frame.drop(keep, strict=False)

    def keys(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Keys of source rows as they are stored, with the business day of each.

        Args:
            rows: Rows as the source gives them; one whose key is not valid was never stored.
        """
        stored = self._contract.stored
        renamed = rename(rows, self._config, self._contract, self._lookups)
        wanted = list(dict.fromkeys((*stored.key, *filter(None, [stored.date_column]))))
        dtypes = {name: self._contract.dtypes[name] for name in wanted}
        typed = conform(renamed.select(wanted), dtypes, self._config.formats, self._reading).frame
        found = typed.select(stored.key)
        if stored.date_column is not None:
            days = business_day(typed[stored.date_column], self._reading.bank_timezone)
            found = found.with_columns(days.alias(DAY))
        return found.drop_nulls()

    def sort(self, batch: Batch, renamed: pl.DataFrame, erased: pl.Series | None) -> Sorted:
        """Judges and sorts one batch.

        Args:
            batch: The batch.
            renamed: Its rows under the contract's names.
            erased: Per row, whether its customer has been erased.
        """
        dtypes = self._contract.dtypes | {
            name: dtype
            for name, dtype in entity_log.INPUT_DTYPES.items()
            if name in renamed.columns
        }
        conformed = conform(renamed, dtypes, self._config.formats, self._reading)
        frame = entity_log.numbered(conformed.frame) if self.is_log else conformed.frame
        failures = find_failures(
            conformed, self._contract, self._surroundings, day=batch.day, erased=erased
        )
        partitions = self._partitions(batch, frame)
        is_wanted = self._wanted(batch, frame.height, partitions)
        if batch.removed is not None:
            # Of captured changes each batch may change the rows of the one before again.
            self._keys = SeenKeys()
        positions = pl.arange(frame.height, eager=True, dtype=pl.UInt32)
        is_good = ~positions.is_in(failures["row"].unique().implode())
        repeated, is_known = self._repetitions(frame, is_good, positions)
        is_good &= ~is_known & ~positions.is_in(repeated["row"].implode())
        failures = pl.concat([failures, repeated])
        rejected = failures.filter(pl.col("row").is_in(positions.filter(is_wanted).implode()))
        return Sorted(
            good=frame.filter(is_wanted & is_good),
            received=conformed.received,
            typed=frame,
            failures=rejected,
            partitions=partitions,
            rows=int(is_wanted.sum()),
            elsewhere=int((~is_wanted).sum()),
            undated=self._undated(rejected, partitions),
        )

    def _partitions(self, batch: Batch, frame: pl.DataFrame) -> pl.Series | None:
        """The day that each row belongs to: the file's own, else the one that the row says."""
        date_column = self._contract.stored.date_column
        if date_column is None:
            return None
        if batch.day is not None:
            return pl.repeat(batch.day, frame.height, eager=True, dtype=pl.Date)
        days = business_day(frame[date_column], self._reading.bank_timezone)
        inside = days.is_between(self._surroundings.first_day, self._surroundings.last_day)
        return pl.select(pl.when(inside).then(days)).to_series()

    def _wanted(self, batch: Batch, height: int, partitions: pl.Series | None) -> pl.Series:
        """Rows that this load answers for: those of its window, and those of no partition."""
        if partitions is None or self._window is None or batch.day is not None:
            return pl.repeat(True, height, eager=True, dtype=pl.Boolean)
        inside = (partitions >= self._window.start) & (partitions < self._window.end)
        return inside.fill_null(value=True)

    def _undated(self, rejected: pl.DataFrame, partitions: pl.Series | None) -> int:
        if partitions is None or self._window is None:
            return 0
        return partitions.gather(rejected["row"].unique()).null_count()

    def _repetitions(
        self, frame: pl.DataFrame, is_good: pl.Series, positions: pl.Series
    ) -> tuple[pl.DataFrame, pl.Series]:
        """Good rows that repeat a key: as failures, or as known if nothing in them is new.

        A change that a log tells twice is no mistake.
        """
        key = [name for name in self._contract.stored.key if name in frame.columns]
        good, places = frame.filter(is_good), positions.filter(is_good)
        is_known = pl.repeat(False, frame.height, eager=True, dtype=pl.Boolean)
        if self.is_log:
            is_known = positions.is_in(places.filter(self._changes.repeated(good)).implode())
        repeats = places.filter(self._keys.repeated(good.select(key)))
        repeats = repeats.filter(~repeats.is_in(positions.filter(is_known).implode()))
        return failures_of(key[0], repeats, f"unique({', '.join(key)})"), is_known
