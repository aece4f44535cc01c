"""The check of a stored table finds every breach of its contract, however the column is judged."""

from datetime import date

import pandera.polars as pa
import polars as pl
import psycopg
import pytest

from finplatform.contracts.contract import Contract, Kind
from finplatform.orchestration.checks.stored_table import TableVerdict, check_table
from finplatform.windows import Window

pytestmark = pytest.mark.integration

CONTRACT = Contract(
    schema_name="gold",
    table="readings",
    grain="one row per reading",
    kind=Kind.EVENT,
    fields={
        "reading_id": pa.Column(pl.String),
        "day": pa.Column(pl.Date),
        "ruled": pa.Column(pl.Decimal(18, 2), pa.Check.ge(0), nullable=True),
        "ratio": pa.Column(pl.Float64, nullable=True),
        "amount": pa.Column(pl.Decimal(18, 2), nullable=True),
        "until": pa.Column(pl.Datetime("us", "UTC"), nullable=True),
        "unit": pa.Column(pl.String, pa.Check.str_matches("^[a-z]{2}$"), nullable=True),
    },
    key=("reading_id",),
    date_column="day",
)
TABLE = """
create schema gold;
create table gold.readings (
    reading_id text {not_null}, day date not null, ruled numeric(18, 2), ratio double precision,
    amount numeric(18, 2), until timestamptz, unit text
);
insert into gold.readings
select 'R' || n, date '2025-01-01' + n, n, n / 7.0, n, timestamptz '2025-01-01 00:00+00', 'kg'
from generate_series(0, 9) as n;
{then}
"""
WITH_STATISTICS = "create unique index on gold.readings (reading_id); analyze gold.readings;"
BREACHES = {
    "ruled: greater_than_or_equal_to(0)": "update gold.readings set ruled = -1 where ruled = 3",
    "ruled: finite": "update gold.readings set ruled = 'NaN' where ruled = 3",
    "ratio: finite": "update gold.readings set ratio = 'Infinity' where ruled = 3",
    "amount: finite": "update gold.readings set amount = 'NaN' where ruled = 3",
    "until: finite": "update gold.readings set until = 'infinity' where ruled = 3",
    "day: finite": "update gold.readings set day = 'infinity' where ruled = 3",
    "unit: str_matches('^[a-z]{2}$')": "update gold.readings set unit = 'pound' where ruled = 3",
    "reading_id: unique": "update gold.readings set reading_id = 'R1' where ruled = 3",
    "reading_id: not_nullable": "update gold.readings set reading_id = null where ruled = 3",
    "table: exists": "drop table gold.readings",
    "ratio: exists": "alter table gold.readings drop column ratio",
    "more: not in the contract": "alter table gold.readings add column more text",
    "amount: type is numeric(18,2), not text": "alter table gold.readings alter amount type text",
}


def _verdict(
    url: str,
    breach: str = "",
    *,
    not_null: bool = False,
    then: str = "",
    window: Window | None = None,
) -> TableVerdict:
    table = TABLE.format(not_null="not null" if not_null else "", then=then)
    with psycopg.connect(url) as connection:
        connection.execute(table.encode())
        if breach:
            connection.execute(breach.encode())
    return check_table(url, CONTRACT, window, batch_rows=4)


@pytest.mark.parametrize("not_null", [True, False])
def test_a_table_that_keeps_its_contract_passes(postgres_url: str, not_null: bool) -> None:
    verdict = _verdict(postgres_url, not_null=not_null)
    assert (verdict.passed, verdict.rows) == (True, 10)


@pytest.mark.parametrize(("failure", "breach"), BREACHES.items(), ids=BREACHES.keys())
def test_each_breach_is_found_once(postgres_url: str, failure: str, breach: str) -> None:
    assert _verdict(postgres_url, breach).failures == {failure: 1}


@pytest.mark.parametrize("count", [1, 3])
def test_a_bad_value_among_few_is_found_in_every_row(postgres_url: str, count: int) -> None:
    breach = f"update gold.readings set unit = 'pound' where ruled < {count}"
    verdict = _verdict(postgres_url, breach, then=WITH_STATISTICS)
    assert verdict.failures == {"unit: str_matches('^[a-z]{2}$')": count}


def test_rows_outside_the_window_are_not_judged(postgres_url: str) -> None:
    window = Window.through(date(2025, 1, 1), date(2025, 1, 3))
    verdict = _verdict(postgres_url, BREACHES["amount: finite"], window=window)
    assert (verdict.passed, verdict.rows) == (True, 3)
