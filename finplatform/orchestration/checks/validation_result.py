"""Result of a validation: counts by column and rule, a sample of values, the asset check result.

Belongs here: summing Pandera's failure cases batch by batch in bounded memory. Does not belong
here: reading the rows (see `stored_table`).
"""

import json
import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import pandera.errors
import pandera.polars as pa
import polars as pl
from adbc_driver_manager import Error as AdbcError

from finplatform.contracts.rule_names import rule_name
from finplatform.errors import FinplatformError
from finplatform.warehouse import bulk

LOGGER = logging.getLogger("finplatform.checks")

SAMPLE_ROWS = 20
"""Most failing values that a result shows."""

SAMPLE_OF_RULE = 5
"""Most values of the sample for one rule of one column."""

NOT_NULL = "not_nullable"
"""Pandera's name of the not-null rule."""


@dataclass
class ValidationResult:
    """Outcome of one check.

    Attributes:
        rows: Rows checked.
        hash_sum: Sum of their hashes, in 64 bits.
        failures: Failing values per `column: rule`.
        sample: Some failing values.
        error: Error that ended the check; empty if it completed.
    """

    rows: int = 0
    hash_sum: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    sample: list[dict[str, str | None]] = field(default_factory=list)
    error: str = ""

    @property
    def passed(self) -> bool:
        """Whether everything was checked and nothing failed."""
        return not self.failures and not self.error

    @property
    def checksum(self) -> str:
        """Checksum of the rows in any order; comparable within a version of Polars."""
        return f"{self.hash_sum:016x} (Polars {pl.__version__})"

    @property
    def reasons(self) -> str:
        """Failures in one line; empty without failures."""
        counted = [f"{name} ({count})" for name, count in self.failures.items()]
        return "; ".join([*filter(None, [self.error]), *counted])

    def take(self, frame: pl.DataFrame) -> None:
        """Counts checked rows, and adds them to the checksum."""
        self.rows += frame.height
        added = int(frame.hash_rows().to_numpy().sum(dtype="uint64"))
        self.hash_sum = (self.hash_sum + added) % 2**64

    def add(self, column: str, rule: str, count: int) -> None:
        """Counts failures of one rule."""
        name = f"{column}: {rule}"
        self.failures[name] = self.failures.get(name, 0) + count

    def show(self, column: str, rule: str, value: object) -> None:
        """Adds one failing value to the sample, up to the limit of its rule."""
        alike = sum((case["column"], case["rule"]) == (column, rule) for case in self.sample)
        if alike < SAMPLE_OF_RULE and len(self.sample) < SAMPLE_ROWS:
            shown = None if value is None else str(value)
            self.sample.append({"column": column, "rule": rule, "value": shown})

    def stop(self, error: Exception) -> None:
        """Stores the error that ended the check.

        Messages of most libraries quote values, so only the error's type is stored, and the
        traceback goes to the log.
        """
        if isinstance(error, FinplatformError):
            sentence = str(error)
        elif isinstance(error, AdbcError):
            sentence = f"PostgreSQL reports: {bulk.reason(error)}."
        else:
            sentence = "The check could not be completed; the log has the traceback."
        self.error = f"{type(error).__name__}: {sentence}"
        places = "".join(traceback.format_tb(error.__traceback__))
        LOGGER.error("A check ended early. %s\n%s", self.error, places)

    def validate(
        self,
        frame: pl.DataFrame,
        schema: pa.DataFrameSchema,
        taken_out: Mapping[str, int] | None = None,
    ) -> None:
        """Runs a schema on a frame, lazily, and adds the failures.

        Args:
            frame: Rows in the types of the schema.
            schema: The schema.
            taken_out: Number of nulls by column that replace values counted before.
        """
        try:
            schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as errors:
            cases = errors.failure_cases.with_columns(pl.col("column").fill_null("table"))
            self._add_cases(_not_taken_out(cases, taken_out) if taken_out else cases)

    def _add_cases(self, cases: pl.DataFrame) -> None:
        counted = cases.group_by("column", "check", maintain_order=True).len()
        for column, rule, count in counted.iter_rows():
            self.add(column, rule_name(rule), count)
        some = cases.group_by("column", "check", maintain_order=True).head(SAMPLE_OF_RULE)
        for case in some.iter_rows(named=True):
            self.show(case["column"], rule_name(case["check"]), case["failure_case"])


def _not_taken_out(cases: pl.DataFrame, taken_out: Mapping[str, int]) -> pl.DataFrame:
    """Failure cases without as many not-null failures as there are removed values."""
    number = pl.int_range(pl.len()).over("column", "check")
    stands_in = pl.col("column").replace_strict(
        list(taken_out), list(taken_out.values()), default=0, return_dtype=pl.Int64
    )
    return cases.filter((pl.col("check") != NOT_NULL) | (number >= stands_in))


def asset_check_result(
    result: ValidationResult,
    asset: dg.AssetKey,
    check_name: str,
    passed: str,
    metadata: Mapping[str, Any],
) -> dg.AssetCheckResult:
    """A result as Dagster's check result.

    Args:
        result: The result.
        asset: The checked asset.
        check_name: Name of the check.
        passed: Description without failures.
        metadata: Metadata in addition to the failures.
    """
    shown = dict(metadata)
    if result.failures:
        shown["failures"] = dg.MetadataValue.json(result.failures)
    if result.sample:
        values = json.dumps(result.sample, indent=1, ensure_ascii=False)
        shown["sample"] = dg.MetadataValue.md(f"```json\n{values}\n```")
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=check_name,
        passed=result.passed,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata=shown,
        description=passed if result.passed else result.reasons,
    )
