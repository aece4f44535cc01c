"""Effects of campaigns, judged by the truth that the simulated bank keeps to itself."""

from datetime import date
from functools import cache

import numpy as np
import polars as pl
import pytest
from scipy import stats

from finplatform.errors import FinplatformError
from finplatform.ml.campaign_effects import adjusted_effect, campaign_effects
from finplatform.simulate import Bank, SimulationConfig, generate

SEEDS = range(20)


@cache
def _bank(seed: int) -> Bank:
    config = SimulationConfig(
        customers=1_500,
        transactions=20_000,
        start=date(2024, 1, 1),
        end=date(2024, 6, 30),
        seed=seed,
    )
    return generate(config)


@cache
def _responses(seed: int) -> pl.DataFrame:
    """Responses with campaign and customer as the warehouse has them: as of the assignment."""
    bank = _bank(seed)
    versions = bank.changes("customers").select(
        "customer_id",
        "date_of_birth",
        "customer_since",
        "annual_income",
        "credit_score",
        at=pl.col("_changed_at"),
    )
    responses = bank.campaign_responses().with_columns(
        at=pl.col("assigned_date").cast(pl.Datetime("us", "UTC"))
    )
    assigned = pl.col("assigned_date")
    return (
        responses.sort("at")
        .join_asof(versions.sort("at"), on="at", by="customer_id", check_sortedness=False)
        .join(bank.marketing_campaigns(), on="campaign_id")
        .with_columns(
            age=assigned.dt.year() - pl.col("date_of_birth").dt.year(),
            tenure_years=(assigned - pl.col("customer_since")).dt.total_days() / 365.25,
        )
    )


@pytest.fixture(scope="module")
def judged() -> pl.DataFrame:
    """Estimates of all banks beside the truth, one row per bank, campaign and outcome."""
    found = []
    for seed in SEEDS:
        truth = _bank(seed).truth("campaign_truth")
        both = campaign_effects(_responses(seed)).join(truth, on="campaign_id")
        found.append(both)
    whole = pl.concat(found)
    true_effect = pl.when(pl.col("outcome") == "revenue").then(pl.col("revenue_effect"))
    return whole.with_columns(
        true_effect=true_effect.otherwise(pl.col("conversion_effect"))
    ).with_columns(covered=pl.col("true_effect").is_between(pl.col("lower"), pl.col("upper")))


@pytest.mark.parametrize("method", ["DIFFERENCE_IN_MEANS", "DOUBLY_ROBUST"])
def test_intervals_of_conversion_cover_the_truth_as_often_as_they_say(
    judged: pl.DataFrame, method: str
) -> None:
    mine = judged.filter((pl.col("method") == method) & (pl.col("outcome") == "is_converted"))
    low, high = stats.binom.interval(0.99, len(mine), 0.95)
    assert len(mine) >= 2 * len(SEEDS)
    assert low <= mine["covered"].sum() <= high


def test_intervals_of_revenue_cover_the_truth_nearly_as_often(judged: pl.DataFrame) -> None:
    mine = judged.filter(pl.col("outcome") == "revenue")
    # Few conversions earn very different amounts, so intervals are a little short.
    assert mine["covered"].sum() >= stats.binom.ppf(0.001, len(mine), 0.93)


def test_plain_means_would_miss_the_effect_of_chosen_customers(judged: pl.DataFrame) -> None:
    chosen = judged.filter(
        (pl.col("method") == "DOUBLY_ROBUST") & (pl.col("outcome") == "is_converted")
    )
    bias = (chosen["unadjusted_effect"] - chosen["true_effect"]).mean()
    left = (chosen["effect"] - chosen["true_effect"]).mean()
    assert isinstance(bias, float)
    assert isinstance(left, float)
    assert bias > 0.02
    assert abs(left) < 0.4 * bias
    assert chosen["has_overlap"].sum() >= 0.9 * len(chosen)


def test_the_method_follows_from_how_customers_were_chosen(judged: pl.DataFrame) -> None:
    pairs = judged.select("method", "assignment").unique().sort("method").rows()
    assert pairs == [
        ("DIFFERENCE_IN_MEANS", "RANDOMISED"),
        ("DOUBLY_ROBUST", "CHOSEN_BY_TRAITS"),
    ]


def test_a_campaign_has_no_effect_on_what_happened_before_it() -> None:
    """Negative control: conversions of the campaign before, which moved with the same traits."""
    plain, adjusted = [], []
    for seed in SEEDS:
        responses = _responses(seed)
        before = responses.filter(pl.col("campaign_id") == "MC0001", ~pl.col("is_treated"))
        units = responses.filter(pl.col("campaign_id") == "MC0003").join(
            before.select("customer_id", earlier="is_converted"), on="customer_id"
        )
        effect = adjusted_effect(units, "earlier").effect
        adjusted.append(effect.estimate / effect.standard_error)
        earlier = pl.col("earlier").cast(pl.Float64).mean()
        means = units.group_by("is_treated").agg(earlier).sort("is_treated")["earlier"]
        plain.append(means[1] - means[0])
    assert np.mean(plain) > 0.01
    assert abs(np.mean(adjusted)) < 3 / np.sqrt(len(SEEDS))
    assert np.mean(np.abs(adjusted) > 1.96) <= 0.2


def test_a_customer_with_an_unknown_trait_is_left_out_of_adjusted_comparisons_alone() -> None:
    responses = _responses(0)
    known = campaign_effects(responses)
    unknown = pl.when(pl.int_range(pl.len()) % 10 != 0).then(pl.col("credit_score"))
    partly = campaign_effects(responses.with_columns(credit_score=unknown))
    both = known.join(partly, on=["campaign_id", "outcome"], suffix="_partly")
    fewer = (pl.col("treated_partly") < pl.col("treated")) == (pl.col("method") == "DOUBLY_ROBUST")
    assert both.select(fewer.all()).item()


def test_a_campaign_with_hardly_anybody_is_not_judged() -> None:
    few = _responses(0).group_by("campaign_id").head(15)
    assert campaign_effects(few).is_empty()


def test_a_missing_column_is_named() -> None:
    with pytest.raises(FinplatformError, match="lack credit_score"):
        campaign_effects(_responses(0).drop("credit_score"))
