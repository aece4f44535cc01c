"""Source check: a dry run of the loads that finds everything that would stop them or reject rows.

The first rows of every table are read and validated as in a load, and not stored. Values shown are
masked as in quarantine. Does not belong here: the choice of the rows (see `sampling`), the rules
(see `validate`), and printing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import polars as pl

from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import SourceContract
from finplatform.errors import FinplatformError
from finplatform.ingest import entity_log
from finplatform.ingest.classification import RowClassifier, SeenKeys
from finplatform.ingest.conform import check_mapping, missing_columns, selected
from finplatform.ingest.connectors.base import Batch
from finplatform.ingest.connectors.config import FilesSource, SourcesConfig, TableConfig
from finplatform.ingest.connectors.registry import TableSource, files_root, table_sources_of
from finplatform.ingest.findings import Effect, Problem, TableFindings
from finplatform.ingest.load_result import LoadSettings
from finplatform.ingest.protect import Protector
from finplatform.ingest.quarantine import failures_with_values
from finplatform.ingest.sampling import KnownKeys, Piece, known_keys, pieces_of, sample
from finplatform.ingest.validate import ValidationContext
from finplatform.ingest.values import Reading
from finplatform.security.keys import MasterKey
from finplatform.settings import Settings
from finplatform.windows import Window


@dataclass(frozen=True)
class Extent:
    """Limits of a source check.

    Attributes:
        rows: Most rows of a table, or of each file where a table has several.
        files: Most files of a table.
        keys: Most rows read of a referenced table to collect its keys.
        only_files: Whether only sources of files are checked.
    """

    rows: int = 1_000
    files: int = 100
    keys: int = 1_000_000
    only_files: bool = False


LIGHT = Extent(files=5, keys=100_000, only_files=True)
"""Limits of a quick check without servers."""


class SourceCheck:
    """Reads and validates the first rows of tables.

    Args:
        sources: The source configuration.
        settings: Settings that placeholders of paths refer to.
        load: Settings of a load: the days of the history and its limits.
        warehouse_url: The platform's own database, for a source without a URL.
        extent: Limits of the check.
    """

    def __init__(
        self,
        sources: SourcesConfig,
        settings: Settings,
        load: LoadSettings,
        warehouse_url: str = "",
        extent: Extent | None = None,
    ) -> None:
        self._sources = sources
        self._settings = settings
        self._load = load
        self._url = warehouse_url
        self._extent = extent or Extent()
        self._history = Window.through(load.first_day, max(load.first_day, load.last_day))
        self._keys: dict[str, KnownKeys | None] = {}

    @property
    def tables(self) -> list[str]:
        """Configured tables that the extent covers, in the order of the bronze layer."""
        return [table for table in SOURCES if self._is_covered(table)]

    def check(self, table: str) -> TableFindings:
        """Findings in the first rows of a configured table."""
        contract, findings = SOURCES[table], TableFindings(table)
        references = self._references(contract, findings)
        seen = SeenKeys()
        for config in self._sources.tables[table].entries:
            origin = config.read or table
            try:
                table_source = self._table_source(config)
                batch_check = self._batch_check(table_source, contract, references, seen)
                for piece in self._pieces(table_source, contract):
                    self._check_piece(table_source, piece, batch_check, findings)
            except FinplatformError as error:
                findings.stop(origin, error)
        own = contract.reject_limit
        findings.apply_limit(self._load.reject_limit if own is None else own)
        return findings

    def _check_piece(
        self,
        table_source: TableSource,
        piece: Piece,
        batch_check: "_BatchCheck",
        findings: TableFindings,
    ) -> None:
        try:
            for batch in sample(
                table_source,
                piece,
                batch_check.contract,
                self._extent.rows,
                bank_timezone=self._load.bank_timezone,
            ):
                batch_check.take(batch, findings)
        except FinplatformError as error:
            findings.stop(piece.config.read or batch_check.contract.table, error)

    def _is_covered(self, table: str) -> bool:
        config = self._sources.tables.get(table)
        if config is None:
            return False
        kinds = [self._sources.sources[table_source.source] for table_source in config.entries]
        are_files = all(isinstance(kind, FilesSource) for kind in kinds)
        return are_files or not self._extent.only_files

    def _table_source(self, config: TableConfig) -> TableSource:
        alone = config.model_copy(update={"also": []})
        return table_sources_of(alone, self._sources, self._settings, self._url)[0]

    def _pieces(self, table_source: TableSource, contract: SourceContract) -> list[Piece]:
        source, root = self._sources.sources[table_source.config.source], None
        if isinstance(source, FilesSource):
            root = files_root(source, self._settings)
            is_own = self._settings.landing_dir is None and root == self._settings.landing.resolve()
            if is_own and not root.is_dir():
                # The first start creates the landing zone.
                return []
        most = self._extent.files
        return pieces_of(table_source, source, contract, self._history, root=root, most=most)

    def _batch_check(
        self,
        table_source: TableSource,
        contract: SourceContract,
        references: dict[str, pl.Series],
        seen: SeenKeys,
    ) -> "_BatchCheck":
        check_mapping(contract, table_source.config, entity_log.INPUT_DTYPES)
        context = ValidationContext(
            self._load.first_day, self._load.last_day, references, self._load.bank_timezone
        )
        return _BatchCheck(contract, table_source, context, seen)

    def _references(
        self, contract: SourceContract, findings: TableFindings
    ) -> dict[str, pl.Series]:
        """Known values of the columns that refer to tables whose keys are all known."""
        known = {}
        for column, target in contract.references.items():
            keys = self._known(target)
            if keys is not None and keys.is_whole:
                known[column] = keys.keys.alias(target)
                continue
            why = "has more rows than are looked at" if keys else "cannot be read"
            table = target.partition(".")[0]
            findings.problems.append(
                Problem(findings.table, column, f"not compared: {table} {why}", Effect.NONE)
            )
        return known

    def _known(self, target: str) -> KnownKeys | None:
        """Keys of `table.column`; None if its source cannot be read."""
        if target not in self._keys:
            table, _, column = target.partition(".")
            contract = SOURCES[table]
            try:
                pieces = self._located(contract)
                self._keys[target] = known_keys(pieces, contract, column, self._extent.keys)
            except FinplatformError:
                # The findings of that table hold the error.
                self._keys[target] = None
        return self._keys[target]

    def _located(self, contract: SourceContract) -> Iterator[tuple[TableSource, Piece, Reading]]:
        """Pieces of a table; empty for a table that is not configured, which has no keys."""
        config = self._sources.tables.get(contract.table)
        if config is not None and not self._is_covered(contract.table):
            raise FinplatformError(f"The source of {contract.table} is not checked.")
        for one in config.entries if config else ():
            table_source = self._table_source(one)
            for piece in self._pieces(table_source, contract):
                yield (
                    table_source,
                    piece,
                    table_source.reading(self._load.bank_timezone, contract.identifier_columns),
                )


class _BatchCheck:
    """Validation of the batches of one table source, as in a load."""

    def __init__(
        self,
        contract: SourceContract,
        table_source: TableSource,
        context: ValidationContext,
        seen: SeenKeys,
    ) -> None:
        self.contract = contract
        self._config = table_source.config
        self._context = context
        self._reading = table_source.reading(context.bank_timezone, contract.identifier_columns)
        self._seen = seen
        # Masking needs no key, and no tokens are made here.
        self._protector = Protector(contract, MasterKey.generate())
        self._lookups = {
            name: table_source.connector.read_lookup(relation)
            for name, relation in table_source.config.lookups.items()
        }
        self._classifiers: dict[frozenset[str], RowClassifier] = {}

    def take(self, batch: Batch, findings: TableFindings) -> None:
        """Adds the problems of a batch to the findings."""
        frame = selected(batch.frame, self._config, self.contract, self._lookups)
        missing = missing_columns(frame.columns, self._config, self.contract)
        for name, source_name in missing.items():
            findings.miss(batch.origin, name, source_name, _advice(source_name, frame.columns))
        self._note_malformed(batch, findings)
        findings.rows += frame.height + len(batch.malformed)
        if not frame.height:
            return
        classifier = self._classifier(frozenset(missing))
        whole = replace(batch, frame=frame)
        classified = classifier.classify(whole, classifier.renamed(whole), None)
        failures = classified.failures.filter(~pl.col("column").is_in(list(missing)))
        findings.rejected += failures["row"].n_unique()
        if failures.height:
            shown = failures_with_values(classified.received, failures, self._protector)
            findings.reject(batch.origin, shown)

    def _note_malformed(self, batch: Batch, findings: TableFindings) -> None:
        """Counts malformed pieces by the violated rule of the format."""
        findings.rejected += len(batch.malformed)
        if batch.malformed:
            columns = {"column": ["row"] * len(batch.malformed)}
            rules = {"rule": [piece.rule for piece in batch.malformed]}
            broken = pl.DataFrame({**columns, **rules}, schema_overrides={"rule": pl.String})
            findings.reject(batch.origin, broken.with_columns(value=pl.lit(None, pl.String)))

    def _classifier(self, missing: frozenset[str]) -> RowClassifier:
        """A classifier with missing columns as null, so that the others are validated."""
        if missing not in self._classifiers:
            columns = {k: v for k, v in self._config.columns.items() if k not in missing}
            defaults = self._config.defaults | dict.fromkeys(missing)
            config = self._config.model_copy(
                update={"select": None, "columns": columns, "defaults": defaults}
            )
            self._classifiers[missing] = RowClassifier(
                self.contract, config, {}, self._context, None, self._reading, self._seen
            )
        return self._classifiers[missing]


def _advice(wanted: str, columns: Iterable[str]) -> str:
    """Remedy for a missing column.

    The first line of a file without a header is a row, so only a name that differs from the wanted
    one in spelling alone is shown.
    """
    same = next((name for name in columns if _plain(name) == _plain(wanted)), None)
    if same is not None:
        return f"It has {same}: map it by `columns`."
    return "Map it by `columns`, or give a constant by `defaults`."


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
