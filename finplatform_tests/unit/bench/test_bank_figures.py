"""Every figure of the bank has a range with a source, and a figure outside is named."""

from dataclasses import replace

import dagster as dg
import pytest

from finplatform.bench.bank_figures import _FIGURES, BankFigure, benchmarks
from finplatform.orchestration.checks.benchmark_check import benchmark_result

INSIDE = BankFigure("cet1_ratio", "Ratio", 0.13, 0.18, "EBA", "2024-03", 1, 0.15)


def test_every_figure_has_one_range_with_source_and_date() -> None:
    rows = benchmarks()
    assert [row["figure"] for row in rows] == list(dict.fromkeys(row["figure"] for row in rows))
    assert {row["figure"] for row in rows} == set(_FIGURES)
    for row in rows:
        assert 0 <= float(row["low"]) <= float(row["high"])
        assert len(row["source"]) > 10
        assert len(row["published"]) == len("2024-03")
        assert float(row["scale"]) >= 1


@pytest.mark.parametrize(
    ("value", "is_inside"),
    [(0.13, True), (0.18, True), (0.1299, False), (0.1801, False), (None, False)],
)
def test_both_ends_of_a_range_belong_to_it(value: float | None, is_inside: bool) -> None:
    assert replace(INSIDE, value=value).is_in_range == is_inside


def test_a_figure_outside_its_range_is_named_in_a_warning() -> None:
    assert benchmark_result([INSIDE]).passed
    result = benchmark_result([INSIDE, replace(INSIDE, figure="leverage_ratio", value=0.5)])
    assert not result.passed
    assert result.severity == dg.AssetCheckSeverity.WARN
    assert result.description == "leverage_ratio 0.5"
