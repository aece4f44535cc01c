"""From the stream of a slot to changes of tables.

Belongs here: which messages are new, what they do to which table, and in what order. Does not
belong here: bytes (see `messages`, `rows`), and where changes are kept.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from finplatform.cdc.messages import (
    Kind,
    Relation,
    read_relation,
    read_truncate,
    refuse_unknown,
)
from finplatform.cdc.rows import Images, images, integer, with_transactions
from finplatform.cdc.snapshots import Snapshot
from finplatform.cdc.source import CapturedSource, CapturedTable
from finplatform.cdc.values import DAY_TYPES, business_days, typed
from finplatform.errors import FinplatformError

TypeNames = Callable[[Iterable[int]], Mapping[int, str]]
"""From OIDs of types to their names, of domains to those of what they are made of."""

OWN_COLUMNS = ("_op", "_changed_at", "_lsn", "_xid", "_day")
"""Columns of a frame of changes before those of the source."""

_UTC = pl.Datetime("us", "UTC")


@dataclass
class TableChanges:
    """Changes of one table in a batch of messages.

    Attributes:
        table: The table.
        frames: Changes in their order: `OWN_COLUMNS`, then those of the source. A change of key or
            day is a deletion and an insertion.
        is_truncated: Whether it was truncated.
        is_incomplete: Whether values outside the replica identity were missing.
    """

    table: CapturedTable
    frames: list[pl.DataFrame] = field(default_factory=list)
    is_truncated: bool = False
    is_incomplete: bool = False


@dataclass
class Progress:
    """Progress of decoding a stream.

    Attributes:
        end_lsn: End of the last transaction that was decoded or skipped; 0 before any.
        last_commit_us: Time of the last commit, in microseconds from 1970.
        transactions: Decoded transactions.
        is_stopped: Whether the rest waits, since a transaction is not visible to others yet.
    """

    end_lsn: int = 0
    last_commit_us: int = 0
    transactions: int = 0
    is_stopped: bool = False


class Decoder:
    """Decodes the stream of one read of a slot, batch by batch.

    A change has the time of its commit; if the clock stood still or went back, a microsecond more
    than the previous commit, so that times are in the order of the log.

    Args:
        source: The captured source.
        type_names: Names of types.
        watermark: End of the last captured transaction; the slot sends earlier ones again after a
            crash.
        seen: A snapshot of the source. Transactions outside of it are not decoded, so that the
            snapshot of a later read contains all captured changes.
        last_commit_us: Time of the last captured commit.
    """

    def __init__(
        self,
        source: CapturedSource,
        type_names: TypeNames,
        *,
        watermark: int,
        seen: Snapshot,
        last_commit_us: int = 0,
    ) -> None:
        self._source = source
        self._tables = {(one.schema_name, one.name): one for one in source.tables}
        self._type_names = type_names
        self._types: dict[int, str] = {}
        self._watermark = watermark
        self._seen = seen
        self._transaction: dict[str, int | None] = dict.fromkeys(("xid", "commit_at", "taken"))
        self.relations: dict[int, Relation] = {}
        self.progress = Progress(last_commit_us=last_commit_us)

    def decode(self, batch: pl.DataFrame) -> list[TableChanges]:
        """Changes of a batch.

        Args:
            batch: Messages in their order, `lsn` and `data`.

        Raises:
            FinplatformError: If the slot sends unknown messages, or a table has no usable day
                column.
        """
        if self.progress.is_stopped:
            return []
        found = with_transactions(batch)
        refuse_unknown(set(found["kind"].unique()))
        found = self._taken(found.with_row_index("_place"))
        changes: dict[str, TableChanges] = {}
        rest = found.filter(pl.col("kind").is_in([int(Kind.RELATION), int(Kind.TRUNCATE)]))
        begin = 0
        # A new relation message divides a batch: rows after it may have other columns.
        for place, kind, data, taken in rest.select("_place", "kind", "data", "taken").iter_rows():
            if kind == Kind.TRUNCATE:
                if taken:
                    self._truncate(data, changes)
                continue
            relation = read_relation(data)
            known = self.relations.get(relation.relation_id)
            if known is not None and known != relation:
                self._rows(found.filter(pl.col("_place").is_between(begin, place)), changes)
                begin = place + 1
            self.relations[relation.relation_id] = relation
        self._rows(found.filter(pl.col("_place") >= begin), changes)
        return list(changes.values())

    def table_of(self, relation: Relation) -> CapturedTable | None:
        """The captured table of a relation; None for others."""
        return self._tables.get((relation.schema_name, relation.name))

    def types_of(self, relation: Relation) -> dict[str, str]:
        """Name of the type of each column of a relation."""
        unknown = {column.type_id for column in relation.columns} - set(self._types)
        if unknown:
            self._types.update(self._type_names(sorted(unknown)))
        return {column.name: self._types[column.type_id] for column in relation.columns}

    def _taken(self, found: pl.DataFrame) -> pl.DataFrame:
        """Messages up to the first transaction that has to wait; `taken` marks new ones."""
        found = self._stamped(found)
        waiting = found.filter(
            (pl.col("kind") == Kind.BEGIN) & pl.col("taken") & ~self._seen.saw(found["xid"])
        )
        if waiting.height:
            self.progress.is_stopped = True
            found = found.filter(pl.col("_place") < waiting["_place"][0])
        ends = found["end_lsn"].drop_nulls()
        if len(ends):
            self.progress.end_lsn = int(ends[-1])
        taken = found.filter((pl.col("kind") == Kind.COMMIT) & pl.col("taken"))
        self.progress.transactions += taken.height
        return found

    def _stamped(self, found: pl.DataFrame) -> pl.DataFrame:
        """Messages with the continued transaction of the previous batch, and times."""
        is_begin = pl.col("kind") == Kind.BEGIN
        begins = found.filter(is_begin).select(
            "_place", "commit_at", taken=integer(1, 8) >= self._watermark
        )
        # The latest of: its own time, and one microsecond more than each before it.
        rank = pl.int_range(pl.len())
        since = (pl.col("commit_at") - rank).clip(self.progress.last_commit_us + 1).cum_max()
        begins = begins.with_columns(commit_at=since + rank)
        if begins.height:
            self.progress.last_commit_us = int(begins["commit_at"][-1])
        before = self._transaction
        found = (
            found.drop("commit_at")
            .join(begins, on="_place", how="left", maintain_order="left")
            .with_columns(
                xid=pl.col("xid").fill_null(pl.lit(before["xid"], pl.Int64())),
                commit_at=pl.col("commit_at")
                .forward_fill()
                .fill_null(pl.lit(before["commit_at"], pl.Int64())),
                taken=pl.col("taken").forward_fill().fill_null(bool(before["taken"])),
            )
        )
        if found.height:
            self._transaction = found.select("xid", "commit_at", "taken").row(-1, named=True)
        return found

    def _truncate(self, data: bytes, changes: dict[str, TableChanges]) -> None:
        for relation_id in read_truncate(data).relation_ids:
            table = self.table_of(self.relations[relation_id])
            if table is not None:
                changes.setdefault(table.table, TableChanges(table)).is_truncated = True

    def _rows(self, found: pl.DataFrame, changes: dict[str, TableChanges]) -> None:
        rows = found.filter(pl.col("relation_id").is_not_null() & pl.col("taken"))
        for (relation_id,), messages in rows.group_by("relation_id", maintain_order=True):
            relation = self.relations[int(str(relation_id))]
            table = self.table_of(relation)
            if table is None:
                continue
            table_changes = changes.setdefault(table.table, TableChanges(table))
            frame = self._changes(relation, table, messages, table_changes)
            if frame.height:
                table_changes.frames.append(frame)

    def _changes(
        self,
        relation: Relation,
        table: CapturedTable,
        messages: pl.DataFrame,
        table_changes: TableChanges,
    ) -> pl.DataFrame:
        types = self.types_of(relation)
        _check_columns(table, types)
        # Source columns are numbered until the end, since their names may collide with others.
        numbered = {name: f"c{number}" for number, name in enumerate(types)}
        found = images(messages, list(numbered.values()))
        is_moved = self._is_moved(found, messages, table, types, numbered)
        rows = _operations(messages, found, is_moved)
        if not rows["_is_known"].all():
            table_changes.is_incomplete = True
            rows = rows.filter("_is_known")
        kept = [
            name
            for name in types
            if name not in OWN_COLUMNS and (not table.columns or name in table.columns)
        ]
        day = self._days(rows, table, types, numbered)
        return rows.select(
            "_op",
            pl.from_epoch("_commit_at", time_unit="us").cast(_UTC).alias("_changed_at"),
            "_lsn",
            "_xid",
            day.alias("_day"),
            *(typed(rows[numbered[name]], types[name]).alias(name) for name in kept),
        )

    def _is_moved(
        self,
        found: Images,
        messages: pl.DataFrame,
        table: CapturedTable,
        types: Mapping[str, str],
        numbered: Mapping[str, str],
    ) -> pl.Series:
        """Marks updates that change a row's key or day."""
        is_update = messages["kind"] == Kind.UPDATE
        if not is_update.any():
            return is_update
        key = [numbered[name] for name in table.key]
        stays = _equal(found.old.select(key), found.new.select(key))
        if table.day is not None:
            days = (self._days(rows, table, types, numbered) for rows in (found.old, found.new))
            stays &= next(days).eq_missing(next(days))
        return is_update & ~stays

    def _days(
        self,
        rows: pl.DataFrame,
        table: CapturedTable,
        types: Mapping[str, str],
        numbered: Mapping[str, str],
    ) -> pl.Series:
        """Business day of each row, null for a table without a date column."""
        if table.day is None:
            return pl.repeat(None, rows.height, dtype=pl.Date, eager=True)
        values = typed(rows[numbered[table.day]], types[table.day])
        return business_days(values, self._source.timezone, self._source.bank_timezone)


def _operations(messages: pl.DataFrame, found: Images, is_moved: pl.Series) -> pl.DataFrame:
    """Inserted, updated and deleted rows in their order, without updates that change nothing."""
    is_insert, is_update, is_delete = (
        messages["kind"] == kind for kind in (Kind.INSERT, Kind.UPDATE, Kind.DELETE)
    )
    head = messages.select(
        "_place",
        pl.col("lsn").alias("_lsn"),
        pl.col("xid").alias("_xid"),
        pl.col("commit_at").alias("_commit_at"),
        (is_insert | (found.has_old & found.is_whole)).alias("_is_known"),
    )
    stays = is_update & ~is_moved
    is_same = stays & _equal(found.old, found.new) if stays.any() else stays
    operation = pl.when(stays).then(pl.lit("u")).otherwise(pl.lit("c")).alias("_op")
    created = head.with_columns(operation, _step=1).hstack(found.new).filter(~is_delete & ~is_same)
    before = is_delete | is_moved
    if not before.any():
        return created
    deleted = head.with_columns(_op=pl.lit("d"), _step=0).hstack(found.old).filter(before)
    return pl.concat([deleted.select(created.columns), created]).sort("_place", "_step")


def _equal(left: pl.DataFrame, right: pl.DataFrame) -> pl.Series:
    return left.select(
        pl.all_horizontal(left[name].eq_missing(right[name]) for name in left.columns)
    ).to_series()


def _check_columns(table: CapturedTable, types: Mapping[str, str]) -> None:
    """Refuses a table without its key or day column.

    Raises:
        FinplatformError: If the key or the day is not among its columns.
    """
    wanted = (*table.key, *((table.day,) if table.day is not None else ()))
    missing = [name for name in wanted if name not in types]
    if missing:
        raise FinplatformError(
            f"The source table {table.relation} has no column {', '.join(missing)}, by which"
            f" {table.table} is kept.",
            "Map it by `columns` in the source configuration; see docs/cdc.md.",
        )
    if table.day is not None and types[table.day] not in DAY_TYPES:
        raise FinplatformError(
            f"Column {table.day} of {table.relation} is a {types[table.day]}, of which no business"
            f" day can be made, so the changes of {table.table} belong to none.",
            "Load the table by `load: incremental`, or name another `date_column`.",
        )
