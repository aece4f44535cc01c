"""Impact of products on value: choice by the well-off is adjusted for, and checks can fail."""

import numpy as np
import polars as pl

from finplatform.analytics.product_impact import product_impacts

EFFECT = 120.0


def _bank(seed: int, *, trend: float = 0.0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The well-off take the card up more often and are worth more; the card adds 120."""
    rng = np.random.default_rng(seed)
    size = 2_500
    standard = rng.normal(size=size)
    takes = rng.random(size) < 1 / (1 + np.exp(2.0 - 0.9 * standard))
    start = 800 + 250 * standard + rng.normal(0, 60, size)
    customers = pl.DataFrame(
        {
            "customer_id": [f"C{number:05d}" for number in range(size)],
            "age": rng.integers(20, 80, size),
            "annual_income": np.exp(10.7 + 0.5 * standard),
            "credit_score": rng.integers(500, 800, size),
            "tenure_months": rng.integers(6, 200, size),
            "num_contracts": rng.integers(1, 4, size),
            "average_balance_3m": rng.lognormal(7, 1, size),
            "transaction_count_3m": rng.poisson(20, size),
            "value_at_start": start,
            "value_before": start - rng.normal(10, 40, size) - trend * takes,
            "value_at_end": start + rng.normal(20, 80, size) + 40 * standard + EFFECT * takes,
        }
    )
    holdings = customers.filter(pl.Series(takes)).select(
        "customer_id",
        product_type=pl.lit("CREDIT_CARD"),
        is_held_at_start=pl.lit(value=False),
        is_held_later=pl.lit(value=True),
    )
    return customers, holdings


def test_the_effect_is_found_where_plain_means_overstate_it() -> None:
    covered = 0
    for seed in range(12):
        (impact,) = product_impacts(*_bank(seed))
        covered += impact.effect.covers(EFFECT)
        assert impact.unadjusted > EFFECT + 100
        assert impact.before is not None
    assert covered >= 9


def test_value_that_rose_before_the_product_fails_the_negative_control() -> None:
    (sound,) = product_impacts(*_bank(1))
    (rising,) = product_impacts(*_bank(1, trend=60.0))
    assert sound.before is not None
    assert rising.before is not None
    assert sound.before.p_value > 0.01
    assert rising.before.p_value < 0.001


def test_who_held_it_already_is_in_neither_group() -> None:
    customers, holdings = _bank(2)
    held = holdings.head(30).with_columns(is_held_at_start=pl.lit(value=True))
    (impact,) = product_impacts(customers, pl.concat([held, holdings.slice(30)]))
    assert impact.effect.treated == holdings.height - 30
    assert impact.effect.control <= 5 * impact.effect.treated


def test_few_who_take_it_up_are_still_compared_with_their_like() -> None:
    customers, holdings = _bank(4)
    few = holdings.gather_every(8)
    others = holdings.join(few, on="customer_id", how="anti")
    rest = customers.join(others, on="customer_id", how="anti")
    (impact,) = product_impacts(rest, few)
    assert impact.is_balanced
    assert impact.effect.covers(EFFECT)


def test_a_product_that_few_take_up_has_no_answer() -> None:
    customers, holdings = _bank(3)
    assert list(product_impacts(customers, holdings.head(19))) == []
    assert list(product_impacts(customers.clear(), holdings)) == []
    assert list(product_impacts(customers, holdings.clear())) == []
