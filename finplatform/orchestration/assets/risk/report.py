"""How a risk report becomes assets: what it reads, what computes it, where it goes.

Belongs here: `Report` and the one function that turns it into assets. Does not belong here: any
report (see `capital_reports` and `risk_reports`), any formula.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import dagster as dg
import polars as pl

from finplatform.contracts.contract import Contract
from finplatform.contracts.gold import GOLD
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.metadata import description, table_metadata
from finplatform.orchestration.io_managers.tables import read
from finplatform.orchestration.partitions import window_of_tags
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.taxonomy import kinds_of, owners_of
from finplatform.warehouse import bulk
from finplatform.windows import Window

GROUP = "risk"


@dataclass(frozen=True)
class Setting:
    """What a report knows beside the tables that it reads.

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


Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Report:
    """One table of figures by reporting date, or several that one computation yields.

    Attributes:
        table: Name of the gold table.
        about: Description after the grain.
        compute: From the frames read, by name, to the table's rows; with `beside`, to the rows of
            each table, this one's first.
        windowed: Tables of which the run's days are read, by name of the frame.
        queries: What is read by SQL.
        beside: Further tables of the same computation and their descriptions, in its order.
    """

    table: str
    about: str
    compute: Callable[[Frames, Setting], pl.DataFrame | tuple[pl.DataFrame, ...]]
    windowed: Mapping[str, Columns] = field(default_factory=dict)
    queries: Mapping[str, Query] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def makes(self) -> dict[str, str]:
        """Description of each table that it makes."""
        return {self.table: self.about, **self.beside}

    @property
    def reads(self) -> list[str]:
        """Every table that the report reads."""
        named = [part.table for part in self.windowed.values()]
        named.extend(table for query in self.queries.values() for table in query.tables)
        return sorted(set(named))

    def rows(self, frames: Frames, setting: Setting) -> dict[str, pl.DataFrame]:
        """Rows of each table that it makes."""
        computed = self.compute(frames, setting)
        parts = computed if isinstance(computed, tuple) else (computed,)
        return dict(zip(self.makes, parts, strict=True))


def build_reports(
    reports: Sequence[Report],
    partitions: dg.PartitionsDefinition,
    contracts: Mapping[str, Contract],
    sources: SourcesConfig,
) -> list[dg.AssetsDefinition]:
    """The assets of each report, cut like the tables it reads.

    Args:
        reports: The reports.
        partitions: Cut of their tables.
        contracts: Contracts of the tables that are read, by `schema.table`.
        sources: Says the reporting currency and the date of the rules.
    """
    setting = Setting(sources.currency, sources.rules_as_of)
    return [_assets(report, partitions, contracts, setting) for report in reports]


def _assets(
    report: Report,
    partitions: dg.PartitionsDefinition,
    contracts: Mapping[str, Contract],
    setting: Setting,
) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=f"gold__{report.table}",
        outs={
            table: dg.AssetOut(
                key=key("gold", table),
                group_name=GROUP,
                owners=list(owners_of(GROUP)),
                kinds=kinds_of(GROUP),
                description=description(GOLD[table], about),
                metadata=table_metadata(GOLD[table]),
                io_manager_key="tables",
            )
            for table, about in report.makes.items()
        },
        deps=[key(*table.split(".")) for table in report.reads],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def assets(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource
    ) -> Iterator[dg.Output[pl.DataFrame]]:
        window = window_of_tags(context.run.tags)
        frames = read_frames(report, warehouse.url, contracts, window)
        for table, rows in report.rows(frames, setting).items():
            days = rows["reporting_date"].n_unique() if rows.height else 0
            yield dg.Output(rows, output_name=table, metadata={"reporting_dates": days})

    return assets


def read_frames(
    report: Report, url: str, contracts: Mapping[str, Contract], window: Window | None
) -> dict[str, pl.DataFrame]:
    """What a report reads for the run's days, by name of the frame."""
    frames = {
        name: read(url, contracts[part.table], window, part.names.split() or None)
        for name, part in report.windowed.items()
    }
    with bulk.connect(url) as connection:
        for name, query in report.queries.items():
            rows = bulk.read_frame(connection, query.text(window))
            frames[name] = rows.with_columns(pl.col(query.money).cast(pl.Decimal(18, 2)))
    return frames
