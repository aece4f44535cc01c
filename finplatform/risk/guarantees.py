"""Guarantees and credit derivatives in the standardised approach: CRE22.70 to CRE22.84.

Eligible guarantors, and the recognised amount of protection.
Whether a contract is direct, explicit, irrevocable and unconditional (CRE22.70-22.73) is an
input. Financial collateral is `mitigation`.
"""

from datetime import date
from typing import Any

import numpy as np

from finplatform.risk.arrays import BoolArray, FloatArray, amounts
from finplatform.risk.asset_classes import AssetClass, asset_class_codes
from finplatform.risk.mitigation import scaled_haircut
from finplatform.risk.rules import LATEST, rule

PRUDENTIAL_GUARANTORS = (
    AssetClass.SOVEREIGN,
    AssetClass.INTERNATIONAL_ORGANISATION,
    AssetClass.PUBLIC_SECTOR,
    AssetClass.REGIONAL_GOVERNMENT,
    AssetClass.MULTILATERAL_BANK,
    AssetClass.BANK,
)
"""Guarantors eligible without a rating; securities firms count among the banks (CRE20.40)."""


def is_eligible_guarantor(
    provider_class: Any, quality_step: Any, provider_weight: Any, debtor_weight: Any
) -> BoolArray:
    """Return which protection providers are recognised (CRE22.76).

    Public bodies and prudentially regulated institutions, and any other debtor with an external
    rating; each only with a weight below that of the debtor.

    Args:
        provider_class: `AssetClass` of each provider.
        quality_step: Its quality step; 0 without a rating.
        provider_weight: Its risk weight, as a fraction.
        debtor_weight: Risk weight of the debtor without protection.

    Raises:
        RiskInputError: If a class is unknown, or a weight missing or negative.
    """
    codes = asset_class_codes(provider_class)
    prudential = np.isin(codes, [member.code for member in PRUDENTIAL_GUARANTORS])
    rated = (codes == AssetClass.CORPORATE.code) & (np.asarray(quality_step) > 0)
    lower = amounts("provider_weight", provider_weight) < amounts("debtor_weight", debtor_weight)
    return np.asarray((prudential | rated) & lower)


def recognised_protection(
    protection: Any,
    exposure: Any,
    *,
    is_derivative: Any = False,
    covers_restructuring: Any = True,
    has_currency_mismatch: Any = False,
    revaluation_days: Any = 1.0,
    as_of: date = LATEST,
) -> FloatArray:
    """Return the amount of a guarantee or credit derivative that counts, before its maturity.

        GA = G (1 - Hfx)                                    (CRE22.81)

    Of a credit derivative that does not pay on restructuring, 60% counts: of its amount, and where
    it is larger than the exposure, of the exposure (CRE22.74).

    Args:
        protection: Nominal amount of the protection.
        exposure: The exposure that it protects, in the same currency.
        is_derivative: True for a credit derivative; a guarantee needs no restructuring event.
        covers_restructuring: Whether restructuring is a credit event.
        has_currency_mismatch: True where protection and exposure are in different currencies.
        revaluation_days: Days between two revaluations (CRE22.82).
        as_of: Date of the rules.

    Raises:
        RiskInputError: If an amount is missing or negative.
        MissingRuleError: If the rules are not in force on that date.
    """
    nominal, owed = amounts("protection", protection), amounts("exposure", exposure)
    share = rule("CRE22.74:restructuring_share", as_of).value
    without = np.asarray(is_derivative, dtype=np.bool_) & ~np.asarray(
        covers_restructuring, dtype=np.bool_
    )
    counted = np.where(without, share * np.minimum(nominal, owed), nominal)
    mismatch = scaled_haircut(
        rule("CRE22.52:currency_mismatch", as_of).value,
        revaluation_days=revaluation_days,
        as_of=as_of,
    )
    differs = np.asarray(has_currency_mismatch, dtype=np.bool_)
    return np.asarray(counted * np.where(differs, 1.0 - mismatch, 1.0))
