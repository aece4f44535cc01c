import numpy as np
import polars as pl
import pytest

from finplatform.analytics.offer_effects import offer_effects, shrink
from finplatform.ml.causal import doubly_robust


def _responses(
    *, seed: int, effects: dict[str, float], size: int = 400, is_random: bool = True
) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    parts = []
    for stratum, effect in effects.items():
        score = rng.normal(650, 60, size)
        chance = 0.5 if is_random else 1 / (1 + np.exp(-(score - 650) / 60))
        treated = rng.random(size) < chance
        base = 0.1 + 0.1 * (score > 650)
        converted = rng.random(size) < base + effect * treated
        parts.append(
            pl.DataFrame(
                {
                    "stratum": [stratum] * size,
                    "is_treated": treated,
                    "is_converted": converted,
                    "revenue": converted * 100.0,
                    "credit_score": score,
                    "age": rng.integers(20, 70, size),
                    "annual_income": rng.normal(50_000, 10_000, size),
                    "tenure_years": rng.uniform(0, 10, size),
                }
            )
        )
    return pl.concat(parts).with_columns(offer=pl.lit("CARD"), has_random_control=pl.lit(is_random))


def test_effects_of_strata_are_found_and_order_is_kept() -> None:
    found = offer_effects(_responses(seed=1, effects={"a": 0.4, "b": 0.0}, size=3000))
    effect = dict(found.select("stratum", "conversion_effect").iter_rows())
    assert effect["a"] == pytest.approx(0.4, abs=0.06)
    assert effect["b"] == pytest.approx(0.0, abs=0.06)
    revenue = dict(found.select("stratum", "revenue_effect").iter_rows())
    assert revenue["a"] == pytest.approx(100 * effect["a"], rel=0.05)


def test_a_choice_by_score_does_not_pass_for_an_effect() -> None:
    units = _responses(seed=2, effects={"a": 0.0}, size=6000, is_random=False)
    treated = units["is_treated"].to_numpy()
    converted = units["is_converted"].to_numpy()
    assert converted[treated].mean() - converted[~treated].mean() > 0.02
    assert offer_effects(units)["conversion_effect"][0] == pytest.approx(0.0, abs=0.025)


def test_a_stratum_without_enough_in_both_arms_is_not_guessed() -> None:
    units = _responses(seed=3, effects={"a": 0.1})
    alone = units.filter("is_treated").with_columns(stratum=pl.lit("b"))
    assert offer_effects(pl.concat([units, alone]))["stratum"].to_list() == ["a"]
    assert offer_effects(units.head(15)).is_empty()


def test_scores_of_all_strata_average_to_the_effect() -> None:
    rng = np.random.default_rng(4)
    known = rng.normal(size=(1500, 3))
    treated = rng.random(1500) < 0.5
    adjusted = doubly_robust(known[:, 0] + 2.0 * treated, treated, known)
    assert adjusted.scores.mean() == pytest.approx(adjusted.effect.estimate)
    assert adjusted.scores.shape == (1500,)


def test_shrinking_makes_equal_what_differs_by_chance_and_keeps_what_does_not() -> None:
    close, error = shrink(np.array([1.0, 1.2, 0.9]), np.array([0.5, 0.5, 0.5]))
    assert close == pytest.approx([1.0333, 1.0333, 1.0333], abs=1e-3)
    assert error == pytest.approx([0.5 / np.sqrt(3)] * 3)
    apart, kept = shrink(np.array([0.0, 50.0]), np.array([0.5, 0.5]))
    assert apart == pytest.approx([0.0, 50.0], abs=0.05)
    assert kept == pytest.approx([0.5, 0.5], rel=0.01)


def test_shrunk_effects_are_nearer_to_the_truth() -> None:
    rng = np.random.default_rng(5)
    raw, drawn = 0.0, 0.0
    for _ in range(300):
        truth = rng.normal(2, 0.5, 8)
        errors = rng.uniform(0.5, 2.0, 8)
        seen = truth + errors * rng.normal(size=8)
        raw += ((seen - truth) ** 2).sum()
        drawn += ((shrink(seen, errors)[0] - truth) ** 2).sum()
    assert drawn < 0.5 * raw
