"""Bad rows: each one is in quarantine with its reason, and everything else is loaded."""

import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from finplatform.errors import FinplatformError
from finplatform_tests.integration.ingest_cases import (
    DEFECTS,
    JANUARY,
    SETTINGS,
    broken_file,
    digests,
    files,
    line,
    load,
    load_accounts,
    query,
    transactions,
    write,
)

pytestmark = pytest.mark.integration


def test_every_bad_row_is_in_quarantine_and_every_good_row_is_loaded(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    good, bad = broken_file(tmp_path / "tx" / "january.csv", 20_000)
    report = load(postgres_url, "transactions", files(tmp_path / "tx"), JANUARY, read="*.csv")

    assert len(bad) == 200
    assert (report.rows_read, report.rows_loaded, report.rows_rejected) == (20_200, 20_000, 200)
    assert report.rows_elsewhere == 0
    stored = query(
        postgres_url,
        "select transaction_id, account_id, transaction_type, amount, currency, to_char("
        "transaction_date, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), coalesce(description, ''),"
        " reference_number, channel, status, fees, exchange_rate"
        " from bronze.transactions order by transaction_id",
    )
    assert stored == [
        (
            row["transaction_id"], row["account_id"], row["transaction_type"],
            Decimal(row["amount"]), row["currency"], row["transaction_date"],
            row["description"].removeprefix('"').removesuffix('"').replace('""', '"'),
            row["reference_number"], row["channel"], row["status"],
            Decimal(row["fees"]), Decimal(row["exchange_rate"]),
        )
        for row in sorted(good, key=lambda row: row["transaction_id"])
    ]  # fmt: skip


def test_quarantine_says_table_partition_column_rule_value_and_text(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    _, bad = broken_file(tmp_path / "tx" / "january.csv", 1_500, share=0.03)
    assert {case.defect.name for case in bad} >= {defect.name for defect in DEFECTS}
    load(postgres_url, "transactions", files(tmp_path / "tx"), JANUARY, read="*.csv")

    rejected = query(
        postgres_url,
        "select table_name, partition_date, origin, column_name, rule, value, row_text, failures,"
        " identity_id from quarantine.rejected_rows",
    )
    unmatched: Counter[str] = Counter()
    for case in bad:
        defect = case.defect
        found = [
            row for row in rejected if case.marker in row[6] and row[4].startswith(defect.rule)
        ]
        if len(found) != 1:
            unmatched[defect.name] += 1
            continue
        table, day, origin, column, _, value, text, failures, identity = found[0]
        assert (table, origin) == ("transactions", "january.csv")
        assert day == case.day, defect.name
        assert identity is not None
        if defect.rule in ("columns(15)", "quotes"):
            assert column.startswith(defect.column)
            continue
        assert (column, value) == (defect.column, defect.value), defect.name
        assert json.loads(text).keys() == json.loads(json.dumps(json.loads(text))).keys()
        assert json.loads(failures)[0]["column"] == column
    assert not unmatched
    assert len(rejected) == len(bad)


def test_a_row_that_breaks_several_rules_names_them_all(postgres_url: str, tmp_path: Path) -> None:
    load_accounts(postgres_url, tmp_path)
    row = transactions(1)[0]
    bad = row | {"transaction_id": "T9", "currency": "XXX", "fees": "-1", "amount": "x"}
    write(tmp_path / "tx" / "t.csv", [*transactions(30), bad])
    load(postgres_url, "transactions", files(tmp_path / "tx"), JANUARY, read="t.csv")
    ((failures,),) = query(postgres_url, "select failures from quarantine.rejected_rows")
    assert {failure["column"] for failure in json.loads(failures)} == {"amount", "currency", "fees"}


@pytest.mark.parametrize("batch_rows", [1, 7, 200_000])
def test_the_first_row_of_a_key_counts_whatever_the_batches(
    postgres_url: str, tmp_path: Path, batch_rows: int
) -> None:
    load_accounts(postgres_url, tmp_path)
    rows = transactions(40)
    again = rows[3] | {"amount": "0.01"}
    write(tmp_path / "tx" / "t.csv", [*rows, again])
    settings = replace(SETTINGS, batch_rows=batch_rows)
    load(postgres_url, "transactions", files(tmp_path / "tx"), JANUARY, settings=settings,
         read="t.csv")  # fmt: skip
    key = again["transaction_id"]
    stored = query(
        postgres_url, f"select amount from bronze.transactions where transaction_id = '{key}'"
    )
    assert stored == [(Decimal(rows[3]["amount"]),)]
    assert query(postgres_url, "select value from quarantine.rejected_rows") == [(key,)]


def test_too_many_bad_rows_fail_the_load_and_leave_everything_as_it_was(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    rows = transactions(100)
    bad = [row | {"transaction_id": f"B{n}", "fees": "-1"} for n, row in enumerate(rows[:4])]
    path = write(tmp_path / "tx" / "t.csv", [*rows, *bad])
    source = files(tmp_path / "tx")
    load(postgres_url, "transactions", source, JANUARY, read="t.csv")
    before = digests(postgres_url)
    path.write_bytes(
        path.read_bytes() + b"".join(line(row | {"currency": "XXX"}) for row in bad[:2]) + b"x,y\n"
    )
    with pytest.raises(
        FinplatformError, match=r"6 of 106 rows .*\(4 fees greater_than_or_equal_to\(0\)"
    ):
        load(postgres_url, "transactions", source, JANUARY, read="t.csv")
    assert digests(postgres_url) == before
    assert query(
        postgres_url, "select count(*) from ops.loads where table_name='transactions'"
    ) == [(1,)]
