"""The simplified standardised approach to market risk: chapter MAR40 of the Basel Framework.

Belongs here: the charges of the four risk classes on net positions, their scaling and RWA. Options
(MAR40.74-40.86) are not covered. The rules of the risk classes stand under MAR40.3, the first
paragraph of the section that gives them (MAR40.3-40.73).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import polars as pl

from finplatform.risk.arrays import FloatArray, amounts, numbers
from finplatform.risk.errors import RiskInputError
from finplatform.risk.money import to_cents
from finplatform.risk.rules import LATEST, Rule, rule
from finplatform.risk.thresholds import settled

# Upper ends of the bands in months; the position of a band is its rule and, below, its zone.
_LONG_COUPON = (1, 3, 6, 12, 24, 36, 48, 60, 84, 120, 180, 240, np.inf)
_SHORT_COUPON = (1, 3, 6, 12, 22.8, 33.6, 43.2, 51.6, 68.4, 87.6, 111.6, 127.2, 144, 240, np.inf)
_ZONES = (slice(0, 4), slice(4, 7), slice(7, 15))
_BANDS = 15


class RiskClass(StrEnum):
    """The four risk classes."""

    INTEREST_RATE = "interest_rate"
    EQUITY = "equity"
    FOREIGN_EXCHANGE = "foreign_exchange"
    COMMODITY = "commodity"


class DebtIssuer(StrEnum):
    """Inputs of the specific risk of a debt position."""

    GOVERNMENT = "government"
    QUALIFYING = "qualifying"
    OTHER = "other"


@dataclass(frozen=True)
class MarketRequirement:
    """Capital for market risk; amounts in the currency of the positions, rounded to the cent.

    Attributes:
        charges: Charge of each risk class before its scaling.
        capital: Sum of the scaled charges.
        rwa: 12.5 times the capital.
        rules: The rules used, by id.
    """

    charges: Mapping[RiskClass, Decimal]
    capital: Decimal
    rwa: Decimal
    rules: tuple[str, ...]


def market_requirement(
    charges: Mapping[RiskClass, float], as_of: date = LATEST
) -> MarketRequirement:
    """Scale the charges of the risk classes and add them up (MAR40.1, MAR40.2).

    Raises:
        RiskInputError: If a class is unknown, or a charge missing or negative.
        MissingRuleError: If the rules are not known for that date.
    """
    scaling = rule("MAR40.2:scaling", as_of)
    unknown = sorted(str(name) for name in charges if name not in tuple(RiskClass))
    if unknown:
        raise RiskInputError(
            f"Unknown risk class: {', '.join(unknown)}.", f"Use one of: {', '.join(RiskClass)}."
        )
    exact = {
        RiskClass(name): to_cents(float(amounts(name, value))) for name, value in charges.items()
    }
    capital = sum((scaling.exact_part(name) * value for name, value in exact.items()), Decimal(0))
    multiplier = rule("MAR40.1:rwa_multiplier", as_of)
    return MarketRequirement(
        charges=exact,
        capital=capital,
        rwa=multiplier.exact * capital,
        rules=(scaling.rule_id, multiplier.rule_id),
    )


def equity_charge(positions: pl.DataFrame, as_of: date = LATEST) -> float:
    """Return the charge for shares: 8% of gross and 8% of each market's net position.

    Args:
        positions: One row for each issuer and market: market, amount (short is negative).
        as_of: Date of the rules.

    Raises:
        RiskInputError: If a column or value is missing.
        MissingRuleError: If the rules are not known for that date.
    """
    amount = _column(positions, "amount")
    shares = rule("MAR40.3:equity", as_of)
    net = _net(positions, "market", amount)
    return float(
        shares.part("specific") * np.abs(amount).sum() + shares.part("general") * np.abs(net).sum()
    )


def foreign_exchange_charge(
    net_positions: Mapping[str, float], gold: float = 0.0, as_of: date = LATEST
) -> float:
    """Return 8% of the larger of all long and all short currencies, and of gold (shorthand method).

    Args:
        net_positions: Net open position by currency in the reporting currency, without it.
        gold: Net position in gold.
        as_of: Date of the rules.

    Raises:
        RiskInputError: If a position is missing.
        MissingRuleError: If the rule is not known for that date.
    """
    net = numbers("net_positions", list(net_positions.values()))
    long, short = net[net > 0.0].sum(), -net[net < 0.0].sum()
    share = rule("MAR40.3:foreign_exchange", as_of).value
    return float(share * (max(long, short) + abs(float(numbers("gold", gold)))))


def commodity_charge(positions: pl.DataFrame, as_of: date = LATEST) -> float:
    """Return 15% of each commodity's net and 3% of its gross position (simplified approach).

    Args:
        positions: One row for each position: commodity, amount (short is negative).
        as_of: Date of the rules.

    Raises:
        RiskInputError: If a column or value is missing.
        MissingRuleError: If the rules are not known for that date.
    """
    amount = _column(positions, "amount")
    shares = rule("MAR40.3:commodity", as_of)
    net = _net(positions, "commodity", amount)
    return float(
        shares.part("net") * np.abs(net).sum() + shares.part("gross") * np.abs(amount).sum()
    )


def interest_rate_charge(positions: pl.DataFrame, as_of: date = LATEST) -> float:
    """Return specific and general risk of debt, currency by currency (maturity method).

    Args:
        positions: One row for each net debt position of the trading book: currency; months to
            maturity or to the next fixing; coupon as a fraction; amount (short is negative);
            issuer (`DebtIssuer`).
        as_of: Date of the rules.

    Raises:
        RiskInputError: If a column or value is missing, an issuer unknown or a maturity negative.
        MissingRuleError: If the rules are not known for that date.
    """
    amount, months = _column(positions, "amount"), amounts("months", _column(positions, "months"))
    coupon = _column(positions, "coupon")
    charge = float((_specific_rate(positions, months, as_of) * np.abs(amount)).sum())
    bands = _bands(months, coupon, as_of)
    weights = rule("MAR40.3:band_weight", as_of)
    weighted = amount * np.array([weights.part(str(band)) for band in range(_BANDS)])[bands]
    currencies, position = np.unique(_names(positions, "currency"), return_inverse=True)
    disallowance = rule("MAR40.3:disallowance", as_of)
    for number in range(len(currencies)):
        own = position == number
        long = _by_band(bands[own], weighted[own].clip(min=0.0))
        short = _by_band(bands[own], -weighted[own].clip(max=0.0))
        charge += _general_charge(long, short, disallowance)
    return charge


def _general_charge(long: FloatArray, short: FloatArray, disallowance: Rule) -> float:
    """Net position of one currency, and a share of all that was offset on the way to it."""
    charge = disallowance.part("band") * float(np.minimum(long, short).sum())
    net = long - short
    open_zones = []
    for number, zone in enumerate(_ZONES, start=1):
        up, down = net[zone].clip(min=0.0).sum(), -net[zone].clip(max=0.0).sum()
        charge += disallowance.part(f"zone_{number}") * min(up, down)
        open_zones.append(float(up - down))
    for first, second, part in ((0, 1, "adjacent"), (1, 2, "adjacent"), (0, 2, "apart")):
        one, other = open_zones[first], open_zones[second]
        if one * other < 0.0:
            offset = min(abs(one), abs(other))
            charge += disallowance.part(part) * offset
            open_zones[first] = one - np.sign(one) * offset
            open_zones[second] = other - np.sign(other) * offset
    return charge + abs(sum(open_zones))


def _by_band(bands: npt.NDArray[np.intp], amount: FloatArray) -> FloatArray:
    return np.bincount(bands, amount, minlength=_BANDS).astype(np.float64)


def _bands(months: FloatArray, coupon: FloatArray, as_of: date) -> npt.NDArray[np.intp]:
    high = settled(coupon) >= rule("MAR40.3:coupon_threshold", as_of).value
    months = settled(months)
    return np.where(
        high,
        np.searchsorted(np.array(_LONG_COUPON, dtype=np.float64), months, side="left"),
        np.searchsorted(np.array(_SHORT_COUPON, dtype=np.float64), months, side="left"),
    )


def _specific_rate(positions: pl.DataFrame, months: FloatArray, as_of: date) -> FloatArray:
    issuer = _names(positions, "issuer")
    unknown = sorted(set(issuer.tolist()) - set(DebtIssuer))
    if unknown:
        raise RiskInputError(
            f"Unknown issuer: {', '.join(unknown)}.", f"Use one of: {', '.join(DebtIssuer)}."
        )
    return np.select(
        [issuer == DebtIssuer.GOVERNMENT, issuer == DebtIssuer.QUALIFYING],
        [
            np.full(months.shape, rule("MAR40.3:specific_government", as_of).value),
            rule("MAR40.3:specific_qualifying", as_of).band(months),
        ],
        rule("MAR40.3:specific_other", as_of).value,
    )


def _net(positions: pl.DataFrame, key: str, amount: FloatArray) -> FloatArray:
    _, position = np.unique(_names(positions, key), return_inverse=True)
    return np.bincount(position, amount).astype(np.float64)


def _column(positions: pl.DataFrame, name: str) -> FloatArray:
    if name not in positions.columns:
        raise RiskInputError(f"Positions lack {name}.", f"Give {name} of every position.")
    return numbers(name, positions[name].cast(pl.Float64).to_numpy())


def _names(positions: pl.DataFrame, name: str) -> npt.NDArray[np.str_]:
    if name not in positions.columns or positions[name].null_count():
        raise RiskInputError(f"Positions lack {name}.", f"Give {name} of every position.")
    return positions[name].cast(pl.String).to_numpy().astype(np.str_)
