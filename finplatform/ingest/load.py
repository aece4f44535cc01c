"""Loading: one table's rows into bronze, in one transaction that either happens or does not.

Events replace exactly their window; entities extend their log; whole tables are replaced. Belongs
here: the order of the steps and the transaction around them. The steps have modules of their own.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
from adbc_driver_postgresql import dbapi

from finplatform.connectors.base import Batch, Connector, ReadRequest
from finplatform.connectors.config import TableConfig
from finplatform.contracts.contract import Kind, SourceContract
from finplatform.errors import FinplatformError
from finplatform.ingest import entity_log
from finplatform.ingest.conform import conform, rename
from finplatform.ingest.protect import Protector
from finplatform.ingest.quarantine import REJECTED_ROWS, SUBJECT, malformed_rows, rejected_rows
from finplatform.ingest.validate import find_failures
from finplatform.security.keys import MasterKey
from finplatform.security.vault import SealResult, Vault
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.identifiers import literal, quote
from finplatform.windows import Window

LOG_INPUT = ("_op", "_changed_at", "_lsn")
"""Columns of a change log that a source may deliver itself."""


@dataclass
class LoadReport:
    """What a load did.

    Attributes:
        table: Bronze table.
        window: Days replaced; None for entities and whole tables.
        rows_read: Rows the source gave for this load, malformed pieces included.
        rows_loaded: Rows stored.
        rows_rejected: Rows in quarantine.
        rows_elsewhere: Rows of other days in the same files.
        reasons: Rejected rows per rule.
    """

    table: str
    window: Window | None = None
    rows_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    rows_elsewhere: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class LoadSettings:
    """What a load needs to know beside its table.

    Attributes:
        first_day: First business day that a partition exists for.
        last_day: Last business day that has begun.
        reject_limit: Share of rejected rows above which the load fails.
        batch_rows: Rows in memory at a time.
        timezone: Zone of timestamps that do not say theirs.
        run_id: Orchestrator's run, for `ops.loads`.
    """

    first_day: date
    last_day: date
    reject_limit: float = 0.05
    batch_rows: int = 200_000
    timezone: str = "UTC"
    run_id: str | None = None


class TableLoader:
    """Loads one bronze table.

    Args:
        contract: The table.
        config: Its place in the source configuration.
        connector: Where the rows come from.
        master: Master key of the vault.
        settings: See `LoadSettings`.
    """

    def __init__(
        self,
        contract: SourceContract,
        config: TableConfig,
        connector: Connector,
        master: MasterKey,
        settings: LoadSettings,
    ) -> None:
        self._contract = contract
        self._config = config
        self._connector = connector
        self._settings = settings
        self._protector = Protector(contract, master)
        self._vault = Vault(master)
        self._name = f"bronze.{quote(contract.table)}"
        self._known_keys: dict[str, bytes | None] = {}
        self._key_hashes: list[np.ndarray] = []

    def load(self, url: str, window: Window | None) -> LoadReport:
        """Loads a window of events, or the news of an entity or whole table.

        Args:
            url: libpq URL of the warehouse.
            window: Days to replace; only for event tables.

        Raises:
            FinplatformError: If too many rows are bad or the source cannot be read; the table then
                holds what it held before.
        """
        report = LoadReport(self._contract.table, window)
        with bulk.connect(url) as connection:
            ddl.create_schemas(connection)
            ddl.create_table(connection, REJECTED_ROWS)
            ddl.create_table(connection, self._contract.stored)
        with bulk.connect(url) as connection:
            bulk.execute(
                connection,
                f"select pg_advisory_xact_lock(hashtext({literal('load ' + self._name)}))",
            )
            self._prepare(connection, window)
            self._stream(connection, window, report)
            self._finish(connection, window, report)
        with bulk.connect(url) as connection:
            bulk.execute(connection, f"analyze {self._name}")
        return report

    def _prepare(self, connection: dbapi.Connection, window: Window | None) -> None:
        """Empties what will be replaced and reads what rows are judged by."""
        kind, date_column = self._contract.stored.kind, self._contract.stored.date_column
        if kind is Kind.ENTITY:
            entity_log.create_stage(connection, self._contract.stored)
        elif kind is Kind.EVENT and window is not None and date_column is not None:
            bulk.execute(
                connection, f"delete from {self._name} where {window.predicate(quote(date_column))}"
            )
        else:
            bulk.execute(connection, f"delete from {self._name}")
        keys = bulk.read_frame(
            connection,
            "select subject_id, case when destroyed_at is null then wrapped_key end as wrapped_key"
            " from vault.customer_keys"
            + ("" if self._contract.sealed else f" where subject_id = '{SUBJECT}'"),
        )
        self._known_keys = dict(keys.iter_rows())
        self._clear_quarantine(connection, window)

    def _clear_quarantine(self, connection: dbapi.Connection, window: Window | None) -> None:
        """Forgets rejections that this load will find again or has mended.

        A journal tells each change once, so what it had rejected stays.
        """
        if self._contract.stored.kind is Kind.ENTITY and self._reads_journal():
            return
        condition = f"table_name = {literal(self._contract.table)}"
        if window is not None:
            condition += f" and (partition_date is null or {window.predicate('partition_date')})"
        bulk.execute(connection, f"delete from quarantine.rejected_rows where {condition}")

    def _reads_journal(self) -> bool:
        return self._connector.is_journalled(self._config.read or self._contract.table)

    def _stream(
        self, connection: dbapi.Connection, window: Window | None, report: LoadReport
    ) -> None:
        """Takes the source's rows through all steps, a batch at a time."""
        references = self._references(connection)
        lookups = {
            name: self._connector.read_lookup(relation)
            for name, relation in self._config.lookups.items()
        }
        position: Mapping[str, int] | None = None
        for batch in self._connector.read(self._request(connection, window)):
            self._load_batch(connection, batch, window, references, lookups, report)
            position = batch.position or position
        if position is not None:
            entity_log.keep_watermark(connection, self._contract.table, position)

    def _request(self, connection: dbapi.Connection, window: Window | None) -> ReadRequest:
        date_column = self._contract.stored.date_column
        source_date = self._config.date_column or (
            self._config.columns.get(date_column, date_column) if date_column else None
        )
        return ReadRequest(
            table=self._contract.table,
            config=self._config,
            date_column=source_date,
            window=window,
            after=entity_log.read_watermark(connection, self._contract.table),
            batch_rows=self._settings.batch_rows,
        )

    def _references(self, connection: dbapi.Connection) -> dict[str, pl.Series]:
        known = {}
        for column, target in self._contract.references.items():
            table, _, key = target.partition(".")
            frame = bulk.read_frame(
                connection, f"select distinct {quote(key)} as key from bronze.{quote(table)}"
            )
            known[column] = frame["key"].alias(target)
        return known

    def _load_batch(
        self,
        connection: dbapi.Connection,
        batch: Batch,
        window: Window | None,
        references: Mapping[str, pl.Series],
        lookups: Mapping[str, pl.DataFrame],
        report: LoadReport,
    ) -> None:
        contract, settings = self._contract, self._settings
        renamed = rename(batch.frame, self._config, contract.dtypes, lookups, keep=LOG_INPUT)
        dtypes = contract.dtypes | {
            name: dtype
            for name, dtype in entity_log.INPUT_DTYPES.items()
            if name in renamed.columns
        }
        conformed = conform(renamed, dtypes, self._config.formats, settings.timezone)
        failures = find_failures(
            conformed,
            contract,
            references,
            first_day=settings.first_day,
            last_day=settings.last_day,
        )
        days = self._days(conformed.frame)
        wanted = self._wanted(days, conformed.frame.height, window)
        bad = pl.Series(failures["row"].unique(), dtype=pl.UInt32)
        positions = pl.arange(conformed.frame.height, eager=True, dtype=pl.UInt32)
        good = conformed.frame.filter(wanted & ~positions.is_in(bad.implode()))
        rejected = failures.filter(pl.col("row").is_in(positions.filter(wanted).implode()))
        report.rows_read += int(wanted.sum()) + len(batch.malformed)
        report.rows_elsewhere += int((~wanted).sum())
        self._store(connection, good, report)
        if rejected.height:
            rows = rejected_rows(
                conformed.received,
                rejected,
                contract,
                self._protector,
                days=days,
                origin=batch.origin,
            )
            self._reject(connection, rows, report)
        if batch.malformed:
            pieces = malformed_rows(batch.malformed, contract, origin=batch.origin)
            self._reject(connection, pieces, report)

    def _days(self, frame: pl.DataFrame) -> pl.Series | None:
        date_column = self._contract.stored.date_column
        return frame[date_column].cast(pl.Date) if date_column else None

    def _wanted(self, days: pl.Series | None, height: int, window: Window | None) -> pl.Series:
        """Rows that this load answers for: those of its window, and those of no partition."""
        if days is None or window is None:
            return pl.repeat(True, height, eager=True, dtype=pl.Boolean)
        inside = (days >= window.start) & (days < window.end)
        homeless = (
            days.is_null() | (days < self._settings.first_day) | (days > self._settings.last_day)
        )
        return inside.fill_null(value=False) | homeless

    def _store(self, connection: dbapi.Connection, good: pl.DataFrame, report: LoadReport) -> None:
        protected = self._protector.protect(good, self._known_keys)
        if protected.sealed is not None:
            self._keep_sealed(connection, protected.sealed)
        if self._contract.stored.kind is Kind.ENTITY:
            entity_log.stage(connection, self._contract.stored, protected.frame, good)
            return
        if self._contract.stored.kind is Kind.EVENT:
            self._key_hashes.append(good.select(self._contract.stored.key).hash_rows().to_numpy())
        report.rows_loaded += bulk.append(
            connection, "bronze", self._contract.table, protected.frame
        )

    def _reject(self, connection: dbapi.Connection, rows: pl.DataFrame, report: LoadReport) -> None:
        """Puts rows with a `clear` column into quarantine, sealing that column."""
        subjects = rows.select(pl.lit(SUBJECT).alias("subject"), pl.col("clear").alias("row"))
        sealed = self._vault.seal(
            subjects, subject="subject", fields=["row"], known_keys=self._known_keys
        )
        self._keep_sealed(connection, sealed)
        stored = rows.drop("clear").with_columns(sealed.identity_ids.alias("identity_id"))
        bulk.append(connection, "quarantine", "rejected_rows", stored.select(REJECTED_ROWS.columns))
        report.rows_rejected += rows.height
        for rule, count in rows["rule"].value_counts().iter_rows():
            report.reasons[rule] = report.reasons.get(rule, 0) + count

    def _keep_sealed(self, connection: dbapi.Connection, sealed: SealResult) -> None:
        """Stores new keys and identities; those known already are the same bytes."""
        bulk.append(connection, "vault", "customer_keys", sealed.keys)
        self._known_keys.update(sealed.keys.select("subject_id", "wrapped_key").iter_rows())
        if sealed.identities.height:
            bulk.execute(
                connection,
                "create temporary table if not exists sealed_stage"
                " (like vault.customer_identity) on commit drop",
            )
            bulk.append_temporary(connection, "sealed_stage", sealed.identities)
            bulk.execute(
                connection,
                "insert into vault.customer_identity select * from sealed_stage"
                " on conflict (identity_id) do nothing",
            )
            bulk.execute(connection, "delete from sealed_stage")

    def _finish(
        self, connection: dbapi.Connection, window: Window | None, report: LoadReport
    ) -> None:
        """Judges the load as a whole and writes it down."""
        batch_id = uuid.uuid4().hex
        loaded_at = datetime.now(UTC)
        if self._contract.stored.kind is Kind.ENTITY:
            report.rows_loaded = entity_log.extend(
                connection,
                self._contract.stored,
                is_snapshot=not self._reads_journal(),
                batch_id=batch_id,
                loaded_at=loaded_at,
            )
        else:
            self._set_duplicates_aside(connection, window, report)
        self._check_limit(report)
        start, end = (window.start, window.end) if window else (None, None)
        bulk.execute(
            connection,
            "insert into ops.loads values ("
            + ", ".join(
                literal(value)
                for value in (
                    batch_id, self._contract.table, start, end, self._settings.run_id,
                    report.rows_read, report.rows_loaded, report.rows_rejected, loaded_at,
                )
            )
            + ")",
        )  # fmt: skip

    def _set_duplicates_aside(
        self, connection: dbapi.Connection, window: Window | None, report: LoadReport
    ) -> None:
        """Keeps the first row of each key and moves the others to quarantine.

        Hashes of the keys tell whether there is anything to do; a clash of hashes only costs the
        query.
        """
        if not self._key_hashes:
            return
        hashes = np.concatenate(self._key_hashes)
        if len(np.unique(hashes)) == len(hashes):
            return
        key = bulk.column_list(list(self._contract.stored.key))
        rule = f"unique({', '.join(self._contract.stored.key)})"
        date_column = self._contract.stored.date_column or ""
        inside = window.predicate(quote(date_column)) if window else "true"
        with connection.cursor() as cursor:
            cursor.execute(
                f"with ranked as (select ctid as place, row_number() over (partition by {key}"
                f" order by ctid) as rank from {self._name} where {inside}),"
                f" removed as (delete from {self._name} as t using ranked"
                " where t.ctid = ranked.place and ranked.rank > 1 returning t.*),"
                " kept as (insert into quarantine.rejected_rows select"
                f" {literal(self._contract.table)}, {quote(date_column)}::date, 'duplicate',"
                f" {literal(self._contract.stored.key[0])}, {literal(rule)},"
                f" {quote(self._contract.stored.key[0])}::text, '[]', row_to_json(removed)::text,"
                " null from removed returning 1) select count(*) from kept"
            )
            (count,) = cursor.fetchone()
        if count:
            report.rows_loaded -= count
            report.rows_rejected += count
            report.reasons[rule] = report.reasons.get(rule, 0) + count

    def _check_limit(self, report: LoadReport) -> None:
        limit = self._settings.reject_limit
        if report.rows_rejected and report.rows_rejected > limit * report.rows_read:
            worst = sorted(report.reasons.items(), key=lambda item: -item[1])[:5]
            reasons = ", ".join(f"{rule}: {count}" for rule, count in worst)
            raise FinplatformError(
                f"{report.rows_rejected} of {report.rows_read} rows for {report.table} are bad,"
                f" more than {limit:.0%} ({reasons}).",
                "Nothing was changed. Mend the source, or raise FINPLATFORM_REJECT_LIMIT.",
            )
