"""How a risk report becomes assets: what it reads, what computes it, where it goes.

The reports read the same few tables of a month, so one subsettable step computes them in the order
in which they follow from each other, and reads each table once. Belongs here: `Report` and the
step. Does not belong here: any report (see `capital_reports` and `risk_reports`), any formula.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import dagster as dg
import polars as pl

from finplatform.contracts.gold import GOLD
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.storing import store, table_spec
from finplatform.orchestration.checks.contract_checks import contract_check_spec
from finplatform.orchestration.partitions import Partitions, days_of_month, window_of
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.warehouse import bulk
from finplatform.windows import Window

GROUP = "risk"

_DAILY = frozenset({"gold.fact_balances", "gold.fact_market_prices", "silver.stg_own_funds"})
"""Tables cut by day among those that reports read."""


@dataclass(frozen=True)
class ReportContext:
    """Settings of a report that no table holds.

    Attributes:
        currency: Currency that the bank reports in.
        rules_as_of: Date of the rules for a replayed history; None: each reporting date's own.
    """

    currency: str
    rules_as_of: date | None = None

    def as_of(self, day: date) -> date:
        """Date of the rules of a reporting date."""
        return self.rules_as_of or day


@dataclass(frozen=True)
class Query:
    """Rows that a report reads by SQL, so that the server adds up what is large.

    Attributes:
        sql: Text with `{window}` where the condition on `date_column` goes, if the rows are cut by
            the run's days.
        tables: Tables that it names, as `schema.table`.
        date_column: Column that the condition is on.
        money: Amounts, which are read as exact decimals of two digits.
    """

    sql: str
    tables: tuple[str, ...]
    date_column: str = ""
    money: tuple[str, ...] = ()

    def text(self, window: Window | None) -> str:
        """The statement for a window, or for all days."""
        condition = window.predicate(self.date_column) if window and self.date_column else "true"
        return self.sql.format(window=condition)


@dataclass(frozen=True)
class Columns:
    """Some columns of a table: what a report does not use need not travel.

    Attributes:
        table: `schema.table`.
        names: Columns, separated by spaces; empty: all of them.
    """

    table: str
    names: str = ""

    @property
    def tables(self) -> tuple[str, ...]:
        """The table, as a query names several."""
        return (self.table,)


Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Report:
    """One table of figures by reporting date, or several that one computation yields.

    Attributes:
        table: Name of the gold table.
        about: Description after the grain.
        compute: From the frames read, by name, to the table's rows; with `extra_outputs`, to the
            rows of each table, this one's first.
        windowed: Tables of which the run's days are read, by name of the frame.
        queries: What is read by SQL.
        extra_outputs: Further tables of the same computation and their descriptions, in its order.
    """

    table: str
    about: str
    compute: Callable[[Frames, ReportContext], pl.DataFrame | tuple[pl.DataFrame, ...]]
    windowed: Mapping[str, Columns] = field(default_factory=dict)
    queries: Mapping[str, Query] = field(default_factory=dict)
    extra_outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def makes(self) -> dict[str, str]:
        """Description of each table that it makes."""
        return {self.table: self.about, **self.extra_outputs}

    @property
    def reads(self) -> list[str]:
        """Every table that the report reads."""
        named = [part.table for part in self.windowed.values()]
        named.extend(table for query in self.queries.values() for table in query.tables)
        return sorted(set(named))

    def rows(self, frames: Frames, context: ReportContext) -> dict[str, pl.DataFrame]:
        """Rows of each table that it makes."""
        computed = self.compute(frames, context)
        parts = computed if isinstance(computed, tuple) else (computed,)
        return dict(zip(self.makes, parts, strict=True))


class _Reader:
    """Reads tables and queries for a window, each once.

    Args:
        tables: The warehouse's tables.
        window: Days to read.
    """

    def __init__(self, tables: TablesResource, window: Window | None) -> None:
        self._tables = tables
        self._window = window
        self._frames: dict[Columns | Query, pl.DataFrame] = {}

    def frames(self, report: Report) -> dict[str, pl.DataFrame]:
        """What a report reads, by name of the frame."""
        parts: dict[str, Columns | Query] = {**report.windowed, **report.queries}
        return {name: self._frame(part) for name, part in parts.items()}

    def forget(self, tables: Sequence[str]) -> None:
        """Drops frames that were read of tables which have changed since."""
        changed = set(tables)
        self._frames = {
            part: frame
            for part, frame in self._frames.items()
            if not changed.intersection(part.tables)
        }

    def _frame(self, part: Columns | Query) -> pl.DataFrame:
        if part not in self._frames:
            self._frames[part] = self._run(part) if isinstance(part, Query) else self._read(part)
        return self._frames[part]

    def _read(self, part: Columns) -> pl.DataFrame:
        return self._tables.read(part.table, self._window, part.names.split() or None)

    def _run(self, query: Query) -> pl.DataFrame:
        return run_query(self._tables, query, self._window)


def run_query(tables: TablesResource, query: Query, window: Window | None) -> pl.DataFrame:
    """Rows of a query for a window.

    Args:
        tables: The warehouse's tables.
        query: What is read.
        window: Days to read.
    """
    with bulk.connect(tables.warehouse.url) as connection:
        rows = bulk.read_frame(connection, query.text(window))
    return rows.with_columns(pl.col(query.money).cast(pl.Decimal(18, 2)))


def build_reports(
    reports: Sequence[Report], partitions: Partitions, sources: SourcesConfig
) -> dg.AssetsDefinition:
    """The assets of all reports, as one step of which any part can be selected.

    Args:
        reports: The reports, in the order in which they follow from each other.
        partitions: Months of their tables.
        sources: Says the reporting currency and the date of the rules.
    """
    report_context = ReportContext(sources.currency, sources.rules_as_of)

    @dg.multi_asset(
        name="risk_reports",
        specs=[
            table_spec(GOLD[table], GROUP, about, deps=[_dep(read) for read in report.reads])
            for report in reports
            for table, about in report.makes.items()
        ],
        check_specs=[
            contract_check_spec(GOLD[table]) for report in reports for table in report.makes
        ],
        partitions_def=partitions.monthly,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
    )
    @retried
    def risk_reports(
        context: dg.AssetExecutionContext, tables: TablesResource
    ) -> Iterator[dg.MaterializeResult]:
        reader = _Reader(tables, window_of(context))
        for report in reports:
            selected = [
                table for table in report.makes if key("gold", table) in context.selected_asset_keys
            ]
            if not selected:
                continue
            rows = report.rows(reader.frames(report), report_context)
            for table in selected:
                days = rows[table]["reporting_date"].n_unique() if rows[table].height else 0
                stored = store(
                    context, tables, f"gold.{table}", rows[table], {"reporting_dates": days}
                )
                yield stored
                if not all(result.passed for result in stored.check_results):
                    # What follows from a table that breaks its contract is not computed.
                    return
            reader.forget([f"gold.{table}" for table in selected])

    return risk_reports


def _dep(table: str) -> dg.AssetDep:
    asset_key = key(*table.split("."))
    return days_of_month(asset_key) if table in _DAILY else dg.AssetDep(asset_key)
