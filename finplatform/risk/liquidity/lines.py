"""Amounts by kind, and the weighted sum of them: what both liquidity ratios are made of.

Belongs here: reading kinds exactly and multiplying by their rate. A kind's value is the id of the
rule that holds its rate, so no kind can be without one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from finplatform.risk.errors import RiskInputError
from finplatform.risk.money import ZERO, Amount, decimal_amount
from finplatform.risk.rules import rule

Kind = TypeVar("Kind", bound=StrEnum)


@dataclass(frozen=True)
class WeightedLine:
    """One kind of position in a ratio.

    Attributes:
        kind: Name of the kind.
        rule_id: The rule of its rate.
        amount: Amount before the rate.
        rate: Rate, haircut or factor, as a fraction.
        weighted: Amount in the ratio.
    """

    kind: str
    rule_id: str
    amount: Decimal
    rate: Decimal
    weighted: Decimal


def weighted_lines(
    kinds: type[Kind], amounts: Mapping[Kind, Amount], as_of: date, *, is_haircut: bool = False
) -> tuple[WeightedLine, ...]:
    """Return each amount with its rate.

    Args:
        kinds: The kinds that may occur.
        amounts: Amount of each kind; a kind that is not given is left out.
        as_of: Date of the rules.
        is_haircut: Whether the rate is what comes off, and not what counts.

    Raises:
        RiskInputError: If a kind is unknown, or an amount negative or no exact number.
        MissingRuleError: If a rate is not known for that date.
    """
    lines = []
    for kind, given in amounts.items():
        if kind not in tuple(kinds):
            raise RiskInputError(f"Unknown kind: {kind!r}.", f"Use one of: {_names(kinds)}.")
        name = kinds(kind).name
        amount, rate = decimal_amount(name, given), rule(kind, as_of).exact
        share = 1 - rate if is_haircut else rate
        lines.append(WeightedLine(name, str(kind.value), amount, rate, amount * share))
    return tuple(lines)


def total(lines: tuple[WeightedLine, ...]) -> Decimal:
    """Return the sum of what enters the ratio."""
    return sum((line.weighted for line in lines), ZERO)


def _names(kinds: type[Kind]) -> str:
    return ", ".join(kinds.__members__)
