"""The risk-weight functions of the internal-ratings approach: chapter CRE31 of the Basel Framework.

    K = [LGD N((G(PD) + sqrt(R) G(0.999)) / sqrt(1 - R)) - PD LGD] x maturity factor
    RWA = 12.5 K EAD

`components` has the floors and the maturity; `exposures` measures whole tables.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from finplatform.risk.arrays import BoolArray, CodeArray, FloatArray, fractions, refuse
from finplatform.risk.components import effective_maturity, lgd_floor, loss_rates, pd_floor
from finplatform.risk.exposure_class import CORRELATION_RULES, ExposureClass, class_codes
from finplatform.risk.rules import LATEST, Rule, rule


@dataclass(frozen=True)
class IrbInputs:
    """Inputs of the risk-weight functions; every field is a figure or an array.

    Attributes:
        pd: One-year probability of default as a fraction. With floors, 0 is raised to the floor;
            without, K is 0. At 1 all loss is expected and K is 0: exposures in default belong to
            `defaulted_capital`.
        lgd: Loss given default as a fraction of the exposure.
        exposure_class: A class or an array of classes: an `ExposureClass`, its value or its code.
        maturity: Effective maturity M in years, of corporates only, limited to 1 to 5 (CRE32.46).
        turnover_eur_m: Yearly sales of the corporate's group in EUR million; from 50 on there is no
            size adjustment (CRE31.8). Ignored for retail.
        floors: Whether to raise PD and LGD to their floors (CRE32.4, CRE32.16, CRE32.58).
        is_transactor: True where a QRRE borrower repays in full each month (CRE30.24).
        own_lgd_floor: LGD floors of secured exposures, from `components.lgd_floor`; default: the
            floors of unsecured exposures.
        is_large_financial: True for financial institutions of a group with assets of USD 100
            billion and more, or that are not regulated (CRE31.7). Ignored for retail.
        as_of: Date of the rules.
    """

    pd: Any
    lgd: Any
    exposure_class: Any
    maturity: Any = 2.5
    turnover_eur_m: Any = 50.0
    floors: bool = True
    is_transactor: Any = False
    own_lgd_floor: Any = None
    is_large_financial: Any = False
    as_of: date = LATEST

    @cached_property
    def codes(self) -> CodeArray:
        """Codes of the exposure classes."""
        return class_codes(self.exposure_class)

    def floored(self) -> tuple[FloatArray, FloatArray]:
        """PD and LGD as the formulas use them."""
        pd, lgd = fractions("pd", self.pd), loss_rates("lgd", self.lgd)
        if not self.floors:
            return pd, lgd
        if self.own_lgd_floor is None:
            lowest = lgd_floor(self.codes, as_of=self.as_of)
        else:
            lowest = loss_rates("own_lgd_floor", self.own_lgd_floor)
        lowest_pd = pd_floor(self.codes, is_transactor=self.is_transactor, as_of=self.as_of)
        return np.maximum(pd, lowest_pd), np.maximum(lgd, lowest)


def risk_weight(pd: Any, lgd: Any, exposure_class: Any, **inputs: Any) -> FloatArray:
    """Return the risk weights of performing exposures (CRE31.5-31.8, CRE31.14-31.16).

    Args:
        pd: See `IrbInputs`.
        lgd: See `IrbInputs`.
        exposure_class: See `IrbInputs`.
        **inputs: Further fields of `IrbInputs`.

    Returns:
        Weights as fractions (1.0 is 100%) in the broadcast shape of the inputs.

    Raises:
        RiskInputError: If an input is missing (NaN), PD is outside 0 to 1, LGD is negative or a
            percentage, a class is unknown, or a corporate's PD is so small that the maturity
            factor is not defined.
        MissingRuleError: If the rules are not in force on that date.
    """
    given = IrbInputs(pd, lgd, exposure_class, **inputs)
    return np.asarray(_capital(given) * rule("CRE31.5:rwa_multiplier", given.as_of).value)


def capital_requirement(pd: Any, lgd: Any, exposure_class: Any, **inputs: Any) -> FloatArray:
    """Return K, the capital for unexpected loss by unit of exposure; see `risk_weight`."""
    return _capital(IrbInputs(pd, lgd, exposure_class, **inputs))


def _capital(given: IrbInputs) -> FloatArray:
    codes = given.codes
    pd, lgd = given.floored()
    parameters = _parameters(given.as_of)
    # K is 0 at PD 0 and 1, so map 0 to 1 before the logarithm.
    pd = np.where(pd == 0.0, 1.0, pd)
    is_corporate = codes == ExposureClass.CORPORATE.code
    correlation = parameters.correlation(pd, codes)
    if np.any(given.is_large_financial):
        concerned = np.asarray(given.is_large_financial, dtype=np.bool_) & is_corporate
        raised = rule("CRE31.7:large_financial", given.as_of).value
        correlation = correlation * np.where(concerned, raised, 1.0)
    correlation = correlation - parameters.size_adjustment(given.turnover_eur_m, is_corporate)
    unexpected = lgd * (parameters.conditional_pd(pd, correlation) - pd)
    return np.asarray(unexpected * parameters.maturity_factor(pd, given.maturity, is_corporate))


def expected_loss(pd: Any, lgd: Any, exposure_class: Any, **inputs: Any) -> FloatArray:
    """Return PD x LGD by unit of exposure, of performing exposures (CRE35.3).

    PD and LGD are floored (CRE32.4, CRE32.16, CRE32.58). Arguments and errors as in `risk_weight`.
    """
    pd, lgd = apply_floors(pd, lgd, exposure_class, **inputs)
    return np.asarray(pd * lgd)


def defaulted_capital(lgd: Any, best_estimate_el: Any, *, as_of: date = LATEST) -> FloatArray:
    """Return K of exposures in default: LGD above the best-estimate expected loss (CRE31.3).

    Args:
        lgd: Loss given default of the defaulted exposure, as a fraction.
        best_estimate_el: Best estimate of expected loss, as a fraction of the exposure.
        as_of: Date of the rules.

    Returns:
        The larger of zero and the difference; the weight is 12.5 times that.

    Raises:
        RiskInputError: If a rate is missing, negative or a percentage.
    """
    lgd = loss_rates("lgd", lgd)
    estimate = loss_rates("best_estimate_el", best_estimate_el)
    lowest = rule("CRE31.3:lowest_capital", as_of).value
    return np.asarray(np.maximum(lgd - estimate, lowest))


def apply_floors(
    pd: Any, lgd: Any, exposure_class: Any, **inputs: Any
) -> tuple[FloatArray, FloatArray]:
    """Return PD and LGD as the formulas use them; arguments and errors as in `risk_weight`."""
    return IrbInputs(pd, lgd, exposure_class, **inputs).floored()


@dataclass(frozen=True)
class _Parameters:
    """The parameters of CRE31 on one date; arrays are by class code."""

    as_of: date
    lowest: FloatArray
    highest: FloatArray
    decay: FloatArray
    confidence: float
    maturity: Rule
    size: Rule

    def correlation(self, pd: FloatArray, codes: CodeArray) -> FloatArray:
        """Asset correlation R, falling with PD (CRE31.5, CRE31.14-31.16)."""
        decay = self.decay[codes]
        weight = np.expm1(-decay * pd) / np.expm1(-decay)
        return self.lowest[codes] * weight + self.highest[codes] * (1.0 - weight)

    def size_adjustment(self, turnover_eur_m: Any, is_corporate: BoolArray) -> FloatArray:
        """Reduction of the correlation of small and medium-sized firms (CRE31.8)."""
        turnover = np.where(is_corporate, np.asarray(turnover_eur_m, dtype=np.float64), np.inf)
        refuse("turnover_eur_m", np.isnan(turnover), "is missing (NaN)", "Use 50 if not known.")
        refuse("turnover_eur_m", turnover < 0.0, "is negative", "Give sales in EUR million.")
        smallest, largest = self.size.part("smallest_eur_m"), self.size.part("largest_eur_m")
        sales = np.clip(turnover, smallest, largest)
        return self.size.part("reduction") * (1.0 - (sales - smallest) / (largest - smallest))

    def conditional_pd(self, pd: FloatArray, correlation: FloatArray) -> FloatArray:
        """PD conditional on the 99.9% quantile of the systematic factor: N(...) of CRE31.5."""
        # Imported here: SciPy loads slower than the rest of the package.
        from scipy.special import ndtr, ndtri  # type: ignore[import-untyped]

        systematic = np.sqrt(correlation) * ndtri(self.confidence)
        return np.asarray(ndtr((ndtri(pd) + systematic) / np.sqrt(1.0 - correlation)))

    def maturity_factor(self, pd: FloatArray, maturity: Any, is_corporate: BoolArray) -> FloatArray:
        """Full maturity adjustment (CRE31.6) of corporates, 1 for retail (CRE31.13)."""
        intercept, slope = self.maturity.part("intercept"), self.maturity.part("slope")
        reference = self.maturity.part("reference_years")
        years = np.where(is_corporate, np.asarray(maturity, dtype=np.float64), reference)
        years = effective_maturity(years, as_of=self.as_of)
        adjustment = np.where(is_corporate, (intercept - slope * np.log(pd)) ** 2, 0.0)
        denominator = 1.0 - (reference - 1.0) * adjustment
        refuse(
            "pd",
            denominator <= 0.0,
            "is too small for the maturity adjustment",
            "Apply the floors: below 0.0003% the formula of CRE31.5 is not defined.",
        )
        return (1.0 + (years - reference) * adjustment) / denominator


@lru_cache(maxsize=64)
def _parameters(as_of: date) -> _Parameters:
    curves = np.array(
        [_correlation_curve(rule(CORRELATION_RULES[member], as_of)) for member in ExposureClass]
    )
    return _Parameters(
        as_of=as_of,
        lowest=curves[:, 0],
        highest=curves[:, 1],
        decay=curves[:, 2],
        confidence=rule("CRE31.5:confidence", as_of).value,
        maturity=rule("CRE31.5:maturity_adjustment", as_of),
        size=rule("CRE31.8:size_adjustment", as_of),
    )


def _correlation_curve(correlation: Rule) -> tuple[float, float, float]:
    """Lowest and highest correlation and the decay with PD; one number is a constant."""
    if "" in correlation.values:
        return correlation.value, correlation.value, 1.0
    return correlation.part("lowest"), correlation.part("highest"), correlation.part("decay")
