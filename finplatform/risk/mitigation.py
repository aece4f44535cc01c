"""Financial collateral in the standardised approach: chapter CRE22 of the Basel Framework.

Haircuts, holding periods and maturity mismatches. Eligibility of collateral and netting across
transactions are inputs; `protection` applies both approaches.
"""

from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np

from finplatform.risk.arrays import FloatArray, amounts, refuse
from finplatform.risk.errors import RiskInputError
from finplatform.risk.rules import LATEST, rule
from finplatform.risk.thresholds import settled

REPO, CAPITAL_MARKET, SECURED_LENDING = "repo", "capital_market", "secured_lending"
TRANSACTIONS = (REPO, CAPITAL_MARKET, SECURED_LENDING)
"""Kinds of transactions, each with its shortest holding period."""


class FinancialCollateral(StrEnum):
    """Kinds of financial collateral; the value is the rule of the haircut."""

    CASH = "CRE22.49:cash"
    SOVEREIGN_HIGH = "CRE22.49:sovereign_high"
    SOVEREIGN_MEDIUM = "CRE22.49:sovereign_medium"
    SOVEREIGN_LOW = "CRE22.49:sovereign_low"
    ISSUER_HIGH = "CRE22.49:issuer_high"
    ISSUER_MEDIUM = "CRE22.49:issuer_medium"
    SECURITISATION_HIGH = "CRE22.49:securitisation_high"
    SECURITISATION_MEDIUM = "CRE22.49:securitisation_medium"
    GOLD = "CRE22.49:gold"
    MAIN_INDEX_EQUITY = "CRE22.49:main_index_equity"
    OTHER_EQUITY = "CRE22.49:other_equity"


def haircut(
    kind: FinancialCollateral,
    years: Any = 0.0,
    *,
    has_currency_mismatch: Any = False,
    holding_days: Any = None,
    revaluation_days: Any = 1.0,
    as_of: date = LATEST,
) -> FloatArray:
    """Return the supervisory haircut of collateral (CRE22.49, CRE22.52).

    Args:
        kind: Kind of collateral.
        years: Residual maturity of debt; ignored for other kinds.
        has_currency_mismatch: True where exposure and collateral are in different currencies,
            which adds its own haircut.
        holding_days: Shortest holding period of the transaction; None is the ten days that the
            table stands for; `holding_period` gives that of a kind of transaction.
        revaluation_days: Days between two revaluations or margin calls. The haircut grows with the
            square root of the days, H sqrt((revaluation + holding - 1) / 10).
        as_of: Date of the rules.

    Returns:
        Fractions of at most 1, in the broadcast shape of the inputs.

    Raises:
        RiskInputError: If a kind is unknown, or a figure missing or out of range.
        MissingRuleError: If the rules are not in force on that date.
    """
    if kind not in tuple(FinancialCollateral):
        raise RiskInputError(
            f"Unknown collateral: {kind!r}.",
            f"Use one of: {', '.join(FinancialCollateral.__members__)}.",
        )
    table = rule(kind, as_of)
    term = amounts("years", years)
    own = np.full(term.shape, table.value) if "" in table.values else table.band(term)
    mismatch = rule("CRE22.52:currency_mismatch", as_of).value
    both = own + np.where(np.asarray(has_currency_mismatch, dtype=np.bool_), mismatch, 0.0)
    return scaled_haircut(
        both, holding_days=holding_days, revaluation_days=revaluation_days, as_of=as_of
    )


def scaled_haircut(
    standard_haircut: Any,
    *,
    holding_days: Any = None,
    revaluation_days: Any = 1.0,
    as_of: date = LATEST,
) -> FloatArray:
    """Return a haircut for other days than the ten that it stands for; arguments as in `haircut`.

    Raises:
        RiskInputError: If the haircut stands for no day, or a figure is missing or negative.
        MissingRuleError: If the rules are not in force on that date.
    """
    both = amounts("standard_haircut", standard_haircut)
    standard = rule("CRE22.49:holding_days", as_of).value
    held = standard if holding_days is None else amounts("holding_days", holding_days)
    days = np.asarray(amounts("revaluation_days", revaluation_days) + held - 1.0)
    if (days <= 0.0).any():
        raise RiskInputError("The haircut stands for no day.", "Give days of one and more.")
    return np.asarray(np.minimum(both * np.sqrt(days / standard), 1.0))


def holding_period(transaction: Any, as_of: date = LATEST) -> FloatArray:
    """Return the shortest holding period of each transaction in days (CRE22.57).

    Args:
        transaction: `TRANSACTIONS`, one for each.
        as_of: Date of the rules.

    Raises:
        RiskInputError: If a kind of transaction is unknown; names it.
        MissingRuleError: If the rules are not in force on that date.
    """
    names = np.asarray(transaction, dtype=np.str_)
    unknown = sorted(set(names.ravel().tolist()) - set(TRANSACTIONS))
    if unknown:
        raise RiskInputError(
            f"Unknown transaction: {', '.join(unknown)}.", f"Use one of: {', '.join(TRANSACTIONS)}."
        )
    table = rule("CRE22.57:holding_days", as_of)
    days = np.zeros(names.shape)
    for name in TRANSACTIONS:
        days[names == name] = table.part(name)
    return days


def matured_protection(
    protection: Any,
    protection_years: Any,
    exposure_years: Any,
    original_protection_years: Any,
    as_of: date = LATEST,
) -> FloatArray:
    """Return the protection that counts where it ends before the exposure (CRE22.12-22.14).

        Pa = P (t - 0.25) / (T - 0.25), with T at most 5 years and t at most T

    Protection that ends early counts for nothing with a residual maturity of three months or less,
    or an original one of less than a year.

    Args:
        protection: Value after haircuts.
        protection_years: Residual maturity of the protection.
        exposure_years: Residual maturity of the exposure.
        original_protection_years: Original maturity of the protection.
        as_of: Date of the rules.

    Raises:
        RiskInputError: If a figure is missing or negative, or the original maturity is shorter
            than the residual one.
        MissingRuleError: If the rules are not in force on that date.
    """
    bounds = rule("CRE22.14:maturity_mismatch", as_of)
    grace = bounds.part("grace_years")
    value = amounts("protection", protection)
    left = settled(amounts("protection_years", protection_years))
    original = settled(amounts("original_protection_years", original_protection_years))
    refuse(
        "original_protection_years",
        np.asarray(original < left),
        "is shorter than what is left",
        "Give the maturity at the start.",
    )
    owed = settled(amounts("exposure_years", exposure_years))
    owed = np.minimum(owed, bounds.part("longest_years"))
    ends_early = left < owed
    counts = (left > grace) & (original >= bounds.part("least_original_years"))
    share = np.divide(
        left - grace, owed - grace, out=np.ones(np.broadcast(left, owed).shape), where=owed > grace
    )
    early = np.where(counts, np.clip(share, 0.0, 1.0), 0.0)
    return np.asarray(value * np.where(ends_early, early, 1.0))
