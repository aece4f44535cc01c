"""The engine and the oracles of the other risks agree on cases drawn from a fixed seed."""

import runpy
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from finplatform.risk.asset_classes import AssetClass, Characteristics, risk_weight
from finplatform.risk.ecl.allowance import MacroScenario, expected_credit_losses
from finplatform.risk.institutions import BankGrade
from finplatform.risk.liquidity.liquid_assets import LiquidAsset, liquid_stock
from finplatform.risk.market.simplified import interest_rate_charge
from finplatform.risk.market.value_at_risk import (
    expected_shortfall,
    forecast,
    garch_volatility,
    value_at_risk,
)
from finplatform.risk.mitigation import (
    matured_protection,
)
from finplatform.risk.operational import BusinessYear, operational_requirement
from finplatform.risk.own_funds import funds_statement
from finplatform.risk.specialised import LendingKind

HERE = Path(__file__).parent
COUNT = 10_000
TOLERANCE = 1e-9

classes: dict[str, Callable[..., Any]] = runpy.run_path(str(HERE / "classes_oracle.py"))
risks: dict[str, Callable[..., Any]] = runpy.run_path(str(HERE / "risks_oracle.py"))


def random_facts(rng: np.random.Generator) -> dict[str, np.ndarray]:
    def flag(share: float) -> np.ndarray:
        return rng.random(COUNT) < share

    bounds = rng.choice([0.5, 0.55, 0.6, 0.8, 0.9, 1.0], COUNT)
    ltv = np.where(flag(0.3), bounds, rng.uniform(0.01, 1.6, COUNT))
    # In cents, so that a fifth and a half of what is owed are whole and one cent beside is known.
    owed = 10 * rng.integers(0, 10**8, COUNT)
    provided = (owed * rng.choice([0, 2, 5, 10], COUNT)) // 10 + rng.choice([-1, 0, 1], COUNT)
    return {
        "quality_step": rng.integers(0, 7, COUNT),
        "bank_grade": rng.integers(0, len(BankGrade), COUNT),
        "is_short_term": flag(0.3),
        "is_speculative": flag(0.5),
        "ltv": np.where(flag(0.1), np.nan, ltv),
        "is_cash_flow_dependent": flag(0.3),
        "counterparty_weight": rng.choice([0.2, 0.3, 0.4, 0.5, 0.75, 0.85, 1.0, 1.5], COUNT),
        "is_split": flag(0.4),
        "is_individual": flag(0.3),
        "is_presold": flag(0.5),
        "turnover_eur_m": rng.choice([np.nan, 0.0, 20.0, 50.0, 50.01, 900.0], COUNT),
        "is_transactor": flag(0.3),
        "is_regulatory_retail": flag(0.8),
        "has_currency_mismatch": flag(0.2),
        "is_defaulted": flag(0.15),
        "specific_provision": np.clip(provided, 0, owed) / 100,
        "outstanding": owed / 100,
        "sovereign_step": rng.integers(0, 7, COUNT),
        "is_own_currency": flag(0.2),
        "is_foreign_currency": flag(0.3),
        "is_treated_as_sovereign": flag(0.3),
        "is_by_sovereign": flag(0.4),
        "is_listed_multilateral": flag(0.3),
        "lending_kind": rng.integers(0, len(LendingKind), COUNT),
        "is_high_quality": flag(0.3),
        "is_legislated": flag(0.2),
    }


@pytest.mark.parametrize("asset_class", AssetClass)
def test_weights_of_10_000_exposures_of_each_class(asset_class: AssetClass) -> None:
    facts = random_facts(np.random.default_rng(20 + asset_class.code))
    weights = risk_weight(asset_class, Characteristics(**facts))
    columns = {name: values.tolist() for name, values in facts.items()}
    expected = [
        classes["weight"](
            {"asset_class": asset_class.value, **dict(zip(columns, row, strict=True))}
        )
        for row in zip(*columns.values(), strict=True)
    ]
    np.testing.assert_allclose(weights, expected, rtol=0, atol=TOLERANCE)


def test_protection_that_ends_early() -> None:
    rng = np.random.default_rng(23)
    left, owed = rng.uniform(0, 7, COUNT), rng.uniform(0, 9, COUNT)
    original = left + rng.choice([0.0, 0.5, 3.0], COUNT)
    counted = matured_protection(100.0, left, owed, original)
    expected = [
        classes["protection"](100.0, *row)
        for row in zip(left.tolist(), owed.tolist(), original.tolist(), strict=True)
    ]
    np.testing.assert_allclose(counted, expected, rtol=0, atol=TOLERANCE)


def test_operational_requirements() -> None:
    rng = np.random.default_rng(25)
    names = list(BusinessYear.__dataclass_fields__)
    for _ in range(300):
        scale = 10 ** rng.uniform(6, 10.5)
        drawn = (rng.gamma(1.0, scale, (3, len(names)))).astype(np.int64)
        drawn[:, -2:] *= rng.choice([-1, 1], (3, 2))
        years = [dict(zip(names, row, strict=True)) for row in drawn.tolist()]
        losses = (rng.gamma(0.5, scale / 50, rng.integers(3, 13))).astype(np.int64).tolist()
        found = operational_requirement([BusinessYear(**year) for year in years], losses)
        expected = risks["operational"](years, losses)
        assert float(found.business_indicator.total) == pytest.approx(expected["indicator"])
        component = float(found.business_indicator_component)
        assert component == pytest.approx(expected["component"], rel=TOLERANCE)
        assert float(found.capital) == pytest.approx(expected["capital"], rel=TOLERANCE)
        assert float(found.rwa) == pytest.approx(12.5 * expected["capital"], rel=TOLERANCE)


def test_own_funds_after_deductions() -> None:
    rng = np.random.default_rng(30)
    names = [
        *("common_shares", "retained_earnings", "goodwill", "provision_shortfall"),
        *("t2_instruments", "t2_deductions", "at1_instruments", "at1_deductions"),
        *("insignificant_holdings", "significant_holdings"),
        *("mortgage_servicing_rights", "tax_assets_from_timing"),
    ]
    highest = [9_000, 2_000, 500, 300, 900, 600, 900, 600, 2_000, 2_000, 1_500, 1_500]
    for _ in range(2_000):
        lines = dict(zip(names, rng.integers(0, highest).tolist(), strict=True))
        found = funds_statement(lines).own_funds.cet1
        assert float(found) == pytest.approx(float(risks["own_funds"](lines)), abs=TOLERANCE)


def test_stock_of_liquid_assets() -> None:
    rng = np.random.default_rng(31)
    for first, second, third in rng.integers(0, 1_000, (2_000, 3)).tolist():
        found = liquid_stock(
            {
                LiquidAsset.LEVEL_1: first,
                LiquidAsset.LEVEL_2A: second,
                LiquidAsset.LEVEL_2B_EQUITY: third,
            }
        )
        expected = float(risks["liquid_stock"](first, second, third))
        assert float(found.total) == pytest.approx(expected, abs=TOLERANCE)


@pytest.mark.parametrize("confidence", [Fraction(99, 100), Fraction(975, 1000), Fraction(1, 2)])
def test_value_at_risk_and_expected_shortfall(confidence: Fraction) -> None:
    rng = np.random.default_rng(33)
    for count in (1, 2, 10, 40, 100, 199, 200, 250, 1_000):
        profit = rng.standard_t(4, count).round(3)
        level = float(confidence)
        found = value_at_risk(profit, level), expected_shortfall(profit, level)
        expected = [
            risks[name](profit.tolist(), confidence)
            for name in ("value_at_risk", "expected_shortfall")
        ]
        assert found == pytest.approx(expected, abs=TOLERANCE)


def test_filtered_forecasts() -> None:
    rng = np.random.default_rng(34)
    profit = rng.standard_t(5, 400)
    followed = garch_volatility(profit, reaction=0.1, persistence=0.85)
    expected = risks["volatility"](profit.tolist(), 0.1, 0.85)
    np.testing.assert_allclose(followed, expected, rtol=TOLERANCE)
    forecasts = forecast(profit, window=250, volatility=followed)
    assert np.isnan(forecasts[:250]).all()
    for day in range(250, 400):
        scaled = profit[day - 250 : day] / followed[day - 250 : day] * followed[day]
        worst = risks["value_at_risk"](scaled.tolist(), Fraction(99, 100))
        assert forecasts[day] == pytest.approx(worst, rel=TOLERANCE)


def test_interest_rate_charges() -> None:
    rng = np.random.default_rng(40)
    for _ in range(500):
        count = int(rng.integers(1, 30))
        positions = pl.DataFrame(
            {
                "currency": ["EUR"] * count,
                "months": rng.choice([0.5, 1, 3, 12, 22.8, 24, 30, 48, 60, 100, 144, 300], count),
                "coupon": rng.choice([0.0, 0.0299, 0.03, 0.08], count),
                "amount": rng.normal(0, 1_000, count),
                "issuer": rng.choice(["government", "qualifying", "other"], count),
            }
        )
        expected = risks["interest_rate"](positions.to_dicts())
        assert interest_rate_charge(positions) == pytest.approx(expected, rel=TOLERANCE)


@pytest.mark.parametrize("reversion_years", [0.0, 2.0, 3.5])
def test_allowances_of_10_000_loans(reversion_years: float) -> None:
    rng = np.random.default_rng(9)
    paths = [
        {"weight": 0.5, "pd_shift": [], "lgd_factor": []},
        {"weight": 0.2, "pd_shift": [-0.3, -0.2], "lgd_factor": [0.9]},
        {"weight": 0.3, "pd_shift": [0.8, 0.5, 0.2], "lgd_factor": [1.3, 1.2, 1.1]},
    ]
    scenarios = [MacroScenario(f"path {number}", **path) for number, path in enumerate(paths)]
    loans = pl.DataFrame(
        {
            "exposure_id": np.arange(COUNT),
            "stage": rng.integers(1, 4, COUNT),
            "exposure_amount": rng.gamma(1, 20_000, COUNT).round(2),
            "pd": np.where(rng.random(COUNT) < 0.02, 0.0, rng.beta(0.5, 10, COUNT)),
            "long_run_pd": rng.beta(2, 60, COUNT),
            "lgd": rng.uniform(0, 1, COUNT),
            "effective_rate": rng.uniform(0, 0.2, COUNT),
            "remaining_years": np.where(
                rng.random(COUNT) < 0.2, rng.integers(1, 6, COUNT), rng.uniform(0.05, 12, COUNT)
            ),
            "is_amortising": rng.random(COUNT) < 0.5,
        }
    )
    losses = expected_credit_losses(loans, scenarios, reversion_years=reversion_years)
    found = losses["allowance"].cast(pl.Float64).to_numpy()
    renamed = loans.rename(
        {
            "exposure_amount": "amount",
            "long_run_pd": "average_pd",
            "effective_rate": "rate",
            "remaining_years": "years",
            "is_amortising": "amortising",
        }
    )
    expected = [
        risks["credit_loss"](loan, paths, reversion_years) for loan in renamed.iter_rows(named=True)
    ]
    # Allowances are in cents.
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.005 + 1e-6)
