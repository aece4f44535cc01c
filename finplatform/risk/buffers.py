"""The bank's own countercyclical buffer, and what may be paid out of earnings: chapter RBC30.

Belongs here: rates in force by country, their average, and the limit on distributions. How far the
buffer is filled is `capital.buffer_position`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from finplatform.risk.capital import BufferPosition
from finplatform.risk.errors import RiskInputError
from finplatform.risk.money import ZERO, Amount, decimal_amount
from finplatform.risk.rules import LATEST, rule


@dataclass(frozen=True)
class CountercyclicalDecision:
    """An authority's decision on its countercyclical buffer.

    Attributes:
        country: ISO code of the country whose exposures it concerns.
        rate: Buffer over RWA, as a fraction.
        announced: Day of the announcement; a cut holds from that day.
        effective: Day from which a raise holds, up to twelve months later.
    """

    country: str
    rate: Decimal
    announced: date
    effective: date


def countercyclical_rates(
    decisions: Iterable[CountercyclicalDecision], as_of: date
) -> dict[str, Decimal]:
    """Return the rate in force in each country: raises wait, cuts hold at once (RBC30.11).

    A cut also ends a raise that was announced before it and does not hold yet.

    Raises:
        RiskInputError: If a rate is no fraction of zero or more, or a decision is effective before
            its announcement.
    """
    rates: dict[str, Decimal] = {}
    waiting: dict[str, list[CountercyclicalDecision]] = {}
    for decision in sorted(decisions, key=lambda one: one.announced):
        rate = decimal_amount(f"countercyclical rate of {decision.country}", decision.rate)
        if decision.effective < decision.announced:
            raise RiskInputError(
                f"The decision of {decision.country} is effective before {decision.announced}.",
                "Give the day of the announcement and the later day from which it holds.",
            )
        if decision.announced > as_of:
            continue
        country = decision.country
        pending = waiting.setdefault(country, [])
        for raised in [one for one in pending if one.effective <= decision.announced]:
            rates[country] = raised.rate
            pending.remove(raised)
        if rate > rates.get(country, ZERO):
            pending.append(decision)
        else:
            rates[country] = rate
            pending.clear()
    for country, pending in waiting.items():
        held = [one for one in pending if one.effective <= as_of]
        if held:
            rates[country] = max(held, key=lambda one: (one.effective, one.announced)).rate
    return rates


def countercyclical_buffer(
    credit_rwa: Mapping[str, Amount], rates: Mapping[str, Decimal], as_of: date = LATEST
) -> Decimal:
    """Return the bank's rate: the countries' rates weighted by its RWA there (RBC30.7).

    Args:
        credit_rwa: RWA of private-sector credit by country of ultimate risk.
        rates: Rate of each country; a country that has none counts as zero. Above 2.5%, only 2.5%
            is taken, which is all that other countries must follow (RBC30.9).
        as_of: Date of the rules.

    Returns:
        A fraction of RWA, not rounded; zero without private-sector credit.

    Raises:
        RiskInputError: If RWA or a rate are negative or no exact number.
        MissingRuleError: If the highest rate is not known for that date.
    """
    highest = rule("RBC30.9:countercyclical_maximum", as_of).exact
    total = weighted = ZERO
    for country, amount in credit_rwa.items():
        assets = decimal_amount(f"credit RWA in {country}", amount)
        rate = decimal_amount(f"countercyclical rate of {country}", rates.get(country, ZERO))
        total += assets
        weighted += assets * min(rate, highest)
    return weighted / total if total else ZERO


def highest_distribution(earnings: Amount, position: BufferPosition) -> Decimal:
    """Return what may be paid out of the period's earnings (RBC30.4, RBC30.5).

    Args:
        earnings: Distributable profits before the tax effect of distributions; a loss leaves
            nothing to pay.
        position: How far the buffer is filled.

    Raises:
        RiskInputError: If the earnings are no exact number.
    """
    profit = decimal_amount("earnings", earnings, may_be_negative=True)
    return max(profit, ZERO) * (1 - position.earnings_conserved)
