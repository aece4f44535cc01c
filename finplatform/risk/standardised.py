"""The risk weights of the standardised approach: chapter CRE20 of the Basel Framework.

Belongs here: the weight of an exposure of the loan book and its rule. Off-balance factors are
`off_balance`; whole tables of exposures are `exposures`. Rated debtors, banks, sovereigns and
commercial real estate are not covered.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from finplatform.risk.arrays import (
    BoolArray,
    CodeArray,
    FloatArray,
    amounts,
    refuse,
)
from finplatform.risk.exposure_class import ExposureClass, class_codes
from finplatform.risk.rules import LATEST, rule
from finplatform.risk.thresholds import CentArray, settled, share_reaches, whole_cents

WEIGHT_RULES = (
    "CRE20.107:defaulted_residential",
    "CRE20.106:defaulted_half",
    "CRE20.106:defaulted_provisioned",
    "CRE20.106:defaulted",
    "CRE20.89:other_real_estate_cash_flow",
    "CRE20.89:other_real_estate_individual",
    "CRE20.84:residential_cash_flow",
    "CRE20.82:residential_whole_loan",
    "CRE20.68:retail_other",
    "CRE20.68:retail_transactor",
    "CRE20.68:retail_regulatory",
    "CRE20.47:corporate_sme",
    "CRE20.43:corporate_unrated",
)
"""The rules that can give a weight, the first that applies first; positions are codes in arrays."""

_BY_LTV = ("CRE20.84:residential_cash_flow", "CRE20.82:residential_whole_loan")


@dataclass(frozen=True)
class StandardisedWeights:
    """Weights, and where they come from.

    Attributes:
        weight: Fractions; 1.0 is 100%.
        rule: Position in `WEIGHT_RULES` of the rule that gives the weight before any multiplier.
        is_mismatched: True where the multiplier for a currency mismatch was applied.
    """

    weight: FloatArray
    rule: CodeArray
    is_mismatched: BoolArray


def risk_weight(exposure_class: Any, **characteristics: Any) -> FloatArray:
    """Return the risk weights of exposures; arguments and errors as in `weigh`."""
    return weigh(exposure_class, **characteristics).weight


def weigh(
    exposure_class: Any,
    *,
    ltv: Any = np.nan,
    turnover_eur_m: Any = np.nan,
    is_transactor: Any = False,
    is_regulatory_retail: Any = True,
    is_cash_flow_dependent: Any = False,
    has_currency_mismatch: Any = False,
    is_defaulted: Any = False,
    specific_provision: Any = 0.0,
    outstanding: Any = 0.0,
    half_weight_option: bool = False,
    as_of: date = LATEST,
) -> StandardisedWeights:
    """Weigh exposures by the standardised approach; all inputs broadcast.

    Args:
        exposure_class: A class, or an array of classes or codes.
        ltv: Loan, drawn and undrawn, over the value of the property at origination (CRE20.75), as a
            fraction. NaN where no prudent value is known: the loan then misses CRE20.71 and is
            weighed as other real estate (CRE20.89).
        turnover_eur_m: Yearly sales of the corporate's group in EUR million; NaN where not known,
            which is no small firm (CRE20.47).
        is_transactor: True where a QRRE borrower repays in full each month (CRE20.66).
        is_regulatory_retail: False where retail misses the criteria of CRE20.65.
        is_cash_flow_dependent: True where the property's rent repays the loan (CRE20.79-20.80).
        has_currency_mismatch: True for an individual whose income is in another currency than the
            loan and are not hedged (CRE20.92).
        is_defaulted: True where the exposure is in default (CRE20.104-20.105).
        specific_provision: Specific provisions for the loan, in any currency (CRE20.106).
        outstanding: The outstanding loan, in the same currency.
        half_weight_option: Whether the supervisor grants 50% from provisions of half (CRE20.106).
        as_of: Date of the rules.

    Returns:
        Weights and the rules that give them, in the broadcast shape of the inputs.

    Raises:
        RiskInputError: If a class is unknown, an LTV or a turnover negative, a provision or a loan
            missing or negative, or a provision made for no loan.
        MissingRuleError: If the rules are not in force on that date.
    """
    codes = class_codes(exposure_class)
    loan_to_value = np.asarray(ltv, dtype=np.float64)
    refuse("ltv", loan_to_value < 0.0, "is negative", "LTV is the loan over the property's value.")
    is_retail = (codes == ExposureClass.QRRE.code) | (codes == ExposureClass.OTHER_RETAIL.code)
    is_home = codes == ExposureClass.RESIDENTIAL_MORTGAGE.code
    provisions, loans = _provisions(specific_provision, outstanding)
    defaulted, rented = _flags(is_defaulted), _flags(is_cash_flow_dependent)
    half = share_reaches(provisions, loans, rule("CRE20.106:half_from", as_of).exact)
    provisioned = share_reaches(provisions, loans, rule("CRE20.106:provisioned_from", as_of).exact)
    conditions = (
        defaulted & is_home & ~rented,
        defaulted & half & half_weight_option,
        defaulted & provisioned,
        defaulted,
        is_home & rented & np.isnan(loan_to_value),
        is_home & np.isnan(loan_to_value),
        is_home & rented,
        is_home,
        is_retail & ~_flags(is_regulatory_retail),
        (codes == ExposureClass.QRRE.code) & _flags(is_transactor),
        is_retail,
        is_small_firm(turnover_eur_m, as_of=as_of),
        True,
    )
    first = _first_true(conditions)
    weight = _rule_weights(first, loan_to_value, as_of)
    is_mismatched = _flags(has_currency_mismatch) & (is_home | is_retail) & ~defaulted
    mismatch = rule("CRE20.92:currency_mismatch", as_of)
    raised = np.minimum(weight * mismatch.part("multiplier"), mismatch.part("highest_weight"))
    weight = np.where(is_mismatched, raised, weight)
    return StandardisedWeights(
        weight=weight,
        rule=np.broadcast_to(first, weight.shape),
        is_mismatched=np.broadcast_to(is_mismatched, weight.shape),
    )


def _provisions(specific_provision: Any, outstanding: Any) -> tuple[CentArray, CentArray]:
    """Provisions and the loans that they are for, in cents."""
    loans = amounts("outstanding", outstanding)
    provided = amounts("specific_provision", specific_provision)
    provisions = whole_cents("specific_provision", provided)
    for_nothing = np.asarray((provisions > 0) & (loans == 0.0))
    refuse("outstanding", for_nothing, "is zero", "Give the loan that the provision is for.")
    return provisions, whole_cents("outstanding", loans)


def _flags(values: Any) -> BoolArray:
    return np.asarray(values, dtype=np.bool_)


def _first_true(conditions: tuple[npt.ArrayLike, ...]) -> CodeArray:
    """Return the position of the first condition that holds; the last must always hold."""
    shape = np.broadcast_shapes(*(np.shape(condition) for condition in conditions))
    first = np.full(shape, len(conditions) - 1, dtype=np.int8)
    for position in reversed(range(len(conditions) - 1)):
        np.putmask(first, np.broadcast_to(conditions[position], shape), position)
    return first


def _rule_weights(first: CodeArray, ltv: FloatArray, as_of: date) -> FloatArray:
    scalars = [np.nan if name in _BY_LTV else rule(name, as_of).value for name in WEIGHT_RULES]
    weight = np.asarray(np.array(scalars)[first])
    for name in _BY_LTV:
        banded = first == WEIGHT_RULES.index(name)
        weight[banded] = rule(name, as_of).band(np.broadcast_to(ltv, first.shape)[banded])
    return weight


def is_small_firm(turnover_eur_m: Any, *, as_of: date = LATEST) -> BoolArray:
    """Return which corporates are of small or medium size (CRE20.47); NaN is not.

    Raises:
        RiskInputError: If a turnover is negative.
    """
    turnover = np.asarray(turnover_eur_m, dtype=np.float64)
    refuse("turnover_eur_m", turnover < 0.0, "is negative", "Give yearly sales in EUR million.")
    return np.asarray(settled(turnover) <= rule("CRE20.47:sme_turnover_eur_m", as_of).value)
