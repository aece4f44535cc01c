"""The bank-specific countercyclical buffer: chapter RBC30.

The use of the buffer is in `capital.buffer_position`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from finplatform.risk.money import ZERO, Amount, decimal_amount
from finplatform.risk.rules import LATEST, rule


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
