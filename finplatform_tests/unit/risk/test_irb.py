"""Properties of the internal-ratings formulas."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk import irb
from finplatform.risk.components import Collateral, lgd_floor
from finplatform.risk.errors import MissingRuleError, RiskInputError
from finplatform.risk.exposure_class import ExposureClass

classes = st.sampled_from(ExposureClass)
retail = st.sampled_from([member for member in ExposureClass if member != "corporate"])
likelihoods = st.floats(0.0005, 0.999)
rates = st.floats(0.0, 1.0)
years = st.floats(-1.0, 8.0)

PD_GRID = np.unique(np.concatenate([np.geomspace(5e-4, 0.01, 2_000), np.linspace(0.01, 1, 4_000)]))


@given(likelihoods, rates, rates, classes, years)
def test_weight_is_proportional_to_lgd(
    pd: float, lgd: float, share: float, exposure_class: ExposureClass, maturity: float
) -> None:
    full = irb.risk_weight(pd, lgd, exposure_class, maturity=maturity, floors=False)
    part = irb.risk_weight(pd, share * lgd, exposure_class, maturity=maturity, floors=False)
    np.testing.assert_allclose(part, share * full, rtol=1e-9, atol=1e-12)


@given(likelihoods, likelihoods, rates, retail)
def test_retail_capital_and_expected_loss_together_rise_with_pd_up_to_lgd(
    one: float, other: float, lgd: float, exposure_class: ExposureClass
) -> None:
    pd = np.array(sorted((one, other)))
    total = irb.capital_requirement(pd, lgd, exposure_class, floors=False) + pd * lgd
    assert total[0] <= total[1] + 1e-12
    assert total[1] <= lgd + 1e-12


# Above these the maturity factor falls faster than expected loss rises: the formula's own doing.
@pytest.mark.parametrize(("maturity", "highest"), [(1.0, 1.0), (2.5, 0.9), (5.0, 0.9)])
@pytest.mark.parametrize("turnover", [5.0, 50.0])
def test_corporate_capital_and_expected_loss_together_rise_with_pd(
    maturity: float, highest: float, turnover: float
) -> None:
    pd = PD_GRID[highest >= PD_GRID]
    capital = irb.capital_requirement(
        pd, 1.0, "corporate", maturity=maturity, turnover_eur_m=turnover, floors=False
    )
    assert (np.diff(capital + pd) > 0.0).all()


@pytest.mark.parametrize(
    ("exposure_class", "peak"),
    [
        ("corporate", 0.296),
        ("residential_mortgage", 0.288),
        ("qrre", 0.390),
        ("other_retail", 0.405),
    ],
)
def test_weight_rises_with_pd_to_one_peak_and_falls_to_nothing(
    exposure_class: str, peak: float
) -> None:
    weight = irb.risk_weight(PD_GRID, 0.45, exposure_class, floors=False)
    highest = weight.argmax()
    assert PD_GRID[highest] == pytest.approx(peak, abs=0.002)
    assert (np.diff(weight[: highest + 1]) > 0.0).all()
    assert (np.diff(weight[highest:]) < 0.0).all()
    assert weight[-1] == 0.0


@given(likelihoods, st.floats(1.0, 5.0), st.floats(1.0, 5.0))
def test_corporate_weight_does_not_fall_with_maturity(pd: float, one: float, other: float) -> None:
    weight = irb.risk_weight(pd, 0.4, "corporate", maturity=sorted((one, other)))
    assert weight[0] <= weight[1] + 1e-12


@given(likelihoods, st.floats(0.0, 1e4), st.floats(0.0, 1e4))
def test_corporate_weight_does_not_fall_with_turnover(pd: float, one: float, other: float) -> None:
    weight = irb.risk_weight(pd, 0.4, "corporate", turnover_eur_m=sorted((one, other)))
    assert weight[0] <= weight[1] + 1e-12


@given(likelihoods, retail, years, st.floats(0.0, 100.0))
def test_retail_knows_neither_maturity_nor_turnover(
    pd: float, exposure_class: ExposureClass, maturity: float, turnover: float
) -> None:
    plain = irb.risk_weight(pd, 0.45, exposure_class)
    with_terms = irb.risk_weight(
        pd, 0.45, exposure_class, maturity=maturity, turnover_eur_m=turnover
    )
    without = irb.risk_weight(pd, 0.45, exposure_class, maturity=np.nan, turnover_eur_m=np.nan)
    assert plain == with_terms == without


@pytest.mark.parametrize(("maturity", "held"), [(-0.2, 1.0), (0.5, 1.0), (5.1, 5.0), (30.0, 5.0)])
def test_cre32_46_maturity_is_held_between_one_and_five_years(maturity: float, held: float) -> None:
    weights = irb.risk_weight(0.01, 0.4, "corporate", maturity=[maturity, held])
    assert weights[0] == weights[1]


@given(st.floats(0.0, 0.0005), st.floats(0.0, 0.05), classes)
def test_below_the_floors_the_weight_is_that_of_the_floors(
    pd: float, lgd: float, exposure_class: ExposureClass
) -> None:
    lowest = {"corporate": 0.25, "residential_mortgage": 0.05, "qrre": 0.50, "other_retail": 0.30}
    least_likely = 0.001 if exposure_class is ExposureClass.QRRE else 0.0005
    at_floors = irb.risk_weight(least_likely, lowest[exposure_class], exposure_class, floors=False)
    assert irb.risk_weight(pd, lgd, exposure_class) == at_floors
    loss = irb.expected_loss(pd, lgd, exposure_class)
    assert loss == pytest.approx(least_likely * lowest[exposure_class])


def test_floors_raise_and_never_lower() -> None:
    pd, lgd = np.meshgrid([0.0, 0.0004, 0.0005, 0.001, 0.3], [0.0, 0.2, 0.5, 0.9])
    for exposure_class in ExposureClass:
        floored_pd, floored_lgd = irb.apply_floors(pd, lgd, exposure_class)
        assert (floored_pd >= pd).all()
        assert (floored_lgd >= lgd).all()
        np.testing.assert_array_equal(floored_pd[pd > 0.001], pd[pd > 0.001])
        np.testing.assert_array_equal(floored_lgd[lgd >= 0.5], lgd[lgd >= 0.5])


def test_collateral_lowers_the_lgd_floor_of_a_corporate() -> None:
    floor = lgd_floor("corporate", collateral=Collateral.REAL_ESTATE)
    weights = [
        irb.risk_weight(0.01, 0.02, "corporate", own_lgd_floor=floor),
        irb.risk_weight(0.01, 0.10, "corporate", floors=False),
    ]
    assert weights[0] == weights[1]


def test_pd_at_either_end_weighs_nothing_without_floors() -> None:
    for exposure_class in ExposureClass:
        weights = irb.risk_weight([0.0, 1.0], 0.45, exposure_class, floors=False)
        np.testing.assert_array_equal(weights, 0.0)
    assert irb.risk_weight(0.0, 0.45, "corporate") == irb.risk_weight(0.0005, 0.45, "corporate")


def test_arguments_broadcast() -> None:
    pd, lgd = np.full((3, 1), 0.02), np.array([0.3, 0.4, 0.5, 0.6])
    names = [member.value for member in ExposureClass]
    assert irb.risk_weight(pd, lgd, names).shape == (3, 4)
    assert irb.risk_weight(0.02, 0.4, "qrre").shape == ()
    assert irb.risk_weight(0.02, 0.4, names)[2] == irb.risk_weight(0.02, 0.5, "qrre")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"pd": [0.1, np.nan]}, r"pd is missing \(NaN\) at 1 position\(s\): 1"),
        ({"pd": 1.5}, "pd is outside 0 to 1"),
        ({"pd": -0.1}, "pd is outside 0 to 1"),
        ({"lgd": np.nan}, r"lgd is missing \(NaN\)"),
        ({"lgd": -0.01}, "lgd is outside"),
        ({"lgd": 45}, "lgd is outside .* 0.01 is one percent"),
        ({"exposure_class": "mortgages"}, "Unknown exposure class: mortgages"),
        ({"maturity": np.nan}, "maturity is missing"),
        ({"maturity": np.inf}, "maturity is infinite"),
        ({"turnover_eur_m": np.nan}, "turnover_eur_m is missing"),
        ({"turnover_eur_m": -1}, "turnover_eur_m is negative"),
        ({"pd": 1e-6, "floors": False}, "pd is too small for the maturity adjustment"),
    ],
)
def test_an_input_that_no_formula_can_take_is_named(
    changed: dict[str, object], message: str
) -> None:
    facts: dict[str, object] = {"pd": 0.01, "lgd": 0.45, "exposure_class": "corporate"}
    with pytest.raises(RiskInputError, match=message):
        irb.risk_weight(**(facts | changed))  # type: ignore[arg-type]


def test_rules_before_their_time_are_refused() -> None:
    with pytest.raises(MissingRuleError, match="not in force on 2020-01-01"):
        irb.risk_weight(0.01, 0.45, "corporate", as_of=date(2020, 1, 1))


@given(rates, rates)
def test_cre31_3_defaulted_capital_is_what_lgd_exceeds_the_best_estimate_by(
    lgd: float, estimate: float
) -> None:
    assert irb.defaulted_capital(lgd, estimate) == max(0.0, lgd - estimate)


def test_defaulted_capital_names_a_bad_estimate() -> None:
    with pytest.raises(RiskInputError, match="best_estimate_el is missing"):
        irb.defaulted_capital(0.45, np.nan)
