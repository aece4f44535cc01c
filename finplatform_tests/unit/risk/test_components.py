"""Properties of floors, supervisory LGDs, conversion factors and maturity (CRE32)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.components import (
    Collateral,
    effective_maturity,
    foundation_lgd,
    lgd_floor,
    own_conversion_factor,
    pd_floor,
)
from finplatform.risk.errors import RiskInputError
from finplatform.risk.exposure_class import ExposureClass

CLASSES = list(ExposureClass)


def test_cre32_58_only_a_qrre_revolver_has_the_higher_pd_floor() -> None:
    np.testing.assert_array_equal(pd_floor(CLASSES), [0.0005, 0.0005, 0.001, 0.0005])
    np.testing.assert_array_equal(pd_floor(CLASSES, is_transactor=True), 0.0005)


@pytest.mark.parametrize(
    ("collateral", "corporate", "other_retail"),
    [
        (None, 0.25, 0.30),
        (Collateral.FINANCIAL, 0.0, 0.0),
        (Collateral.RECEIVABLES, 0.10, 0.10),
        (Collateral.REAL_ESTATE, 0.10, 0.10),
        (Collateral.OTHER_PHYSICAL, 0.15, 0.15),
    ],
)
def test_cre32_16_and_32_58_lgd_floors_of_fully_secured_exposures(
    collateral: Collateral | None, corporate: float, other_retail: float
) -> None:
    floors = lgd_floor(CLASSES, collateral=collateral)
    np.testing.assert_array_equal(floors, [corporate, 0.05, 0.50, other_retail])


@given(st.floats(0.0, 1.0), st.sampled_from(Collateral))
def test_cre32_17_a_part_secured_floor_is_the_average_of_both(
    share: float, collateral: Collateral
) -> None:
    floors = lgd_floor(CLASSES, collateral=collateral, secured_share=share)
    ends = lgd_floor(CLASSES), lgd_floor(CLASSES, collateral=collateral)
    np.testing.assert_allclose(floors, (1 - share) * ends[0] + share * ends[1], atol=1e-15)


def test_cre32_6_and_32_7_supervisory_lgd_of_unsecured_claims() -> None:
    lgd = foundation_lgd(
        is_financial=[False, True, False, True], is_subordinated=[False, False, True, True]
    )
    np.testing.assert_array_equal(lgd, [0.40, 0.45, 0.75, 0.75])


@pytest.mark.parametrize(
    ("collateral", "value", "lgd"),
    [
        (Collateral.FINANCIAL, 100, 0.0),
        (Collateral.RECEIVABLES, 100, 0.4 * 0.40 + 0.6 * 0.20),
        (Collateral.REAL_ESTATE, 50, 0.7 * 0.40 + 0.3 * 0.20),
        (Collateral.OTHER_PHYSICAL, 50, 0.7 * 0.40 + 0.3 * 0.25),
        (Collateral.REAL_ESTATE, 1_000, 0.20),
    ],
)
def test_cre32_10_collateral_counts_after_its_haircut(
    collateral: Collateral, value: float, lgd: float
) -> None:
    secured = foundation_lgd(exposure=100, collateral_value=value, collateral=collateral)
    assert secured == pytest.approx(lgd)


def test_cre32_10_haircut_of_financial_collateral_is_the_callers() -> None:
    lgd = foundation_lgd(exposure=100, collateral_value=100, financial_haircut=0.15)
    assert lgd == pytest.approx(0.15 * 0.40)


def test_an_lgd_needs_an_exposure() -> None:
    with pytest.raises(RiskInputError, match="exposure is zero"):
        foundation_lgd(exposure=[1.0, 0.0])


def test_cre32_36_own_conversion_factor_is_at_least_half_the_standardised() -> None:
    own = [np.nan, 0.0, 0.19, 0.21, 1.3, 0.1]
    standardised = [0.4, 0.4, 0.4, 0.4, 0.4, 1.0]
    factors = own_conversion_factor(own, standardised)
    np.testing.assert_allclose(factors, [0.4, 0.2, 0.2, 0.21, 1.3, 1.0])


def test_cre32_46_maturity_is_clipped_and_must_be_known() -> None:
    np.testing.assert_array_equal(effective_maturity([-3.0, 0.9, 2.2, 9.0]), [1.0, 1.0, 2.2, 5.0])
    with pytest.raises(RiskInputError, match="maturity is missing"):
        effective_maturity([1.0, np.nan])
