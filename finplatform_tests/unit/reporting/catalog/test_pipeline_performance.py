"""Sentences of the page of pipeline performance are true of the rows they are computed from."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from finplatform_tests.unit.reporting.catalog.charts import rows, sentence

PAGE = "pipeline_performance"
DAYS = (date(2026, 6, 29), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ((300.0, 20.0), "took 20.0 s for 9 steps; the longest of 2 was daily with 5.0 min."),
        ((20.0, 300.0), "took 5.0 min for 9 steps; the longest of 2 was month end with 5.0 min."),
        (
            (9.0, 9.0),
            "took 9.0 s for 9 steps; the longest of 2 was daily (level with month end) with 9.0 s.",
        ),
    ],
)
def test_the_last_and_the_longest_run_are_named(seconds: tuple[float, float], said: str) -> None:
    frame = rows(
        "run_name job_name status started_at step_count run_seconds",
        *(
            (job, job, "SUCCESS", datetime(2026, 6, 30, tzinfo=UTC), 9, length)
            for job, length in zip(("daily", "month_end"), seconds, strict=True)
        ),
    )
    assert sentence(PAGE, "Run durations", frame) == (
        f"The last run that has ended, month end, {said}"
    )


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        ((0, 0), "10 of 10 runs succeeded; none failed."),
        ((3, 1), "6 of 10 runs succeeded; daily failed most often (3 of 5)."),
        ((0, 2), "8 of 10 runs succeeded; month end failed most often (2 of 5)."),
    ],
)
def test_failed_runs_are_counted(failed: tuple[int, int], said: str) -> None:
    frame = rows(
        "job_name run_count success_count failure_count other_count",
        *(
            (job, 5, 5 - bad, bad, 0)
            for job, bad in zip(("daily", "month_end"), failed, strict=True)
        ),
    )
    assert sentence(PAGE, "Run outcomes", frame) == said


@pytest.mark.parametrize("slow", ["a", "b", "c"])
def test_the_slowest_step_is_named(slow: str) -> None:
    frame = rows(
        "step_name step_seconds step_share",
        *((name, Decimal(6 if name == slow else 1), Decimal("0.25")) for name in "abc"),
    )
    assert sentence(PAGE, "Slowest steps", frame) == (
        f"The step that took the longest is {slow}, 6.0 s; the 3 steps shown took 75.0% of the time"
        " of all."
    )


@pytest.mark.parametrize("first", ["bronze", "dbt", "gold"])
def test_the_layer_that_takes_longest_is_named(first: str) -> None:
    frame = rows(
        "schema_name step_name step_seconds",
        *(
            (schema, f"{schema}__{n}", Decimal(30 if schema == first else 10))
            for schema in ("bronze", "dbt", "gold")
            for n in range(2)
        ),
    )
    assert sentence(PAGE, "Time by layer", frame) == (
        f"Of 100.0 s spent in 6 steps, the largest part, 60.0%, was spent in {first}."
    )


@pytest.mark.parametrize("first", ["payments", "accounts", "loans"])
def test_the_table_that_loaded_most_is_named(first: str) -> None:
    frame = rows(
        "table_name rows_read rows_loaded row_share",
        *(
            (table, 9, 8 if table == first else 1, 0.8 if table == first else 0.1)
            for table in ("payments", "accounts", "loans")
        ),
    )
    assert sentence(PAGE, "Rows loaded by table", frame) == (
        f"The last load of {first} stored the most, 8 rows (80.0% of the last loads of all tables)."
    )


@pytest.mark.parametrize(
    ("counts", "last", "peak"),
    [
        ((5, 2), "30 June 2026 stored 4 rows", "; of the last 2 days with loads, 29 June 2026"
                                               " stored the most (10)."),
        ((2, 5), "30 June 2026 stored 10 rows", "; of the last 2 days with loads, 30 June 2026"
                                                " stored the most (10)."),
        ((0, 0), "No row was stored on 2 days with loads", "."),
    ],
)  # fmt: skip
def test_rows_are_added_up_over_the_tables_of_a_day(
    counts: tuple[int, int], last: str, peak: str
) -> None:
    frame = rows(
        "load_date table_name rows_loaded",
        *(
            (day, table, count)
            for table in ("payments", "all others")
            for day, count in zip(DAYS, counts, strict=True)
        ),
    )
    assert sentence(PAGE, "Rows loaded a day", frame) == f"{last}{peak}"


@pytest.mark.parametrize("first", ["a", "b", "c"])
def test_the_largest_table_is_named(first: str) -> None:
    frame = rows(
        "schema_name table_name row_count table_bytes megabytes",
        *(
            ("gold", name, 7, size, size / 1e6)
            for name in "abc"
            for size in [8_000_000 if name == first else 1_000_000]
        ),
    )
    assert sentence(PAGE, "Table sizes", frame) == (
        f"3 tables take 10.0 MB; the largest is gold.{first} with 8.0 MB (80.0%) in 7 rows."
    )


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ((5.0, 6.0), "the schemas went from 10.0 MB to 12.0 MB (up 20.0%)."),
        ((6.0, 3.0), "the schemas went from 12.0 MB to 6.0 MB (down 50.0%)."),
        ((None, 3.0), "All schemas take 6.0 MB on 30 June 2026, the only day measured."),
    ],
)  # fmt: skip
def test_growth_is_of_all_schemas(sizes: tuple[Any, Any], said: str) -> None:
    frame = rows(
        "measured_date schema_name megabytes row_count",
        *(
            (day, schema, size, 1)
            for schema in ("bronze", "gold")
            for day, size in zip(DAYS, sizes, strict=True)
            if size is not None
        ),
    )
    assert sentence(PAGE, "Growth", frame).endswith(said)
