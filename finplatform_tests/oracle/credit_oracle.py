"""Credit capital of one exposure at a time, written from the paragraphs with the standard library.

A second opinion for the tests: plain arithmetic, its own figures, and nothing of the package, which
a test enforces. Keep it slow and obvious; when it and the engine differ, one of them is wrong.

Figures are floats or decimals. Formulas take them as floats; thresholds compare the numbers that
they write, as fractions.
"""

from decimal import Decimal
from fractions import Fraction
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Any

Exposure = dict[str, Any]

STANDARD_NORMAL = NormalDist()

# CRE20.82 Table 11 and CRE20.84 Table 12: highest LTV of the band, weight.
WHOLE_LOAN = [(0.5, 0.2), (0.6, 0.25), (0.8, 0.3), (0.9, 0.4), (1.0, 0.5)]
WHOLE_LOAN_ABOVE = 0.7
CASH_FLOW = [(0.5, 0.3), (0.6, 0.35), (0.8, 0.45), (0.9, 0.6), (1.0, 0.75)]
CASH_FLOW_ABOVE = 1.05


def exact(figure: Any) -> Fraction:
    """The number that a decimal, an integer or the shortest text of a float writes."""
    return Fraction(str(figure))


def plain(exposure: Exposure) -> Exposure:
    """The exposure with its decimals as floats, for the formulas."""
    return {
        name: float(fact) if isinstance(fact, Decimal) else fact for name, fact in exposure.items()
    }


def correlation(exposure_class: str, pd: float, turnover_eur_m: float | None) -> float:
    """CRE31.5, CRE31.8, CRE31.14, CRE31.15, CRE31.16."""
    if exposure_class == "residential_mortgage":
        return 0.15
    if exposure_class == "qrre":
        return 0.04
    if exposure_class == "other_retail":
        share = (1 - exp(-35 * pd)) / (1 - exp(-35))
        return 0.03 * share + 0.16 * (1 - share)
    share = (1 - exp(-50 * pd)) / (1 - exp(-50))
    large = 0.12 * share + 0.24 * (1 - share)
    if turnover_eur_m is None or turnover_eur_m >= 50:
        return large
    sales = 5 if turnover_eur_m < 5 else turnover_eur_m
    return large - 0.04 * (1 - (sales - 5) / 45)


def capital_requirement(
    exposure_class: str,
    pd: float,
    lgd: float,
    maturity: float = 2.5,
    turnover_eur_m: float | None = None,
    is_large_financial: bool = False,
) -> float:
    """CRE31.5, CRE31.7: K of a performing exposure whose PD and LGD are already floored."""
    r = correlation(exposure_class, pd, None if is_large_financial else turnover_eur_m)
    if is_large_financial and exposure_class == "corporate":
        r = 1.25 * r
    stressed = STANDARD_NORMAL.cdf(
        STANDARD_NORMAL.inv_cdf(pd) / sqrt(1 - r)
        + sqrt(r / (1 - r)) * STANDARD_NORMAL.inv_cdf(0.999)
    )
    k = lgd * stressed - pd * lgd
    if exposure_class == "corporate":
        m = 1 if maturity < 1 else 5 if maturity > 5 else maturity
        b = (0.11852 - 0.05478 * log(pd)) ** 2
        k = k * (1 + (m - 2.5) * b) / (1 - 1.5 * b)
    return k


def floored(exposure_class: str, pd: float, lgd: float, is_transactor: bool) -> tuple[float, float]:
    """CRE32.4, CRE32.16 (unsecured), CRE32.58."""
    lowest_pd = 0.001 if exposure_class == "qrre" and not is_transactor else 0.0005
    lowest_lgd = {
        "corporate": 0.25,
        "residential_mortgage": 0.05,
        "qrre": 0.5,
        "other_retail": 0.3,
    }[exposure_class]
    return max(pd, lowest_pd), max(lgd, lowest_lgd)


def conversion_factor(product_type: str) -> float:
    """CRE20.98 and CRE20.100; CRE20.95 for what is not known."""
    if product_type in ("CREDIT_CARD", "CHECKING"):
        return 0.1
    if product_type in ("MORTGAGE", "PERSONAL_LOAN", "AUTO_LOAN", "BUSINESS_LOAN"):
        return 0.4
    return 1.0


def by_ltv(ltv: float, bands: list[tuple[float, float]], above: float) -> float:
    """The weight of the band; a bound belongs to the band below it."""
    for highest, weight in bands:
        if exact(ltv) <= exact(highest):
            return weight
    return above


def default_weight(exposure: Exposure) -> float:
    """CRE20.106 and CRE20.107."""
    is_home = exposure["exposure_class"] == "residential_mortgage"
    if is_home and not exposure["is_cash_flow_dependent"]:
        return 1.0
    loan = exposure["drawn"] if exposure["drawn"] > 0 else exposure["undrawn"]
    fifth = exact(loan) / 5
    return 1.0 if fifth and exact(exposure["specific_provision"]) >= fifth else 1.5


def home_weight(exposure: Exposure) -> float:
    """CRE20.82, CRE20.84, CRE20.89."""
    rented, ltv = exposure["is_cash_flow_dependent"], exposure["ltv"]
    if ltv is None:
        return 1.5 if rented else 0.75
    if rented:
        return by_ltv(ltv, CASH_FLOW, CASH_FLOW_ABOVE)
    return by_ltv(ltv, WHOLE_LOAN, WHOLE_LOAN_ABOVE)


def retail_weight(exposure: Exposure) -> float:
    """CRE20.68."""
    if not exposure["is_regulatory_retail"]:
        return 1.0
    transacts = exposure["exposure_class"] == "qrre" and exposure["is_transactor"]
    return 0.45 if transacts else 0.75


def standardised_weight(exposure: Exposure) -> float:
    """CRE20.43, CRE20.47, CRE20.68, CRE20.82-20.93, CRE20.104-20.107."""
    if exposure["is_defaulted"]:
        return default_weight(exposure)
    if exposure["exposure_class"] == "corporate":
        turnover = exposure["turnover_eur_m"]
        return 0.85 if turnover is not None and turnover <= 50 else 1.0
    is_home = exposure["exposure_class"] == "residential_mortgage"
    weight = home_weight(exposure) if is_home else retail_weight(exposure)
    return min(weight * 1.5, 1.5) if exposure["has_currency_mismatch"] else weight


def standardised(exposure: Exposure) -> dict[str, float]:
    """Exposure net of specific provisions (CRE20.1, CRE20.94), weight and RWA."""
    weight = standardised_weight(exposure)
    facts = plain(exposure)
    factor = conversion_factor(facts["product_type"])
    ead = max(facts["drawn"] + factor * facts["undrawn"] - facts["specific_provision"], 0)
    return {"sa_ead": ead, "sa_risk_weight": weight, "sa_rwa": ead * weight}


def internal(exposure: Exposure) -> dict[str, float]:
    """Gross exposure (CRE32.29), weight, RWA and expected loss (CRE35.3)."""
    exposure = plain(exposure)
    exposure_class = exposure["exposure_class"]
    factor = conversion_factor(exposure["product_type"])
    own = exposure["own_conversion_factor"]
    if own is not None and factor < 1:
        factor = max(own, 0.5 * factor)
    ead = exposure["drawn"] + factor * exposure["undrawn"]
    is_foundation = exposure_class == "corporate" and exposure["lgd"] is None
    lgd = 0.4 if is_foundation else exposure["lgd"]
    if exposure["is_defaulted"]:
        _, lgd = floored(exposure_class, 1.0, lgd, exposure["is_transactor"])
        estimate = exposure["best_estimate_el"]
        if is_foundation:
            estimate = lgd
        elif estimate is None:
            estimate = min(exposure["specific_provision"] / ead, 1) if ead > 0 else 0
        k, loss = max(lgd - estimate, 0), estimate
    else:
        pd, lgd = floored(exposure_class, exposure["pd"], lgd, exposure["is_transactor"])
        years = 2.5 if is_foundation or exposure["maturity"] is None else exposure["maturity"]
        k = capital_requirement(exposure_class, pd, lgd, years, exposure["turnover_eur_m"])
        loss = pd * lgd
    return {
        "irb_ead": ead,
        "irb_risk_weight": 12.5 * k,
        "irb_rwa": 12.5 * k * ead,
        "capital_requirement": k * ead,
        "expected_loss": loss * ead,
    }


def floored_rwa(
    nominated: float, standardised_total: float, calibration: float, cap: float | None = None
) -> float:
    """RBC20.4, RBC90.2."""
    floor = calibration * standardised_total
    if cap is not None:
        floor = min(floor, (1 + cap) * nominated)
    return max(nominated, floor)
