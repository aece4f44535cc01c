"""The risk components of the internal-ratings approach: PD, LGD, EAD and M, after their floors.

Chapter CRE32 of the Basel Framework. The formulas are in `irb`.
"""

from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np

from finplatform.risk.arrays import HIGHEST_LOSS_RATE, FloatArray, amounts, fractions, numbers
from finplatform.risk.exposure_class import ExposureClass, class_codes
from finplatform.risk.rules import LATEST, rule


class Collateral(StrEnum):
    """Kinds of collateral that lower an LGD floor (CRE32.17)."""

    FINANCIAL = "financial"
    RECEIVABLES = "receivables"
    REAL_ESTATE = "real_estate"
    OTHER_PHYSICAL = "other_physical"


_REVOLVER = len(ExposureClass)


@lru_cache(maxsize=64)
def _pd_floors(as_of: date) -> FloatArray:
    retail = rule("CRE32.58:pd_floor_retail", as_of).value
    floors = {
        ExposureClass.CORPORATE: rule("CRE32.4:pd_floor", as_of).value,
        ExposureClass.RESIDENTIAL_MORTGAGE: retail,
        ExposureClass.QRRE: retail,
        ExposureClass.OTHER_RETAIL: retail,
    }
    revolver = rule("CRE32.58:pd_floor_qrre_revolver", as_of).value
    return np.array([*(floors[member] for member in ExposureClass), revolver])


def pd_floor(
    exposure_class: Any, *, is_transactor: Any = False, as_of: date = LATEST
) -> FloatArray:
    """Return the lowest PD that may be used (CRE32.4, CRE32.58).

    Args:
        exposure_class: A class, or an array of classes or codes.
        is_transactor: True where a QRRE borrower repays in full each month (CRE30.24); any other
            QRRE exposure is a revolver, which has the higher floor.
        as_of: Date of the rules.

    Returns:
        PD as a fraction, in the broadcast shape of the inputs.
    """
    codes = class_codes(exposure_class)
    revolves = (codes == ExposureClass.QRRE.code) & ~np.asarray(is_transactor, dtype=np.bool_)
    return _pd_floors(as_of)[np.where(revolves, _REVOLVER, codes)]


@lru_cache(maxsize=64)
def _lgd_floors(as_of: date, part: str) -> FloatArray:
    floors = {
        ExposureClass.CORPORATE: rule("CRE32.16:lgd_floor_corporate", as_of).part(part),
        ExposureClass.RESIDENTIAL_MORTGAGE: rule("CRE32.58:lgd_floor_mortgage", as_of).value,
        ExposureClass.QRRE: rule("CRE32.58:lgd_floor_qrre", as_of).value,
        ExposureClass.OTHER_RETAIL: rule("CRE32.58:lgd_floor_other_retail", as_of).part(part),
    }
    return np.array([floors[member] for member in ExposureClass])


def lgd_floor(
    exposure_class: Any,
    *,
    collateral: Collateral | None = None,
    secured_share: Any = 1.0,
    as_of: date = LATEST,
) -> FloatArray:
    """Return the lowest own LGD that may be used (CRE32.16, CRE32.17, CRE32.58, CRE32.59).

    A partly secured exposure has the average of the unsecured and the secured floor. Mortgages and
    QRRE have one floor each, whatever secures them.

    Args:
        exposure_class: A class, or an array of classes or codes.
        collateral: Kind of collateral; None for unsecured exposures.
        secured_share: Value of the collateral after haircuts over the exposure, as a fraction.
        as_of: Date of the rules.

    Returns:
        LGD as a fraction, in the broadcast shape of the inputs.

    Raises:
        RiskInputError: If a class is unknown or the share is outside 0 to 1.
    """
    codes = class_codes(exposure_class)
    share = fractions("secured_share", secured_share) if collateral else np.float64(0.0)
    unsecured = _lgd_floors(as_of, "unsecured")[codes]
    secured = _lgd_floors(as_of, collateral or "unsecured")[codes]
    return np.asarray(unsecured * (1.0 - share) + secured * share)


def own_conversion_factor(own: Any, standardised: Any, *, as_of: date = LATEST) -> FloatArray:
    """Return the conversion factor of undrawn credit after its floor (CRE32.36, CRE32.63-32.64).

    Args:
        own: The bank's estimate as a fraction; NaN where it has none.
        standardised: The factor of the standardised approach.
        as_of: Date of the rules.

    Returns:
        The standardised factor where there is no estimate or where it is 100%; else the estimate,
        but at least half the standardised factor.

    Raises:
        RiskInputError: If a factor is negative or a standardised one missing or above 1.
    """
    supervisory = fractions("standardised factor", standardised)
    estimate = np.asarray(own, dtype=np.float64)
    has_estimate = ~np.isnan(estimate) & (supervisory < 1.0)
    estimate = amounts("own conversion factor", np.where(has_estimate, estimate, supervisory))
    floor = rule("CRE32.36:own_conversion_floor", as_of).value
    return np.asarray(np.maximum(estimate, floor * supervisory))


def effective_maturity(maturity: Any, *, as_of: date = LATEST) -> FloatArray:
    """Return maturities in years held between one and five (CRE32.46).

    What is past its term counts as the shortest. The exemptions of CRE32.51-32.53 for short
    transactions are not made.

    Raises:
        RiskInputError: If a maturity is missing or infinite.
    """
    bounds = rule("CRE32.46:effective_maturity", as_of)
    years = numbers("maturity", maturity)
    return np.clip(years, bounds.part("shortest"), bounds.part("longest"))


def loss_rates(name: str, values: Any) -> FloatArray:
    """Return loss rates as fractions of the exposure.

    Raises:
        RiskInputError: If a rate is missing, negative, or so high that it must be a percentage.
    """
    return fractions(name, values, highest=HIGHEST_LOSS_RATE)
