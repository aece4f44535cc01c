"""Files of a bucket are loaded once and exactly, like those of a folder; refusals are errors."""

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import boto3
import polars as pl
import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import ReadRequest
from finplatform.ingest.connectors.config import FilesSource, TableConfig
from finplatform.ingest.connectors.object_store import ObjectStoreConnector
from finplatform.ingest.connectors.registry import TableSource
from finplatform.ingest.load import LoadResult, TableLoader
from finplatform.windows import Window
from finplatform_tests.integration.aws import REGION, aws_server
from finplatform_tests.integration.ingest_cases import (
    JANUARY,
    MASTER,
    SETTINGS,
    UTC_VALUES,
    load_accounts,
    query,
    transactions,
)

pytestmark = pytest.mark.integration

BUCKET, PREFIX = "bank-landing", "exports/core"
ROWS = transactions(2_000)
STORED = """
select to_jsonb(stored) - '_loaded_at' - '_batch_id' from bronze.transactions as stored
order by stored.transaction_id
"""


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[FilesSource]:
    """A bucket that has January, a Parquet file a day."""
    with aws_server(monkeypatch) as url:
        store = boto3.client("s3", endpoint_url=url, region_name=REGION)
        store.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        # What is nothing in CSV is null in Parquet.
        frame = pl.DataFrame(ROWS).with_columns(pl.all().replace({"": None}))
        for (day,), rows in frame.group_by(pl.col("transaction_date").str.head(10)):
            content = io.BytesIO()
            rows.write_parquet(content)
            name = f"{PREFIX}/{day}/transactions_{day}.parquet"
            store.put_object(Bucket=BUCKET, Key=name, Body=content.getvalue())
        store.put_object(Bucket=BUCKET, Key=f"{PREFIX}/owners.csv", Body=b"id,name\n1,A\n2,B\n")
        store.put_object(Bucket=BUCKET, Key=f"{PREFIX}/broken.parquet", Body=b"PAR1 Canary")
        yield FilesSource(connector="files", root=f"s3://{BUCKET}/{PREFIX}", endpoint=url)


def load(url: str, source: FilesSource, window: Window) -> LoadResult:
    config = TableConfig(source="s3", read="{date}/transactions_{date}.parquet")
    place = TableSource(config, ObjectStoreConnector(source), UTC_VALUES)
    return TableLoader(SOURCES["transactions"], [place], MASTER, SETTINGS).load(url, window)


def test_a_window_is_stored_exactly_and_a_rerun_changes_nothing(
    source: FilesSource, postgres_url: str, tmp_path: object
) -> None:
    load_accounts(postgres_url, tmp_path)
    report = load(postgres_url, source, JANUARY)
    assert (report.rows_loaded, report.rows_rejected) == (len(ROWS), 0)
    found = query(postgres_url, "select count(*), sum(amount) from bronze.transactions")
    assert found == [(len(ROWS), sum(Decimal(row["amount"]) for row in ROWS))]
    before = query(postgres_url, STORED)
    load(postgres_url, source, Window(date(2025, 1, 10), date(2025, 1, 12)))
    assert query(postgres_url, STORED) == before


def read(source: FilesSource, relation: str, window: Window | None = None) -> pl.DataFrame:
    request = ReadRequest("a", TableConfig(source="s3", read=relation), window=window)
    return pl.concat([batch.frame for batch in ObjectStoreConnector(source).read(request)])


def test_only_the_days_of_a_window_are_read_and_without_one_the_newest(source: FilesSource) -> None:
    pattern = "{date}/transactions_{date}.parquet"
    two = read(source, pattern, Window(date(2025, 1, 10), date(2025, 1, 12)))
    assert set(two["transaction_date"].str.head(10)) == {"2025-01-10", "2025-01-11"}
    assert set(read(source, pattern)["transaction_date"].str.head(10)) == {"2025-01-31"}
    assert read(source, "*/transactions_*.parquet").height == len(ROWS)


def test_a_lookup_is_read_whole(source: FilesSource) -> None:
    assert ObjectStoreConnector(source).read_lookup("owners.csv").rows() == [("1", "A"), ("2", "B")]


def test_a_day_without_a_file_has_no_rows(source: FilesSource) -> None:
    request = ReadRequest(
        "a",
        TableConfig(source="s3", read="{date}/transactions_{date}.parquet"),
        window=Window(date(2025, 6, 1), date(2025, 6, 2)),
    )
    assert list(ObjectStoreConnector(source).read(request)) == []


@pytest.mark.parametrize(
    ("relation", "said"),
    [
        ("gone.csv", r"No file matches gone.csv in s3://bank-landing"),
        ("broken.parquet", r"s3://bank-landing/exports/core/broken.parquet"),
        ("../other/file.csv", "no file name"),
        ("/etc/passwd", "no file name"),
    ],
)
def test_what_cannot_be_read_is_named_without_its_content(
    source: FilesSource, relation: str, said: str
) -> None:
    with pytest.raises(FinplatformError, match=said) as caught:
        read(source, relation)
    assert "Canary" not in str(caught.value)


def test_a_bucket_that_is_gone_is_reported(source: FilesSource) -> None:
    gone = source.model_copy(update={"root": "s3://gone-bucket/x"})
    with pytest.raises(FinplatformError, match="gone-bucket"):
        read(gone, "*.csv")
