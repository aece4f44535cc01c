"""Loading: one table's rows into bronze, in one transaction.

Events replace exactly their window; entities extend their log; whole tables are replaced. Belongs
here: the order of the steps and the transaction around them. Does not belong here: the steps.
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
from finplatform.ingest.classification import ClassifiedRows, RowClassifier, SeenKeys
from finplatform.ingest.conform import check_mapping, mapped_columns
from finplatform.ingest.connectors.base import Batch, Position, ReadRequest
from finplatform.ingest.connectors.dated_name import DatedName
from finplatform.ingest.connectors.registry import TableSource
from finplatform.ingest.load_guards import (
    names_by_group,
    refuse_missing_days,
    refuse_moved_rows,
    refuse_shrinkage,
    set_business_timezone,
    stored_days,
)
from finplatform.ingest.load_result import LoadBatch, LoadResult, LoadSettings, record_load
from finplatform.ingest.merging import ChangesRefusedError, create_stage, remove
from finplatform.ingest.protect import Protector
from finplatform.ingest.quarantine import (
    REJECTED_ROWS,
    SUBJECT,
    clear,
    create_cleared_stage,
    delete_cleared_identities,
    malformed_rows,
    rejected_rows,
)
from finplatform.ingest.sealing import Sealer
from finplatform.ingest.validate import ValidationContext
from finplatform.ingest.vault_key import confirm_master_key
from finplatform.ingest.writing import FrameWriter
from finplatform.security.keys import MasterKey
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.identifiers import literal, quote
from finplatform.windows import Window

__all__ = ["LoadResult", "LoadSettings", "TableLoader"]


class TableLoader:
    """Loads one bronze table.

    Args:
        contract: The table.
        sources: The table's sources, in order.
        master: Master key of the vault.
        settings: See `LoadSettings`.

    Raises:
        FinplatformError: If the configuration names columns that the table does not have, or
            combines a change journal with another source.
    """

    def __init__(
        self,
        contract: SourceContract,
        sources: Sequence[TableSource],
        master: MasterKey,
        settings: LoadSettings,
    ) -> None:
        self._contract = contract
        self._sources = tuple(sources)
        for source in self._sources:
            check_mapping(contract, source.config, entity_log.INPUT_DTYPES)
        relations = [source.config.read or contract.table for source in self._sources]
        self._is_journalled = any(
            source.connector.is_journalled(relation)
            for source, relation in zip(self._sources, relations, strict=True)
        )
        if self._is_journalled and len(self._sources) > 1:
            raise FinplatformError(
                f"Table {contract.table} combines a change journal with further sources.",
                "A journal is the only source of its table: deliver the other rows through it, or"
                " remove `also`.",
            )
        self._has_dated_files = all(DatedName.is_in(relation) for relation in relations)
        self._master = master
        self._settings = settings

    def load(
        self,
        url: str,
        window: Window | None,
        *,
        settle: Callable[[dbapi.Connection], None] | None = None,
    ) -> LoadResult:
        """Loads a window of events, or the changes of an entity or whole table.

        Args:
            url: libpq URL of the warehouse.
            window: Days to replace; only for event tables.
            settle: Further statements of the load's transaction, run once all rows are stored.

        Raises:
            FinplatformError: If too many rows are rejected or the source cannot be read; the table
                is then unchanged.
            ChangesRefusedError: If a captured change of an event or a whole table is rejected.
        """
        stored = self._contract.stored
        with bulk.connect(url) as connection:
            ddl.create_schemas(connection)
            ddl.create_table(connection, REJECTED_ROWS)
            ddl.create_table(connection, stored)
            connection.commit()
            confirm_master_key(connection, self._master)
            set_business_timezone(connection, self._settings.bank_timezone)
            ddl.lock_for_load(connection, stored)
            result = self._load(connection, window)
            if settle is not None:
                settle(connection)
            if not self._is_journalled or stored.kind is Kind.ENTITY:
                bulk.commit_and_analyze(connection, f"bronze.{quote(stored.table)}")
        return result

    def _load(self, connection: dbapi.Connection, window: Window | None) -> LoadResult:
        context = ValidationContext(
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
                self._contract,
                window,
                Protector(self._contract, self._master),
                Sealer(connection, self._master),
                is_journalled=self._is_journalled,
                has_dated_files=self._has_dated_files,
            )
            load.prepare()
            for source in self._sources:
                classifier = self._classifier(source, context, window, seen)
                request = self._request(source, writer.wait(), window)
                for batch in source.connector.read(request):
                    load.add(batch, classifier)
                    position = batch.position or position
        if position is not None:
            entity_log.keep_watermark(connection, self._contract.table, position)
        return load.finish(self._settings)

    def _classifier(
        self,
        source: TableSource,
        context: ValidationContext,
        window: Window | None,
        seen: SeenKeys,
    ) -> RowClassifier:
        lookups = {
            name: source.connector.read_lookup(relation)
            for name, relation in source.config.lookups.items()
        }
        reading = source.reading(self._settings.bank_timezone, self._contract.identifier_columns)
        return RowClassifier(self._contract, source.config, lookups, context, window, reading, seen)

    def _references(self, connection: dbapi.Connection) -> dict[str, pl.Series]:
        """Stored keys of the referenced tables, by referring column."""
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
        self, source: TableSource, connection: dbapi.Connection, window: Window | None
    ) -> ReadRequest:
        config, date_column = source.config, self._contract.stored.date_column
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
    """One load inside its transaction."""

    def __init__(
        self,
        writer: FrameWriter,
        contract: SourceContract,
        window: Window | None,
        protector: Protector,
        sealer: Sealer,
        *,
        is_journalled: bool,
        has_dated_files: bool,
    ) -> None:
        self._writer = writer
        self._contract = contract
        self._window = window
        self._protector = protector
        self._sealer = sealer
        self._is_journalled = is_journalled
        self._is_entity = contract.stored.kind is Kind.ENTITY
        self._merges = is_journalled and not self._is_entity
        self._as_of: datetime | None = None
        self._result = LoadResult(contract.table, window)
        self._began = time.monotonic()
        self._is_log: bool | None = None
        self._stored_days: frozenset[date] = frozenset()
        self._names_before: Mapping[str, int] = {}
        # None where a source delivers days without a file of each.
        self._file_days: set[date] | None = set() if has_dated_files else None

    def prepare(self) -> None:
        """Deletes the rows and rejections that the load replaces."""
        contract = self._contract.stored
        self._names_before = names_by_group(self._writer.wait(), self._contract)
        if self._is_entity:
            entity_log.create_stage(self._writer.wait(), contract)
        elif self._merges:
            create_stage(self._writer.wait(), contract)
        else:
            self._stored_days = stored_days(self._writer.wait(), contract, self._window)
            statement = f"delete from bronze.{quote(contract.table)}"
            if self._window is not None and contract.date_column is not None:
                statement += f" where {self._window.predicate(quote(contract.date_column))}"
            bulk.execute(self._writer.wait(), statement)
        create_cleared_stage(self._writer.wait())
        # A journal delivers each change once, so its earlier rejections stay.
        if not self._is_journalled:
            clear(self._writer.wait(), self._contract.table, self._window)

    def add(self, batch: Batch, classifier: RowClassifier) -> None:
        """Classifies and stores a batch.

        Args:
            batch: The batch.
            classifier: Row classifier of the batch's source.

        Raises:
            FinplatformError: If one source delivers changes and another one states.
        """
        renamed = classifier.renamed(batch)
        if self._file_days is not None and batch.day is not None:
            self._file_days.add(batch.day)
        if self._is_log is not None and self._is_log != classifier.is_log:
            raise FinplatformError(
                f"Some sources of {self._contract.table} have _changed_at and others do not.",
                "All sources of a table deliver either changes or states.",
            )
        self._is_log = classifier.is_log
        self._as_of = batch.as_of or self._as_of
        subject = self._contract.subject
        erased = None
        if subject is not None and self._contract.sealed:
            self._writer.wait()
            erased = self._sealer.erased(renamed[subject].cast(pl.String, strict=False))
        classified = classifier.classify(batch, renamed, erased)
        self._result.rows_read += classified.rows + len(batch.malformed)
        self._result.rows_elsewhere += classified.elsewhere
        self._result.rows_undated += classified.undated
        if self._merges:
            self._replace(batch, classified, classifier)
        self._store(classified.good)
        self._reject(batch, classified)

    def _replace(self, batch: Batch, classified: ClassifiedRows, classifier: RowClassifier) -> None:
        """Deletes the stored rows that captured changes replace."""
        if classified.failures.height:
            raise ChangesRefusedError
        if batch.removed is not None and batch.removed.height:
            keys = classifier.keys(batch.removed)
            removed = remove(self._writer.wait(), self._contract.stored, keys)
            self._result.rows_removed += removed

    def _store(self, good: pl.DataFrame) -> None:
        rows, contract = self._protector.protect(good), self._contract
        if contract.sealed or self._is_entity:
            self._writer.wait()
        if contract.sealed and contract.subject is not None:
            sealed = self._sealer.seal(good, subject=contract.subject, fields=contract.sealed)
            rows = rows.with_columns(sealed.alias("identity_id"))
        if self._is_entity:
            entity_log.stage(self._writer.wait(), contract.stored, rows, good)
            return
        self._writer.begin(contract.table, rows)

    def _reject(self, batch: Batch, classified: ClassifiedRows) -> None:
        """Stores rejected rows and malformed pieces in quarantine."""
        table, key = self._contract.table, self._contract.stored.key[0]
        if classified.failures.height or batch.malformed:
            self._writer.wait()
        if classified.failures.height:
            rows = rejected_rows(
                classified.received,
                classified.failures,
                table,
                self._protector,
                days=classified.partitions,
                origin=batch.origin,
            )
            self._quarantine(rows, reason=pl.concat_str("column_name", pl.lit(" "), "rule"))
            if self._is_entity:
                keys = classified.typed[classified.failures["row"].unique()][key]
                entity_log.note_rejected_keys(self._writer.wait(), keys)
        if batch.malformed:
            pieces = malformed_rows(
                batch.malformed, table, self._protector, day=batch.day, origin=batch.origin
            )
            self._quarantine(pieces, reason=pl.col("rule"))
            if self._is_entity:
                unknown = pl.Series([None], dtype=pl.String)
                entity_log.note_rejected_keys(self._writer.wait(), unknown)
            if self._window is not None and batch.day is None:
                self._result.rows_undated += pieces.height

    def _quarantine(self, rows: pl.DataFrame, *, reason: pl.Expr) -> None:
        """Stores rejected rows, and seals their column `clear`."""
        sealed = self._sealer.seal(
            rows.select(subject=pl.lit(SUBJECT), row="clear"), subject="subject", fields=["row"]
        )
        stored = rows.drop("clear").with_columns(identity_id=sealed)
        bulk.append(
            self._writer.wait(), "quarantine", "rejected_rows", stored.select(REJECTED_ROWS.columns)
        )
        self._result.reject(rows.group_by(reason).len().iter_rows())

    def finish(self, settings: LoadSettings) -> LoadResult:
        """Checks the load as a whole and records it.

        Raises:
            FinplatformError: If a limit or a guard of the load refuses it.
        """
        result, contract = self._result, self._contract.stored
        batch_id, loaded_at = uuid.uuid4().hex, datetime.now(UTC)
        connection = self._writer.wait()
        result.rows_loaded += self._writer.rows
        own = self._contract.reject_limit
        if self._is_journalled and result.rows_rejected:
            result.rows_known = entity_log.size(connection, contract)
        result.check_limit(settings.reject_limit if own is None else own)
        if self._is_entity:
            growth = entity_log.extend(
                connection,
                contract,
                is_state=not self._is_log,
                batch_id=batch_id,
                loaded_at=loaded_at,
                as_of=self._as_of,
                is_emptied=settings.is_emptied,
            )
            result.rows_loaded, result.rows_vanished = growth.appended, growth.vanished
            changed = growth.appended - growth.vanished
            result.rows_unchanged = result.rows_read - result.rows_rejected - changed
        if self._window is not None and not self._merges:
            refuse_missing_days(contract, self._stored_days, self._file_days)
            refuse_moved_rows(connection, contract, self._window)
        refuse_shrinkage(connection, self._contract, self._names_before)
        delete_cleared_identities(connection)
        seconds = time.monotonic() - self._began
        batch = LoadBatch(batch_id, loaded_at, settings.run_id, seconds)
        record_load(connection, contract.name, result, batch)
        return result
