"""Sentences of the page of data quality are true of the rows they are computed from."""

from datetime import UTC, date, datetime, timedelta

import pytest

from finplatform_tests.unit.reporting.catalog.charts import rows, sentence

PAGE = "data_quality"


@pytest.mark.parametrize(
    ("warned", "failed", "said"),
    [
        (0, 0, "18 of 18 checks passed; none warned or failed."),
        (1, 0, "17 of 18 checks passed and none failed; 1 warned, the most in gold (1)."),
        (1, 2, "15 of 18 checks passed, 2 failed and 1 warned; the most failures are in gold (2)."),
    ],
)
def test_verdicts_are_counted(warned: int, failed: int, said: str) -> None:
    frame = rows(
        "schema_name check_count passed_count warned_count failed_count",
        ("bronze", 8, 8, 0, 0),
        ("gold", 10, 10 - warned - failed, warned, failed),
    )
    assert sentence(PAGE, "Checks", frame) == said


@pytest.mark.parametrize("first", ["customers", "payments", "transactions"])
def test_the_table_with_the_most_rejected_rows_is_named(first: str) -> None:
    frame = rows(
        "table_name row_count row_share all_rows all_tables",
        *(
            (table, 6 if table == first else 2, 0.06 if table == first else 0.02, 100, 20)
            for table in ("customers", "payments", "transactions")
        ),
    )
    assert sentence(PAGE, "Rows in quarantine", frame) == (
        f"100 rows of 20 tables are in quarantine; the most are of {first} (6, 6.0%)."
    )


@pytest.mark.parametrize("first", ["amount: ge(0)", "currency: isin", "email: str_matches"])
def test_the_rule_broken_most_is_named(first: str) -> None:
    frame = rows(
        "broken_rule row_count table_count row_share",
        *(
            (rule, 8 if rule == first else 1, 2, 0.8 if rule == first else 0.1)
            for rule in ("amount: ge(0)", "currency: isin", "email: str_matches")
        ),
    )
    assert sentence(PAGE, "Broken rules", frame) == (
        f"The rule broken most often is {first}, by 8 rows (80.0%) of 2 tables."
    )


@pytest.mark.parametrize(
    ("rejected", "said"),
    [
        ((0, 0), "None of the rows read for any table was rejected."),
        ((5, 0), "The highest share rejected is that of a, 5.00% of 100 rows read; 1 of 2 tables"
         " shown has none."),
        ((1, 9), "The highest share rejected is that of b, 9.00% of 100 rows read."),
    ],
)  # fmt: skip
def test_the_highest_reject_rate_is_named(rejected: tuple[int, int], said: str) -> None:
    frame = rows(
        "table_name rows_read rows_rejected reject_rate",
        *((name, 100, bad, bad / 100) for name, bad in zip("ab", rejected, strict=True)),
    )
    assert sentence(PAGE, "Reject rates", frame) == said


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ((0, 0), "20 tables cut by day hold each of 10 days."),
        ((3, 1), "2 of 20 tables lack days; a lacks the most, 3 of 10 days, and ends on 30 June"),
        ((0, 1), "1 of 20 tables lacks days; b lacks the most, 1 of 10 days, and ends on 30 June"),
    ],
)
def test_the_table_that_lacks_most_days_is_named(missing: tuple[int, int], said: str) -> None:
    frame = rows(
        "table_name held_days missing_days all_days last_day all_tables lacking_tables",
        *(
            (name, 10 - days, days, 10, date(2026, 6, 30), 20, sum(map(bool, missing)))
            for name, days in zip("ab", missing, strict=True)
        ),
    )
    assert sentence(PAGE, "Business days complete", frame).startswith(said)


@pytest.mark.parametrize(
    ("hours", "said"),
    [(0.005, "18.0 seconds"), (0.5, "30.0 minutes"), (30.0, "30.0 hours"), (72.0, "3.0 days")],
)
def test_the_oldest_table_is_named(hours: float, said: str) -> None:
    newest = datetime(2026, 6, 30, 12, tzinfo=UTC)
    frame = rows(
        "table_name materialized_at newest_at table_count hours_behind",
        ("gold.dim_date", newest - timedelta(hours=hours), newest, 90, hours),
        ("gold.dim_branch", newest, newest, 90, 0.0),
    )
    assert sentence(PAGE, "Freshness", frame).startswith(
        f"Of 90 tables, gold.dim_date was filled the longest ago: {said} before the newest, at"
    )
