"""Validating: the violated rule of a row, and no failures of valid rows."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.ingest.conform import conform
from finplatform.ingest.connectors.csv_body import BAD_BYTE
from finplatform.ingest.validate import ValidationContext, find_failures
from finplatform.ingest.values import Reading

TRANSACTIONS = SOURCES["transactions"]
AROUND = ValidationContext(
    date(2025, 1, 1), date(2025, 1, 31), {"account_id": pl.Series("accounts.account_id", ["A1"])}
)
GOOD = {
    "transaction_id": "T1", "account_id": "A1", "transaction_type": "DEPOSIT", "amount": "1.00",
    "currency": "USD", "transaction_date": "2025-01-15T10:00:00Z", "description": "naïve café ✓",
    "reference_number": None, "counterparty_account": None, "merchant_id": None, "channel": "ATM",
    "status": "COMPLETED", "fees": "0", "exchange_rate": "1", "decline_reason": None,
}  # fmt: skip


def _failures(*rows: dict, day: date | None = None, erased: list[bool] | None = None) -> list:
    frame = pl.DataFrame([GOOD | row for row in rows], schema=dict.fromkeys(GOOD, pl.String))
    batch = conform(frame, TRANSACTIONS.dtypes, {}, Reading("UTC"))
    found = find_failures(
        batch, TRANSACTIONS, AROUND, day=day, erased=None if erased is None else pl.Series(erased)
    )
    return found.rows()


def test_a_good_row_breaks_nothing() -> None:
    assert _failures({}) == []


def test_a_value_without_its_type_is_reported_once_and_not_as_missing() -> None:
    assert _failures({}, {"amount": "x", "fees": None}) == [
        (1, "amount", "type(numeric(18,2))"),
        (1, "fees", "not_nullable"),
    ]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a\x00b", "nul_byte"),
        (f"a{chr(BAD_BYTE + 0xFF)}", "encoding"),
        (f"a{chr(BAD_BYTE + 0x80)}", "encoding"),
        ("\ufffd", "encoding"),
        ("\uffff 🙂 \U0010ffff", None),
    ],
)
def test_text_that_was_damaged_is_found_and_other_text_is_left_alone(
    text: str, rule: str | None
) -> None:
    expected = [(1, "description", rule)] if rule else []
    assert _failures({}, {"description": text}, {}) == expected


def test_days_that_no_partition_has_are_reported() -> None:
    assert _failures(
        {"transaction_date": "2025-02-01T00:00:00Z"}, {"transaction_date": "2024-12-31T23:59:59Z"}
    ) == [
        (0, "transaction_date", "not_in_the_future"),
        (1, "transaction_date", "not_before(2025-01-01)"),
    ]
    assert _failures({}, day=date(2025, 1, 16)) == [
        (0, "transaction_date", "day_of_file(2025-01-16)")
    ]


def test_a_key_that_another_table_lacks_is_reported() -> None:
    assert _failures({"account_id": "A2"}) == [(0, "account_id", "known(accounts.account_id)")]


def test_rules_are_named_alike_in_every_process() -> None:
    ((_, _, rule),) = _failures({"channel": "FAX"})
    assert rule == "isin(ATM, BATCH, BRANCH, MOBILE, ONLINE, POS)"


def test_an_erased_customer_is_the_first_reason() -> None:
    customers = SOURCES["customers"]
    row = dict.fromkeys(customers.dtypes) | {"customer_id": "C1", "country": "czech"}
    frame = pl.DataFrame([row], schema=dict.fromkeys(customers.dtypes, pl.String))
    around = ValidationContext(AROUND.first_day, AROUND.last_day)
    found = find_failures(
        conform(frame, customers.dtypes, {}, Reading()), customers, around, erased=pl.Series([True])
    )
    assert found.row(0) == (0, "customer_id", "identity_key_destroyed")


def test_a_log_row_says_what_happened_and_when() -> None:
    branches = SOURCES["branches"]
    row = dict.fromkeys(branches.dtypes, "x") | {
        "branch_id": "B1", "country": "CZ", "opened_date": "2000-01-01"
    }  # fmt: skip
    log = {"_op": pl.String(), "_changed_at": pl.Datetime("us", "UTC")}
    frame = pl.DataFrame(
        [row | {"_op": "x", "_changed_at": None}, row | {"_op": None, "_changed_at": "2025-01-01"}],
        schema=dict.fromkeys([*row, *log], pl.String),
    )
    batch = conform(frame, branches.dtypes | log, {}, Reading("UTC"))
    around = ValidationContext(AROUND.first_day, AROUND.last_day)
    assert find_failures(batch, branches, around).rows() == [
        (0, "_changed_at", "not_nullable"),
        (0, "_op", "isin(c, d, r, u)"),
    ]
    assert batch.frame["_changed_at"][1] == datetime(2025, 1, 1, tzinfo=UTC)


def test_a_bound_of_a_decimal_is_part_of_the_range() -> None:
    assert _failures({"amount": str(Decimal(10**12))}) == []
    assert [row[1] for row in _failures({"amount": "1000000000000.01"})] == ["amount"]
