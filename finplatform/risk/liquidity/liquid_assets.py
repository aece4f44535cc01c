"""The stock of high-quality liquid assets: chapter LCR30 of the Basel Framework.

Belongs here: haircuts and the limits on the lower levels. Whether an asset qualifies
(LCR30.2-30.30) is decided before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from finplatform.risk.liquidity.lines import WeightedLine, total, weighted_lines
from finplatform.risk.money import ZERO, Amount, decimal_amount
from finplatform.risk.rules import LATEST, rule


class LiquidAsset(StrEnum):
    """Kinds of liquid assets; the value is the rule of the haircut."""

    LEVEL_1 = "LCR30.41:level_1_haircut"
    LEVEL_2A = "LCR30.43:level_2a_haircut"
    LEVEL_2B_MORTGAGE_SECURITIES = "LCR30.45:level_2b_mortgage_securities_haircut"
    LEVEL_2B_CORPORATE_DEBT = "LCR30.45:level_2b_corporate_debt_haircut"
    LEVEL_2B_EQUITY = "LCR30.45:level_2b_equity_haircut"


@dataclass(frozen=True)
class Unwinding:
    """Additions to each level from unwinding securities financing that ends within 30 days.

    After haircuts; negative where assets leave (LCR30.33, LCR30.36).
    """

    level_1: Decimal = ZERO
    level_2a: Decimal = ZERO
    level_2b: Decimal = ZERO


NOTHING_TO_UNWIND = Unwinding()
"""A bank without such financing."""


@dataclass(frozen=True)
class LiquidStock:
    """The stock, with the steps to it; amounts after haircuts.

    Attributes:
        level_1: Level 1 assets.
        level_2a: Level 2A assets.
        level_2b: Level 2B assets.
        above_2b_limit: Adjustment for the 15% cap.
        above_level_2_limit: Adjustment for the 40% cap.
        lines: Every kind with its haircut.
        rules: The rules used, by id.
    """

    level_1: Decimal
    level_2a: Decimal
    level_2b: Decimal
    above_2b_limit: Decimal
    above_level_2_limit: Decimal
    lines: tuple[WeightedLine, ...]
    rules: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        """The stock that counts; unwinding cannot make it negative."""
        held = self.level_1 + self.level_2a + self.level_2b
        return max(held - self.above_2b_limit - self.above_level_2_limit, ZERO)


def liquid_stock(
    market_values: Mapping[LiquidAsset, Amount],
    as_of: date = LATEST,
    *,
    unwinding: Unwinding = NOTHING_TO_UNWIND,
) -> LiquidStock:
    """Return the stock after haircuts and limits (LCR30.31, LCR30.33, LCR30.35-30.36).

    Level 2B is at most 15% of the stock and all of Level 2 at most 40%, measured after haircuts and
    after undoing short securities financing.

    Args:
        market_values: Market value by kind.
        as_of: Date of the rules.
        unwinding: Additions to each level from unwinding.

    Raises:
        RiskInputError: If a kind is unknown or an amount negative.
        MissingRuleError: If a rule is not known for that date.
    """
    lines = weighted_lines(LiquidAsset, market_values, as_of, is_haircut=True)
    level_1 = _level(lines, "LEVEL_1")
    level_2a = _level(lines, "LEVEL_2A")
    level_2b = _level(lines, "LEVEL_2B")
    first = max(level_1 + _signed("level_1", unwinding.level_1), ZERO)
    second = max(level_2a + _signed("level_2a", unwinding.level_2a), ZERO)
    third = max(level_2b + _signed("level_2b", unwinding.level_2b), ZERO)
    level_2, lowest = rule("LCR30.31:level_2_share", as_of), rule("LCR30.33:level_2b_share", as_of)
    above_2b = max(
        third - _level_cap(first + second, lowest.exact, 1 - lowest.exact),
        third - _level_cap(first, lowest.exact, 1 - level_2.exact),
        ZERO,
    )
    above_2 = max(
        second + third - above_2b - _level_cap(first, level_2.exact, 1 - level_2.exact), ZERO
    )
    return LiquidStock(
        level_1=level_1,
        level_2a=level_2a,
        level_2b=level_2b,
        above_2b_limit=above_2b,
        above_level_2_limit=above_2,
        lines=lines,
        rules=(level_2.rule_id, lowest.rule_id),
    )


def _level(lines: tuple[WeightedLine, ...], prefix: str) -> Decimal:
    return total(tuple(line for line in lines if line.kind.startswith(prefix)))


def _level_cap(better: Decimal, share: Decimal, rest: Decimal) -> Decimal:
    """Return the cap on lower-level assets: 40/60 of Level 1; 15/85 or 15/60 for Level 2B."""
    return share * better / rest


def _signed(name: str, amount: Amount) -> Decimal:
    return decimal_amount(f"unwinding of {name}", amount, may_be_negative=True)
