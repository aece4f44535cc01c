"""Impact of the economy: the planted effect is found, errors cover it, and few months tell none."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from finplatform.analytics.economic_impact import (
    INDICATORS,
    Impact,
    economic_impacts,
    regression,
)

EFFECT = -0.03


def _months(
    seed: int, *, months: int = 36, countries: int = 6, seasons: bool = True
) -> pl.DataFrame:
    """Log spending falls by 3% for each point of unemployment; all countries share the seasons."""
    rng = np.random.default_rng(seed)
    names = ["ALL", *(f"{letter}{letter}" for letter in "ABCDEFGH"[:countries])]
    season = 0.1 * np.sin(np.arange(months) / 12 * 2 * np.pi) * seasons
    shock = 0.02 * rng.normal(size=months)
    parts = []
    for name in names:
        rate = 5 + np.cumsum(0.3 * rng.normal(size=months))
        noise = 0.01 * rng.normal(size=months)
        log_spending = 6 + EFFECT * rate + noise + (season + shock if name != "ALL" else 0)
        parts.append(
            pl.DataFrame(
                {
                    "month_end": [
                        date(2022 + (number + 1) // 12, (number + 1) % 12 + 1, 1)
                        for number in range(months)
                    ],
                    "country": [name] * months,
                    "is_whole_month": [True] * months,
                    "active_customers": [50] * months,
                    "spending_per_customer": np.exp(log_spending),
                    **{
                        column: rate if code == "UNEMPLOYMENT" else rng.normal(size=months) / factor
                        for code, (column, _, factor) in INDICATORS.items()
                    },
                }
            ).with_columns(pl.col("month_end").dt.month_end())
        )
    return pl.concat(parts)


def _found(months: pl.DataFrame) -> dict[tuple[str, str], Impact]:
    return {(impact.design, impact.indicator): impact for impact in economic_impacts(months)}


@pytest.mark.parametrize("design", ["TIME_SERIES", "PANEL"])
def test_intervals_cover_the_planted_effect_as_often_as_they_say(design: str) -> None:
    covered = leads = 0
    for seed in range(40):
        impact = _found(_months(seed))[design, "UNEMPLOYMENT"]
        covered += impact.lower <= EFFECT <= impact.upper
        leads += impact.lead_p_value < 0.05
    assert covered >= 33
    assert leads <= 8


def test_what_all_countries_share_moves_no_panel() -> None:
    calm, loud = (_found(_months(3, seasons=seasons)) for seasons in (False, True))
    key = ("PANEL", "UNEMPLOYMENT")
    assert loud[key].estimate == pytest.approx(calm[key].estimate, abs=1e-9)


def test_few_months_few_countries_or_few_customers_tell_nothing() -> None:
    assert _found(_months(1, months=18)) == {}
    assert {design for design, _ in _found(_months(1, countries=2))} == {"TIME_SERIES"}
    small = _months(1).with_columns(
        active_customers=pl.when(pl.col("country") == "ALL").then(500).otherwise(3)
    )
    assert {design for design, _ in _found(small)} == {"TIME_SERIES"}
    assert _found(_months(1).clear()) == {}


def test_an_indicator_that_is_not_published_or_never_moves_is_left_out() -> None:
    months = _months(2).with_columns(
        unemployment_pct=pl.lit(None, pl.Float64), policy_rate_pct=pl.lit(3.0)
    )
    indicators = {indicator for _, indicator in _found(months)}
    assert indicators == {"INFLATION", "GDP_GROWTH", "HOUSE_PRICES"}


def test_a_gap_between_months_is_no_change() -> None:
    months = _months(1)
    whole = _found(months)["TIME_SERIES", "UNEMPLOYMENT"].observations
    gap = months.filter(pl.col("month_end") != months["month_end"].unique().sort()[15])
    assert _found(gap)["TIME_SERIES", "UNEMPLOYMENT"].observations < whole - 3


def test_errors_are_newey_and_wests_and_those_of_clusters() -> None:
    design = np.array([[1.0], [2.0], [-1.0], [0.5], [-2.0], [1.5]])
    outcome = np.array([1.2, 1.9, -1.4, 0.1, -1.7, 1.9])
    bread = float((design**2).sum())
    slope = float((design[:, 0] * outcome).sum()) / bread
    score = design[:, 0] * (outcome - slope * design[:, 0])
    middle = sum(
        (1 if lag == 0 else 2 * (1 - lag / 4)) * float((score[lag:] * score[: 6 - lag]).sum())
        for lag in range(4)
    )
    coefficients, covariance = regression(design, outcome, 1, cluster=None)
    assert coefficients[0] == pytest.approx(slope)
    assert covariance[0, 0] == pytest.approx(6 / 4 * middle / bread**2)
    groups = np.array([0, 0, 1, 1, 2, 2])
    sums = score.reshape(3, 2).sum(axis=1)
    _, covariance = regression(design, outcome, 3, cluster=groups)
    assert covariance[0, 0] == pytest.approx(3 / 2 * 5 / 5 * float((sums**2).sum()) / bread**2)
