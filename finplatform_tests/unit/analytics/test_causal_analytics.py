"""Answers of causal analytics: verdicts follow from checks, and what is pooled is right."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from finplatform.analytics.causal_analytics import Panels, causal_analytics
from finplatform.analytics.economic_impact import INDICATORS
from finplatform.analytics.product_impact import COVARIATES
from finplatform.contracts.inferential import INFERENCE


def _responses(seed: int, *, leak: float = 0.0) -> pl.DataFrame:
    """Six campaigns that each win 10 points; half of them chosen by income, all with effect."""
    rng = np.random.default_rng(seed)
    parts = []
    for number in range(6):
        size, chosen = 1200, number % 2 == 1
        income, age = rng.lognormal(10.7, 0.5, size), rng.integers(20, 80, size)
        standard = (np.log(income) - 10.7) / 0.5
        treated = rng.random(size) < (1 / (1 + np.exp(-0.8 * standard)) if chosen else 0.5)
        converted = rng.random(size) < 0.15 + 0.05 * np.tanh(standard) + 0.1 * treated
        parts.append(
            pl.DataFrame(
                {
                    "campaign_id": f"MC{number}",
                    "campaign_name": f"Campaign {number}",
                    "objective": "RETENTION" if number == 0 else "LENDING",
                    "has_left": rng.random(size) < 0.1 - 0.06 * treated,
                    "has_random_control": [not chosen] * size,
                    "is_treated": treated,
                    "is_converted": converted,
                    "revenue": converted * rng.lognormal(4, 0.3, size),
                    "age": age,
                    "annual_income": income,
                    "credit_score": rng.integers(500, 800, size),
                    "tenure_years": rng.exponential(5, size),
                    "earlier": rng.poisson(np.exp(1 + leak * treated)),
                }
            )
        )
    return pl.concat(parts)


NO_MONTHS = pl.DataFrame(
    schema={
        "month_end": pl.Date, "country": pl.String, "is_whole_month": pl.Boolean,
        "active_customers": pl.Int64, "spending_per_customer": pl.Float64,
        **{column: pl.Float64 for column, _, _ in INDICATORS.values()},
    }
)  # fmt: skip
NO_CUSTOMERS = pl.DataFrame(
    schema={
        "customer_id": pl.String, **dict.fromkeys(COVARIATES, pl.Float64),
        "value_before": pl.Float64, "value_at_end": pl.Float64,
    }
)  # fmt: skip
NO_HOLDINGS = pl.DataFrame(
    schema={
        "customer_id": pl.String, "product_type": pl.String, "is_held_at_start": pl.Boolean,
        "is_held_later": pl.Boolean,
    }
)  # fmt: skip


def _answers(responses: pl.DataFrame, events: Panels | None = None) -> pl.DataFrame:
    return causal_analytics(
        date(2024, 6, 30),
        responses=responses,
        events=events or {},
        economy=NO_MONTHS,
        customers=NO_CUSTOMERS,
        holdings=NO_HOLDINGS,
    )


@pytest.fixture(scope="module")
def answers() -> pl.DataFrame:
    rng = np.random.default_rng(5)
    event = np.where(np.arange(400) < 150, 7, -1)
    values = rng.normal(0, 1, (400, 14)) - 0.8 * ((event[:, None] == 7) & (np.arange(14) >= 7))
    return _answers(_responses(1), {("JOB_LOSS", "log_inflow"): (values, event)})


def test_answers_have_the_columns_of_the_contract(answers: pl.DataFrame) -> None:
    contract = INFERENCE["causal_analytics"]
    assert set(contract.columns) == set(answers.columns)
    contract.schema.validate(answers.select(contract.columns).cast(dict(contract.dtypes)))


def test_pooled_effects_cover_what_every_campaign_brought_about(answers: pl.DataFrame) -> None:
    pooled = answers.filter(
        pl.col("design").str.starts_with("POOLED"), pl.col("outcome") == "is_converted"
    )
    assert pooled["studies"].to_list() == [3, 3]
    assert pooled.select(((pl.col("lower") <= 0.1) & (pl.col("upper") >= 0.1)).all()).item()


def test_an_event_is_told_with_its_effect(answers: pl.DataFrame) -> None:
    event = answers.filter(pl.col("design") == "EVENT_STUDY").row(0, named=True)
    assert event["lower"] <= -0.8 <= event["upper"]
    assert event["are_checks_passed"]


def test_checks_of_sound_campaigns_pass(answers: pl.DataFrame) -> None:
    campaigns = answers.filter(pl.col("campaign_id").is_not_null())
    assert campaigns["are_checks_passed"].all()
    assert campaigns["revenue_rank"].drop_nulls().sort().to_list() == [1, 2, 3, 4, 5, 6]
    pooled = answers.filter(pl.col("design").str.starts_with("POOLED"))
    assert pooled["are_checks_passed"].is_null().all()


def test_contact_that_goes_with_what_happened_before_fails_the_negative_control() -> None:
    leaking = _answers(_responses(2, leak=0.4))
    campaigns = leaking.filter(pl.col("campaign_id").is_not_null())
    assert not campaigns["is_negative_control_passed"].any()
    assert not campaigns["are_checks_passed"].any()


def test_a_bank_without_campaigns_and_events_has_no_answers() -> None:
    nothing = _answers(_responses(1).clear())
    assert nothing.is_empty()
    assert set(nothing.columns) == set(INFERENCE["causal_analytics"].columns)


def test_who_is_kept_is_told_of_retention_campaigns_alone(answers: pl.DataFrame) -> None:
    row = answers.filter(pl.col("outcome") == "has_left").row(0, named=True)
    assert row["effect_id"] == "RETENTION_HAS_LEFT"
    assert row["treated"] + row["control"] == 1200
    assert row["lower"] <= -0.06 <= row["upper"]
    assert row["are_checks_passed"]
