import numpy as np
import polars as pl
import pytest
from scipy import stats

from finplatform.analytics.association import categorical_associations, correlations, cramers_v


def _pair(size: int, seed: int, link: float) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=size)
    return pl.DataFrame({"x": x, "y": link * x + np.sqrt(1 - link**2) * rng.normal(size=size)})


def test_coefficients_and_p_values_agree_with_scipy() -> None:
    frame = _pair(80, seed=1, link=0.4)
    found = {row["method"]: row for row in correlations(frame, ["x", "y"]).iter_rows(named=True)}
    pearson = stats.pearsonr(frame["x"], frame["y"])
    spearman = stats.spearmanr(frame["x"], frame["y"])
    assert found["PEARSON"]["estimate"] == pytest.approx(pearson.statistic)
    assert found["PEARSON"]["p_value"] == pytest.approx(pearson.pvalue)
    interval = pearson.confidence_interval(0.95)
    assert found["PEARSON"]["lower"] == pytest.approx(interval.low)
    assert found["PEARSON"]["upper"] == pytest.approx(interval.high)
    assert found["SPEARMAN"]["estimate"] == pytest.approx(spearman.statistic)
    assert found["SPEARMAN"]["p_value"] == pytest.approx(spearman.pvalue)


@pytest.mark.parametrize(("method", "truth"), [
    ("PEARSON", 0.5),
    # Of a normal pair: 6 / pi x arcsin(r / 2)
    ("SPEARMAN", 6 / np.pi * np.arcsin(0.25)),
])  # fmt: skip
def test_intervals_hold_the_truth_as_often_as_they_say(method: str, truth: float) -> None:
    draws = 400
    held = 0
    for seed in range(draws):
        rows = correlations(_pair(60, seed=seed, link=0.5), ["x", "y"])
        row = rows.row(by_predicate=pl.col("method") == method, named=True)
        held += row["lower"] <= truth <= row["upper"]
    # Four binomial standard errors around 95%.
    assert abs(held / draws - 0.95) < 4 * np.sqrt(0.95 * 0.05 / draws)


def test_each_pair_uses_those_of_whom_both_are_known() -> None:
    frame = _pair(40, seed=2, link=0.3).with_columns(
        z=pl.when(pl.int_range(pl.len()) < 15).then(pl.lit(None, pl.Float64)).otherwise(pl.col("y"))
    )
    rows = correlations(frame, ["x", "y", "z"]).filter(pl.col("method") == "PEARSON")
    assert rows.select("subject", "other", "customers").rows() == [
        ("x", "y", 40), ("x", "z", 25), ("y", "z", 25),
    ]  # fmt: skip


def test_what_does_not_vary_or_is_hardly_known_has_no_coefficient() -> None:
    frame = _pair(40, seed=3, link=0.3).with_columns(
        constant=pl.lit(1.0), unknown=pl.lit(None, pl.Float64)
    )
    assert correlations(frame, ["x", "constant", "unknown"]).is_empty()
    assert correlations(frame.head(5), ["x", "y"]).is_empty()
    assert correlations(frame.clear(), ["x", "y"]).is_empty()


def test_v_of_cramer_is_one_for_a_copy_and_small_for_chance() -> None:
    rng = np.random.default_rng(4)
    first = rng.choice(["a", "b", "c"], 600)
    frame = pl.DataFrame({"x": first, "copy": first, "chance": rng.choice(["d", "e"], 600)})
    rows = {
        (row["subject"], row["other"]): row
        for row in categorical_associations(frame, ["x", "copy", "chance"]).iter_rows(named=True)
    }
    assert rows["x", "copy"]["estimate"] == pytest.approx(1.0)
    assert rows["x", "chance"]["estimate"] < 0.1
    assert rows["x", "chance"]["p_adjusted"] > 0.05
    assert rows["x", "copy"]["p_adjusted"] < 1e-6


def test_v_is_free_of_the_bias_that_many_levels_bring() -> None:
    rng = np.random.default_rng(5)
    tables = []
    while len(tables) < 200:
        table = np.zeros((6, 6))
        np.add.at(table, (rng.integers(0, 6, 150), rng.integers(0, 6, 150)), 1)
        tables.append(table)
    corrected = [cramers_v(table)[0] ** 2 for table in tables]
    plain = [stats.contingency.association(table.astype(int)) ** 2 for table in tables]
    assert np.mean(plain) > 0.025
    assert np.mean(corrected) < 0.012
