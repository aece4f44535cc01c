"""The regulatory register as assets: filings of the platform, and the calendar of returns.

A return is produced as soon as its tables hold the end of its period, and its archive is released
to `HOME/reports/outbox` some days before it is due. Belongs here: reading tables, writing
archives, storing. Does not belong here: days, states and versions
(`finplatform.compliance.register`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import dagster as dg
import polars as pl

from finplatform.compliance.register import filings
from finplatform.compliance.register.calendar import FILED, calendar, due_returns
from finplatform.compliance.register.returns import OpenDays, Period, Return, load_returns
from finplatform.contracts.register import REGISTER
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.compliance.screening import GROUP
from finplatform.orchestration.assets.compliance.stored import stored
from finplatform.orchestration.assets.storing import store, table_spec
from finplatform.orchestration.checks.contract_checks import contract_check_spec
from finplatform.orchestration.partitions import as_of_day, history_start
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.reporting import pages
from finplatform.settings import Settings
from finplatform.warehouse import bulk
from finplatform.windows import Window

FILINGS_FOLDER, OUTBOX_FOLDER = "filings", "outbox"

_MADE_FROM = sorted({table for each in load_returns() for table in each.made_from})
_LOOKED_BACK = timedelta(days=400)
"""Returns with an earlier due date are not generated."""

_CALENDAR_DAYS = """
    select 'US' as country, full_date from gold.dim_date where is_business_day
    union all
    select country, full_date from gold.dim_country_calendar
    where is_business_day and country <> 'US'
    order by country, full_date
"""
_FILED_ELSEWHERE = """
    select
        report_type as return_code, reporting_period as period, null::bigint as version,
        generation_date as generated_date, submitted_date, file_path
    from silver.stg_regulatory_reports
"""


@dg.multi_asset(
    name="regulatory_register",
    specs=[
        table_spec(
            REGISTER["regulatory_filings"],
            GROUP,
            "One version per content, generated once its tables cover the end of the period.",
            deps=[
                key("silver", "stg_regulatory_reports"),
                *(key(*table.split(".")) for table in _MADE_FROM),
            ],
        ),
        table_spec(
            REGISTER["regulatory_calendar"],
            GROUP,
            "Due dates, authorities and states of returns, including those in the filing "
            "log of another system.",
            deps=[
                key("compliance", "regulatory_filings"),
                key("gold", "dim_date"),
                key("gold", "dim_country_calendar"),
            ],
        ),
    ],
    check_specs=[contract_check_spec(contract) for contract in REGISTER.values()],
)
@retried
def regulatory_register(
    context: dg.AssetExecutionContext,
    tables: TablesResource,
    settings: dg.ResourceParam[Settings],
    sources: dg.ResourceParam[SourcesConfig],
) -> Iterator[dg.MaterializeResult]:
    """Producible and released returns, and the calendar as of the last business day."""
    as_of, returns = as_of_day(settings, sources), load_returns()
    before = stored(tables, [REGISTER["regulatory_filings"]])["regulatory_filings"]
    with bulk.connect(tables.warehouse.url) as connection:
        days = bulk.read_frame(connection, _CALENDAR_DAYS)
        elsewhere = bulk.read_frame(connection, _FILED_ELSEWHERE).cast(FILED)
    first = min([history_start(settings, sources), *_first_days(elsewhere["period"])])
    due = due_returns(returns, first, as_of, _open_days(days))
    made = list(_made(tables, sources, due, elsewhere, as_of))
    with_new = filings.with_new_versions(before, made, as_of)
    _write_archives(settings, made, with_new)
    sent = filings.to_hand_over(with_new, returns, as_of)
    _hand_over(settings, sent)
    after = filings.handed_over(with_new, sent, as_of)
    counts = {"made": after.height - before.height, "handed_over": sent.height}
    yield store(context, tables, "compliance.regulatory_filings", after, counts)
    filed = pl.concat([elsewhere, after.select(FILED.names())])
    register = calendar(due, filed, as_of)
    states = {str(state): count for state, count in register.group_by("state").len().iter_rows()}
    yield store(context, tables, "compliance.regulatory_calendar", register, states)


def _first_days(period: pl.Series) -> Sequence[date]:
    """First day of the earliest year with a filing of another system."""
    years = period.str.slice(0, 4).cast(pl.Int32, strict=False).drop_nulls()
    return [date(int(years.min()), 1, 1)] if len(years) else []  # type: ignore[arg-type]


def _open_days(days: pl.DataFrame) -> OpenDays:
    return OpenDays(
        {
            str(country): rows["full_date"].to_list()
            for (country,), rows in days.group_by("country", maintain_order=True)
        }
    )


def _made(
    tables: TablesResource,
    sources: SourcesConfig,
    due: Sequence[tuple[Return, Period, date]],
    elsewhere: pl.DataFrame,
    as_of: date,
) -> Iterator[filings.Made]:
    """Returns whose tables hold the end of their period, without a filing of another system."""
    filed = set(elsewhere.select("return_code", "period").iter_rows())
    content: dict[tuple[str, date], Mapping[str, str]] = {}
    for each, period, day in due:
        is_over = period.end <= as_of and day >= as_of - _LOOKED_BACK
        if not each.is_made_here or not is_over or (each.code, period.name) in filed:
            continue
        if (each.code, period.end) not in content:
            content |= _content(tables, sources, each, period.end)
        files = content.get((each.code, period.end))
        if files:
            yield filings.Made(each, period, day, files)


def _content(
    tables: TablesResource, sources: SourcesConfig, of: Return, day: date
) -> dict[tuple[str, date], Mapping[str, str]]:
    """Files of a return on a day, and of the returns that share its package."""
    frames = {table: tables.read(table, Window.day(day)) for table in of.made_from}
    if any(frame.is_empty() for frame in frames.values()):
        return {(of.code, day): {}}
    if of.package == "csv":
        files = {f"{name.split('.')[1]}.csv": frame.write_csv() for name, frame in frames.items()}
        return {(of.code, day): files}
    from finplatform.reporting.xbrl_csv import Filing, packages

    entity = sources.bank.legal_entity_identifier or ""
    (cells,) = frames.values()
    packed = packages(cells.rows(named=True), Filing(day, sources.currency, entity))
    return {(module.upper(), day): files for module, files in packed.items()}


def _write_archives(settings: Settings, made: Sequence[filings.Made], known: pl.DataFrame) -> None:
    """Writes missing archives of versions."""
    by_hash = {each.content_hash: each for each in made}
    for content_hash, path in known.select("content_hash", "file_path").iter_rows():
        target = settings.reports / FILINGS_FOLDER / path
        if content_hash in by_hash and not target.exists():
            pages.write_bytes(target, by_hash[content_hash].archive())


def _hand_over(settings: Settings, sent: pl.DataFrame) -> None:
    """Copies archives into the outbox under unique names."""
    for path in sent["file_path"]:
        archive = (settings.reports / FILINGS_FOLDER / path).read_bytes()
        name = path.replace("/", "_")
        pages.write_bytes(settings.reports / OUTBOX_FOLDER / name, archive)
