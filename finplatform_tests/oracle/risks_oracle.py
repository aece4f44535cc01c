"""Operational, market and liquidity risk, own funds and expected losses, in plain arithmetic.

A second opinion for the tests, written from the paragraphs with the standard library alone.
"""

from fractions import Fraction
from math import ceil, e, exp, log, sqrt
from typing import Any


def operational(years: list[dict[str, float]], losses: list[float]) -> dict[str, float]:
    """OPE25.2-25.11."""

    def mean(key: str) -> float:
        return sum(year[key] for year in years) / 3

    margin = sum(abs(year["interest_income"] - year["interest_expense"]) for year in years) / 3
    interest = min(margin, 0.0225 * mean("interest_earning_assets")) + mean("dividend_income")
    services = max(mean("other_operating_income"), mean("other_operating_expense"))
    services += max(mean("fee_income"), mean("fee_expense"))
    financial = sum(abs(year["trading_result"]) + abs(year["banking_result"]) for year in years) / 3
    indicator = interest + services + financial
    component = 0.12 * min(indicator, 1e9)
    if indicator > 1e9:
        component += 0.15 * (min(indicator, 30e9) - 1e9)
    if indicator > 30e9:
        component += 0.18 * (indicator - 30e9)
    kept = losses[-10:]
    multiplier = 1.0
    if indicator > 1e9 and len(kept) >= 5:
        loss = 15 * max(sum(kept), 0.0) / len(kept)
        multiplier = log(e - 1 + (loss / component) ** 0.8)
    capital = component * multiplier
    return {"indicator": indicator, "component": component, "capital": capital}


def own_funds(lines: dict[str, int]) -> Fraction:
    """CET1 by CAP30: full deductions, small holdings, threshold items."""
    given = {name: Fraction(amount) for name, amount in lines.items()}
    cet1 = sum(given[name] for name in ("common_shares", "retained_earnings"))
    cet1 -= sum(given[name] for name in ("goodwill", "provision_shortfall"))
    tier2 = given["t2_instruments"] - given["t2_deductions"]
    at1 = given["at1_instruments"] - given["at1_deductions"] + min(tier2, 0)
    cet1 += min(at1, 0)
    cet1 -= max(given["insignificant_holdings"] - max(cet1, 0) / 10, 0)
    items = [
        given[name]
        for name in ("significant_holdings", "mortgage_servicing_rights", "tax_assets_from_timing")
    ]
    kept = sum(min(item, max(cet1, 0) / 10) for item in items)
    bare = cet1 - sum(items)
    return bare + min(kept, Fraction(15, 85) * max(bare, 0))


def liquid_stock(first: int, second: int, third: int) -> Fraction:
    """LCR30.31-30.36: Level 1, 2A and equity at market value."""
    one, two, three = Fraction(first), Fraction(second) * 85 / 100, Fraction(third) / 2
    # The largest stock with 2B at most 15% and all Level 2 at most 40% of it.
    lowest = min(three, Fraction(15, 85) * (one + two), Fraction(15, 60) * one)
    level_2 = min(two + lowest, Fraction(40, 60) * one)
    return one + level_2


def value_at_risk(profit: list[float], confidence: Fraction) -> float:
    """The loss that a share of at least `confidence` of the days did not exceed."""
    losses = sorted(-made for made in profit)
    return losses[max(ceil(confidence * len(losses)) - 1, 0)]


def expected_shortfall(profit: list[float], confidence: Fraction) -> float:
    """Mean of the worst days, the last of them in part."""
    left = (1 - confidence) * len(profit)
    days, total = left, 0.0
    for loss in sorted((-made for made in profit), reverse=True):
        share = min(left, Fraction(1))
        total += float(share) * loss
        left -= share
        if left == 0:
            break
    return total / float(days)


def volatility(returns: list[float], reaction: float, persistence: float) -> list[float]:
    """GARCH(1, 1) from the mean square of the first 30 days."""
    first = [move * move for move in returns[:30]]
    start = sum(first) / len(first)
    variance = [start]
    for move in returns[:-1]:
        variance.append(
            (1 - reaction - persistence) * start + reaction * move**2 + persistence * variance[-1]
        )
    return [sqrt(one) for one in variance]


LONG = [1, 3, 6, 12, 24, 36, 48, 60, 84, 120, 180, 240]
SHORT = [1, 3, 6, 12, 22.8, 33.6, 43.2, 51.6, 68.4, 87.6, 111.6, 127.2, 144, 240]
WEIGHTS = [0, 0.2, 0.4, 0.7, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4.5, 5.25, 6, 8, 12.5]


def interest_rate(positions: list[dict[str, Any]]) -> float:
    """MAR40: specific risk, and general risk by the maturity method in one currency."""
    charge = 0.0
    long, short = [0.0] * 15, [0.0] * 15
    for one in positions:
        months, amount = one["months"], one["amount"]
        if one["issuer"] == "other":
            charge += 0.08 * abs(amount)
        elif one["issuer"] == "qualifying":
            charge += abs(amount) * (0.0025 if months <= 6 else 0.01 if months <= 24 else 0.016)
        bounds = LONG if one["coupon"] >= 0.03 else SHORT
        band = sum(months > bound for bound in bounds)
        weighted = amount * WEIGHTS[band] / 100
        if weighted > 0:
            long[band] += weighted
        else:
            short[band] -= weighted
    net = []
    for up, down in zip(long, short, strict=True):
        charge += 0.1 * min(up, down)
        net.append(up - down)
    zones = []
    for first, last, share in ((0, 4, 0.4), (4, 7, 0.3), (7, 15, 0.3)):
        up = sum(one for one in net[first:last] if one > 0)
        down = -sum(one for one in net[first:last] if one < 0)
        charge += share * min(up, down)
        zones.append(up - down)
    for one, other, share in ((0, 1, 0.4), (1, 2, 0.4), (0, 2, 1.0)):
        if zones[one] > 0 > zones[other] or zones[one] < 0 < zones[other]:
            matched = min(abs(zones[one]), abs(zones[other]))
            charge += share * matched
            for zone in (one, other):
                zones[zone] += -matched if zones[zone] > 0 else matched
    return charge + abs(sum(zones))


def credit_loss(
    loan: dict[str, Any], scenarios: list[dict[str, Any]], reversion_years: float
) -> float:
    """IFRS 9 5.5.3, 5.5.5, 5.5.17, B5.5.50."""
    total = 0.0
    for scenario in scenarios:
        factors = scenario["lgd_factor"]
        if loan["stage"] == 3:
            factor = factors[0] if factors else 1.0
            total += scenario["weight"] * min(loan["lgd"] * factor, 1.0) * loan["amount"]
            continue
        alive, year = 1.0, 0
        while year < loan["years"] and (loan["stage"] == 2 or year == 0):
            length = min(1.0, loan["years"] - year)
            pd = loan["pd"]
            # Beyond the forecast, B5.5.50: evenly to the average over so many years.
            beyond = year - max(len(scenario["pd_shift"]), 1) + 1
            if beyond > 0:
                way = min(beyond / reversion_years, 1) if reversion_years > 1 else 1
                pd = (1 - way) * pd + way * loan["average_pd"]
            if year < len(scenario["pd_shift"]) and 0 < pd < 1:
                pd = 1 / (1 + exp(-(log(pd / (1 - pd)) + scenario["pd_shift"][year])))
            default = 1 - (1 - pd) ** length
            middle = year + length / 2
            owed = loan["amount"]
            if loan["amortising"]:
                owed *= 1 - middle / loan["years"]
            lgd = min(loan["lgd"] * (factors[year] if year < len(factors) else 1.0), 1.0)
            total += (
                scenario["weight"] * alive * default * lgd * owed / (1 + loan["rate"]) ** middle
            )
            alive *= 1 - default
            year += 1
    return total
