"""Concentration: large exposures (LEX) and indices of concentration.

Belongs here: exposures by group of connected clients against Tier 1, and indices over a whole book.
Connected clients (LEX10.10) and exposure values (LEX30) are inputs.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from finplatform.risk.arrays import FloatArray, amounts, fractions, refuse
from finplatform.risk.components import loss_rates
from finplatform.risk.errors import RiskInputError
from finplatform.risk.money import ZERO, Amount, decimal_amount
from finplatform.risk.rules import LATEST, rule

_MONEY = pl.Decimal(38, 2)
# Gordy and Luetkebohmert (2013): precision of the systematic factor, quantile, variance of LGD.
_PRECISION = 0.25
_QUANTILE = 0.999
_LGD_VARIANCE = 0.25


def large_exposures(
    exposures: pl.DataFrame, tier1: Amount, as_of: date = LATEST, *, is_g_sib: bool = False
) -> pl.DataFrame:
    """Add exposures up by group of connected clients and hold them against Tier 1 (LEX20.1).

    Args:
        exposures: One row for each exposure: group_id, one for clients that stand or fall
            together; amount after credit risk mitigation; may have is_exempt (default false:
            sovereigns, intraday interbank, qualifying central counterparties; LEX30) and
            is_g_sib_counterparty (default false).
        tier1: Tier 1 capital.
        as_of: Date of the rules.
        is_g_sib: Whether the bank is a G-SIB, whose exposures to others are limited to 15%
            (LEX40.1).

    Returns:
        One row for each group, the largest first: group_id, exposure_amount, tier1_share,
        is_large (LEX10.8), limit_amount, excess_amount, is_breach.

    Raises:
        RiskInputError: If a column or value is missing, an amount negative, or Tier 1 not above 0.
        MissingRuleError: If the rules are not known for that date.
    """
    capital = decimal_amount("tier1", tier1)
    if capital == ZERO:
        raise RiskInputError("tier1 is zero.", "Limits are shares of Tier 1 above zero.")
    rows = _typed(exposures)
    usual = rule("LEX20.1:large_exposure_limit", as_of).exact * capital
    between = rule("LEX40.1:systemic_limit", as_of).exact * capital
    large = rule("LEX10.8:large_exposure", as_of).exact * capital
    grouped = (
        rows.filter(~pl.col("is_exempt"))
        .group_by("group_id")
        .agg(exposure_amount=pl.col("amount").sum(), is_peer=pl.col("is_g_sib_counterparty").any())
        .sort(["exposure_amount", "group_id"], descending=[True, False])
    )
    # Compared on exact amounts, group by group: there are far fewer groups than exposures.
    limits = [between if is_g_sib and peer else usual for peer in grouped["is_peer"]]
    owed = grouped["exposure_amount"].to_list()
    excess = [max(amount - limit, ZERO) for amount, limit in zip(owed, limits, strict=True)]
    cent = Decimal("0.01")
    return grouped.select("group_id", "exposure_amount").with_columns(
        pl.Series("tier1_share", [float(amount / capital) for amount in owed], pl.Float64),
        pl.Series("is_large", [amount >= large for amount in owed], pl.Boolean),
        pl.Series("limit_amount", [limit.quantize(cent) for limit in limits], _MONEY),
        pl.Series("excess_amount", [amount.quantize(cent) for amount in excess], _MONEY),
        pl.Series("is_breach", [amount > ZERO for amount in excess], pl.Boolean),
    )


def _typed(exposures: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in ("group_id", "amount") if name not in exposures.columns]
    if missing:
        raise RiskInputError(
            f"Exposures lack: {', '.join(missing)}.", "Give group_id and amount of each exposure."
        )
    amounts("amount", exposures["amount"].cast(pl.Float64).to_numpy())
    unnamed = exposures["group_id"].is_null().to_numpy()
    refuse("group_id", unnamed, "is missing", "A client of no group is a group of its own.")
    flags = [
        (pl.col(name).fill_null(False) if name in exposures.columns else pl.lit(False)).alias(name)
        for name in ("is_exempt", "is_g_sib_counterparty")
    ]
    return exposures.select("group_id", pl.col("amount").cast(_MONEY), *flags)


def herfindahl(exposure: Any) -> float:
    """Return the sum of squared shares: 1 for one debtor, 1/n for n equal ones.

    Args:
        exposure: Amounts by debtor, group, sector or country.

    Raises:
        RiskInputError: If an amount is missing or negative, or all are zero.
    """
    shares = _shares(exposure)
    return float(np.dot(shares, shares))


def effective_number(exposure: Any) -> float:
    """Return how many equal debtors would be as concentrated; errors as in `herfindahl`."""
    return 1.0 / herfindahl(exposure)


def top_share(exposure: Any, count: int = 20) -> float:
    """Return the share of the `count` largest; errors as in `herfindahl`."""
    if count < 1:
        raise RiskInputError(f"count is {count}.", "Ask for at least the largest one.")
    return float(np.sort(_shares(exposure))[::-1][:count].sum())


def granularity_adjustment(exposure: Any, pd: Any, lgd: Any, capital: Any) -> float:
    """Return the capital for single-name concentration that IRB leaves out, by unit of exposure.

    The simplified adjustment of Gordy and Luetkebohmert (2013), with a gamma factor of precision
    0.25, the quantile 99.9%, and an LGD variance of a quarter of LGD (1 - LGD):

        GA = sum(s^2 C (delta (K + R) - K)) / (2 K*)

    where s is the share in the book, R = PD LGD, C = LGD + 0.25 (1 - LGD), and K* = sum(s K).
    Pillar 2 requires such a measure (SRP20) without prescribing one.

    Args:
        exposure: Amount of each debtor or group.
        pd: Probability of default, as a fraction.
        lgd: Loss given default, as a fraction.
        capital: IRB capital K by unit of exposure, such as `irb.capital_requirement`.

    Raises:
        RiskInputError: If an input is missing or out of range, or the book needs no capital.
    """
    shares, lgd = _shares(exposure), loss_rates("lgd", lgd)
    expected = fractions("pd", pd) * lgd
    needed = amounts("capital", capital)
    whole = float(np.sum(shares * needed))
    if whole == 0.0:
        raise RiskInputError("capital is zero for the whole book.", "Give K of each exposure.")
    spread = lgd + _LGD_VARIANCE * np.maximum(1.0 - lgd, 0.0)
    terms = shares**2 * spread * (granularity_delta() * (needed + expected) - needed)
    return float(np.sum(terms) / (2.0 * whole))


def granularity_delta() -> float:
    """Return delta = (q - 1) (xi + (1 - xi) / q) of the adjustment; 4.83 at its usual figures."""
    # Imported here because it takes longer to load than the rest of the package.
    from scipy.special import gammaincinv  # type: ignore[import-untyped]

    quantile = float(gammaincinv(_PRECISION, _QUANTILE)) / _PRECISION
    return (quantile - 1.0) * (_PRECISION + (1.0 - _PRECISION) / quantile)


def _shares(exposure: Any) -> FloatArray:
    owed = np.atleast_1d(amounts("exposure", exposure))
    total = owed.sum()
    if total == 0.0:
        raise RiskInputError("exposure is zero in total.", "Shares need an exposure above zero.")
    return owed / total
