"""Row classifier: divides the rows of a batch into good, rejected and out of scope.

The first row of a key counts, independent of the size of batches. Does not belong here: the rules
(see `validate`), and storing the rows (see `load`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.contracts.contract import Kind, SourceContract
from finplatform.errors import FinplatformError
from finplatform.ingest import entity_log
from finplatform.ingest.conform import conform, failures_of, rename
from finplatform.ingest.connectors.base import Batch
from finplatform.ingest.connectors.config import TableConfig
from finplatform.ingest.merging import DAY
from finplatform.ingest.validate import ValidationContext, find_failures
from finplatform.ingest.values import Reading, business_day
from finplatform.windows import Window

_SEEDS = (0x5EED, 0xC0FFEE)


class SeenKeys:
    """Keys of the rows so far, as two independent 64-bit hashes: 16 bytes a row.

    Among ten million keys the probability of a collision of both hashes is 10^-25. Earlier
    batches are kept as sorted runs of doubling length, so that a key is merged a few times only.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[np.ndarray, np.ndarray]] = []

    def repeated(self, keys: pl.DataFrame) -> pl.Series:
        """Marks rows that repeat a key of this or an earlier call, and stores the new keys.

        Args:
            keys: The key columns.

        Returns:
            A Boolean per row.
        """
        first, second = (keys.hash_rows(seed).to_numpy() for seed in _SEEDS)
        order = np.argsort(first, kind="stable")
        first, second = first[order], second[order]
        known = np.zeros(len(first), dtype=bool)
        known[1:] = (first[1:] == first[:-1]) & (second[1:] == second[:-1])
        for run_first, run_second in self._runs:
            at = np.searchsorted(run_first, first)
            at[at == len(run_first)] = 0
            known |= (run_first[at] == first) & (run_second[at] == second)
        self._remember(first, second)
        result = np.empty(len(known), dtype=bool)
        result[order] = known
        return pl.Series("repeated", result)

    def _remember(self, first: np.ndarray, second: np.ndarray) -> None:
        if not len(first):
            return
        self._runs.append((first, second))
        while len(self._runs) > 1 and len(self._runs[-2][0]) <= 2 * len(self._runs[-1][0]):
            newer, older = self._runs.pop(), self._runs.pop()
            together = np.concatenate([older[0], newer[0]])
            order = np.argsort(together, kind="stable")
            self._runs.append((together[order], np.concatenate([older[1], newer[1]])[order]))


@dataclass(frozen=True)
class ClassifiedRows:
    """Result of the row classifier for one batch.

    Attributes:
        good: Typed rows to store.
        received: All rows as received, under the contract's names.
        typed: The same rows, typed.
        failures: Violated rules of the rows to reject, by row position.
        partitions: Business day per row, null where it has none; None for tables without days.
        rows: Rows in the scope of the load.
        elsewhere: Rows of other windows.
        undated: Rejected rows without a partition.
    """

    good: pl.DataFrame
    received: pl.DataFrame
    typed: pl.DataFrame
    failures: pl.DataFrame
    partitions: pl.Series | None
    rows: int
    elsewhere: int
    undated: int


class RowClassifier:
    """Divides the batches of one source of a load into good and rejected rows, in their order.

    Args:
        contract: The table.
        config: Entry of the source in the configuration.
        lookups: Lookup tables of its `select`.
        context: See `ValidationContext`.
        window: Days that the load replaces.
        reading: How the source writes times and numbers.
        seen: Keys of earlier sources of the table.

    Attributes:
        is_log: Whether the source delivers changes instead of states; None before the first batch.
    """

    def __init__(
        self,
        contract: SourceContract,
        config: TableConfig,
        lookups: Mapping[str, pl.DataFrame],
        context: ValidationContext,
        window: Window | None,
        reading: Reading,
        seen: SeenKeys | None = None,
    ) -> None:
        self._contract = contract
        self._config = config
        self._lookups = lookups
        self._context = context
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
                "All files of a table deliver either changes or states.",
            )
        self.is_log = is_log
        return frame if is_log else frame.drop(keep, strict=False)

    def keys(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Keys of source rows as they are stored, with the business day of each.

        Args:
            rows: Rows as received; a row with an invalid key was never stored.
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

    def classify(
        self, batch: Batch, renamed: pl.DataFrame, erased: pl.Series | None
    ) -> ClassifiedRows:
        """Validates and classifies one batch.

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
            conformed, self._contract, self._context, day=batch.day, erased=erased
        )
        partitions = self._partitions(batch, frame)
        is_wanted = self._wanted(batch, frame.height, partitions)
        if batch.removed is not None:
            # A batch of captured changes may change rows of the batch before it again.
            self._keys = SeenKeys()
        positions = pl.arange(frame.height, eager=True, dtype=pl.UInt32)
        is_good = ~positions.is_in(failures["row"].unique().implode())
        repeated, is_known = self._repetitions(frame, is_good, positions)
        is_good &= ~is_known & ~positions.is_in(repeated["row"].implode())
        failures = pl.concat([failures, repeated])
        rejected = failures.filter(pl.col("row").is_in(positions.filter(is_wanted).implode()))
        return ClassifiedRows(
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
        """Business day of each row: that of the file, else the value of the date column."""
        date_column = self._contract.stored.date_column
        if date_column is None:
            return None
        if batch.day is not None:
            return pl.repeat(batch.day, frame.height, eager=True, dtype=pl.Date)
        days = business_day(frame[date_column], self._reading.bank_timezone)
        inside = days.is_between(self._context.first_day, self._context.last_day)
        return pl.select(pl.when(inside).then(days)).to_series()

    def _wanted(self, batch: Batch, height: int, partitions: pl.Series | None) -> pl.Series:
        """Rows in the scope of the load: those of its window, and those of no partition."""
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
        """Good rows that repeat a key: as failures, or as known if they repeat a whole change.

        A change that a log delivers twice is no error.
        """
        key = [name for name in self._contract.stored.key if name in frame.columns]
        good, places = frame.filter(is_good), positions.filter(is_good)
        is_known = pl.repeat(False, frame.height, eager=True, dtype=pl.Boolean)
        if self.is_log:
            is_known = positions.is_in(places.filter(self._changes.repeated(good)).implode())
        repeats = places.filter(self._keys.repeated(good.select(key)))
        repeats = repeats.filter(~repeats.is_in(positions.filter(is_known).implode()))
        return failures_of(key[0], repeats, f"unique({', '.join(key)})"), is_known
