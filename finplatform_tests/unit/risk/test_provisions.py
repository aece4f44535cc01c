"""Properties of provisions against expected loss."""

from datetime import date
from decimal import Decimal

import pytest

from finplatform.risk.provisions import irb_provisions

AS_OF = date(2025, 12, 31)


@pytest.mark.parametrize(
    ("expected", "provisions", "deducted", "added"),
    [(10, 4, "6", "0"), (10, 10, "0", "0"), (10, 13, "0", "3"), (10, 99, "0", "6.000")],
)
def test_cre35_8_a_shortfall_is_deducted_and_an_excess_added_up_to_the_limit(
    expected: int, provisions: int, deducted: str, added: str
) -> None:
    effect = irb_provisions(expected, provisions, 1_000, AS_OF)
    assert (effect.cet1_deduction, effect.tier2_addition) == (Decimal(deducted), Decimal(added))
