"""Properties of floors, supervisory LGDs, conversion factors and maturity (CRE32)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finplatform.risk.components import (
    Collateral,
    effective_maturity,
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


def test_cre32_36_own_conversion_factor_is_at_least_half_the_standardised() -> None:
    own = [np.nan, 0.0, 0.19, 0.21, 1.3, 0.1]
    standardised = [0.4, 0.4, 0.4, 0.4, 0.4, 1.0]
    factors = own_conversion_factor(own, standardised)
    np.testing.assert_allclose(factors, [0.4, 0.2, 0.2, 0.21, 1.3, 1.0])


def test_cre32_46_maturity_is_clipped_and_must_be_known() -> None:
    np.testing.assert_array_equal(effective_maturity([-3.0, 0.9, 2.2, 9.0]), [1.0, 1.0, 2.2, 5.0])
    with pytest.raises(RiskInputError, match="maturity is missing"):
        effective_maturity([1.0, np.nan])
