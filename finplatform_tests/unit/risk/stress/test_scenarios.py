"""Properties of stress on a book, and of the search for the shock that breaks a limit."""

from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finplatform.risk.capital import OwnFunds
from finplatform.risk.errors import RiskInputError
from finplatform.risk.exposure_class import ExposureClass
from finplatform.risk.output_floor import RiskWeightedAssets
from finplatform.risk.stress.reverse import breaking_severity
from finplatform.risk.stress.scenarios import (
    Shock,
    UnstressedAssets,
    macro_shock,
    stress_test,
    stressed,
)

AS_OF = date(2025, 12, 31)
FUNDS = OwnFunds(Decimal(40_000), Decimal(10_000))
RECESSION = Shock(dict.fromkeys(ExposureClass, 0.8), lgd_factor=1.2, property_fall=0.25)


def book(count: int = 200) -> pl.DataFrame:
    rng = np.random.default_rng(5)
    classes = rng.choice([member.value for member in ExposureClass], count)
    in_default = rng.random(count) < 0.05
    return pl.DataFrame(
        {
            "exposure_id": [str(number) for number in range(count)],
            "exposure_class": classes,
            "product_type": ["PERSONAL_LOAN"] * count,
            "drawn": rng.gamma(1, 2_000, count),
            "undrawn": np.zeros(count),
            "pd": np.where(in_default, 1.0, rng.uniform(0.001, 0.08, count)),
            "lgd": np.where(classes == "corporate", np.nan, rng.uniform(0.3, 0.7, count)),
            "ltv": np.where(classes == "residential_mortgage", 0.7, np.nan),
            "is_defaulted": in_default,
            "specific_provision": np.zeros(count),
            "turnover_eur_m": np.full(count, 10.0),
            "maturity": np.full(count, 3.0),
            "is_transactor": np.zeros(count, dtype=bool),
        }
    ).with_columns(pl.col("lgd", "ltv").fill_nan(None))


def test_a_shock_moves_what_it_names_and_nothing_else() -> None:
    before = book()
    after = stressed(before, Shock({ExposureClass.QRRE: 1.0}))
    moved = (after["pd"] != before["pd"]).to_numpy()
    expected = (before["exposure_class"] == "qrre") & ~before["is_defaulted"]
    np.testing.assert_array_equal(moved, expected.to_numpy())
    assert after.drop("pd").equals(before.drop("pd"))
    homes = stressed(before, Shock({}, property_fall=0.3))["ltv"].drop_nulls()
    np.testing.assert_allclose(homes, 1.0)


def test_the_macro_shock_is_the_sum_of_coefficients_times_changes() -> None:
    shock = macro_shock(
        {"unemployment": 3.0, "growth": -4.0},
        {ExposureClass.QRRE: {"unemployment": 0.2, "growth": -0.1}},
    )
    assert shock.pd_shift == {ExposureClass.QRRE: pytest.approx(1.0)}


def test_stress_costs_cet1_the_rise_of_expected_loss_and_adds_up() -> None:
    assets = RiskWeightedAssets(Decimal(50), Decimal(100), Decimal(200))
    unstressed = UnstressedAssets(assets, assets, Decimal(7))
    found = stress_test(book(), FUNDS, RECESSION, AS_OF, income=Decimal(500), unstressed=unstressed)
    assert found.credit_loss == found.stressed_loss - found.expected_loss > 0
    assert found.stressed_funds.cet1 == FUNDS.cet1 - found.credit_loss + 500
    assert found.stressed_assets.before_floor > found.base_assets.before_floor > 350
    assert found.stress.cet1.ratio < found.base.cet1.ratio
    assert found.stress.cet1.capital == found.stressed_funds.cet1


def test_no_shock_changes_nothing() -> None:
    found = stress_test(book(), FUNDS, RECESSION.scaled(0.0), AS_OF)
    assert found.credit_loss == 0
    assert found.stress == found.base


@settings(max_examples=10)
@given(st.floats(0, 3), st.floats(0, 3))
def test_losses_rise_with_severity(one: float, other: float) -> None:
    mild, severe = (
        stress_test(book(50), FUNDS, RECESSION.scaled(severity), AS_OF)
        for severity in sorted((one, other))
    )
    assert mild.stressed_loss <= severe.stressed_loss


def test_the_breaking_severity_of_a_book_is_where_the_ratio_meets_its_minimum() -> None:
    exposures = book()
    funds = OwnFunds(Decimal(45_000), Decimal(0))

    def surplus(severity: float) -> float:
        result = stress_test(exposures, funds, RECESSION.scaled(severity), AS_OF)
        return float(min(ratio.surplus for ratio in result.stress.all))

    found = breaking_severity(surplus, highest=8.0, tolerance=1e-3)
    assert found.severity is not None
    assert found.safe is not None
    assert surplus(found.safe) >= 0 > surplus(found.severity)
    assert found.severity - found.safe <= 1e-3


@given(st.floats(0.001, 9.999))
def test_bisection_finds_the_root(root: float) -> None:
    found = breaking_severity(lambda severity: root - severity)
    assert found.severity == pytest.approx(root, abs=2e-6)
    assert found.surplus < 0


def test_both_ends_of_the_search_are_told_apart() -> None:
    broken = breaking_severity(lambda severity: -1.0 - severity)
    assert (broken.severity, broken.safe) == (0.0, None)
    unbroken = breaking_severity(lambda _: 5.0, highest=3.0)
    assert (unbroken.severity, unbroken.safe, unbroken.surplus) == (None, 3.0, 5.0)


def test_even_an_extreme_shock_leaves_a_book_that_can_be_measured() -> None:
    extreme = RECESSION.scaled(60.0)
    assert stress_test(book(), FUNDS, extreme, AS_OF).credit_loss > 0


def test_what_cannot_be_taken_is_named() -> None:
    with pytest.raises(RiskInputError, match="Unknown exposure class: pets"):
        Shock({"pets": 1.0})
    with pytest.raises(RiskInputError, match=r"property_fall is 1\.0"):
        Shock({}, property_fall=1.0)
    with pytest.raises(RiskInputError, match="severity is -1"):
        RECESSION.scaled(-1)
    with pytest.raises(RiskInputError, match="No change is given of: growth"):
        macro_shock({}, {ExposureClass.QRRE: {"growth": 1.0}})
    with pytest.raises(RiskInputError, match="highest is 0"):
        breaking_severity(lambda _: 1.0, highest=0)
    with pytest.raises(RiskInputError, match="no number"):
        breaking_severity(lambda _: float("nan"))
