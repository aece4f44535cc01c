"""Loading: one table's rows into bronze, in one transaction that either happens or does not.

Events replace exactly their window; entities extend their log; whole tables are replaced. Belongs
here: the order of the steps and the transaction around them. The steps have modules of their own.
"""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime

import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.contracts.contract import Kind, SourceContract
from finplatform.errors import FinplatformError
from finplatform.ingest import entity_log
from finplatform.ingest.clearing import begin_clearing, clear, forget_cleared
from finplatform.ingest.conform import check_mapping, mapped_columns
from finplatform.ingest.connectors.base import Batch, Position, ReadRequest
from finplatform.ingest.connectors.dated_name import DatedName
from finplatform.ingest.duplicates import SeenKeys
from finplatform.ingest.merging import ChangesRefusedError, create_stage, remove
from finplatform.ingest.other_days import refuse_missing_days, refuse_moved_rows, stored_days
from finplatform.ingest.places import Place
from finplatform.ingest.protect import Protector
from finplatform.ingest.quarantine import (
    REJECTED_ROWS,
    SUBJECT,
    malformed_rows,
    rejected_rows,
)
from finplatform.ingest.record import Batched, record_load
from finplatform.ingest.report import LoadReport, LoadSettings
from finplatform.ingest.sealing import Sealer
from finplatform.ingest.shrinkage import counted_names, refuse_shrinkage
from finplatform.ingest.sorting import Sorted, Sorter
from finplatform.ingest.validate import Surroundings
from finplatform.ingest.values import Reading
from finplatform.ingest.vault_key import confirm_master_key
from finplatform.ingest.writing import FrameWriter
from finplatform.ingest.zone import begin_days
from finplatform.security.keys import MasterKey
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.identifiers import literal, quote
from finplatform.windows import Window

__all__ = ["LoadReport", "LoadSettings", "TableLoader"]


class TableLoader:
    """Loads one bronze table.

    Args:
        contract: The table.
        places: Where its rows come from, in order.
        master: Master key of the vault.
        settings: See `LoadSettings`.

    Raises:
        FinplatformError: If the configuration names columns that the table does not have, or joins
            a journal with something else.
    """

    def __init__(
        self,
        contract: SourceContract,
        places: Sequence[Place],
        master: MasterKey,
        settings: LoadSettings,
    ) -> None:
        self._contract = contract
        self._places = tuple(places)
        for place in self._places:
            check_mapping(contract, place.config, entity_log.INPUT_DTYPES)
        self._is_journalled = any(
            place.connector.is_journalled(place.config.read or contract.table)
            for place in self._places
        )
        if self._is_journalled and len(self._places) > 1:
            raise FinplatformError(
                f"Table {contract.table} joins a change journal with further places.",
                "A journal is read alone; deliver the other rows through it, or take `also` away.",
            )
        self._merges = self._is_journalled and contract.stored.kind is not Kind.ENTITY
        self._master = master
        self._settings = settings

    def load(
        self,
        url: str,
        window: Window | None,
        *,
        settle: Callable[[dbapi.Connection], None] | None = None,
    ) -> LoadReport:
        """Loads a window of events, or the news of an entity or whole table.

        Args:
            url: libpq URL of the warehouse.
            window: Days to replace; only for event tables.
            settle: What else is noted in the transaction of the load, once all rows are stored.

        Raises:
            FinplatformError: If too many rows are bad or the source cannot be read; the table then
                holds what it held before.
            ChangesRefusedError: If a captured change of an event or a whole table is bad.
        """
        name = f"bronze.{quote(self._contract.table)}"
        with bulk.connect(url) as connection:
            ddl.create_schemas(connection)
            ddl.create_table(connection, REJECTED_ROWS)
            ddl.create_table(connection, self._contract.stored)
            connection.commit()
            confirm_master_key(connection, self._master)
            begin_days(connection, self._settings.bank_timezone)
            ddl.lock_for_load(connection, self._contract.stored)
            report = self._load(connection, window)
            if settle is not None:
                settle(connection)
            if not self._merges:
                bulk.commit_and_analyze(connection, name)
        return report

    def _load(self, connection: dbapi.Connection, window: Window | None) -> LoadReport:
        contract = self._contract
        surroundings = Surroundings(
            self._settings.first_day,
            self._settings.last_day,
            self._references(connection),
            self._settings.bank_timezone,
        )
        position: Position | None = None
        seen = SeenKeys()
        with FrameWriter(connection) as writer:
            load = _Load(
                writer,
                contract,
                window,
                Protector(contract, self._master),
                Sealer(connection, self._master),
                is_journalled=self._is_journalled,
            )
            load.prepare()
            for place in self._places:
                writer.wait()
                sorter = self._sorter(place, surroundings, window, seen)
                relation = place.config.read or self._contract.table
                load.begin(sorter, is_dated=DatedName.is_in(relation))
                for batch in place.connector.read(self._request(place, connection, window)):
                    load.take(batch)
                    position = batch.position or position
        if position is not None:
            entity_log.keep_watermark(connection, contract.table, position)
        return load.finish(self._settings)

    def _sorter(
        self, place: Place, surroundings: Surroundings, window: Window | None, seen: SeenKeys
    ) -> Sorter:
        lookups = {
            name: place.connector.read_lookup(relation)
            for name, relation in place.config.lookups.items()
        }
        values = place.values
        reading = Reading(
            timezone=values.timezone,
            bank_timezone=self._settings.bank_timezone,
            decimal=values.decimal,
            thousands=values.thousands,
            identifiers=self._contract.identifier_columns,
        )
        return Sorter(self._contract, place.config, lookups, surroundings, window, reading, seen)

    def _references(self, connection: dbapi.Connection) -> dict[str, pl.Series]:
        known = {}
        for column, target in self._contract.references.items():
            table, _, key = target.partition(".")
            name = f"bronze.{quote(table)}"
            if bulk.fetch_value(connection, f"select to_regclass({literal(name)})::text") is None:
                known[column] = pl.Series(target, [], dtype=pl.String)
                continue
            frame = bulk.read_frame(connection, f"select distinct {quote(key)} as key from {name}")
            known[column] = frame["key"].alias(target)
        return known

    def _request(
        self, place: Place, connection: dbapi.Connection, window: Window | None
    ) -> ReadRequest:
        config, date_column = place.config, self._contract.stored.date_column
        source_date = config.date_column or (
            config.columns.get(date_column, date_column) if date_column else None
        )
        return ReadRequest(
            table=self._contract.table,
            config=config,
            date_column=source_date,
            window=window,
            after=entity_log.read_watermark(connection, self._contract.table),
            batch_rows=self._settings.batch_rows,
            columns=mapped_columns(self._contract, config, tuple(entity_log.INPUT_DTYPES)),
            bank_timezone=self._settings.bank_timezone,
        )


class _Load:
    """One load under way, inside its transaction."""

    def __init__(
        self,
        writer: FrameWriter,
        contract: SourceContract,
        window: Window | None,
        protector: Protector,
        sealer: Sealer,
        *,
        is_journalled: bool,
    ) -> None:
        self._writer = writer
        self._contract = contract
        self._window = window
        self._protector = protector
        self._sealer = sealer
        self._is_journalled = is_journalled
        self._merges = is_journalled and contract.stored.kind is not Kind.ENTITY
        self._as_of: datetime | None = None
        self._report = LoadReport(contract.table, window)
        self._began = time.monotonic()
        self._is_log: bool | None = None
        self._stored_days: frozenset[date] = frozenset()
        self._names_before: Mapping[str, int] = {}
        # None as soon as a place can hold any day without a file of that day.
        self._file_days: set[date] | None = set()

    def prepare(self) -> None:
        """Empties what will be replaced."""
        contract = self._contract.stored
        self._names_before = counted_names(self._writer.wait(), self._contract)
        if contract.kind is Kind.ENTITY:
            entity_log.create_stage(self._writer.wait(), contract)
        elif self._merges:
            create_stage(self._writer.wait(), contract)
        else:
            self._stored_days = stored_days(self._writer.wait(), contract, self._window)
            statement = f"delete from bronze.{quote(contract.table)}"
            if self._window is not None and contract.date_column is not None:
                statement += f" where {self._window.predicate(quote(contract.date_column))}"
            bulk.execute(self._writer.wait(), statement)
        begin_clearing(self._writer.wait())
        # A log tells each change once, so what of it was rejected stays.
        if not self._is_journalled:
            clear(self._writer.wait(), self._contract.table, self._window)

    def begin(self, sorter: Sorter, *, is_dated: bool) -> None:
        """Turns to a place, whose batches follow."""
        self._sorter = sorter
        if not is_dated:
            self._file_days = None

    def take(self, batch: Batch) -> None:
        """Takes a batch of the present place through all steps.

        Raises:
            FinplatformError: If one place tells changes and another one states.
        """
        renamed = self._sorter.renamed(batch)
        if self._file_days is not None and batch.day is not None:
            self._file_days.add(batch.day)
        if self._is_log is not None and self._is_log != self._sorter.is_log:
            raise FinplatformError(
                f"Some places of {self._contract.table} have _changed_at and others do not.",
                "A table's sources tell either changes or the present state.",
            )
        self._is_log = self._sorter.is_log
        self._as_of = batch.as_of or self._as_of
        subject = self._contract.subject
        erased = None
        if subject is not None and self._contract.sealed:
            self._writer.wait()
            erased = self._sealer.erased(renamed[subject].cast(pl.String, strict=False))
        sorted_ = self._sorter.sort(batch, renamed, erased)
        self._report.rows_read += sorted_.rows + len(batch.malformed)
        self._report.rows_elsewhere += sorted_.elsewhere
        self._report.rows_undated += sorted_.undated
        if self._merges:
            self._replace(batch, sorted_)
        self._store(sorted_.good)
        self._reject(batch, sorted_)

    def _replace(self, batch: Batch, sorted_: Sorted) -> None:
        """Removes the rows that changes take the place of."""
        if sorted_.failures.height:
            raise ChangesRefusedError
        if batch.removed is not None and batch.removed.height:
            keys = self._sorter.keys(batch.removed)
            removed = remove(self._writer.wait(), self._contract.stored, keys)
            self._report.rows_removed += removed

    def _store(self, good: pl.DataFrame) -> None:
        rows, contract = self._protector.protect(good), self._contract
        if contract.sealed or contract.stored.kind is Kind.ENTITY:
            self._writer.wait()
        if contract.sealed and contract.subject is not None:
            sealed = self._sealer.seal(good, subject=contract.subject, fields=contract.sealed)
            rows = rows.with_columns(sealed.alias("identity_id"))
        if contract.stored.kind is Kind.ENTITY:
            entity_log.stage(self._writer.wait(), contract.stored, rows, good)
            return
        self._writer.begin(contract.table, rows)

    def _reject(self, batch: Batch, sorted_: Sorted) -> None:
        table, key = self._contract.table, self._contract.stored.key[0]
        if sorted_.failures.height or batch.malformed:
            self._writer.wait()
        if sorted_.failures.height:
            rows = rejected_rows(
                sorted_.received,
                sorted_.failures,
                table,
                self._protector,
                days=sorted_.partitions,
                origin=batch.origin,
            )
            self._quarantine(rows, reason=pl.concat_str("column_name", pl.lit(" "), "rule"))
            if self._contract.stored.kind is Kind.ENTITY:
                bad = sorted_.typed[sorted_.failures["row"].unique()][key]
                entity_log.spare(self._writer.wait(), bad)
        if batch.malformed:
            pieces = malformed_rows(
                batch.malformed, table, self._protector, day=batch.day, origin=batch.origin
            )
            self._quarantine(pieces, reason=pl.col("rule"))
            if self._contract.stored.kind is Kind.ENTITY:
                entity_log.spare(self._writer.wait(), pl.Series([None], dtype=pl.String))
            if self._window is not None and batch.day is None:
                self._report.rows_undated += pieces.height

    def _quarantine(self, rows: pl.DataFrame, *, reason: pl.Expr) -> None:
        """Puts rows with a `clear` column into quarantine, sealing that column."""
        sealed = self._sealer.seal(
            rows.select(subject=pl.lit(SUBJECT), row="clear"), subject="subject", fields=["row"]
        )
        stored = rows.drop("clear").with_columns(identity_id=sealed)
        bulk.append(
            self._writer.wait(), "quarantine", "rejected_rows", stored.select(REJECTED_ROWS.columns)
        )
        self._report.reject(rows.group_by(reason).len().iter_rows())

    def finish(self, settings: LoadSettings) -> LoadReport:
        """Judges the load as a whole and writes it down."""
        report, batch_id, loaded_at = self._report, uuid.uuid4().hex, datetime.now(UTC)
        report.rows_loaded += self._writer.rows
        own = self._contract.reject_limit
        if self._is_journalled and report.rows_rejected:
            report.rows_known = entity_log.size(self._writer.wait(), self._contract.stored)
        report.check_limit(settings.reject_limit if own is None else own)
        if self._contract.stored.kind is Kind.ENTITY:
            growth = entity_log.extend(
                self._writer.wait(),
                self._contract.stored,
                is_state=not self._is_log,
                batch_id=batch_id,
                loaded_at=loaded_at,
                as_of=self._as_of,
                is_emptied=settings.is_emptied,
            )
            report.rows_loaded, report.rows_vanished = growth.appended, growth.vanished
            told = growth.appended - growth.vanished
            report.rows_unchanged = report.rows_read - report.rows_rejected - told
        if self._window is not None and not self._merges:
            refuse_missing_days(self._contract.stored, self._stored_days, self._file_days)
            refuse_moved_rows(self._writer.wait(), self._contract.stored, self._window)
        refuse_shrinkage(self._writer.wait(), self._contract, self._names_before)
        forget_cleared(self._writer.wait())
        seconds = time.monotonic() - self._began
        batch = Batched(batch_id, loaded_at, settings.run_id, seconds)
        record_load(self._writer.wait(), self._contract.stored.name, report, batch)
        return report
