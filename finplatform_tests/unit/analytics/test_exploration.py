from datetime import date

import numpy as np
import polars as pl
import pytest

from finplatform.analytics.exploration import CATEGORIES, CORRELATED, NEEDED, explore
from finplatform.contracts.analytics import ANALYTICS

_TEXTS = {
    "employment_status": ["EMPLOYED", "RETIRED"],
    "risk_profile": ["LOW", "HIGH"],
    "customer_tier": ["GOLD", "SILVER"],
}
_FLAGS = ("is_domestic", "is_digitally_reachable", "is_defaulted")


def _features(size: int, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    columns: dict[str, object] = {
        "customer_id": [f"C{number:04d}" for number in range(size)],
        "observation_date": [date(2025, 1, 31)] * size,
    }
    for name in NEEDED:
        if name in _TEXTS:
            columns[name] = rng.choice(_TEXTS[name], size)
        elif name in _FLAGS:
            columns[name] = rng.random(size) < 0.5
        elif name not in columns:
            columns[name] = rng.gamma(2.0, 50.0, size).round(0)
    return pl.DataFrame(columns)


@pytest.mark.parametrize("size", [1, 60, 300])
def test_results_fit_their_contracts(size: int) -> None:
    for name, frame in zip(
        ("exploratory_analytics", "customer_segments"), explore(_features(size)), strict=True
    ):
        contract = ANALYTICS[name]
        stored = frame.select(contract.columns).cast(pl.Schema(contract.dtypes))
        contract.schema.validate(stored)
        assert stored.select(contract.key).is_unique().all()


def test_every_pair_and_every_customer_is_told_once() -> None:
    findings, segments = explore(_features(200))
    counts = dict(findings.group_by("finding").len().iter_rows())
    assert counts["CORRELATION"] == len(CORRELATED) * (len(CORRELATED) - 1)
    assert counts["ASSOCIATION"] == len(CATEGORIES) * (len(CATEGORIES) - 1) // 2 - 13
    assert segments.height == 200


def test_a_link_is_significant_and_chance_is_mostly_not() -> None:
    features = _features(400).with_columns(annual_income=pl.col("age") * 1000 + 5)
    findings, _ = explore(features)
    linked = (pl.col("subject") == "age") & (pl.col("other") == "annual_income")
    correlated = findings.filter(pl.col("finding") == "CORRELATION")
    assert correlated.filter(linked)["is_significant"].all()
    assert correlated.filter(linked)["strength_rank"].to_list() == [1, 1]
    assert correlated.filter(~linked)["is_significant"].mean() < 0.1


def test_the_order_of_rows_changes_nothing() -> None:
    features = _features(150)
    findings, segments = explore(features)
    turned_findings, turned_segments = explore(features.reverse())
    assert segments.equals(turned_segments)
    assert findings.sort("finding", "method", "subject", "other").equals(
        turned_findings.sort("finding", "method", "subject", "other")
    )


def test_a_bank_without_customers_has_no_findings() -> None:
    findings, segments = explore(_features(5).clear())
    assert (findings.height, segments.height) == (0, 0)


def test_silent_customers_have_no_shares_of_value_and_every_finding_has_a_rank() -> None:
    silent = _features(60).with_columns(
        pl.lit(None, dtype=pl.Int32).alias("days_since_transaction"),
        pl.col("transaction_count_12m", "debit_amount_12m") * 0,
    )
    findings, _ = explore(silent)
    assert findings["strength_rank"].null_count() == 0
    assert findings.filter(pl.col("other") == "value_share").is_empty()
