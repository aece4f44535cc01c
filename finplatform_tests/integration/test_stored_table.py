"""The check of a stored table finds every breach of its contract, and counts each once."""

from collections import Counter
from datetime import date

import pandera.polars as pa
import polars as pl
import psycopg
import pytest

from finplatform.contracts.contract import Contract, Form, Kind
from finplatform.orchestration.checks.stored_table import BEYOND, check_table
from finplatform.orchestration.checks.validation_result import (
    SAMPLE_OF_RULE,
    SAMPLE_ROWS,
    ValidationResult,
)
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
        "is_good": pa.Column(pl.Boolean),
    },
    key=("reading_id",),
    date_column="day",
)
TABLE = """
create schema gold;
create table gold.readings (
    reading_id text, day date, ruled numeric(18, 2), ratio double precision,
    amount numeric(18, 2), until timestamptz, unit text, is_good boolean
);
insert into gold.readings
select 'R' || n, date '2025-01-01' + n, n, n / 7.0, n, timestamptz '2025-01-01 00:00+00', 'kg', true
from generate_series(0, 9) as n;
"""
UNIT = "unit: str_matches('^[a-z]{2}$')"
BREACHES = {
    "ruled: greater_than_or_equal_to(0)": "update gold.readings set ruled = -1 where ruled = 3",
    "ruled: finite": "update gold.readings set ruled = 'NaN' where ruled = 3",
    "ratio: finite": "update gold.readings set ratio = 'Infinity' where ruled = 3",
    "amount: finite": "update gold.readings set amount = 'NaN' where ruled = 3",
    "until: finite": "update gold.readings set until = 'infinity' where ruled = 3",
    "day: finite": "update gold.readings set day = '-infinity' where ruled = 3",
    "day: not_nullable": "update gold.readings set day = null where ruled = 3",
    "is_good: not_nullable": "update gold.readings set is_good = null where ruled = 3",
    UNIT: "update gold.readings set unit = 'pound' where ruled = 3",
    "reading_id: unique": "update gold.readings set reading_id = 'R1' where ruled = 3",
    "reading_id: not_nullable": "update gold.readings set reading_id = null where ruled = 3",
    "table: exists": "drop table gold.readings",
    "ratio: exists": "alter table gold.readings drop column ratio",
    "more: not in the contract": "alter table gold.readings add column more text",
    "amount: type is numeric(18,2), not text": "alter table gold.readings alter amount type text",
}


def _verdict(
    url: str, *changes: str, contract: Contract = CONTRACT, window: Window | None = None
) -> ValidationResult:
    with psycopg.connect(url) as connection:
        for statement in (TABLE, *changes):
            connection.execute(statement.encode())
    return check_table(url, contract, window, batch_rows=4)


def test_a_table_that_keeps_its_contract_passes(postgres_url: str) -> None:
    verdict = _verdict(postgres_url)
    assert (verdict.passed, verdict.rows, verdict.reasons) == (True, 10, "")


def test_a_table_without_rows_passes(postgres_url: str) -> None:
    verdict = _verdict(postgres_url, "truncate gold.readings")
    assert (verdict.passed, verdict.rows) == (True, 0)


@pytest.mark.parametrize(("failure", "breach"), BREACHES.items(), ids=BREACHES.keys())
def test_each_breach_is_found_once(postgres_url: str, failure: str, breach: str) -> None:
    assert _verdict(postgres_url, breach).failures == {failure: 1}


def test_breaches_of_all_batches_are_added_up(postgres_url: str) -> None:
    verdict = _verdict(postgres_url, "update gold.readings set unit = 'pound'")
    assert verdict.failures == {UNIT: 10}
    assert len(verdict.sample) == SAMPLE_OF_RULE


def test_an_endless_day_and_a_missing_one_are_counted_apart(postgres_url: str) -> None:
    verdict = _verdict(
        postgres_url,
        "update gold.readings set day = 'infinity' where ruled in (1, 2)",
        "update gold.readings set day = null where ruled = 3",
    )
    assert verdict.failures == {"day: finite": 2, "day: not_nullable": 1}


def test_keys_that_are_missing_more_than_once_are_repeated_keys(postgres_url: str) -> None:
    verdict = _verdict(
        postgres_url, "update gold.readings set reading_id = null where ruled in (1, 8)"
    )
    assert verdict.failures == {"reading_id: not_nullable": 2, "reading_id: unique": 1}


def test_equal_keys_are_found_across_batches(postgres_url: str) -> None:
    verdict = _verdict(
        postgres_url, "update gold.readings set reading_id = 'R0' where ruled in (4, 9)"
    )
    assert verdict.failures == {"reading_id: unique": 2}


def test_the_sample_shows_a_few_values_of_each_rule_and_never_more(postgres_url: str) -> None:
    verdict = _verdict(
        postgres_url,
        "update gold.readings set unit = 'pound', ratio = 'NaN', amount = 'NaN', ruled = -1,"
        " until = '-infinity', is_good = null",
    )
    assert sum(verdict.failures.values()) == 60
    shown = Counter((case["column"], case["rule"]) for case in verdict.sample)
    assert len(verdict.sample) == SAMPLE_ROWS
    assert max(shown.values()) <= SAMPLE_OF_RULE


def test_the_sample_shows_what_is_no_number_and_no_day(postgres_url: str) -> None:
    verdict = _verdict(
        postgres_url,
        "update gold.readings set until = 'infinity', amount = 'NaN', ratio = '-Infinity'"
        " where ruled = 3",
    )
    shown = {case["column"]: case["value"] for case in verdict.sample}
    assert shown == {"until": BEYOND, "amount": "NaN", "ratio": "-inf"}


def test_rows_outside_the_window_are_not_judged(postgres_url: str) -> None:
    window = Window.through(date(2025, 1, 1), date(2025, 1, 3))
    verdict = _verdict(postgres_url, BREACHES["amount: finite"], window=window)
    assert (verdict.passed, verdict.rows) == (True, 3)


def test_of_a_view_the_columns_are_judged_and_no_row_is_read(postgres_url: str) -> None:
    names = ", ".join(CONTRACT.columns)
    view = Contract(
        "gold", "seen", "one row per reading", Kind.TABLE, CONTRACT.fields, (), form=Form.VIEW
    )
    verdict = _verdict(
        postgres_url,
        BREACHES["amount: finite"],
        f"create view gold.seen as select {names} from gold.readings",
        contract=view,
    )
    assert (verdict.passed, verdict.rows) == (True, 0)


def _raise(data: pa.PolarsData) -> pl.LazyFrame:
    raise ZeroDivisionError(str(data.lazyframe.collect()["unit"][0]))


def test_a_rule_that_cannot_be_evaluated_fails(postgres_url: str) -> None:
    fields = {**CONTRACT.fields, "unit": pa.Column(pl.String, pa.Check(_raise), nullable=True)}
    contract = Contract("gold", "readings", "", Kind.TABLE, fields, CONTRACT.key)
    verdict = _verdict(postgres_url, contract=contract)
    assert not verdict.passed
    assert [name.partition(":")[0] for name in verdict.failures] == ["unit"]


def test_a_check_that_cannot_be_made_has_failed_and_says_why_without_values(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "K7-secret"  # noqa: S105 - a value that no message may show
    view = f"select {', '.join(CONTRACT.columns[1:])} from gold.readings"
    verdict = _verdict(
        postgres_url,
        "alter table gold.readings rename to stored",
        "create view gold.readings as select ('x' || reading_id)::int::text as reading_id,"
        f" {view.removeprefix('select ').replace('gold.readings', 'gold.stored')}",
        f"update gold.stored set reading_id = '{secret}'",
    )
    assert not verdict.passed
    assert "OperationalError: PostgreSQL reports" in verdict.reasons
    assert "Traceback" not in verdict.reasons
    assert secret not in verdict.reasons + caplog.text
    assert "stored_table.py" in caplog.text


def test_a_server_that_is_away_fails_the_check() -> None:
    verdict = check_table("postgresql://nobody@127.0.0.1:1/none", CONTRACT, None, 10)
    assert not verdict.passed
    assert verdict.reasons.startswith("PassingError: There is no connection")
